/* SPDX-License-Identifier: BSD-3-Clause */
/* A slot that a worker may still read is not written: a push waits for another, and is refused in the end. */
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "region_support.h"

static struct region_settings settings;
static char reason[REGION_REASON_SIZE];
static uint64_t generation;

/* The published image, handed to nobody yet. */
static const struct image_header *newest(struct region *gateway, uint64_t expected)
{
	size_t size;
	const struct image_header *image = region_newest(gateway, &size);

	CU_ASSERT_PTR_NOT_NULL_FATAL(image);
	CU_ASSERT_EQUAL(image->generation, expected);
	CU_ASSERT_EQUAL(region_test_seed(image, size), expected);
	return image;
}

static struct region *begin(unsigned workers)
{
	struct region *gateway;

	region_test_forget_all();
	gateway = region_open_gateway(&settings, workers, reason);
	CU_ASSERT_PTR_NOT_NULL_FATAL(gateway);
	return gateway;
}

static enum region_outcome push(uint64_t seed)
{
	return region_test_push(&settings, seed, 3000, &generation, reason);
}

static void the_slot_of_a_slow_worker_is_not_written_and_it_is_named(void)
{
	struct region *gateway = begin(3);
	const struct image_header *first, *second;
	struct history_entry entries[HISTORY_LENGTH];
	unsigned count;

	CU_ASSERT_EQUAL(push(1), REGION_NOT_TAKEN);
	first = newest(gateway, 1);
	for (unsigned i = 0; i < 3; i++)
		region_taken(gateway, i, 1);
	CU_ASSERT_EQUAL(push(2), REGION_NOT_TAKEN);
	second = newest(gateway, 2);
	region_taken(gateway, 0, 2);
	region_taken(gateway, 2, 2);
	CU_ASSERT_EQUAL(push(3), REGION_NOT_TAKEN);
	newest(gateway, 3);
	region_taken(gateway, 0, 3);
	region_taken(gateway, 2, 3);

	/* Worker 1 reads the first, and was given the second and the third. */
	for (unsigned i = 0; i < 3; i++) {
		CU_ASSERT_EQUAL(push(4), REGION_REFUSED);
		CU_ASSERT_PTR_NOT_NULL(strstr(reason, "worker 1 still uses generation 1"));
		region_test_expect(&settings, 3, 3, 3000);
		CU_ASSERT_EQUAL(region_test_seed(first, 3000), 1);
		CU_ASSERT_EQUAL(region_test_seed(second, 3000), 2);
	}
	CU_ASSERT_TRUE(history_list(settings.kept, entries, &count, reason));
	CU_ASSERT_EQUAL(count, 3);

	region_taken(gateway, 1, 2);
	CU_ASSERT_EQUAL(push(4), REGION_NOT_TAKEN);
	region_test_expect(&settings, 4, 4, 3000);
	CU_ASSERT_EQUAL(region_test_seed(second, 3000), 2);
	CU_ASSERT_NOT_EQUAL(region_test_seed(first, 3000), 1);
	region_close(gateway);
}

/* What no worker was given holds no slot, however often it happens. */
static void what_was_refused_or_never_looked_at_holds_no_slot(void)
{
	struct region *gateway = begin(1);
	const struct image_header *first;

	CU_ASSERT_EQUAL(push(1), REGION_NOT_TAKEN);
	first = newest(gateway, 1);
	region_taken(gateway, 0, 1);
	for (uint64_t i = 2; i < 12; i++) {
		CU_ASSERT_EQUAL(push(i), REGION_NOT_TAKEN);
		if (i % 2 == 0)
			continue;
		newest(gateway, i);
		region_refuse(gateway, i, "no");
	}
	CU_ASSERT_EQUAL(region_test_seed(first, 3000), 1);
	region_close(gateway);
}

/* The main lcore may have looked, and is about to hand it out. */
static void what_was_looked_at_holds_its_slot(void)
{
	struct region *gateway = begin(1);
	const struct image_header *first;

	CU_ASSERT_EQUAL(push(1), REGION_NOT_TAKEN);
	first = newest(gateway, 1);
	for (uint64_t i = 2; i < 6; i++) {
		CU_ASSERT_EQUAL(push(i), REGION_NOT_TAKEN);
		CU_ASSERT_EQUAL(region_test_seed(first, 3000), 1);
	}
	region_close(gateway);
}

static void a_push_waits_for_a_slot(void)
{
	const struct image_header *image = NULL;
	struct region *gateway = begin(1);
	pid_t pusher;
	size_t size;
	int status;

	for (uint64_t i = 1; i <= 3; i++) {
		CU_ASSERT_EQUAL(push(i), REGION_NOT_TAKEN);
		newest(gateway, i);
	}
	settings.patience = 20000;
	pusher = fork();
	if (pusher == 0)
		_exit(push(4) == REGION_TAKEN ? EXIT_SUCCESS : EXIT_FAILURE);
	settings.patience = 1;
	/* It holds the lock of the writers while it waits, so another is refused for that, once it has come so far. */
	for (unsigned i = 0; push(5) != REGION_REFUSED || strstr(reason, "another push holds the lock") == NULL; i++) {
		CU_ASSERT_FATAL(i < 2000);
		usleep(5000);
	}
	settings.patience = 60;
	region_test_expect(&settings, 3, 3, 3000);
	region_taken(gateway, 0, 3);
	for (unsigned i = 0; image == NULL || image->generation == 3; i++) {
		CU_ASSERT_FATAL(i < 10000);
		usleep(1000);
		image = region_newest(gateway, &size);
	}
	CU_ASSERT_EQUAL(image->generation, 4);
	region_taken(gateway, 0, 4);
	CU_ASSERT_EQUAL(waitpid(pusher, &status, 0), pusher);
	CU_ASSERT_EQUAL(status, 0);
	region_close(gateway);
}

static void a_dead_gateway_holds_no_slot(void)
{
	struct region *gateway = begin(2);

	for (uint64_t i = 1; i <= 3; i++) {
		CU_ASSERT_EQUAL(push(i), REGION_NOT_TAKEN);
		newest(gateway, i);
	}
	CU_ASSERT_EQUAL(push(4), REGION_REFUSED);
	region_close(gateway);
	for (uint64_t i = 4; i <= 9; i++)
		CU_ASSERT_EQUAL(push(i), REGION_NOT_RUNNING);
	region_test_expect_gateway(&settings, generation, 9, 3000);
}

int main(void)
{
	int status;

	region_test_begin(&settings);
	settings.patience = 60;
	status =
	    TESTS_RUN("slow workers", TEST(the_slot_of_a_slow_worker_is_not_written_and_it_is_named),
		      TEST(what_was_refused_or_never_looked_at_holds_no_slot), TEST(what_was_looked_at_holds_its_slot),
		      TEST(a_push_waits_for_a_slot), TEST(a_dead_gateway_holds_no_slot));
	region_test_end();
	return status;
}
