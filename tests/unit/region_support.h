/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef TESTS_UNIT_REGION_SUPPORT_H
#define TESTS_UNIT_REGION_SUPPORT_H

/*
 * What the tests of the region share: a region on tmpfs in a folder of the test's own, images that are octets made from
 * a seed, and a gateway that takes what is published in a thread of its own.
 */

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <config/history.h>
#include <config/region.h>
#include <config/secret.h>

#include "support.h"

#define REGION_TEST_PATH 96
#define REGION_TEST_SLOT_SIZE 65536
#define REGION_TEST_COUNTERS 16

/* Makes the folder, and in it those of the region and of the disk, which are missing at first; their settings. The
 * region waits for 5 s, as is usual, unless the test says otherwise. */
void region_test_begin(struct region_settings *settings);

/* The same with the region's folder in `parent`, which is on a hugetlbfs. */
void region_test_begin_hugetlbfs(struct region_settings *settings, const char *parent);

/* Tells a program that is started from here which folders there are; and what that program does to know. */
void region_test_lend(void);
void region_test_borrow(struct region_settings *settings);

/* Removes it with all that is in it. */
void region_test_end(void);

/* Empties it: as if the machine had never known a policy, or after a reboot with only the disk left. */
void region_test_forget_all(void);
void region_test_reboot(void);

/* The path of a file, "region/policy" for instance; valid until the fourth call after it. */
const char *region_test_path(const char *name);

/* An image of `size` octets, to be freed; and whether an image is as that seed and size make it, whatever its
 * generation. */
struct image_header *region_test_image(uint64_t seed, size_t size);
bool region_test_is(const struct image_header *image, size_t size, uint64_t seed, size_t expected_size);

/* The seed of a whole image of any size, 0 if it is not whole. */
uint64_t region_test_seed(const struct image_header *image, size_t size);

/* A check for region_settings: refuses what is not whole, and those seeds that `context`, a uint64_t, holds. */
bool region_test_check(void *context, const struct image_header *image, size_t size, char reason[REGION_REASON_SIZE]);
bool region_test_fits(void *context, const struct image_header *image, size_t size, char reason[REGION_REASON_SIZE]);

/* Opens the region in one of its ways, pushes an image of that seed and size, and closes it. */
enum region_outcome region_test_push(const struct region_settings *settings, uint64_t seed, size_t size,
				     uint64_t *generation, char reason[REGION_REASON_SIZE]);

/* The same, which may ask for open flows to be looked up again. */
enum region_outcome region_test_push_asking(const struct region_settings *settings, uint64_t seed, size_t size,
					    bool reevaluate, uint64_t *generation, char reason[REGION_REASON_SIZE]);

/* Asserts that a reader finds that generation published with that image; generation 0: nothing. */
void region_test_expect(const struct region_settings *settings, uint64_t generation, uint64_t seed, size_t size);

/* Asserts that a gateway that is started anew finds the same. */
void region_test_expect_gateway(const struct region_settings *settings, uint64_t generation, uint64_t seed,
				size_t size);

/* A gateway that has a thread for its main lcore and all workers, which looks every millisecond. */
struct region_test_gateway {
	struct region *region;
	unsigned workers;
	_Atomic unsigned standing; /* workers with at least this number do not take anything */
	uint64_t refused_seed;	   /* what the main lcore refuses */
	_Atomic bool ending;
	_Atomic uint64_t bad; /* images that were not whole */
	pthread_t thread;
};

/* Starts it; all its workers run. */
void region_test_start(struct region_test_gateway *gateway, const struct region_settings *settings, unsigned workers,
		       uint64_t refused_seed);

/* Ends it, which closes its region. Asserts that it saw only whole images. */
void region_test_stop(struct region_test_gateway *gateway);

/* How many descriptors the process has open. */
unsigned region_test_descriptors(void);

#endif
