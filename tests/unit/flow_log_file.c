/* SPDX-License-Identifier: BSD-3-Clause */
/* The flow log in a file: made, appended to, opened again after it was renamed, and refused where it cannot be. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "flow_log_support.h"
#include "support.h"

static mode_t permissions(const char *path)
{
	struct stat state = {0};

	CU_ASSERT_EQUAL(stat(path, &state), 0);
	return state.st_mode & 07777;
}

static void put(const char *path, const char *text)
{
	int file = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0644);

	CU_ASSERT_EQUAL(write(file, text, strlen(text)), (ssize_t)strlen(text));
	close(file);
}

static void lines_stand_in_the_order_of_their_records(void)
{
	struct flow_log_scene scene;
	uint64_t dropped;

	flow_log_begin(&scene);
	for (uint64_t i = 1; i <= 50; i++)
		flow_log_publish(&scene, i);
	flow_log_pass(&scene, 1);
	for (uint64_t i = 51; i <= 70; i++)
		flow_log_publish(&scene, i);
	flow_log_pass(&scene, 1);
	CU_ASSERT_EQUAL(flow_log_count(flow_log_read(&scene), &dropped), 70);
	CU_ASSERT_EQUAL(dropped, 0);
	flow_log_end(&scene);
}

static void a_file_is_made_as_private_as_it_is_asked_for(void)
{
	mode_t mask = umask(077);
	struct flow_log_scene scene;

	flow_log_begin(&scene);
	CU_ASSERT_EQUAL(permissions(scene.path), 0600);
	flow_log_end(&scene);
	flow_log_prepare(&scene);
	scene.settings.mode = GATEWAY_FLOW_LOG_GROUP;
	flow_log_start(&scene);
	CU_ASSERT_EQUAL(permissions(scene.path), 0640);
	flow_log_end(&scene);
	CU_ASSERT_EQUAL(umask(mask), 077);
}

static void a_file_that_is_there_is_appended_to_and_keeps_its_permissions(void)
{
	static const char before[] = "{\"before\":1}\n";
	struct flow_log_scene scene;
	const char *text;

	flow_log_prepare(&scene);
	put(scene.path, before);
	flow_log_start(&scene);
	flow_log_write(&scene, 1, 1);
	text = flow_log_read(&scene);
	CU_ASSERT_EQUAL(strncmp(text, before, strlen(before)), 0);
	CU_ASSERT_EQUAL(flow_log_count(text + strlen(before), NULL), 1);
	CU_ASSERT_EQUAL(permissions(scene.path), 0644);
	flow_log_end(&scene);
}

static void half_a_line_that_a_crash_left_is_ended(void)
{
	struct flow_log_scene scene;
	const char *text;

	flow_log_prepare(&scene);
	put(scene.path, "{\"ts\":\"20");
	flow_log_start(&scene);
	flow_log_write(&scene, 1, 1);
	text = flow_log_read(&scene);
	CU_ASSERT_EQUAL(strncmp(text, "{\"ts\":\"20\n{", 11), 0);
	CU_ASSERT_EQUAL(flow_log_count(text + 10, NULL), 1);
	flow_log_end(&scene);
}

static void after_a_rename_and_a_reopen_lines_go_to_the_new_file(void)
{
	struct flow_log_scene scene;
	const char *own;
	char old[100];

	flow_log_begin(&scene);
	flow_log_write(&scene, 1, 3);
	snprintf(old, sizeof(old), "%s.1", scene.path);
	CU_ASSERT_EQUAL(rename(scene.path, old), 0);
	flow_log_write(&scene, 4, 2);
	flow_log_own_begin();
	flow_log_reopen(scene.log, scene.clock);
	own = flow_log_own_end();
	CU_ASSERT_PTR_NOT_NULL(strstr(own, "opened again"));
	flow_log_write(&scene, 6, 4);
	CU_ASSERT_EQUAL(flow_log_count(flow_log_read_file(old), NULL), 5);
	CU_ASSERT_EQUAL(flow_log_count(flow_log_read(&scene), NULL), 4);
	CU_ASSERT_EQUAL(permissions(scene.path), 0600);
	flow_log_end(&scene);
}

static void a_file_that_cannot_be_opened_again_is_kept(void)
{
	struct flow_log_scene scene;
	const char *own;
	char old[100];

	flow_log_begin(&scene);
	flow_log_write(&scene, 1, 1);
	snprintf(old, sizeof(old), "%s.1", scene.path);
	CU_ASSERT_EQUAL(rename(scene.path, old), 0);
	CU_ASSERT_EQUAL(mkdir(scene.path, 0700), 0);
	flow_log_own_begin();
	flow_log_reopen(scene.log, scene.clock);
	own = flow_log_own_end();
	CU_ASSERT_PTR_NOT_NULL(strstr(own, "the old file is kept"));
	flow_log_write(&scene, 2, 1);
	CU_ASSERT_EQUAL(flow_log_count(flow_log_read_file(old), NULL), 2);
	CU_ASSERT_EQUAL(rmdir(scene.path), 0);
	flow_log_end(&scene);
}

static void a_file_that_is_cut_by_others_is_written_on_from_its_new_end(void)
{
	struct flow_log_scene scene;

	flow_log_begin(&scene);
	flow_log_write(&scene, 1, 5);
	CU_ASSERT_EQUAL(truncate(scene.path, 0), 0);
	flow_log_write(&scene, 6, 2);
	CU_ASSERT_EQUAL(flow_log_count(flow_log_read(&scene), NULL), 2);
	flow_log_end(&scene);
}

static void expect_refused(const char *path, const char *words)
{
	struct gateway_flow_log settings = {.ring = 64, .buffer = 16384};
	struct fault fault = {""};
	char *copy = strdup(path);

	settings.path = copy;
	CU_ASSERT_PTR_NULL(flow_log_open(&settings, 1, NULL, &fault));
	CU_ASSERT_PTR_NOT_NULL(strstr(fault.text, words));
	CU_ASSERT_PTR_NOT_NULL(strstr(fault.text, "flow_log.path: "));
	free(copy);
}

static void what_can_be_no_log_is_refused(void)
{
	expect_refused("/nonexistent/flows", "its folder is not there");
	expect_refused("/tmp", "is no file, FIFO or character device");
	expect_refused("/dev/null/flows", "Not a directory");
}

static void without_a_path_there_is_no_log_and_no_fault(void)
{
	struct gateway_flow_log settings = {.ring = 64, .buffer = 16384};
	struct flow_log_counters counters = {.lines = 1};
	struct fault fault = {"unset"};

	CU_ASSERT_PTR_NULL(flow_log_open(&settings, 1, NULL, &fault));
	CU_ASSERT_STRING_EQUAL(fault.text, "");
	CU_ASSERT_PTR_NULL(flow_log_ring(NULL, 0));
	flow_log_turn(NULL, 0, 0);
	flow_log_reopen(NULL, 0);
	flow_log_read_counters(NULL, &counters);
	CU_ASSERT_EQUAL(counters.lines, 0);
	CU_ASSERT_TRUE(flow_log_interval(NULL) >= FLOW_LOG_INTERVAL_MOST);
	flow_log_close(NULL, 0, 0);
}

static void what_is_in_the_rings_at_the_end_is_written(void)
{
	struct flow_log_scene scene;

	flow_log_prepare(&scene);
	scene.settings.ring = 1024;
	scene.settings.buffer = 1048576;
	flow_log_start(&scene);
	for (uint64_t i = 1; i <= 1000; i++)
		CU_ASSERT_TRUE(flow_log_publish(&scene, i));
	flow_log_close(scene.log, scene.clock, FLOW_LOG_WALL + scene.clock);
	scene.log = NULL;
	CU_ASSERT_EQUAL(flow_log_count(flow_log_read(&scene), NULL), 1000);
	flow_log_end(&scene);
}

int main(void)
{
	support_eal();
	return TESTS_RUN(
	    "flow log in a file", TEST(lines_stand_in_the_order_of_their_records),
	    TEST(a_file_is_made_as_private_as_it_is_asked_for),
	    TEST(a_file_that_is_there_is_appended_to_and_keeps_its_permissions),
	    TEST(half_a_line_that_a_crash_left_is_ended), TEST(after_a_rename_and_a_reopen_lines_go_to_the_new_file),
	    TEST(a_file_that_cannot_be_opened_again_is_kept),
	    TEST(a_file_that_is_cut_by_others_is_written_on_from_its_new_end), TEST(what_can_be_no_log_is_refused),
	    TEST(without_a_path_there_is_no_log_and_no_fault), TEST(what_is_in_the_rings_at_the_end_is_written));
}
