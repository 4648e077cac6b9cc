/* SPDX-License-Identifier: BSD-3-Clause */
/* The flow log on a disk that is full: here a limit of the file's size, at which write(2) takes half a line too. No
 * half line stays in the file, what is dropped is counted, and all goes on when there is room. */
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "flow_log_support.h"
#include "support.h"

static void limit(rlim_t octets)
{
	struct rlimit file;

	CU_ASSERT_EQUAL(getrlimit(RLIMIT_FSIZE, &file), 0);
	file.rlim_cur = octets == RLIM_INFINITY ? file.rlim_max : octets;
	CU_ASSERT_EQUAL(setrlimit(RLIMIT_FSIZE, &file), 0);
}

static off_t size_of(const char *path)
{
	struct stat state = {0};

	CU_ASSERT_EQUAL(stat(path, &state), 0);
	return state.st_size;
}

/* Wherever in a line the disk ends. */
static void no_half_line_stays_and_none_is_lost_while_the_buffer_holds(void)
{
	struct flow_log_scene scene;
	off_t line;

	flow_log_begin(&scene);
	flow_log_write(&scene, 1, 1);
	line = size_of(scene.path);
	for (off_t octets = 0; octets <= line; octets++) {
		uint64_t first = 2 + 3 * (uint64_t)octets;
		off_t before = size_of(scene.path);

		limit((rlim_t)(before + octets));
		flow_log_write(&scene, first, 3);
		CU_ASSERT_EQUAL(size_of(scene.path), octets == line ? before + line : before);
		limit(RLIM_INFINITY);
		flow_log_pass(&scene, 1000);
		CU_ASSERT_EQUAL(size_of(scene.path), before + 3 * line);
	}
	CU_ASSERT_EQUAL(flow_log_count(flow_log_read(&scene), NULL), 1 + 3 * (unsigned)(line + 1));
	flow_log_end(&scene);
}

static void what_the_buffer_does_not_hold_is_dropped_whole_and_told_in_the_log(void)
{
	struct flow_log_counters counters;
	struct flow_log_scene scene;
	uint64_t dropped;
	unsigned lines;

	flow_log_begin(&scene);
	flow_log_write(&scene, 1, 1);
	limit((rlim_t)size_of(scene.path) + 100);
	flow_log_own_begin();
	flow_log_write(&scene, 2, 500);
	flow_log_own_end();
	CU_ASSERT_EQUAL(flow_log_count(flow_log_read(&scene), NULL), 1);
	limit(RLIM_INFINITY);
	flow_log_pass(&scene, 1000);
	flow_log_write(&scene, 502, 10);
	lines = flow_log_count(flow_log_read(&scene), &dropped);
	flow_log_read_counters(scene.log, &counters);
	CU_ASSERT_TRUE(dropped > 300);
	CU_ASSERT_EQUAL(lines + dropped, 511);
	CU_ASSERT_EQUAL(counters.dropped_target, dropped);
	CU_ASSERT_EQUAL(counters.dropped_ring, 0);
	CU_ASSERT_EQUAL(counters.lines, lines + 1); /* and that on those dropped */
	flow_log_end(&scene);
}

static unsigned occurrences(const char *text, const char *words)
{
	unsigned count = 0;

	while ((text = strstr(text, words)) != NULL) {
		text += strlen(words);
		count++;
	}
	return count;
}

static void sluiceds_own_log_is_told_once_a_minute(void)
{
	struct flow_log_scene scene;
	const char *own;

	flow_log_begin(&scene);
	flow_log_write(&scene, 1, 1);
	limit((rlim_t)size_of(scene.path));
	flow_log_own_begin();
	for (unsigned second = 0; second < 150; second++) {
		flow_log_write(&scene, 2 + second, 1);
		flow_log_pass(&scene, 1000);
	}
	limit(RLIM_INFINITY);
	flow_log_pass(&scene, 60000);
	own = flow_log_own_end();
	CU_ASSERT_EQUAL(occurrences(own, "File too large"), 3);
	CU_ASSERT_EQUAL(occurrences(own, "lines are written"), 1);
	CU_ASSERT_EQUAL(occurrences(own, scene.path), 4);
	flow_log_end(&scene);
}

/* As soon as a second after the first error, but no sooner. */
static void a_disk_that_failed_is_tried_again_a_second_later(void)
{
	struct flow_log_scene scene;

	flow_log_begin(&scene);
	flow_log_write(&scene, 1, 1);
	limit((rlim_t)size_of(scene.path));
	flow_log_own_begin();
	flow_log_write(&scene, 2, 1);
	flow_log_own_end();
	limit(RLIM_INFINITY);
	flow_log_pass(&scene, 999);
	CU_ASSERT_EQUAL(flow_log_count(flow_log_read(&scene), NULL), 1);
	flow_log_pass(&scene, 1);
	CU_ASSERT_EQUAL(flow_log_count(flow_log_read(&scene), NULL), 2);
	flow_log_end(&scene);
}

static void a_reopen_to_a_disk_with_room_loses_nothing(void)
{
	struct flow_log_scene scene;
	char old[100];

	flow_log_begin(&scene);
	flow_log_write(&scene, 1, 1);
	limit((rlim_t)size_of(scene.path) + 10);
	flow_log_own_begin();
	flow_log_write(&scene, 2, 5);
	snprintf(old, sizeof(old), "%s.1", scene.path);
	CU_ASSERT_EQUAL(rename(scene.path, old), 0);
	limit(RLIM_INFINITY);
	flow_log_reopen(scene.log, scene.clock);
	flow_log_own_end();
	flow_log_pass(&scene, 0);
	CU_ASSERT_EQUAL(flow_log_count(flow_log_read_file(old), NULL), 1);
	CU_ASSERT_EQUAL(flow_log_count(flow_log_read(&scene), NULL), 5);
	flow_log_end(&scene);
}

int main(void)
{
	signal(SIGXFSZ, SIG_IGN);
	support_eal();
	return TESTS_RUN("flow log on a full disk", TEST(no_half_line_stays_and_none_is_lost_while_the_buffer_holds),
			 TEST(what_the_buffer_does_not_hold_is_dropped_whole_and_told_in_the_log),
			 TEST(sluiceds_own_log_is_told_once_a_minute),
			 TEST(a_disk_that_failed_is_tried_again_a_second_later),
			 TEST(a_reopen_to_a_disk_with_room_loses_nothing));
}
