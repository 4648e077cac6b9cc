/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef TCPSTACK_TIMER_WHEEL_H
#define TCPSTACK_TIMER_WHEEL_H

/*
 * Hierarchical timing wheel (Varghese and Lauck, 1987): four levels of 256 slots, a tick of one millisecond. Setting
 * and cancelling are O(1). A timer fires at its time or up to one tick later, never earlier.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct timer {
	struct timer *next;
	struct timer **link; /* whatever points at this timer; NULL: not set */
	uint64_t tick;
};

#define TIMER_LEVELS 4
#define TIMER_SLOTS 256
#define TIMER_TICK 1000 /* microseconds */

struct timer_wheel {
	uint64_t tick; /* every timer before or at it has been moved to `due` */
	uint32_t armed;
	struct timer *due;
	uint64_t occupied[TIMER_LEVELS][TIMER_SLOTS / 64];
	struct timer *slots[TIMER_LEVELS][TIMER_SLOTS];
};

/* Times are the stack's, in microseconds. */
void timer_wheel_init(struct timer_wheel *wheel, uint64_t now);

/* Sets the timer, or moves it if it was set. A time that has passed fires at the next timer_wheel_next. */
void timer_set(struct timer_wheel *wheel, struct timer *timer, uint64_t at);

/* No effect if it is not set. */
void timer_cancel(struct timer_wheel *wheel, struct timer *timer);

static inline bool timer_is_set(const struct timer *timer)
{
	return timer->link != NULL;
}

/* Takes off and returns a timer that is due at `now`, or NULL when there are no more. */
struct timer *timer_wheel_next(struct timer_wheel *wheel, uint64_t now);

/* A time before which nothing is due: at or before the first timer's; UINT64_MAX with no timer. */
uint64_t timer_wheel_deadline(const struct timer_wheel *wheel);

#endif
