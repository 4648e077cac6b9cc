/* SPDX-License-Identifier: BSD-3-Clause */
/* The main lcore's turns: how long the one is, when the next one is, whose records come first, and what time they
 * carry. */
#include <string.h>

#include "flow_log_support.h"
#include "support.h"

static void a_turn_is_short_and_the_next_comes_at_once_if_there_is_more(void)
{
	struct flow_log_scene scene;

	flow_log_prepare(&scene);
	scene.settings.ring = 1024;
	scene.settings.buffer = 1048576;
	flow_log_start(&scene);
	for (uint64_t i = 1; i <= 2 * FLOW_LOG_TURN + 1; i++)
		CU_ASSERT_TRUE(flow_log_publish(&scene, i));
	for (unsigned turn = 1; turn <= 2; turn++) {
		flow_log_pass(&scene, 0);
		CU_ASSERT_EQUAL(flow_log_interval(scene.log), 0);
		CU_ASSERT_EQUAL(flow_log_count(flow_log_read(&scene), NULL), turn * FLOW_LOG_TURN);
	}
	flow_log_pass(&scene, 0);
	CU_ASSERT_EQUAL(flow_log_interval(scene.log), FLOW_LOG_INTERVAL_LEAST);
	flow_log_end(&scene);
}

static void without_work_the_main_lcore_sleeps_longer_and_longer(void)
{
	struct flow_log_scene scene;
	unsigned before = FLOW_LOG_INTERVAL_LEAST;

	flow_log_begin(&scene);
	flow_log_write(&scene, 1, 1);
	CU_ASSERT_EQUAL(flow_log_interval(scene.log), before);
	while (before < FLOW_LOG_INTERVAL_MOST) {
		flow_log_pass(&scene, before);
		CU_ASSERT_TRUE_FATAL(flow_log_interval(scene.log) > before);
		before = flow_log_interval(scene.log);
	}
	CU_ASSERT_EQUAL(before, FLOW_LOG_INTERVAL_MOST);
	flow_log_write(&scene, 2, 1);
	CU_ASSERT_EQUAL(flow_log_interval(scene.log), FLOW_LOG_INTERVAL_LEAST);
	flow_log_end(&scene);
}

/* A full ring is no more than that: what is in it is written, and a line says how many are missing. */
static void records_that_found_the_ring_full_are_counted_in_a_line(void)
{
	struct flow_log_counters counters;
	struct flow_log_scene scene;
	uint64_t dropped;
	const char *text;

	flow_log_begin(&scene);
	for (uint64_t i = 1; i <= 64; i++)
		CU_ASSERT_TRUE(flow_log_publish(&scene, i));
	for (uint64_t i = 65; i <= 70; i++)
		CU_ASSERT_FALSE(flow_log_publish(&scene, i));
	flow_log_own_begin();
	flow_log_pass(&scene, 1);
	CU_ASSERT_PTR_NOT_NULL(strstr(flow_log_own_end(), "6 records in full rings"));
	text = flow_log_read(&scene);
	CU_ASSERT_EQUAL(flow_log_count(text, &dropped), 64);
	CU_ASSERT_EQUAL(dropped, 6);
	CU_ASSERT_PTR_NOT_NULL(strstr(text, "\"event\":\"dropped\",\"dropped\":{\"ring\":6,\"target\":0}}\n"));
	flow_log_write(&scene, 71, 3);
	CU_ASSERT_EQUAL(flow_log_count(flow_log_read(&scene), &dropped), 67);
	CU_ASSERT_EQUAL(dropped, 6);
	flow_log_read_counters(scene.log, &counters);
	CU_ASSERT_EQUAL(counters.dropped_ring, 6);
	CU_ASSERT_EQUAL(counters.dropped_target, 0);
	CU_ASSERT_EQUAL(counters.lines, 68);
	flow_log_end(&scene);
}

static void every_worker_has_a_ring_of_its_own(void)
{
	struct flow_log_scene scene;
	struct fault fault;

	flow_log_prepare(&scene);
	scene.log = flow_log_open(&scene.settings, 3, NULL, &fault);
	CU_ASSERT_PTR_NOT_NULL_FATAL(scene.log);
	for (unsigned worker = 0; worker < 3; worker++) {
		for (unsigned i = 0; i < 10; i++) {
			struct flow_record *record = flow_ring_claim(flow_log_ring(scene.log, worker));

			record->flow = 1 + 100 * worker + i;
			flow_ring_publish(flow_log_ring(scene.log, worker));
		}
	}
	flow_log_pass(&scene, 1);
	CU_ASSERT_EQUAL(flow_log_count(flow_log_read(&scene), NULL), 30);
	flow_log_end(&scene);
}

/* A record may lie in its ring for a while: its line has the time of the event. Wherever the wall's clock is set to
 * meanwhile, the difference to the line's writing is that of the workers' clock. */
static void a_line_has_the_time_of_its_event(void)
{
	struct flow_log_scene scene;

	flow_log_begin(&scene);
	flow_log_publish(&scene, 1);
	flow_log_pass(&scene, 1500);
	CU_ASSERT_PTR_NOT_NULL(strstr(flow_log_read(&scene), "\"ts\":\"2026-01-01T00:00:05.000000Z\""));
	scene.clock += 250123;
	flow_log_publish(&scene, 2);
	flow_log_turn(scene.log, scene.clock, FLOW_LOG_WALL - 1);
	CU_ASSERT_PTR_NOT_NULL(strstr(flow_log_read(&scene), "\"ts\":\"2025-12-31T23:59:59.999999Z\""));
	flow_log_publish(&scene, 3);
	flow_log_turn(scene.log, scene.clock - 3, FLOW_LOG_WALL); /* a record from just after the clock was read */
	CU_ASSERT_PTR_NOT_NULL(strstr(flow_log_read(&scene), "\"ts\":\"2026-01-01T00:00:00.000003Z\""));
	flow_log_end(&scene);
}

int main(void)
{
	support_eal();
	return TESTS_RUN("turns of the flow log", TEST(a_turn_is_short_and_the_next_comes_at_once_if_there_is_more),
			 TEST(without_work_the_main_lcore_sleeps_longer_and_longer),
			 TEST(records_that_found_the_ring_full_are_counted_in_a_line),
			 TEST(every_worker_has_a_ring_of_its_own), TEST(a_line_has_the_time_of_its_event));
}
