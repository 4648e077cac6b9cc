/* SPDX-License-Identifier: BSD-3-Clause */
/* A push ends when every worker of the living gateway has taken it, and says so if one has not. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "region_support.h"

static struct region_settings settings;
static char reason[REGION_REASON_SIZE];
static uint64_t generation;

static void without_a_gateway_it_is_published_and_nobody_waited_for(void)
{
	region_test_forget_all();
	CU_ASSERT_EQUAL(region_test_push(&settings, 11, 500, &generation, reason), REGION_NOT_RUNNING);
	CU_ASSERT_EQUAL(generation, 1);
	region_test_expect(&settings, 1, 11, 500);
	CU_ASSERT_EQUAL(region_test_push(&settings, 12, REGION_TEST_SLOT_SIZE, &generation, reason),
			REGION_NOT_RUNNING);
	CU_ASSERT_EQUAL(generation, 2);
	region_test_expect(&settings, 2, 12, REGION_TEST_SLOT_SIZE);
	region_test_expect_gateway(&settings, 2, 12, REGION_TEST_SLOT_SIZE);
}

static void every_worker_takes_it(void)
{
	struct region_test_gateway gateway;
	struct region_status status;
	struct region *reader;

	region_test_forget_all();
	region_test_start(&gateway, &settings, 5, 0);
	for (uint64_t i = 1; i <= 20; i++) {
		CU_ASSERT_EQUAL(region_test_push(&settings, i, 100 + i * 1000, &generation, reason), REGION_TAKEN);
		CU_ASSERT_EQUAL(generation, i);
	}
	reader = region_open_reader(&settings, reason);
	CU_ASSERT_PTR_NOT_NULL_FATAL(reader);
	region_read_status(reader, &status);
	CU_ASSERT_FALSE(status.hugepages);
	CU_ASSERT_TRUE(status.running);
	CU_ASSERT_NOT_EQUAL(status.incarnation, 0);
	CU_ASSERT_NOT_EQUAL(status.started_at, 0);
	CU_ASSERT_EQUAL(status.process, (uint64_t)getpid());
	CU_ASSERT_EQUAL(status.published, 20);
	CU_ASSERT(status.slot_size >= REGION_TEST_SLOT_SIZE);
	CU_ASSERT_EQUAL(status.workers, 5);
	for (unsigned i = 0; i < 5; i++)
		CU_ASSERT_EQUAL(status.taken[i], 20);
	CU_ASSERT_EQUAL(status.refused, 0);
	CU_ASSERT_STRING_EQUAL(status.refusal, "");
	region_test_stop(&gateway);
	region_read_status(reader, &status);
	CU_ASSERT_FALSE(status.running);
	region_close(reader);
}

static void a_worker_that_does_not_take_it_is_named(void)
{
	struct region_test_gateway gateway;

	region_test_forget_all();
	region_test_start(&gateway, &settings, 4, 0);
	CU_ASSERT_EQUAL(region_test_push(&settings, 1, 500, &generation, reason), REGION_TAKEN);
	gateway.standing = 2;
	settings.patience = 100;
	CU_ASSERT_EQUAL(region_test_push(&settings, 2, 500, &generation, reason), REGION_NOT_TAKEN);
	settings.patience = 0;
	CU_ASSERT_PTR_NOT_NULL(strstr(reason, "worker 2 "));
	CU_ASSERT_PTR_NOT_NULL(strstr(reason, "uses generation 1"));
	region_test_expect(&settings, 2, 2, 500);
	region_test_stop(&gateway);
}

static void whoever_waits_for_a_worker_sleeps(void)
{
	struct timespec before, after;
	struct region *gateway;
	long microseconds;

	region_test_forget_all();
	gateway = region_open_gateway(&settings, 1, reason);
	CU_ASSERT_PTR_NOT_NULL_FATAL(gateway);
	settings.patience = 300;
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &before);
	CU_ASSERT_EQUAL(region_test_push(&settings, 1, 500, &generation, reason), REGION_NOT_TAKEN);
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &after);
	settings.patience = 0;
	microseconds = (after.tv_sec - before.tv_sec) * 1000000 + (after.tv_nsec - before.tv_nsec) / 1000;
	CU_ASSERT(microseconds < 30000);
	region_close(gateway);
}

static void acknowledgements_of_a_dead_gateway_do_not_count(void)
{
	struct region_test_gateway gateway;

	region_test_forget_all();
	region_test_start(&gateway, &settings, 1, 0);
	CU_ASSERT_EQUAL(region_test_push(&settings, 1, 500, &generation, reason), REGION_TAKEN);
	region_taken(gateway.region, 0, 1000);
	region_test_stop(&gateway);
	CU_ASSERT_EQUAL(region_test_push(&settings, 2, 500, &generation, reason), REGION_NOT_RUNNING);

	region_test_start(&gateway, &settings, 1, 0);
	gateway.standing = 0;
	settings.patience = 100;
	CU_ASSERT_EQUAL(region_test_push(&settings, 3, 500, &generation, reason), REGION_NOT_TAKEN);
	settings.patience = 0;
	region_test_stop(&gateway);
}

static void a_push_goes_on_when_the_gateway_ends_meanwhile(void)
{
	struct region *region;
	pid_t gateway;

	region_test_forget_all();
	region = region_open_gateway(&settings, 1, reason);
	CU_ASSERT_PTR_NOT_NULL_FATAL(region);
	/* Its worker takes nothing; it ends when the pusher waits for it, which is when the image is published. */
	gateway = fork();
	if (gateway == 0) {
		size_t size;

		while (region_newest(region, &size) == NULL)
			usleep(1000);
		_exit(0);
	}
	/* The lock ends with the last descriptor of it: the child's. */
	region_close(region);
	CU_ASSERT_EQUAL(region_test_push(&settings, 4, 500, &generation, reason), REGION_NOT_RUNNING);
	region_test_expect(&settings, 1, 4, 500);
	waitpid(gateway, NULL, 0);
}

static void what_the_gateway_refuses_is_taken_back(void)
{
	struct region_test_gateway gateway;
	struct history_entry entries[HISTORY_LENGTH];
	struct region_status status;
	struct region *reader;
	unsigned count;

	region_test_forget_all();
	region_test_start(&gateway, &settings, 2, 13);
	CU_ASSERT_EQUAL(region_test_push(&settings, 13, 500, &generation, reason), REGION_REFUSED);
	region_test_expect(&settings, 0, 0, 0);
	CU_ASSERT_EQUAL(region_test_push(&settings, 1, 500, &generation, reason), REGION_TAKEN);
	CU_ASSERT_EQUAL(generation, 2);
	/* More often than there are slots: none is lost. */
	for (unsigned i = 0; i < 3 * REGION_SLOTS; i++) {
		CU_ASSERT_EQUAL(region_test_push(&settings, 13, 5000, &generation, reason), REGION_REFUSED);
		CU_ASSERT_PTR_NOT_NULL(strstr(reason, "its service names no port of this gateway"));
		region_test_expect(&settings, 2, 1, 500);
	}
	CU_ASSERT_TRUE(history_list(settings.kept, entries, &count, reason));
	CU_ASSERT_EQUAL(count, 1);
	CU_ASSERT_EQUAL(entries[0].generation, 2);
	reader = region_open_reader(&settings, reason);
	CU_ASSERT_PTR_NOT_NULL_FATAL(reader);
	region_read_status(reader, &status);
	CU_ASSERT_EQUAL(status.refused, 2 + 3 * REGION_SLOTS);
	CU_ASSERT_STRING_EQUAL(status.refusal, "its service names no port of this gateway");
	region_close(reader);
	CU_ASSERT_EQUAL(region_test_push(&settings, 3, 500, &generation, reason), REGION_TAKEN);
	CU_ASSERT_EQUAL(generation, 3 + 3 * REGION_SLOTS);
	region_test_stop(&gateway);
}

static void an_image_larger_than_a_slot_is_refused_with_both_sizes(void)
{
	struct region_status status;
	struct region *region;
	char size[32];

	region_test_forget_all();
	CU_ASSERT_EQUAL(region_test_push(&settings, 1, 500, &generation, reason), REGION_NOT_RUNNING);
	region = region_open_reader(&settings, reason);
	CU_ASSERT_PTR_NOT_NULL_FATAL(region);
	region_read_status(region, &status);
	region_close(region);
	CU_ASSERT_EQUAL(region_test_push(&settings, 2, status.slot_size + 1, &generation, reason), REGION_REFUSED);
	snprintf(size, sizeof(size), "has %llu octets", (unsigned long long)status.slot_size + 1);
	CU_ASSERT_PTR_NOT_NULL(strstr(reason, size));
	snprintf(size, sizeof(size), "holds %llu", (unsigned long long)status.slot_size);
	CU_ASSERT_PTR_NOT_NULL(strstr(reason, size));
	region_test_expect(&settings, 1, 1, 500);
	CU_ASSERT_EQUAL(region_test_push(&settings, 2, status.slot_size, &generation, reason), REGION_NOT_RUNNING);
	region_test_expect(&settings, 2, 2, status.slot_size);
}

static void octets_that_are_no_image_are_refused(void)
{
	struct image_header *image = region_test_image(1, 500);
	struct region *region;

	region_test_forget_all();
	region = region_open_writer(&settings, reason);
	CU_ASSERT_PTR_NOT_NULL_FATAL(region);
	CU_ASSERT_EQUAL(region_push(region, image, 499, false, &generation, reason), REGION_REFUSED);
	CU_ASSERT_EQUAL(region_push(region, image, sizeof(*image) - 1, false, &generation, reason), REGION_REFUSED);
	image->magic++;
	CU_ASSERT_EQUAL(region_push(region, image, 500, false, &generation, reason), REGION_REFUSED);
	region_close(region);
	region_test_expect(&settings, 0, 0, 0);
	free(image);
}

static void hits_are_those_of_the_published_generation(void)
{
	struct region *gateway, *reader;
	size_t size;

	region_test_forget_all();
	CU_ASSERT_EQUAL(region_test_push(&settings, 1, 500, &generation, reason), REGION_NOT_RUNNING);
	gateway = region_open_gateway(&settings, 3, reason);
	reader = region_open_reader(&settings, reason);
	CU_ASSERT_PTR_NOT_NULL_FATAL(gateway);
	CU_ASSERT_PTR_NOT_NULL_FATAL(reader);
	CU_ASSERT_PTR_NOT_NULL(region_newest(gateway, &size));
	for (unsigned worker = 0; worker < 3; worker++)
		for (unsigned i = 0; i < REGION_TEST_COUNTERS; i++) {
			CU_ASSERT_EQUAL(region_hits(gateway, worker)[i], 0);
			region_hits(gateway, worker)[i] = (i + 1) * (worker == 0 ? 1 : worker == 1 ? 100 : 10000);
		}
	region_taken(gateway, 0, 1);
	region_taken(gateway, 2, 1);
	for (unsigned i = 0; i < REGION_TEST_COUNTERS; i++)
		CU_ASSERT_EQUAL(region_read_hits(reader, i), (i + 1) * 10001);
	CU_ASSERT_EQUAL(region_read_hits(reader, REGION_TEST_COUNTERS), 0);
	CU_ASSERT_EQUAL(region_read_hits(reader, UINT32_MAX), 0);
	region_close(reader);
	region_close(gateway);
}

int main(void)
{
	int status;

	region_test_begin(&settings);
	status = TESTS_RUN(
	    "publishing", TEST(without_a_gateway_it_is_published_and_nobody_waited_for), TEST(every_worker_takes_it),
	    TEST(a_worker_that_does_not_take_it_is_named), TEST(whoever_waits_for_a_worker_sleeps),
	    TEST(acknowledgements_of_a_dead_gateway_do_not_count), TEST(a_push_goes_on_when_the_gateway_ends_meanwhile),
	    TEST(what_the_gateway_refuses_is_taken_back), TEST(an_image_larger_than_a_slot_is_refused_with_both_sizes),
	    TEST(octets_that_are_no_image_are_refused), TEST(hits_are_those_of_the_published_generation));
	region_test_end();
	return status;
}
