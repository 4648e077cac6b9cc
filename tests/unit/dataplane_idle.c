/* SPDX-License-Identifier: BSD-3-Clause */
/* The sleep of idle workers: never under load, short after it, bounded, and never past a timer. */
#include "idle.h"
#include "support.h"

static void a_worker_that_had_work_lately_does_not_sleep(void)
{
	for (uint64_t idle = 0; idle < IDLE_SPIN; idle++)
		CU_ASSERT_EQUAL(idle_sleep(idle, UINT64_MAX), 0);
}

static void a_packet_is_late_by_a_quarter_of_the_silence_at_most(void)
{
	for (uint64_t idle = IDLE_SPIN; idle < 10000; idle++) {
		uint64_t sleep = idle_sleep(idle, UINT64_MAX);

		CU_ASSERT_TRUE(sleep > 0);
		CU_ASSERT_TRUE(sleep <= idle / 4);
		CU_ASSERT_TRUE(sleep <= IDLE_SLEEP_MOST);
	}
	CU_ASSERT_EQUAL(idle_sleep(UINT64_MAX, UINT64_MAX), IDLE_SLEEP_MOST);
}

static void no_sleep_goes_past_a_timer(void)
{
	for (uint64_t due = 0; due < 200; due++)
		CU_ASSERT_TRUE(idle_sleep(1000000, due) <= due);
	CU_ASSERT_EQUAL(idle_sleep(1000000, 0), 0);
	CU_ASSERT_EQUAL(idle_sleep(1000000, IDLE_SLEEP_LEAST - 1), 0);
	CU_ASSERT_EQUAL(idle_sleep(1000000, IDLE_SLEEP_LEAST), IDLE_SLEEP_LEAST);
}

int main(void)
{
	return TESTS_RUN("idle", TEST(a_worker_that_had_work_lately_does_not_sleep),
			 TEST(a_packet_is_late_by_a_quarter_of_the_silence_at_most), TEST(no_sleep_goes_past_a_timer));
}
