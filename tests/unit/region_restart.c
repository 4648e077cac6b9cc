/* SPDX-License-Identifier: BSD-3-Clause */
/* A gateway that starts finds the last policy that can be in force: in the region, else on disk. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "region_support.h"

static struct region_settings settings;
static char reason[REGION_REASON_SIZE];
static uint64_t generation;

static void push(uint64_t seed, enum region_outcome expected)
{
	enum region_outcome outcome = region_test_push(&settings, seed, 900, &generation, reason);

	CU_ASSERT_EQUAL(outcome, expected);
}

/* Changes an octet of a file. */
static void damage(const char *path, long at)
{
	FILE *file = fopen(path, "r+");
	int octet;

	CU_ASSERT_PTR_NOT_NULL_FATAL(file);
	fseek(file, at, SEEK_SET);
	octet = fgetc(file);
	fseek(file, at, SEEK_SET);
	fputc(octet ^ 1, file);
	fclose(file);
}

/* Opens a gateway and closes it; `reason` keeps its note. */
static void expect_note(const char *words)
{
	struct region *region = region_open_gateway(&settings, 1, reason);

	CU_ASSERT_PTR_NOT_NULL_FATAL(region);
	region_close(region);
	if (words[0] == '\0')
		CU_ASSERT_STRING_EQUAL(reason, "");
	if (strstr(reason, words) == NULL) {
		CU_FAIL("a note is not as expected");
		printf("\n%s\n", reason);
	}
}

static void without_any_policy_the_region_is_empty(void)
{
	region_test_forget_all();
	expect_note("no policy is in force: nothing is served");
	region_test_expect_gateway(&settings, 0, 0, 0);
	region_test_expect(&settings, 0, 0, 0);
	push(1, REGION_NOT_RUNNING);
	CU_ASSERT_EQUAL(generation, 1);
}

static void what_is_published_stays_in_force(void)
{
	region_test_forget_all();
	push(1, REGION_NOT_RUNNING);
	push(2, REGION_NOT_RUNNING);
	for (unsigned i = 0; i < 3; i++) {
		expect_note("");
		region_test_expect_gateway(&settings, 2, 2, 900);
	}
}

static void an_empty_region_is_filled_from_disk_and_generations_go_on(void)
{
	region_test_forget_all();
	for (uint64_t i = 1; i <= 12; i++)
		push(i, REGION_NOT_RUNNING);
	region_test_reboot();
	expect_note("generation 12 was restored from");
	region_test_expect(&settings, 12, 12, 900);
	region_test_expect_gateway(&settings, 12, 12, 900);
	push(13, REGION_NOT_RUNNING);
	CU_ASSERT_EQUAL(generation, 13);
	/* A push before the gateway starts knows the generation too. */
	region_test_reboot();
	push(14, REGION_NOT_RUNNING);
	CU_ASSERT_EQUAL(generation, 14);
	region_test_expect_gateway(&settings, 14, 14, 900);
}

static void a_kept_image_that_is_damaged_gives_way_to_the_one_before(void)
{
	region_test_forget_all();
	for (uint64_t i = 1; i <= 3; i++)
		push(i, REGION_NOT_RUNNING);
	damage(region_test_path("kept/3.image"), 500);
	region_test_reboot();
	expect_note("generation 2 was restored from");
	CU_ASSERT_PTR_NOT_NULL(strstr(reason, "generation 3 in"));
	CU_ASSERT_PTR_NOT_NULL(strstr(reason, "checksum is wrong"));
	region_test_expect_gateway(&settings, 2, 2, 900);
	push(4, REGION_NOT_RUNNING);
	CU_ASSERT_EQUAL(generation, 4);
}

static void a_kept_image_that_is_cut_short_is_told(void)
{
	region_test_forget_all();
	for (uint64_t i = 1; i <= 3; i++)
		push(i, REGION_NOT_RUNNING);
	CU_ASSERT_EQUAL(truncate(region_test_path("kept/3.image"), 100), 0);
	region_test_reboot();
	expect_note("generation 2 was restored from");
	CU_ASSERT_PTR_NOT_NULL(strstr(reason, "3.image is no whole image"));
}

/* As a backup may leave them. More is wrong than a note has room for. */
static void kept_images_that_others_may_read_are_told_and_that_nothing_is_served(void)
{
	char name[32];

	region_test_forget_all();
	for (uint64_t i = 1; i <= HISTORY_LENGTH; i++) {
		push(i, REGION_NOT_RUNNING);
		snprintf(name, sizeof(name), "kept/%llu.image", (unsigned long long)i);
		CU_ASSERT_EQUAL(chmod(region_test_path(name), 0644), 0);
	}
	region_test_reboot();
	expect_note("no policy is in force: nothing is served");
	CU_ASSERT_PTR_NOT_NULL(strstr(reason, "8.image belongs to user"));
	CU_ASSERT_EQUAL(chmod(region_test_path("kept/1.image"), 0600), 0);
	region_test_reboot();
	expect_note("generation 1 was restored from");
	CU_ASSERT_PTR_NOT_NULL(strstr(reason, "8.image belongs to user"));
	CU_ASSERT_PTR_NULL(strstr(reason, "no policy is in force"));
}

static void a_published_image_that_is_damaged_gives_way_to_the_kept_one(void)
{
	region_test_forget_all();
	push(1, REGION_NOT_RUNNING);
	push(2, REGION_NOT_RUNNING);
	/* Both slots that were ever used: only one of them is published. */
	for (unsigned slot = 0; slot < REGION_SLOTS; slot++) {
		struct stat status;

		CU_ASSERT_EQUAL_FATAL(stat(region_test_path("region/policy"), &status), 0);
		damage(region_test_path("region/policy"),
		       4096 + slot * ((status.st_size - 4096) / REGION_SLOTS / 4096 * 4096) + 700);
	}
	expect_note("published generation 2 is not valid");
	region_test_expect_gateway(&settings, 2, 2, 900);
}

/* As after a mistake in gateway.json, with which the gateway is started. */
static void expect_misfit(uint64_t unfit)
{
	settings.context = &unfit;
	CU_ASSERT_PTR_NULL(region_open_gateway(&settings, 1, reason));
	CU_ASSERT_PTR_NOT_NULL(strstr(reason, "the gateway cannot do that"));
	CU_ASSERT_PTR_NOT_NULL(strstr(reason, "Mend gateway.json"));
	settings.context = NULL;
}

static void what_the_gateway_cannot_do_stays_in_force_until_it_can(void)
{
	region_test_forget_all();
	push(1, REGION_NOT_RUNNING);
	push(2, REGION_NOT_RUNNING);
	expect_misfit(2);
	region_test_expect(&settings, 2, 2, 900);
	region_test_expect_gateway(&settings, 2, 2, 900);
}

static void nor_is_an_older_one_taken_from_the_disk(void)
{
	region_test_forget_all();
	push(1, REGION_NOT_RUNNING);
	push(2, REGION_NOT_RUNNING);
	region_test_reboot();
	expect_misfit(2);
	expect_note("generation 2 was restored from");
	region_test_expect_gateway(&settings, 2, 2, 900);
}

static void another_policy_can_be_pushed_meanwhile(void)
{
	uint64_t unfit = 2;

	region_test_forget_all();
	push(1, REGION_NOT_RUNNING);
	push(2, REGION_NOT_RUNNING);
	expect_misfit(2);
	push(3, REGION_NOT_RUNNING);
	settings.context = &unfit;
	expect_note("");
	region_test_expect_gateway(&settings, 3, 3, 900);
	settings.context = NULL;
}

static void a_second_gateway_is_refused_and_told_of_the_first(void)
{
	struct region *first, *second;
	char process[32];

	region_test_forget_all();
	first = region_open_gateway(&settings, 1, reason);
	CU_ASSERT_PTR_NOT_NULL_FATAL(first);
	second = region_open_gateway(&settings, 1, reason);
	CU_ASSERT_PTR_NULL(second);
	snprintf(process, sizeof(process), "process %d", getpid());
	CU_ASSERT_PTR_NOT_NULL(strstr(reason, process));
	region_close(first);
	second = region_open_gateway(&settings, 1, reason);
	CU_ASSERT_PTR_NOT_NULL(second);
	region_close(second);
}

static void numbers_of_workers_that_are_impossible_are_refused(void)
{
	CU_ASSERT_PTR_NULL(region_open_gateway(&settings, 0, reason));
	CU_ASSERT_PTR_NULL(region_open_gateway(&settings, REGION_WORKERS + 1, reason));
}

static void slots_of_another_size_are_made_without_losing_the_policy(void)
{
	struct region_status status;
	struct region *reader;

	region_test_forget_all();
	push(1, REGION_NOT_RUNNING);
	push(2, REGION_NOT_RUNNING);
	settings.slot_size = 4 * REGION_TEST_SLOT_SIZE;
	region_test_expect_gateway(&settings, 2, 2, 900);
	reader = region_open_reader(&settings, reason);
	CU_ASSERT_PTR_NOT_NULL_FATAL(reader);
	region_read_status(reader, &status);
	CU_ASSERT(status.slot_size >= settings.slot_size);
	region_close(reader);
	CU_ASSERT_EQUAL(region_test_push(&settings, 3, settings.slot_size, &generation, reason), REGION_NOT_RUNNING);
	CU_ASSERT_EQUAL(generation, 3);

	/* Smaller than what is in force: that is not given up. */
	settings.slot_size = REGION_TEST_SLOT_SIZE;
	CU_ASSERT_PTR_NULL(region_open_gateway(&settings, 1, reason));
	CU_ASSERT_PTR_NOT_NULL(strstr(reason, "generation 3 would be lost"));
	settings.slot_size = 4 * REGION_TEST_SLOT_SIZE;
	region_test_expect_gateway(&settings, 3, 3, settings.slot_size);
	settings.slot_size = REGION_TEST_SLOT_SIZE;
}

static void a_region_that_is_missing_while_the_gateway_lives_is_told(void)
{
	struct region_test_gateway gateway;

	region_test_forget_all();
	region_test_start(&gateway, &settings, 1, 0);
	push(1, REGION_TAKEN);
	unlink(region_test_path("region/policy"));
	push(2, REGION_REFUSED);
	CU_ASSERT_PTR_NOT_NULL(strstr(reason, "restart sluiced"));
	region_test_stop(&gateway);
	region_test_expect_gateway(&settings, 1, 1, 900);
	push(2, REGION_NOT_RUNNING);
	CU_ASSERT_EQUAL(generation, 2);
}

static void *push_first(void *context)
{
	push(1, REGION_TAKEN);
	return NULL;
}

/* It has locked `state` and said nothing yet: a pusher waits for it. */
static void a_push_waits_for_a_gateway_that_starts(void)
{
	struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
	struct region_test_gateway gateway;
	pthread_t pusher;
	int file;

	region_test_forget_all();
	CU_ASSERT_EQUAL(mkdir(settings.folder, 0700), 0);
	file = open(region_test_path("region/state"), O_RDWR | O_CREAT, 0600);
	CU_ASSERT_EQUAL_FATAL(fcntl(file, F_OFD_SETLK, &lock), 0);
	settings.patience = 1;
	push(1, REGION_REFUSED);
	CU_ASSERT_PTR_NOT_NULL(strstr(reason, "sluiced is starting, and"));
	settings.patience = 0;
	CU_ASSERT_EQUAL(access(region_test_path("region/policy"), F_OK), -1);
	CU_ASSERT_EQUAL_FATAL(pthread_create(&pusher, NULL, push_first, NULL), 0);
	usleep(20000); /* so that it is likely to have tried */
	close(file);
	region_test_start(&gateway, &settings, 1, 0);
	pthread_join(pusher, NULL);
	region_test_stop(&gateway);
	region_test_expect_gateway(&settings, 1, 1, 900);
}

/* Which slots it reads is not known any more, so none is written. */
static void a_state_that_is_removed_while_the_gateway_lives_is_told(void)
{
	struct region_test_gateway gateway;

	region_test_forget_all();
	region_test_start(&gateway, &settings, 1, 0);
	push(1, REGION_TAKEN);
	unlink(region_test_path("region/state"));
	push(2, REGION_REFUSED);
	CU_ASSERT_PTR_NOT_NULL(strstr(reason, "region/state was removed or replaced"));
	CU_ASSERT_PTR_NULL(region_open_gateway(&settings, 1, reason));
	CU_ASSERT_PTR_NOT_NULL(strstr(reason, "another sluiced uses"));
	/* Nor does the file that the second one has made count. */
	push(2, REGION_REFUSED);
	region_test_stop(&gateway);
	region_test_expect_gateway(&settings, 1, 1, 900);
	push(2, REGION_NOT_RUNNING);
}

static void a_region_that_was_exchanged_while_the_gateway_lives_is_told(void)
{
	struct region_test_gateway gateway;

	region_test_forget_all();
	push(1, REGION_NOT_RUNNING);
	rename(region_test_path("region"), region_test_path("other"));
	region_test_start(&gateway, &settings, 1, 0);
	push(2, REGION_TAKEN);
	rename(region_test_path("other/policy"), region_test_path("region/policy"));
	push(3, REGION_REFUSED);
	CU_ASSERT_PTR_NOT_NULL(strstr(reason, "restart sluiced"));
	region_test_stop(&gateway);
}

static void counters_and_workers_may_change_with_a_restart(void)
{
	struct region *reader, *gateway;

	region_test_forget_all();
	gateway = region_open_gateway(&settings, 1, reason);
	CU_ASSERT_PTR_NOT_NULL_FATAL(gateway);
	region_hits(gateway, 0)[3] = 77;
	region_close(gateway);
	reader = region_open_reader(&settings, reason);
	CU_ASSERT_PTR_NOT_NULL_FATAL(reader);
	settings.counters = 10000;
	push(1, REGION_NOT_RUNNING);
	gateway = region_open_gateway(&settings, REGION_WORKERS, reason);
	CU_ASSERT_PTR_NOT_NULL_FATAL(gateway);
	for (unsigned worker = 0; worker < REGION_WORKERS; worker++) {
		CU_ASSERT_EQUAL(region_hits(gateway, worker)[3], 0);
		region_hits(gateway, worker)[9999] = 2;
		region_taken(gateway, worker, 1);
	}
	CU_ASSERT_EQUAL(region_read_hits(reader, 9999), 2 * REGION_WORKERS);
	region_close(gateway);
	settings.counters = REGION_TEST_COUNTERS;
	gateway = region_open_gateway(&settings, 1, reason);
	CU_ASSERT_PTR_NOT_NULL(gateway);
	CU_ASSERT_EQUAL(region_read_hits(reader, 9999), 0);
	region_close(gateway);
	region_close(reader);
}

int main(void)
{
	int status;

	region_test_begin(&settings);
	status = TESTS_RUN(
	    "restarts", TEST(without_any_policy_the_region_is_empty), TEST(what_is_published_stays_in_force),
	    TEST(an_empty_region_is_filled_from_disk_and_generations_go_on),
	    TEST(a_kept_image_that_is_damaged_gives_way_to_the_one_before),
	    TEST(a_kept_image_that_is_cut_short_is_told),
	    TEST(kept_images_that_others_may_read_are_told_and_that_nothing_is_served),
	    TEST(a_published_image_that_is_damaged_gives_way_to_the_kept_one),
	    TEST(what_the_gateway_cannot_do_stays_in_force_until_it_can), TEST(nor_is_an_older_one_taken_from_the_disk),
	    TEST(another_policy_can_be_pushed_meanwhile), TEST(a_second_gateway_is_refused_and_told_of_the_first),
	    TEST(numbers_of_workers_that_are_impossible_are_refused),
	    TEST(slots_of_another_size_are_made_without_losing_the_policy),
	    TEST(a_region_that_is_missing_while_the_gateway_lives_is_told),
	    TEST(a_push_waits_for_a_gateway_that_starts), TEST(a_state_that_is_removed_while_the_gateway_lives_is_told),
	    TEST(a_region_that_was_exchanged_while_the_gateway_lives_is_told),
	    TEST(counters_and_workers_may_change_with_a_restart));
	region_test_end();
	return status;
}
