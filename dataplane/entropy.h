/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef DATAPLANE_ENTROPY_H
#define DATAPLANE_ENTROPY_H

/* Random numbers of the kernel's generator, fetched in batches; one object for each thread that draws. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ENTROPY_BATCH 32 /* numbers; the kernel gives 256 octets without interruption (getrandom(2)) */

struct entropy {
	unsigned left;
	uint64_t numbers[ENTROPY_BATCH];
};

/* Fills `size` octets. False if the kernel's generator does not answer. */
bool entropy_fill(void *octets, size_t size);

/* 64 bits that nobody can predict; each is given once. All zero is a good initial state. */
uint64_t entropy_draw(struct entropy *entropy);

#endif
