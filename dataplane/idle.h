/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef DATAPLANE_IDLE_H
#define DATAPLANE_IDLE_H

/*
 * How long a worker without work sleeps (`idle: adaptive`). A worker that had work lately only polls, so load never
 * meets a sleeper; after that its sleep grows with the time that it has been idle, so that a packet is late by at most
 * a quarter of the silence before it, and never by more than IDLE_SLEEP_MOST.
 */

#include <stdint.h>

#define IDLE_SPIN 50	   /* microseconds without work before the first sleep */
#define IDLE_SLEEP_LEAST 5 /* shorter sleeps cost more than they give */
#define IDLE_SLEEP_MOST 100

/* Microseconds to sleep: `idle` have passed without work, and the next timer is due in `until_deadline`. 0: poll. */
static inline uint64_t idle_sleep(uint64_t idle, uint64_t until_deadline)
{
	uint64_t sleep = idle / 4;

	if (idle < IDLE_SPIN)
		return 0;
	if (sleep > IDLE_SLEEP_MOST)
		sleep = IDLE_SLEEP_MOST;
	if (sleep > until_deadline)
		sleep = until_deadline;
	return sleep < IDLE_SLEEP_LEAST ? 0 : sleep;
}

#endif
