/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef SIM_RANDOM_H
#define SIM_RANDOM_H

/* Choices that a seed determines. */

#include <stdbool.h>

#include "support.h"

struct random {
	uint64_t state;
};

static inline uint64_t random_next(struct random *random)
{
	return support_random(&random->state);
}

/* Evenly from 0 to bound - 1; 0 for a bound of 0. */
static inline uint64_t random_below(struct random *random, uint64_t bound)
{
	return bound ? random_next(random) % bound : 0;
}

/* Evenly from low to high, both included. */
static inline uint64_t random_between(struct random *random, uint64_t low, uint64_t high)
{
	return low + random_below(random, high - low + 1);
}

/* True so many times in a million. */
static inline bool random_chance(struct random *random, uint32_t parts_per_million)
{
	return parts_per_million && random_below(random, 1000000) < parts_per_million;
}

#endif
