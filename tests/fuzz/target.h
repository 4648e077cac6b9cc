/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef TESTS_FUZZ_TARGET_H
#define TESTS_FUZZ_TARGET_H

/* What every target has: the function that libFuzzer calls, and a claim that ends it where it does not hold. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static inline void hold(bool condition)
{
	if (!condition)
		abort();
}

/* Gives the octets to `read` in pieces, whose lengths the octets themselves decide, each in memory of its own. */
static inline void cut(const uint8_t *data, size_t size,
		       void (*read)(void *reader, const uint8_t *octets, size_t length), void *reader)
{
	while (size > 0) {
		size_t length = data[size - 1] % 32 + 1u;
		uint8_t *piece;

		if (length > size)
			length = size;
		piece = malloc(length);
		hold(piece != NULL);
		memcpy(piece, data, length);
		read(reader, piece, length);
		free(piece);
		data += length;
		size -= length;
	}
}

#endif
