/* SPDX-License-Identifier: BSD-3-Clause */
/* Pushers are one at a time, many pushes cost no memory, and whoever holds the lock too long is told of. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "region_support.h"

#define PUSHERS 3
#define PUSHES 100 /* of each */

static struct region_settings settings;
static char reason[REGION_REASON_SIZE];
static uint64_t generation;

/* The seed of a pusher's n-th image tells whose it is. */
static int push_many(unsigned pusher, uint64_t *generations)
{
	for (unsigned i = 0; i < PUSHES; i++) {
		uint64_t seed = 1 + pusher * 1000 + i;

		if (region_test_push(&settings, seed, 500 + seed, &generations[i], reason) != REGION_NOT_RUNNING) {
			printf("pusher %u: %s\n", pusher, reason);
			return EXIT_FAILURE;
		}
	}
	return EXIT_SUCCESS;
}

static int compare(const void *a, const void *b)
{
	const uint64_t *left = a, *right = b;

	return *left < *right ? -1 : *left > *right;
}

static void pushers_at_once_take_turns(void)
{
	/* Shared with the pushers, which are processes. */
	uint64_t *generations =
	    mmap(NULL, PUSHERS * PUSHES * 8, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	pid_t pushers[PUSHERS];
	unsigned last = 0;

	CU_ASSERT_PTR_NOT_EQUAL_FATAL(generations, MAP_FAILED);
	region_test_forget_all();
	for (unsigned i = 0; i < PUSHERS; i++) {
		pushers[i] = fork();
		if (pushers[i] == 0) {
			while (access(region_test_path("go"), F_OK) != 0)
				usleep(1000);
			_exit(push_many(i, generations + i * PUSHES));
		}
	}
	fclose(fopen(region_test_path("go"), "w"));
	for (unsigned i = 0; i < PUSHERS; i++) {
		int status;

		CU_ASSERT_EQUAL(waitpid(pushers[i], &status, 0), pushers[i]);
		CU_ASSERT_EQUAL(status, 0);
		for (unsigned j = 1; j < PUSHES; j++)
			CU_ASSERT(generations[i * PUSHES + j] > generations[i * PUSHES + j - 1]);
		if (generations[i * PUSHES + PUSHES - 1] == PUSHERS * PUSHES)
			last = i;
	}
	region_test_expect_gateway(&settings, PUSHERS * PUSHES, last * 1000 + PUSHES, 500 + last * 1000 + PUSHES);
	region_test_expect(&settings, PUSHERS * PUSHES, last * 1000 + PUSHES, 500 + last * 1000 + PUSHES);
	/* Each generation was given once. */
	qsort(generations, PUSHERS * PUSHES, 8, compare);
	for (unsigned i = 0; i < PUSHERS * PUSHES; i++)
		CU_ASSERT_EQUAL(generations[i], i + 1);
	munmap(generations, PUSHERS * PUSHES * 8);
}

/* Pages of memory that the process has mapped. */
static unsigned long memory_pages(void)
{
	FILE *file = fopen("/proc/self/statm", "r");
	unsigned long pages = 0;

	if (fscanf(file, "%lu", &pages) != 1)
		pages = 0;
	fclose(file);
	return pages;
}

static void a_storm_of_pushes_costs_no_memory(void)
{
	struct region_test_gateway gateway;
	struct history_entry entries[HISTORY_LENGTH + 1];
	unsigned long pages;
	unsigned descriptors, count;

	region_test_forget_all();
	region_test_start(&gateway, &settings, 2, 0);
	for (uint64_t i = 1; i <= 10; i++)
		CU_ASSERT_EQUAL(region_test_push(&settings, i, 20000, &generation, reason), REGION_TAKEN);
	pages = memory_pages();
	descriptors = region_test_descriptors();
	for (uint64_t i = 11; i <= 500; i++)
		CU_ASSERT_EQUAL(region_test_push(&settings, i, 100 + i * 100, &generation, reason), REGION_TAKEN);
	CU_ASSERT_EQUAL(generation, 500);
	CU_ASSERT_EQUAL(region_test_descriptors(), descriptors);
	/* Images are of other sizes, for which the allocator of the test itself may need a few more. */
	CU_ASSERT(memory_pages() < pages + 128);
	CU_ASSERT_TRUE(history_list(settings.kept, entries, &count, reason));
	CU_ASSERT_EQUAL(count, HISTORY_LENGTH);
	region_test_stop(&gateway);
}

static void one_view_pushes_again_and_again(void)
{
	struct region *region;

	region_test_forget_all();
	region = region_open_writer(&settings, reason);
	CU_ASSERT_PTR_NOT_NULL_FATAL(region);
	for (uint64_t i = 1; i <= 20; i++) {
		struct image_header *image = region_test_image(i, 600);

		CU_ASSERT_EQUAL(region_push(region, image, 600, false, &generation, reason), REGION_NOT_RUNNING);
		CU_ASSERT_EQUAL(generation, i);
		CU_ASSERT_EQUAL(image->generation, 0);
		free(image);
	}
	region_close(region);
	region_test_expect(&settings, 20, 20, 600);
}

/* A view that is older than the file it shows: the file was made anew meanwhile. */
static void a_view_follows_a_region_that_was_made_anew(void)
{
	struct image_header *image = region_test_image(3, 600);
	struct region *region, *reader;
	struct region_status status;

	region_test_forget_all();
	region = region_open_writer(&settings, reason);
	reader = region_open_reader(&settings, reason);
	CU_ASSERT_PTR_NOT_NULL_FATAL(region);
	CU_ASSERT_PTR_NOT_NULL_FATAL(reader);
	settings.slot_size *= 2;
	region_test_expect_gateway(&settings, 0, 0, 0);
	/* Who looks before it pushes can push all the same. */
	region_read_status(region, &status);
	CU_ASSERT(status.slot_size >= settings.slot_size);
	CU_ASSERT_EQUAL(region_push(region, image, 600, false, &generation, reason), REGION_NOT_RUNNING);
	region_test_expect_gateway(&settings, 1, 3, 600);
	region_read_status(reader, &status);
	CU_ASSERT_EQUAL(status.published, 1);
	CU_ASSERT(status.slot_size >= settings.slot_size);
	settings.slot_size /= 2;
	region_close(reader);
	region_close(region);
	free(image);
}

/* A pusher in a thread of its own, which waits for a gateway that the test turns by hand. */
struct pusher {
	pthread_t thread;
	uint64_t seed, generation;
	enum region_outcome outcome;
	char reason[REGION_REASON_SIZE];
};

static void *run_pusher(void *context)
{
	struct pusher *pusher = context;

	pusher->outcome = region_test_push(&settings, pusher->seed, 900, &pusher->generation, pusher->reason);
	return NULL;
}

static uint64_t published(void)
{
	struct region *reader = region_open_reader(&settings, reason);
	struct region_status status;

	CU_ASSERT_PTR_NOT_NULL_FATAL(reader);
	region_read_status(reader, &status);
	region_close(reader);
	return status.published;
}

/* Returns when it has published what becomes that generation. */
static void start_pusher(struct pusher *pusher, uint64_t expected)
{
	*pusher = (struct pusher){.seed = expected};
	CU_ASSERT_EQUAL_FATAL(pthread_create(&pusher->thread, NULL, run_pusher, pusher), 0);
	while (published() != expected)
		usleep(1000);
}

/* A gateway of one worker that has taken generation 1. */
static struct region *start_gateway(void)
{
	struct region *gateway;
	struct pusher pusher;
	size_t size;

	region_test_forget_all();
	gateway = region_open_gateway(&settings, 1, reason);
	CU_ASSERT_PTR_NOT_NULL_FATAL(gateway);
	start_pusher(&pusher, 1);
	CU_ASSERT_PTR_NOT_NULL(region_newest(gateway, &size));
	region_taken(gateway, 0, 1);
	pthread_join(pusher.thread, NULL);
	CU_ASSERT_EQUAL(pusher.outcome, REGION_TAKEN);
	return gateway;
}

static void who_is_overtaken_before_the_gateway_looks_is_told(void)
{
	struct region *gateway = start_gateway();
	struct pusher first, second;
	size_t size;

	start_pusher(&first, 2);
	start_pusher(&second, 3);
	CU_ASSERT_PTR_NOT_NULL(region_newest(gateway, &size));
	region_taken(gateway, 0, 3);
	pthread_join(first.thread, NULL);
	pthread_join(second.thread, NULL);
	CU_ASSERT_EQUAL(first.outcome, REGION_NOT_TAKEN);
	CU_ASSERT_STRING_EQUAL(first.reason, "generation 2 was overtaken by generation 3 before sluiced looked at it");
	CU_ASSERT_EQUAL(second.outcome, REGION_TAKEN);
	region_close(gateway);
}

/* The second came when the first was published, and not refused yet. */
static void two_that_are_refused_leave_what_the_workers_have(void)
{
	struct region *gateway = start_gateway();
	struct pusher first, second;
	size_t size;

	start_pusher(&first, 2);
	CU_ASSERT_PTR_NOT_NULL(region_newest(gateway, &size));
	start_pusher(&second, 3);
	region_refuse(gateway, 2, "no");
	pthread_join(first.thread, NULL);
	CU_ASSERT_EQUAL(first.outcome, REGION_REFUSED);
	CU_ASSERT_EQUAL(published(), 3);
	CU_ASSERT_PTR_NOT_NULL(region_newest(gateway, &size));
	region_refuse(gateway, 3, "no");
	pthread_join(second.thread, NULL);
	CU_ASSERT_EQUAL(second.outcome, REGION_REFUSED);
	region_test_expect(&settings, 1, 1, 900);
	region_close(gateway);
	region_test_expect_gateway(&settings, 1, 1, 900);
}

int main(void)
{
	int status;

	region_test_begin(&settings);
	status = TESTS_RUN("writers", TEST(pushers_at_once_take_turns), TEST(a_storm_of_pushes_costs_no_memory),
			   TEST(one_view_pushes_again_and_again), TEST(a_view_follows_a_region_that_was_made_anew),
			   TEST(who_is_overtaken_before_the_gateway_looks_is_told),
			   TEST(two_that_are_refused_leave_what_the_workers_have));
	region_test_end();
	return status;
}
