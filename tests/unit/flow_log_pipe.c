/* SPDX-License-Identifier: BSD-3-Clause */
/* The flow log in a FIFO: a reader that stops, that is slow, that goes or is not there yet never blocks anybody, and
 * finds whole lines alone. */
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "flow_log_support.h"
#include "support.h"

static void lines_come_through(void)
{
	struct flow_log_scene scene;

	flow_log_begin_fifo(&scene);
	flow_log_write(&scene, 1, 100);
	CU_ASSERT_EQUAL(flow_log_count(flow_log_read(&scene), NULL), 100);
	flow_log_end(&scene);
}

/* The pipe holds 64 KiB, the buffer 16: beyond that lines are dropped, and where they are missing a line says so. */
static void a_reader_that_stops_loses_whole_lines_and_is_told_how_many(void)
{
	struct flow_log_counters counters;
	struct flow_log_scene scene;
	const unsigned count = 2000;
	static char text[FLOW_LOG_TEXT_SIZE];
	uint64_t dropped;
	unsigned lines;

	flow_log_begin_fifo(&scene);
	flow_log_own_begin();
	flow_log_write(&scene, 1, count);
	CU_ASSERT_PTR_NOT_NULL(strstr(flow_log_own_end(), "its reader is too slow"));
	strcpy(text, flow_log_read(&scene));
	flow_log_pass(&scene, 1);
	strcat(text, flow_log_read(&scene));
	flow_log_pass(&scene, 1);
	strcat(text, flow_log_read(&scene));
	flow_log_write(&scene, count + 1, 20);
	strcat(text, flow_log_read(&scene));
	lines = flow_log_count(text, &dropped);
	CU_ASSERT_TRUE(dropped > count / 2);
	CU_ASSERT_TRUE(lines > 300);
	CU_ASSERT_EQUAL(lines + dropped, count + 20);
	flow_log_read_counters(scene.log, &counters);
	CU_ASSERT_EQUAL(counters.dropped_target, dropped);
	flow_log_end(&scene);
}

/* However much the reader takes at a time, down to single octets, what it gets are the same lines. */
static void no_line_is_cut_whatever_the_reader_takes(void)
{
	static const size_t takes[] = {1, 100, 4095, 4096, 4097, 20000};
	static char text[FLOW_LOG_TEXT_SIZE];
	struct flow_log_scene scene;

	for (size_t i = 0; i < sizeof(takes) / sizeof(takes[0]); i++) {
		const unsigned count = 1500;
		uint64_t dropped;
		size_t used = 0;
		unsigned lines;

		flow_log_begin_fifo(&scene);
		flow_log_own_begin();
		for (unsigned flow = 1; flow <= count; flow++) {
			ssize_t got;

			flow_log_write(&scene, flow, 1);
			got = read(scene.reader, text + used, takes[i]);
			used += got > 0 ? (size_t)got : 0;
		}
		strcpy(text + used, flow_log_read(&scene));
		for (unsigned turn = 0; turn < 4; turn++) {
			flow_log_pass(&scene, 1);
			strcat(text, flow_log_read(&scene));
		}
		flow_log_own_end();
		lines = flow_log_count(text, &dropped);
		CU_ASSERT_EQUAL(lines + dropped, count);
		CU_ASSERT_EQUAL(dropped > 0, takes[i] <= 100);
		flow_log_end(&scene);
	}
}

/* Whatever room a reader makes, what is in the pipe at any moment ends where a line ends. */
static void a_full_pipe_never_holds_half_a_line(void)
{
	static char text[FLOW_LOG_TEXT_SIZE];
	struct flow_log_scene scene;

	for (size_t octets = 1000; octets < 16000; octets += 1000) {
		flow_log_begin_fifo(&scene);
		flow_log_own_begin();
		flow_log_write(&scene, 1, 1000);
		CU_ASSERT_EQUAL_FATAL(read(scene.reader, text, octets), (ssize_t)octets);
		flow_log_pass(&scene, 1);
		flow_log_own_end();
		strcpy(text + octets, flow_log_read(&scene));
		CU_ASSERT_TRUE(flow_log_count(text, NULL) > 300);
		flow_log_end(&scene);
	}
}

/* Gaps are few: not one behind each line that the reader takes. */
static void a_reader_that_is_too_slow_finds_few_gaps(void)
{
	struct flow_log_scene scene;
	unsigned gaps = 0;
	char line[100];

	flow_log_begin_fifo(&scene);
	flow_log_own_begin();
	for (unsigned flow = 1; flow <= 6000; flow++) {
		flow_log_write(&scene, flow, 1);
		if (read(scene.reader, line, sizeof(line)) <= 0)
			CU_FAIL("nothing to read");
	}
	flow_log_own_end();
	for (unsigned turn = 0; turn < 4; turn++) {
		const char *text = flow_log_read(&scene);

		while ((text = strstr(text, "\"event\":\"dropped\"")) != NULL) {
			text++;
			gaps++;
		}
		flow_log_pass(&scene, 1);
	}
	CU_ASSERT_TRUE(gaps >= 1 && gaps < 20);
	flow_log_end(&scene);
}

static void a_fifo_without_a_reader_waits_for_one(void)
{
	struct flow_log_scene scene;
	const char *own;

	flow_log_prepare(&scene);
	CU_ASSERT_EQUAL(mkfifo(scene.path, 0600), 0);
	flow_log_start(&scene);
	flow_log_own_begin();
	flow_log_write(&scene, 1, 20);
	own = flow_log_own_end();
	CU_ASSERT_PTR_NOT_NULL(strstr(own, "nobody reads it"));
	scene.reader = open(scene.path, O_RDONLY | O_NONBLOCK);
	flow_log_pass(&scene, 1000);
	CU_ASSERT_EQUAL(flow_log_count(flow_log_read(&scene), NULL), 20);
	flow_log_end(&scene);
}

/* What was in the pipe is gone with its reader, who may have read half a line; what is written from then on waits for
 * the next. */
static void a_reader_that_goes_is_followed_by_another(void)
{
	struct flow_log_scene scene;
	char octets[10];

	flow_log_begin_fifo(&scene);
	flow_log_write(&scene, 1, 5);
	CU_ASSERT_EQUAL(read(scene.reader, octets, sizeof(octets)), (ssize_t)sizeof(octets));
	close(scene.reader);
	flow_log_own_begin();
	flow_log_write(&scene, 6, 10);
	flow_log_own_end();
	scene.reader = open(scene.path, O_RDONLY | O_NONBLOCK);
	flow_log_pass(&scene, 1000);
	CU_ASSERT_EQUAL(flow_log_count(flow_log_read(&scene), NULL), 10);
	flow_log_end(&scene);
}

static void a_reopen_leaves_the_reader_of_a_fifo_where_it_is(void)
{
	struct flow_log_scene scene;
	char octet;

	flow_log_begin_fifo(&scene);
	flow_log_own_begin();
	flow_log_reopen(scene.log, scene.clock);
	CU_ASSERT_EQUAL(read(scene.reader, &octet, 1), -1); /* not 0, its end */
	flow_log_own_end();
	flow_log_write(&scene, 1, 3);
	CU_ASSERT_EQUAL(flow_log_count(flow_log_read(&scene), NULL), 3);
	flow_log_end(&scene);
}

static void the_end_does_not_wait_for_a_reader(void)
{
	struct flow_log_scene scene;
	const char *own;

	flow_log_begin_fifo(&scene);
	flow_log_own_begin();
	flow_log_write(&scene, 1, 2000);
	flow_log_close(scene.log, scene.clock, FLOW_LOG_WALL + scene.clock);
	scene.log = NULL;
	own = flow_log_own_end();
	CU_ASSERT_PTR_NOT_NULL(strstr(own, "octets of lines are lost at the end: its reader is too slow"));
	flow_log_end(&scene);
}

int main(void)
{
	support_eal();
	return TESTS_RUN("flow log in a FIFO", TEST(lines_come_through),
			 TEST(a_reader_that_stops_loses_whole_lines_and_is_told_how_many),
			 TEST(no_line_is_cut_whatever_the_reader_takes), TEST(a_full_pipe_never_holds_half_a_line),
			 TEST(a_reader_that_is_too_slow_finds_few_gaps), TEST(a_fifo_without_a_reader_waits_for_one),
			 TEST(a_reader_that_goes_is_followed_by_another),
			 TEST(a_reopen_leaves_the_reader_of_a_fifo_where_it_is),
			 TEST(the_end_does_not_wait_for_a_reader));
}
