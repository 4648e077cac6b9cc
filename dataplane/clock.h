/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef DATAPLANE_CLOCK_H
#define DATAPLANE_CLOCK_H

/* The workers' clock: microseconds from the cycle counter, without a division. */

#include <stdint.h>

#include <rte_cycles.h>

struct clock {
	uint64_t origin;     /* cycles */
	uint64_t multiplier; /* microseconds per cycle, times 2^32 */
};

/* A clock that begins at the cycle count `origin`. `hertz` is above 1 MHz. */
static inline struct clock clock_at(uint64_t origin, uint64_t hertz)
{
	return (struct clock){
	    .origin = origin,
	    .multiplier = (uint64_t)(((unsigned __int128)1000000 << 32) / hertz),
	};
}

/* Microseconds since the clock's origin at the cycle count `cycles`; 0 before the origin. It does not wrap within the
 * counter's own range. */
static inline uint64_t clock_microseconds(const struct clock *clock, uint64_t cycles)
{
	if (cycles < clock->origin)
		return 0;
	return (uint64_t)(((unsigned __int128)(cycles - clock->origin) * clock->multiplier) >> 32);
}

#endif
