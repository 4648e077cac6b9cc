/* SPDX-License-Identifier: BSD-3-Clause */
#include "region_support.h"

#include <dirent.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static char root[REGION_TEST_PATH];	 /* on tmpfs */
static char huge_root[REGION_TEST_PATH]; /* on hugetlbfs, if that is tested */
static char region_path[REGION_TEST_PATH + 16], kept_path[REGION_TEST_PATH + 16];

static void make_folder(char name[REGION_TEST_PATH], const char *parent)
{
	if (snprintf(name, REGION_TEST_PATH, "%s/sluice_region_XXXXXX", parent) < REGION_TEST_PATH &&
	    mkdtemp(name) != NULL)
		return;
	perror(name);
	exit(EXIT_FAILURE);
}

static void set(struct region_settings *settings)
{
	*settings = (struct region_settings){
	    .folder = region_path,
	    .kept = kept_path,
	    .slot_size = REGION_TEST_SLOT_SIZE,
	    .counters = REGION_TEST_COUNTERS,
	    .allow_tmpfs = true,
	    .check = region_test_check,
	    .fits = region_test_fits,
	};
}

void region_test_begin(struct region_settings *settings)
{
	make_folder(root, "/dev/shm");
	snprintf(region_path, sizeof(region_path), "%s/region", root);
	snprintf(kept_path, sizeof(kept_path), "%s/kept", root);
	set(settings);
}

void region_test_begin_hugetlbfs(struct region_settings *settings, const char *parent)
{
	region_test_begin(settings);
	make_folder(huge_root, parent);
	snprintf(region_path, sizeof(region_path), "%s/region", huge_root);
}

void region_test_lend(void)
{
	setenv("REGION_TEST_REGION", region_path, 1);
	setenv("REGION_TEST_KEPT", kept_path, 1);
}

void region_test_borrow(struct region_settings *settings)
{
	snprintf(region_path, sizeof(region_path), "%s", getenv("REGION_TEST_REGION"));
	snprintf(kept_path, sizeof(kept_path), "%s", getenv("REGION_TEST_KEPT"));
	set(settings);
}

static int remove_one(const char *path, const struct stat *status, int type, struct FTW *place)
{
	return remove(path);
}

static void remove_tree(const char *path)
{
	nftw(path, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

void region_test_end(void)
{
	remove_tree(root);
	if (huge_root[0] != '\0')
		remove_tree(huge_root);
}

void region_test_reboot(void)
{
	remove_tree(region_path);
}

void region_test_forget_all(void)
{
	remove_tree(region_path);
	remove_tree(kept_path);
}

const char *region_test_path(const char *name)
{
	static char paths[4][REGION_TEST_PATH + 64];
	static unsigned next;
	char *path = paths[next++ % 4];

	snprintf(path, sizeof(paths[0]), "%s/%s", root, name);
	return path;
}

/* Fills what follows the header, and what of the header depends on it. */
static void fill(struct image_header *image, uint64_t seed, size_t size)
{
	uint64_t state = seed;

	*image = (struct image_header){.magic = IMAGE_MAGIC, .version = IMAGE_VERSION, .size = size, .made_at = seed};
	image->header_size = sizeof(*image);
	support_random_fill(&state, image + 1, size - sizeof(*image));
}

struct image_header *region_test_image(uint64_t seed, size_t size)
{
	struct image_header *image = aligned_alloc(IMAGE_ALIGNMENT, (size + IMAGE_ALIGNMENT - 1) & -IMAGE_ALIGNMENT);

	if (image == NULL)
		exit(EXIT_FAILURE);
	fill(image, seed, size);
	return image;
}

bool region_test_is(const struct image_header *image, size_t size, uint64_t seed, size_t expected_size)
{
	return size == expected_size && region_test_seed(image, size) == seed;
}

uint64_t region_test_seed(const struct image_header *image, size_t size)
{
	struct image_header *expected;
	uint64_t seed;

	if (size < sizeof(*image) || image->size != size)
		return 0;
	expected = region_test_image(image->made_at, size);
	expected->generation = image->generation;
	seed = memcmp(image, expected, size) == 0 ? image->made_at : 0;
	free(expected);
	return seed;
}

bool region_test_check(void *context, const struct image_header *image, size_t size, char reason[REGION_REASON_SIZE])
{
	if (region_test_seed(image, size) != 0)
		return true;
	snprintf(reason, REGION_REASON_SIZE, "its checksum is wrong");
	return false;
}

bool region_test_fits(void *context, const struct image_header *image, size_t size, char reason[REGION_REASON_SIZE])
{
	if (context == NULL || region_test_seed(image, size) != *(uint64_t *)context)
		return true;
	snprintf(reason, REGION_REASON_SIZE, "the gateway cannot do that");
	return false;
}

enum region_outcome region_test_push(const struct region_settings *settings, uint64_t seed, size_t size,
				     uint64_t *generation, char reason[REGION_REASON_SIZE])
{
	return region_test_push_asking(settings, seed, size, false, generation, reason);
}

enum region_outcome region_test_push_asking(const struct region_settings *settings, uint64_t seed, size_t size,
					    bool reevaluate, uint64_t *generation, char reason[REGION_REASON_SIZE])
{
	struct region *region = region_open_writer(settings, reason);
	enum region_outcome outcome = REGION_REFUSED;
	struct image_header *image;

	if (region == NULL)
		return REGION_REFUSED;
	image = region_test_image(seed, size);
	outcome = region_push(region, image, size, reevaluate, generation, reason);
	free(image);
	region_close(region);
	return outcome;
}

void region_test_expect(const struct region_settings *settings, uint64_t generation, uint64_t seed, size_t size)
{
	char reason[REGION_REASON_SIZE] = "";
	struct region *region = region_open_reader(settings, reason);
	struct region_status status;
	struct image_header *copy;
	size_t copied = 0;

	CU_ASSERT_PTR_NOT_NULL_FATAL(region);
	region_read_status(region, &status);
	CU_ASSERT_EQUAL(status.published, generation);
	copy = region_copy(region, &copied, reason);
	CU_ASSERT_EQUAL(copy != NULL, generation != 0);
	if (copy != NULL) {
		CU_ASSERT_EQUAL(copy->generation, generation);
		CU_ASSERT_TRUE(region_test_is(copy, copied, seed, size));
		secret_free(copy, copied);
	}
	region_close(region);
}

void region_test_expect_gateway(const struct region_settings *settings, uint64_t generation, uint64_t seed, size_t size)
{
	char reason[REGION_REASON_SIZE] = "";
	struct region *region = region_open_gateway(settings, 1, reason);
	const struct image_header *image;
	size_t octets = 0;

	if (region == NULL)
		printf("\n%s\n", reason);
	CU_ASSERT_PTR_NOT_NULL_FATAL(region);
	image = region_newest(region, &octets);
	CU_ASSERT_EQUAL(image != NULL, generation != 0);
	if (image != NULL) {
		CU_ASSERT_EQUAL(image->generation, generation);
		CU_ASSERT_TRUE(region_test_is(image, octets, seed, size));
	}
	region_close(region);
}

/* The main lcore of the gateway, and its workers one after another. */
static void *run_gateway(void *context)
{
	const struct timespec interval = {.tv_nsec = 1000000};
	struct region_test_gateway *gateway = context;
	uint64_t generation = 0, refused = 0;
	uint64_t taken[REGION_WORKERS] = {0};

	while (!gateway->ending) {
		size_t size = 0;
		const struct image_header *image = region_newest(gateway->region, &size);

		if (image != NULL && image->generation != generation && image->generation != refused) {
			uint64_t seed = region_test_seed(image, size);

			gateway->bad += seed == 0;
			if (seed == gateway->refused_seed) {
				refused = image->generation;
				region_refuse(gateway->region, refused, "its service names no port of this gateway");
			} else {
				generation = image->generation;
			}
		}
		for (unsigned i = 0; i < gateway->workers && i < gateway->standing; i++)
			if (taken[i] != generation)
				region_taken(gateway->region, i, taken[i] = generation);
		nanosleep(&interval, NULL);
	}
	return NULL;
}

void region_test_start(struct region_test_gateway *gateway, const struct region_settings *settings, unsigned workers,
		       uint64_t refused_seed)
{
	char reason[REGION_REASON_SIZE];

	memset(gateway, 0, sizeof(*gateway));
	gateway->region = region_open_gateway(settings, workers, reason);
	CU_ASSERT_PTR_NOT_NULL_FATAL(gateway->region);
	gateway->workers = workers;
	gateway->standing = workers;
	gateway->refused_seed = refused_seed;
	if (pthread_create(&gateway->thread, NULL, run_gateway, gateway) != 0)
		exit(EXIT_FAILURE);
}

void region_test_stop(struct region_test_gateway *gateway)
{
	gateway->ending = true;
	pthread_join(gateway->thread, NULL);
	CU_ASSERT_EQUAL(gateway->bad, 0);
	region_close(gateway->region);
}

unsigned region_test_descriptors(void)
{
	DIR *listing = opendir("/proc/self/fd");
	unsigned count = 0;

	while (listing != NULL && readdir(listing) != NULL)
		count++;
	closedir(listing);
	return count;
}
