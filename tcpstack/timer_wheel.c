/* SPDX-License-Identifier: BSD-3-Clause */
#include <tcpstack/timer_wheel.h>

#include <string.h>

#define SLOT_BITS 8
#define SLOT_MASK (TIMER_SLOTS - 1)

_Static_assert(TIMER_SLOTS == 1 << SLOT_BITS, "slots are indexed by eight bits of the tick");

static void list_insert(struct timer **head, struct timer *timer)
{
	timer->next = *head;
	if (timer->next)
		timer->next->link = &timer->next;
	timer->link = head;
	*head = timer;
}

static void list_remove(struct timer *timer)
{
	*timer->link = timer->next;
	if (timer->next)
		timer->next->link = timer->link;
	timer->link = NULL;
}

/* The level is the highest group of eight bits in which the timer's tick differs from the wheel's. */
static void place(struct timer_wheel *wheel, struct timer *timer)
{
	const uint64_t horizon = (UINT64_C(1) << (SLOT_BITS * TIMER_LEVELS)) - 1;
	uint64_t tick = timer->tick;
	unsigned level, slot;

	if (tick <= wheel->tick) {
		list_insert(&wheel->due, timer);
		return;
	}
	/* Beyond the horizon a timer waits in the last slot before it, and is placed anew when that slot comes round.
	 */
	if ((tick ^ wheel->tick) > horizon)
		tick = wheel->tick | horizon;
	if (tick == wheel->tick)
		tick++;
	level = (63 - (unsigned)__builtin_clzll(tick ^ wheel->tick)) / SLOT_BITS;
	if (level >= TIMER_LEVELS)
		level = TIMER_LEVELS - 1;
	slot = (tick >> (level * SLOT_BITS)) & SLOT_MASK;
	wheel->occupied[level][slot / 64] |= UINT64_C(1) << (slot % 64);
	list_insert(&wheel->slots[level][slot], timer);
}

void timer_wheel_init(struct timer_wheel *wheel, uint64_t now)
{
	memset(wheel, 0, sizeof(*wheel));
	wheel->tick = now / TIMER_TICK;
}

void timer_set(struct timer_wheel *wheel, struct timer *timer, uint64_t at)
{
	if (timer_is_set(timer))
		timer_cancel(wheel, timer);
	/* Rounded up: never earlier than asked. */
	timer->tick = at / TIMER_TICK + (at % TIMER_TICK != 0);
	wheel->armed++;
	place(wheel, timer);
}

void timer_cancel(struct timer_wheel *wheel, struct timer *timer)
{
	if (!timer_is_set(timer))
		return;
	list_remove(timer);
	wheel->armed--;
}

/* Empties a slot; its timers go to lower levels or to the due list. */
static void cascade(struct timer_wheel *wheel, unsigned level, unsigned slot)
{
	struct timer *timer;

	wheel->occupied[level][slot / 64] &= ~(UINT64_C(1) << (slot % 64));
	while ((timer = wheel->slots[level][slot]) != NULL) {
		list_remove(timer);
		place(wheel, timer);
	}
}

/* The first occupied slot of the level at or after `from`, or TIMER_SLOTS. */
static unsigned next_occupied(const struct timer_wheel *wheel, unsigned level, unsigned from)
{
	unsigned word = from / 64;
	uint64_t bits;

	if (from >= TIMER_SLOTS)
		return TIMER_SLOTS;
	bits = wheel->occupied[level][word] & (~UINT64_C(0) << (from % 64));
	while (!bits) {
		if (++word == TIMER_SLOTS / 64)
			return TIMER_SLOTS;
		bits = wheel->occupied[level][word];
	}
	return word * 64 + (unsigned)__builtin_ctzll(bits);
}

/* The first tick after the wheel's at which a slot must be looked at; UINT64_MAX if all are empty. */
static uint64_t next_tick(const struct timer_wheel *wheel)
{
	for (unsigned level = 0; level < TIMER_LEVELS; level++) {
		unsigned shift = level * SLOT_BITS;
		unsigned current = (wheel->tick >> shift) & SLOT_MASK;
		unsigned slot = next_occupied(wheel, level, current + 1);

		if (slot < TIMER_SLOTS)
			return ((wheel->tick >> (shift + SLOT_BITS) << SLOT_BITS) | slot) << shift;
	}
	/* Only the top level can wrap: what lies in it before the current slot is of the next round. */
	for (unsigned level = TIMER_LEVELS; level-- > 0;) {
		unsigned shift = level * SLOT_BITS;
		unsigned slot = next_occupied(wheel, level, 0);

		if (slot < TIMER_SLOTS)
			return (((wheel->tick >> (shift + SLOT_BITS)) + 1) << SLOT_BITS | slot) << shift;
	}
	return UINT64_MAX;
}

struct timer *timer_wheel_next(struct timer_wheel *wheel, uint64_t now)
{
	uint64_t target = now / TIMER_TICK;

	while (!wheel->due && wheel->tick < target) {
		uint64_t tick = wheel->armed ? next_tick(wheel) : UINT64_MAX;

		if (tick > target) {
			wheel->tick = target;
			break;
		}
		wheel->tick = tick;
		/* From the top: a timer may fall through several levels at once. */
		for (unsigned level = TIMER_LEVELS; level-- > 0;)
			if ((tick & ((UINT64_C(1) << (level * SLOT_BITS)) - 1)) == 0)
				cascade(wheel, level, (tick >> (level * SLOT_BITS)) & SLOT_MASK);
	}
	if (!wheel->due)
		return NULL;
	struct timer *timer = wheel->due;

	list_remove(timer);
	wheel->armed--;
	return timer;
}

uint64_t timer_wheel_deadline(const struct timer_wheel *wheel)
{
	uint64_t tick;

	if (!wheel->armed)
		return UINT64_MAX;
	if (wheel->due)
		return wheel->tick * TIMER_TICK;
	tick = next_tick(wheel);
	return tick == UINT64_MAX ? UINT64_MAX : tick * TIMER_TICK;
}
