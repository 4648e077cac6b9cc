/* SPDX-License-Identifier: BSD-3-Clause */
#include "toeplitz.h"

/* The 32 bits of the key that begin at a bit of it: what that bit of the input contributes. */
static uint32_t key_window(const uint8_t key[TOEPLITZ_KEY_SIZE], unsigned bit)
{
	uint64_t window = 0;
	unsigned i;

	for (i = 0; i < 5; i++) {
		unsigned octet = bit / 8 + i;

		window = window << 8 | (octet < TOEPLITZ_KEY_SIZE ? key[octet] : 0);
	}
	return (uint32_t)(window >> (8 - bit % 8));
}

void toeplitz_prepare(struct toeplitz *toeplitz, const uint8_t key[TOEPLITZ_KEY_SIZE])
{
	unsigned place;
	unsigned value;
	unsigned bit;

	for (place = 0; place < 2 * TOEPLITZ_INPUT_MAX; place++) {
		for (value = 0; value < 16; value++) {
			uint32_t hash = 0;

			for (bit = 0; bit < 4; bit++)
				if (value & (8u >> bit))
					hash ^= key_window(key, 4 * place + bit);
			toeplitz->table[place][value] = hash;
		}
	}
}
