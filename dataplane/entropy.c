/* SPDX-License-Identifier: BSD-3-Clause */
#include "entropy.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/random.h>

bool entropy_fill(void *octets, size_t size)
{
	uint8_t *next = octets;

	while (size > 0) {
		ssize_t got = getrandom(next, size, 0);

		if (got < 0) {
			if (errno == EINTR)
				continue;
			return false;
		}
		next += got;
		size -= (size_t)got;
	}
	return true;
}

uint64_t entropy_draw(struct entropy *entropy)
{
	uint64_t number;

	if (entropy->left == 0) {
		/* getrandom fails only in kernels that lack it; predictable sequence numbers are no alternative. */
		if (!entropy_fill(entropy->numbers, sizeof(entropy->numbers)))
			abort();
		entropy->left = ENTROPY_BATCH;
	}
	entropy->left--;
	number = entropy->numbers[entropy->left];
	entropy->numbers[entropy->left] = 0;
	return number;
}
