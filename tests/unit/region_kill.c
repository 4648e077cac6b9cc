/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A process is killed before its first store into the region, its second, and so on until it survives: each time the
 * old or the new policy is whole and in force for whoever looks next, and the next push works.
 *
 * The library is built for this test so that a process kills itself where SLUICE_KILL_AT_STORE says (region_store.h).
 * It is a program of its own, this one started again, so that its count begins at 0:
 *	region_kill push SEED SIZE | push-reevaluate SEED SIZE | gateway
 * With "hugetlbfs" as the only argument the region lies in a folder on such a file system, which the environment
 * variable SLUICE_TEST_HUGETLBFS names; without it the test is skipped.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "region_support.h"

#define STEPS_MAX 5000 /* more than any push has here */
#define OLD_SIZE 700
#define NEW_SIZE 330

static struct region_settings settings;
static char reason[REGION_REASON_SIZE];

/* What a started program does. 0: it came to its end. */
static int act(char **arguments)
{
	uint64_t generation;
	size_t size;

	region_test_borrow(&settings);
	if (strncmp(arguments[1], "push", 4) == 0) {
		enum region_outcome outcome = region_test_push_asking(
		    &settings, strtoull(arguments[2], NULL, 10), strtoull(arguments[3], NULL, 10),
		    strcmp(arguments[1], "push") != 0, &generation, reason);

		return outcome == REGION_NOT_RUNNING || outcome == REGION_TAKEN ? EXIT_SUCCESS : EXIT_FAILURE;
	}
	struct region *region = region_open_gateway(&settings, 2, reason);
	const struct image_header *image = region != NULL ? region_newest(region, &size) : NULL;

	if (image == NULL)
		return EXIT_FAILURE;
	region_taken(region, 0, image->generation);
	region_taken(region, 1, image->generation);
	region_refuse(region, image->generation + 1, "there is none");
	region_close(region);
	return EXIT_SUCCESS;
}

/* Starts this program; whether it was killed. */
static bool is_killed(unsigned store, char *const *arguments)
{
	char number[16];
	int status;
	pid_t child;

	snprintf(number, sizeof(number), "%u", store);
	child = fork();
	if (child == 0) {
		setenv("SLUICE_KILL_AT_STORE", number, 1);
		region_test_lend();
		execv("/proc/self/exe", arguments);
		_exit(EXIT_FAILURE);
	}
	if (child < 0 || waitpid(child, &status, 0) != child)
		exit(EXIT_FAILURE);
	if (WIFSIGNALED(status)) {
		CU_ASSERT_EQUAL(WTERMSIG(status), SIGKILL);
		return true;
	}
	CU_ASSERT_EQUAL(WEXITSTATUS(status), 0);
	return false;
}

static bool push_of_kind_is_killed(const char *what, unsigned store, uint64_t seed, size_t size)
{
	char texts[2][24];
	char *arguments[] = {strdup("region_kill"), strdup(what), texts[0], texts[1], NULL};
	bool killed;

	snprintf(texts[0], sizeof(texts[0]), "%llu", (unsigned long long)seed);
	snprintf(texts[1], sizeof(texts[1]), "%zu", size);
	killed = is_killed(store, arguments);
	free(arguments[0]);
	free(arguments[1]);
	return killed;
}

static bool push_is_killed(unsigned store, uint64_t seed, size_t size)
{
	return push_of_kind_is_killed("push", store, seed, size);
}

static bool gateway_is_killed(unsigned store)
{
	char *arguments[] = {strdup("region_kill"), strdup("gateway"), NULL};
	bool killed = is_killed(store, arguments);

	free(arguments[0]);
	free(arguments[1]);
	return killed;
}

/* The seed of what a fresh reader finds whole; 0: nothing. */
static uint64_t read_seed(uint64_t *generation)
{
	struct region *region = region_open_reader(&settings, reason);
	struct image_header *image;
	uint64_t seed = 0;
	size_t size;

	*generation = 0;
	if (region == NULL)
		return 0;
	image = region_copy(region, &size, reason);
	if (image != NULL) {
		seed = region_test_seed(image, size);
		*generation = image->generation;
		CU_ASSERT_NOT_EQUAL(seed, 0);
		secret_free(image, size);
	} else {
		/* Nothing is published, rather than something that is not whole. */
		CU_ASSERT_STRING_EQUAL(reason, "no policy is published");
	}
	region_close(region);
	return seed;
}

/* The seed of what a fresh gateway finds in force. */
static uint64_t gateway_seed(uint64_t *generation)
{
	struct region *region = region_open_gateway(&settings, 1, reason);
	const struct image_header *image;
	uint64_t seed = 0;
	size_t size;

	*generation = 0;
	CU_ASSERT_PTR_NOT_NULL_FATAL(region);
	image = region_newest(region, &size);
	if (image != NULL) {
		seed = region_test_seed(image, size);
		*generation = image->generation;
		CU_ASSERT_NOT_EQUAL(seed, 0);
	}
	region_close(region);
	return seed;
}

/* Pushes, and expects that it is then in force, and later than anything before. */
static void expect_next_push(uint64_t above)
{
	uint64_t generation = 0, found;

	CU_ASSERT_EQUAL(region_test_push(&settings, 999, 1234, &generation, reason), REGION_NOT_RUNNING);
	CU_ASSERT(generation > above);
	CU_ASSERT_EQUAL(read_seed(&found), 999);
	CU_ASSERT_EQUAL(found, generation);
	CU_ASSERT_EQUAL(gateway_seed(&found), 999);
	CU_ASSERT_EQUAL(found, generation);
}

/* The first push of all: nothing is in force, or it is. */
static void a_first_push_is_killed_at_every_store(void)
{
	uint64_t generation, again;
	bool killed = true;
	unsigned store;

	for (store = 1; killed && store < STEPS_MAX; store++) {
		uint64_t seed;

		region_test_forget_all();
		killed = push_is_killed(store, 1, NEW_SIZE);
		seed = read_seed(&generation);
		CU_ASSERT(seed == 1 || (seed == 0 && killed));
		/* It may have been kept and not published: then it is whole, and restored. */
		seed = gateway_seed(&again);
		CU_ASSERT(seed == 1 || (seed == 0 && killed && generation == 0));
		CU_ASSERT(seed == 0 || again == 1);
		expect_next_push(again);
	}
	CU_ASSERT_FALSE(killed);
	CU_ASSERT(store > NEW_SIZE / 8);
	printf("%u stores ", store - 2);
}

/* A push over another, with a gateway that starts afterwards. */
static void a_push_is_killed_at_every_store(void)
{
	bool killed = true, old_found = false, new_found = false;
	unsigned store;

	for (store = 1; killed && store < STEPS_MAX; store++) {
		uint64_t generation, before, seed;

		/* Every slot is used and dirty before. */
		for (uint64_t i = 0; i < REGION_SLOTS; i++)
			region_test_push(&settings, 100 + i, OLD_SIZE, &before, reason);
		killed = push_is_killed(store, 1, NEW_SIZE);
		seed = read_seed(&generation);
		old_found |= seed == 100 + REGION_SLOTS - 1 && generation == before;
		new_found |= seed == 1;
		CU_ASSERT((seed == 1 && generation == before + 1) ||
			  (killed && seed == 100 + REGION_SLOTS - 1 && generation == before));
		CU_ASSERT_EQUAL(gateway_seed(&before), seed);
		CU_ASSERT_EQUAL(generation, before);
		expect_next_push(before);
	}
	CU_ASSERT_FALSE(killed);
	CU_ASSERT_TRUE(old_found && new_found);
	printf("%u stores ", store - 2);
}

/* As before, while a gateway lives, whose workers must never see anything but whole images. */
static void a_push_to_a_living_gateway_is_killed_at_every_store(void)
{
	struct region_test_gateway gateway;
	bool killed = true;
	unsigned store;

	region_test_forget_all();
	region_test_start(&gateway, &settings, 2, 0);
	for (store = 1; killed && store < STEPS_MAX; store++) {
		uint64_t before, generation, seed;

		CU_ASSERT_EQUAL(region_test_push(&settings, 100 + store, OLD_SIZE, &before, reason), REGION_TAKEN);
		killed = push_is_killed(store, 1, NEW_SIZE);
		seed = read_seed(&generation);
		CU_ASSERT((seed == 1 && generation == before + 1) ||
			  (killed && seed == 100 + store && generation == before));
	}
	CU_ASSERT_FALSE(killed);
	region_test_stop(&gateway);
	expect_next_push(0);
	printf("%u stores ", store - 2);
}

/* That it asks for open flows to be looked up again is there with the new policy, and not with the old one; and neither
 * lost nor made up by the push that comes after. */
static void a_push_that_asks_for_reevaluation_is_killed_at_every_store(void)
{
	bool killed = true;
	unsigned store;

	region_test_forget_all();
	for (store = 1; killed && store < STEPS_MAX; store++) {
		const struct image_header *image;
		struct region *region;
		uint64_t before, after;
		size_t size;

		region_test_push(&settings, 100, OLD_SIZE, &before, reason);
		region = region_open_gateway(&settings, 1, reason);
		CU_ASSERT_PTR_NOT_NULL_FATAL(region);
		image = region_newest(region, &size);
		CU_ASSERT_PTR_NOT_NULL_FATAL(image);
		region_taken(region, 0, image->generation);
		region_close(region);

		killed = push_of_kind_is_killed("push-reevaluate", store, 1, NEW_SIZE);
		region = region_open_gateway(&settings, 1, reason);
		image = region_newest(region, &size);
		CU_ASSERT_PTR_NOT_NULL_FATAL(image);
		if (image->generation == before) {
			CU_ASSERT_TRUE(killed);
			CU_ASSERT(region_reevaluation(region, before) < before);
		} else {
			CU_ASSERT_EQUAL(image->generation, before + 1);
			CU_ASSERT_EQUAL(region_reevaluation(region, before + 1), before + 1);
		}
		after = image->generation;
		region_close(region);

		region_test_push(&settings, 101, OLD_SIZE, &before, reason);
		region = region_open_gateway(&settings, 1, reason);
		image = region_newest(region, &size);
		CU_ASSERT_PTR_NOT_NULL_FATAL(image);
		CU_ASSERT_EQUAL(image->generation, before);
		CU_ASSERT(region_reevaluation(region, before) <= after);
		region_close(region);
	}
	CU_ASSERT_FALSE(killed);
	printf("%u stores ", store - 2);
}

/* After a reboot the gateway restores what the disk has, and is killed meanwhile. */
static void a_gateway_is_killed_at_every_store(void)
{
	uint64_t pushed, generation;
	bool killed = true;
	unsigned store;

	region_test_forget_all();
	region_test_push(&settings, 5, OLD_SIZE, &pushed, reason);
	for (store = 1; killed && store < STEPS_MAX; store++) {
		uint64_t seed;

		region_test_reboot();
		killed = gateway_is_killed(store);
		seed = read_seed(&generation);
		CU_ASSERT((seed == 0 && killed) || (seed == 5 && generation == pushed));
		CU_ASSERT_EQUAL(gateway_seed(&generation), 5);
		CU_ASSERT_EQUAL(generation, pushed);
	}
	CU_ASSERT_FALSE(killed);
	CU_ASSERT(store > OLD_SIZE / 8);
	expect_next_push(pushed);
	printf("%u stores ", store - 2);
}

/* As before, when it makes the region anew with slots of another size. */
static void a_gateway_that_changes_the_slots_is_killed_at_every_store(void)
{
	uint64_t pushed, generation;
	bool killed = true;
	unsigned store;

	for (store = 1; killed && store < STEPS_MAX; store++) {
		region_test_forget_all();
		settings.slot_size = 2 * REGION_TEST_SLOT_SIZE;
		region_test_push(&settings, 6, OLD_SIZE, &pushed, reason);
		settings.slot_size = REGION_TEST_SLOT_SIZE;
		killed = gateway_is_killed(store);
		CU_ASSERT_EQUAL(gateway_seed(&generation), 6);
		CU_ASSERT_EQUAL(generation, pushed);
	}
	CU_ASSERT_FALSE(killed);
	expect_next_push(pushed);
	printf("%u stores ", store - 2);
}

int main(int count, char **arguments)
{
	const char *hugetlbfs = getenv("SLUICE_TEST_HUGETLBFS");
	bool on_hugepages = count == 2 && strcmp(arguments[1], "hugetlbfs") == 0;
	int status;

	if (count > 1 && !on_hugepages)
		return act(arguments);
	if (on_hugepages && (hugetlbfs == NULL || hugetlbfs[0] == '\0')) {
		puts("skipped: SLUICE_TEST_HUGETLBFS names no folder on a hugetlbfs with free pages");
		return 77;
	}
	if (on_hugepages)
		region_test_begin_hugetlbfs(&settings, hugetlbfs);
	else
		region_test_begin(&settings);
	status = TESTS_RUN(
	    "killed at a store", TEST(a_first_push_is_killed_at_every_store), TEST(a_push_is_killed_at_every_store),
	    TEST(a_push_to_a_living_gateway_is_killed_at_every_store),
	    TEST(a_push_that_asks_for_reevaluation_is_killed_at_every_store), TEST(a_gateway_is_killed_at_every_store),
	    TEST(a_gateway_that_changes_the_slots_is_killed_at_every_store));
	region_test_end();
	return status;
}
