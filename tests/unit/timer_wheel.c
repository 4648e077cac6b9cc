/* SPDX-License-Identifier: BSD-3-Clause */
/* A timer fires once, at its time or less than a tick later, whatever was set, moved and cancelled around it. */
#include <string.h>

#include "support.h"
#include <tcpstack/timer_wheel.h>

#define MILLISECOND UINT64_C(1000)
#define DAY (UINT64_C(24) * 3600 * 1000 * MILLISECOND)

static struct timer_wheel wheel;

static void fires_at_its_time(void)
{
	static const uint64_t delays[] = {0,	  1,	    999,      1000,	1001,	     255000,   256000,
					  257000, 65535000, 65536000, 65537000, 16777216000, 40 * DAY, 60 * DAY};

	for (unsigned i = 0; i < sizeof(delays) / sizeof(delays[0]); i++) {
		struct timer timer = {0};
		uint64_t start = 123456789, due = start + delays[i];

		timer_wheel_init(&wheel, start);
		timer_set(&wheel, &timer, due);
		CU_ASSERT_TRUE(timer_is_set(&timer));
		if (delays[i] > MILLISECOND)
			CU_ASSERT_PTR_NULL(timer_wheel_next(&wheel, due - MILLISECOND));
		CU_ASSERT_PTR_EQUAL(timer_wheel_next(&wheel, due + MILLISECOND), &timer);
		CU_ASSERT_FALSE(timer_is_set(&timer));
		CU_ASSERT_PTR_NULL(timer_wheel_next(&wheel, due + 2 * MILLISECOND));
	}
}

static void a_cancelled_timer_is_silent(void)
{
	struct timer one = {0}, two = {0};

	timer_wheel_init(&wheel, 0);
	timer_set(&wheel, &one, 5 * MILLISECOND);
	timer_set(&wheel, &two, 5 * MILLISECOND);
	timer_cancel(&wheel, &one);
	timer_cancel(&wheel, &one);
	CU_ASSERT_PTR_EQUAL(timer_wheel_next(&wheel, 10 * MILLISECOND), &two);
	CU_ASSERT_PTR_NULL(timer_wheel_next(&wheel, 10 * MILLISECOND));
	CU_ASSERT_EQUAL(timer_wheel_deadline(&wheel), UINT64_MAX);
}

static void setting_again_moves(void)
{
	struct timer timer = {0};

	timer_wheel_init(&wheel, 0);
	timer_set(&wheel, &timer, 5 * MILLISECOND);
	timer_set(&wheel, &timer, 500 * MILLISECOND);
	CU_ASSERT_PTR_NULL(timer_wheel_next(&wheel, 499 * MILLISECOND));
	CU_ASSERT_PTR_EQUAL(timer_wheel_next(&wheel, 500 * MILLISECOND), &timer);
}

#define TIMERS 300
#define STEPS 200000

/* Sleeping from deadline to deadline, as a worker does, must neither miss a timer nor go on for ever. */
static void random_timers_match_a_list(void)
{
	static struct timer timers[TIMERS];
	static uint64_t due[TIMERS];
	uint64_t seed = 42, now = 0, fired = 0, idle_steps = 0;

	memset(timers, 0, sizeof(timers));
	timer_wheel_init(&wheel, now);
	for (unsigned step = 0; step < STEPS; step++) {
		unsigned i = (unsigned)(support_random(&seed) % TIMERS);
		uint64_t spread = UINT64_C(1) << support_random(&seed) % 34;
		struct timer *timer;

		if (support_random(&seed) % 4 == 0) {
			timer_cancel(&wheel, &timers[i]);
		} else {
			due[i] = now + support_random(&seed) % spread;
			timer_set(&wheel, &timers[i], due[i]);
		}
		uint64_t deadline = timer_wheel_deadline(&wheel);

		for (unsigned k = 0; k < TIMERS; k++)
			if (timer_is_set(&timers[k]) && deadline > due[k] + MILLISECOND)
				CU_FAIL("a deadline is too late");
		if (step % 3 == 0 && deadline != UINT64_MAX && deadline > now)
			now = deadline;
		else
			now += support_random(&seed) % (spread / 8 + 1);
		while ((timer = timer_wheel_next(&wheel, now)) != NULL) {
			if (due[timer - timers] > now)
				CU_FAIL("a timer fired early");
			fired++;
		}
		for (unsigned k = 0; k < TIMERS; k++)
			if (timer_is_set(&timers[k]) && due[k] + MILLISECOND <= now)
				CU_FAIL("a timer is overdue");
	}
	CU_ASSERT(fired > STEPS / 10);
	while (timer_wheel_deadline(&wheel) != UINT64_MAX && idle_steps++ < 100000) {
		now = timer_wheel_deadline(&wheel) > now ? timer_wheel_deadline(&wheel) : now + 1;
		while (timer_wheel_next(&wheel, now))
			;
	}
	for (unsigned k = 0; k < TIMERS; k++)
		CU_ASSERT_FALSE(timer_is_set(&timers[k]));
}

int main(void)
{
	return TESTS_RUN("timer wheel", TEST(fires_at_its_time), TEST(a_cancelled_timer_is_silent),
			 TEST(setting_again_moves), TEST(random_timers_match_a_list));
}
