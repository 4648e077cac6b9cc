/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef DATAPLANE_TOEPLITZ_H
#define DATAPLANE_TOEPLITZ_H

/*
 * The Toeplitz hash of receive-side scaling, as network cards compute it. It is linear over exclusive or, so it is put
 * together from a small table with an entry for each value of each half octet: 24 loads for IPv4 and 72 for IPv6.
 */

#include <stdint.h>

#define TOEPLITZ_KEY_SIZE 40  /* octets of the key that matter */
#define TOEPLITZ_INPUT_MAX 36 /* two IPv6 addresses and two ports */

struct toeplitz {
	uint32_t table[2 * TOEPLITZ_INPUT_MAX][16];
};

/* Makes the table for a key. */
void toeplitz_prepare(struct toeplitz *toeplitz, const uint8_t key[TOEPLITZ_KEY_SIZE]);

/* The hash of `length` octets as they stand in the packet's headers: source address, destination address, and then, if
 * the hash is over ports too, source port and destination port. length is at most TOEPLITZ_INPUT_MAX. */
static inline uint32_t toeplitz_hash(const struct toeplitz *toeplitz, const uint8_t *octets, unsigned length)
{
	uint32_t hash = 0;
	unsigned i;

	for (i = 0; i < length; i++) {
		hash ^= toeplitz->table[2 * i][octets[i] >> 4];
		hash ^= toeplitz->table[2 * i + 1][octets[i] & 15];
	}
	return hash;
}

#endif
