/* SPDX-License-Identifier: BSD-3-Clause */
/* Files that are torn, of another version, or written by somebody who means ill give a reason, and never a crash. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "region_support.h"

#define DIRECTORY 4096 /* octets before the first slot */

static struct region_settings settings;
static char reason[REGION_REASON_SIZE];
static uint64_t generation;

/* A file of the region, mapped for whoever means ill. */
struct victim {
	uint8_t *octets;
	size_t size;
};

static struct victim map_file(const char *name)
{
	int file = open(region_test_path(name), O_RDWR);
	struct victim victim = {0};
	struct stat status;

	CU_ASSERT_FATAL(file >= 0 && fstat(file, &status) == 0);
	victim.size = (size_t)status.st_size;
	victim.octets = mmap(NULL, victim.size, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
	CU_ASSERT_PTR_NOT_EQUAL_FATAL(victim.octets, MAP_FAILED);
	close(file);
	return victim;
}

static void begin(void)
{
	region_test_forget_all();
	for (uint64_t i = 1; i <= REGION_SLOTS + 1; i++)
		CU_ASSERT_EQUAL(region_test_push(&settings, i, 900, &generation, reason), REGION_NOT_RUNNING);
	region_test_expect_gateway(&settings, generation, REGION_SLOTS + 1, 900);
}

/* Asks a region of whatever content all that can be asked; what it says of images is whole or nothing. */
static void ask(struct region *region)
{
	struct region_status status;
	struct image_header *copy;
	size_t size;

	region_read_status(region, &status);
	CU_ASSERT(status.workers <= REGION_WORKERS);
	CU_ASSERT(strnlen(status.refusal, REGION_REASON_SIZE) < REGION_REASON_SIZE);
	for (const char *next = status.refusal; *next != '\0'; next++)
		CU_ASSERT(*next >= ' ' && *next <= '~');
	region_read_hits(region, 0);
	region_read_hits(region, 1000000);
	region_read_hits(region, UINT32_MAX);
	copy = region_copy(region, &size, reason);
	if (copy == NULL)
		CU_ASSERT_NOT_EQUAL(reason[0], '\0');
	secret_free(copy, copy != NULL ? size : 0);
}

/* A reader, a pusher and a gateway that come to such files. */
static void ask_all(void)
{
	struct region *region = region_open_reader(&settings, reason);
	const struct image_header *image;
	size_t size;

	if (region != NULL)
		ask(region);
	region_close(region);

	region = region_open_gateway(&settings, 2, reason);
	if (region != NULL) {
		image = region_newest(region, &size);
		CU_ASSERT(image == NULL || region_test_seed(image, size) != 0);
		region_refuse(region, generation, "no");
		ask(region);
		region_close(region);
	}

	if (region_test_push(&settings, 99, 1000, &generation, reason) == REGION_REFUSED)
		CU_ASSERT_NOT_EQUAL(reason[0], '\0');
}

static void each_octet_of_the_directory_may_be_wrong(void)
{
	uint64_t random = 1;

	begin();
	for (unsigned at = 0; at < 512; at++) {
		struct victim victim = map_file("region/policy");

		victim.octets[at] ^= (uint8_t)(1 + support_random(&random) % 255);
		munmap(victim.octets, victim.size);
		ask_all();
		/* The generation went up by one each time at most, or by much if that is what was changed. */
		if (generation > UINT64_C(1) << 48)
			begin();
	}
}

static void each_line_of_the_directory_may_be_zero_or_ones(void)
{
	for (unsigned line = 0; line < 8; line++)
		for (unsigned value = 0; value <= 0xff; value += 0xff) {
			struct victim victim;

			begin();
			victim = map_file("region/policy");
			memset(victim.octets + line * 64, (int)value, 64);
			munmap(victim.octets, victim.size);
			ask_all();
		}
}

/* What is torn in an image is found by its checksum, which the gateway's check looks at: the one before stays. */
static void each_page_of_a_published_image_may_be_zero(void)
{
	size_t size = 8 * 4096;

	for (unsigned page = 0; page < 8; page++) {
		struct victim victim;

		region_test_forget_all();
		CU_ASSERT_EQUAL(region_test_push(&settings, 7, size, &generation, reason), REGION_NOT_RUNNING);
		victim = map_file("region/policy");
		for (unsigned slot = 0; slot < REGION_SLOTS; slot++)
			memset(victim.octets + DIRECTORY + slot * ((victim.size - DIRECTORY) / REGION_SLOTS & ~4095u) +
				   page * 4096,
			       0, 4096);
		munmap(victim.octets, victim.size);
		region_test_expect_gateway(&settings, 1, 7, size);
	}
}

static void random_octets_are_borne_while_the_region_is_open(void)
{
	uint64_t random = 2;

	settings.patience = 1;
	for (unsigned round = 0; round < 100; round++) {
		struct region *gateway, *reader, *writer;
		struct image_header *image = region_test_image(5, 900);
		struct victim victim, state;
		size_t size;

		begin();
		gateway = region_open_gateway(&settings, 2, reason);
		reader = region_open_reader(&settings, reason);
		writer = region_open_writer(&settings, reason);
		CU_ASSERT_FATAL(gateway != NULL && reader != NULL && writer != NULL);
		victim = map_file("region/policy");
		state = map_file("region/state");
		for (unsigned i = 0; i < 20; i++) {
			/* Few at first, so that some of it still looks right. */
			victim.octets[support_random(&random) % 320] = (uint8_t)support_random(&random);
			state.octets[support_random(&random) % (i < 10 ? 1024 : state.size)] =
			    (uint8_t)support_random(&random);
			ask(reader);
			region_newest(gateway, &size);
			region_push(writer, image, 900, false, &generation, reason);
			region_taken(gateway, 0, i);
			region_hits(gateway, 1)[0]++;
		}
		munmap(victim.octets, victim.size);
		munmap(state.octets, state.size);
		region_close(writer);
		region_close(reader);
		region_close(gateway);
		free(image);
	}
	settings.patience = 0;
}

static void a_state_that_claims_too_much_is_not_believed(void)
{
	struct region_status status;
	struct region *reader;

	begin();
	reader = region_open_reader(&settings, reason);
	CU_ASSERT_PTR_NOT_NULL_FATAL(reader);
	for (unsigned at = 0; at < 64; at += 8)
		for (unsigned value = 0; value < 3; value++) {
			struct victim state = map_file("region/state");
			uint64_t before, word = value == 0 ? UINT64_MAX : value == 1 ? 65 : UINT32_MAX;

			memcpy(&before, state.octets + at, 8);
			memcpy(state.octets + at, &word, 8);
			ask(reader);
			memcpy(state.octets + at, &before, 8);
			munmap(state.octets, state.size);
		}
	region_read_status(reader, &status);
	CU_ASSERT_EQUAL(status.workers, 1);
	region_close(reader);
}

static void files_of_any_size_are_borne(void)
{
	static const off_t sizes[] = {0, 1, 63, 64, 4095, 4096, 4097, 8191, 8192, 12288, 1 << 20, (off_t)1 << 40};

	for (unsigned i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		begin();
		CU_ASSERT_EQUAL(truncate(region_test_path("region/policy"), sizes[i]), 0);
		ask_all();
		begin();
		CU_ASSERT_EQUAL(truncate(region_test_path("region/state"), sizes[i]), 0);
		ask_all();
	}
}

static void expect_one_release(void)
{
	uint64_t before = generation;

	CU_ASSERT_EQUAL(region_test_push(&settings, 98, 1000, &generation, reason), REGION_REFUSED);
	CU_ASSERT_PTR_NOT_NULL(strstr(reason, "of another version of Sluice"));
	CU_ASSERT_PTR_NOT_NULL(strstr(reason, "use sluicectl and sluiced of one release"));
	CU_ASSERT_EQUAL(generation, before);
}

static void another_version_is_told_apart(void)
{
	struct victim victim;

	begin();
	victim = map_file("region/policy");
	victim.octets[8]++;
	munmap(victim.octets, victim.size);
	CU_ASSERT_PTR_NULL(region_open_reader(&settings, reason));
	CU_ASSERT_PTR_NOT_NULL(strstr(reason, "of another version"));
	/* It may be of use to whom it belongs: a pusher leaves it as it is. */
	expect_one_release();
	CU_ASSERT_PTR_NULL(region_open_reader(&settings, reason));
	/* A gateway makes it anew, from what the disk has. */
	region_test_expect_gateway(&settings, generation, REGION_SLOTS + 1, 900);
}

/* The gateway that lives is of another release than the pusher. */
static void a_gateway_of_another_version_is_told_apart(void)
{
	struct region_test_gateway gateway;
	struct victim victim;

	begin();
	region_test_start(&gateway, &settings, 1, 0);
	victim = map_file("region/policy");
	victim.octets[8]++;
	expect_one_release();
	victim.octets[8]--;
	munmap(victim.octets, victim.size);
	victim = map_file("region/state");
	victim.octets[7]++; /* of its first word */
	expect_one_release();
	victim.octets[7]--;
	munmap(victim.octets, victim.size);
	CU_ASSERT_EQUAL(region_test_push(&settings, 98, 1000, &generation, reason), REGION_TAKEN);
	region_test_stop(&gateway);
}

static void the_last_generation_there_is_refuses_a_push(void)
{
	FILE *file;

	begin();
	file = fopen(region_test_path("kept/72057594037927935.image"), "w");
	fclose(file);
	CU_ASSERT_EQUAL(region_test_push(&settings, 9, 900, &generation, reason), REGION_REFUSED);
	CU_ASSERT_PTR_NOT_NULL(strstr(reason, "72057594037927935"));
	unlink(region_test_path("kept/72057594037927935.image"));
	CU_ASSERT_EQUAL(region_test_push(&settings, 9, 900, &generation, reason), REGION_NOT_RUNNING);
}

int main(void)
{
	int status;

	region_test_begin(&settings);
	status = TESTS_RUN(
	    "hostile files", TEST(each_octet_of_the_directory_may_be_wrong),
	    TEST(each_line_of_the_directory_may_be_zero_or_ones), TEST(each_page_of_a_published_image_may_be_zero),
	    TEST(random_octets_are_borne_while_the_region_is_open), TEST(a_state_that_claims_too_much_is_not_believed),
	    TEST(files_of_any_size_are_borne), TEST(another_version_is_told_apart),
	    TEST(a_gateway_of_another_version_is_told_apart), TEST(the_last_generation_there_is_refuses_a_push));
	region_test_end();
	return status;
}
