/* SPDX-License-Identifier: BSD-3-Clause */
/* The last images are kept on disk, listed, and can be pushed again. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "region_support.h"

static struct region_settings settings;
static char reason[REGION_REASON_SIZE];
static uint64_t generation;
static struct history_entry entries[HISTORY_LENGTH];
static unsigned count;

static void push(uint64_t seed)
{
	CU_ASSERT_EQUAL(region_test_push(&settings, seed, 500 + seed, &generation, reason), REGION_NOT_RUNNING);
}

static void write_file(const char *name, const char *text)
{
	int file = open(region_test_path(name), O_WRONLY | O_CREAT | O_TRUNC, 0600);

	CU_ASSERT_EQUAL(write(file, text, strlen(text)), (ssize_t)strlen(text));
	close(file);
}

static void the_newest_are_listed_first_with_their_times(void)
{
	struct timespec before;

	clock_gettime(CLOCK_REALTIME_COARSE, &before); /* the clock of files, a tick behind time(2) */
	region_test_forget_all();
	CU_ASSERT_TRUE(history_list(settings.kept, entries, &count, reason));
	CU_ASSERT_EQUAL(count, 0);
	for (uint64_t i = 1; i <= 11; i++) {
		push(i);
		CU_ASSERT_TRUE(history_list(settings.kept, entries, &count, reason));
		CU_ASSERT_EQUAL(count, i < HISTORY_LENGTH ? i : HISTORY_LENGTH);
		for (unsigned j = 0; j < count; j++) {
			CU_ASSERT_EQUAL(entries[j].generation, i - j);
			CU_ASSERT_EQUAL(entries[j].size, 500 + i - j);
			CU_ASSERT_EQUAL(entries[j].made_at, i - j);
			CU_ASSERT(entries[j].kept_at >= (uint64_t)before.tv_sec &&
				  entries[j].kept_at <= (uint64_t)time(NULL));
		}
	}
	CU_ASSERT_EQUAL(access(region_test_path("kept/3.image"), F_OK), -1);
	CU_ASSERT_EQUAL(access(region_test_path("kept/4.image"), F_OK), 0);
}

/* The time of day was set back a day between the second push and the third. */
static void generations_and_not_times_tell_which_is_the_newest(void)
{
	struct timespec times[2] = {{.tv_nsec = UTIME_OMIT}, {0}};

	region_test_forget_all();
	for (uint64_t i = 1; i <= 3; i++)
		push(i);
	times[1].tv_sec = time(NULL) - 86400;
	CU_ASSERT_EQUAL(utimensat(AT_FDCWD, region_test_path("kept/3.image"), times, 0), 0);
	CU_ASSERT_TRUE(history_list(settings.kept, entries, &count, reason));
	CU_ASSERT_EQUAL(count, 3);
	for (unsigned i = 0; i < count; i++)
		CU_ASSERT_EQUAL(entries[i].generation, 3 - i);
	region_test_reboot();
	region_test_expect_gateway(&settings, 3, 3, 503);
}

static void one_of_them_is_pushed_again_as_a_new_generation(void)
{
	struct image_header *image;
	struct region *region;
	size_t size = 0;

	region_test_forget_all();
	for (uint64_t i = 1; i <= 3; i++)
		push(i);
	image = history_load(settings.kept, 2, &size, reason);
	CU_ASSERT_PTR_NOT_NULL_FATAL(image);
	CU_ASSERT_EQUAL(image->generation, 2);
	CU_ASSERT_TRUE(region_test_is(image, size, 2, 502));
	region = region_open_writer(&settings, reason);
	CU_ASSERT_PTR_NOT_NULL_FATAL(region);
	CU_ASSERT_EQUAL(region_push(region, image, size, false, &generation, reason), REGION_NOT_RUNNING);
	CU_ASSERT_EQUAL(generation, 4);
	region_close(region);
	secret_free(image, size);
	region_test_expect_gateway(&settings, 4, 2, 502);
}

static void what_is_no_image_is_listed_with_its_fault_and_not_loaded(void)
{
	static const char *const names[] = {"kept/4.image",	"kept/05.image",  "kept/-6.image",
					    "kept/7.image.new", "kept/8",	  "kept/image",
					    "kept/ 9.image",	"kept/+10.image", "kept/0x11.image"};
	size_t size;

	region_test_forget_all();
	for (uint64_t i = 1; i <= 3; i++)
		push(i);
	for (unsigned i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		write_file(names[i], "this is no image, though it has enough octets for the header of one, which it "
				     "has not, as has been said");
	CU_ASSERT_EQUAL(mkdir(region_test_path("kept/12.image"), 0700), 0);
	CU_ASSERT_TRUE(history_list(settings.kept, entries, &count, reason));
	CU_ASSERT_EQUAL(count, 5);
	CU_ASSERT_EQUAL(entries[0].generation, 12);
	CU_ASSERT_PTR_NOT_NULL(strstr(entries[0].fault, "12.image is no regular file"));
	CU_ASSERT_EQUAL(entries[1].generation, 4);
	CU_ASSERT_PTR_NOT_NULL(strstr(entries[1].fault, "4.image is no whole image"));
	CU_ASSERT_EQUAL(entries[1].size, 0);
	CU_ASSERT_EQUAL(entries[2].generation, 3);
	CU_ASSERT_STRING_EQUAL(entries[2].fault, "");
	CU_ASSERT_PTR_NULL(history_load(settings.kept, 4, &size, reason));
	CU_ASSERT_PTR_NOT_NULL(strstr(reason, "4.image is no whole image"));
	CU_ASSERT_PTR_NULL(history_load(settings.kept, 12, &size, reason));
	CU_ASSERT_PTR_NULL(history_load(settings.kept, 77, &size, reason));
	CU_ASSERT_PTR_NOT_NULL(strstr(reason, "77.image cannot be opened: No such file"));
	/* An image under another name, and one that was cut. */
	CU_ASSERT_EQUAL(rename(region_test_path("kept/3.image"), region_test_path("kept/30.image")), 0);
	CU_ASSERT_EQUAL(truncate(region_test_path("kept/2.image"), 501), 0);
	CU_ASSERT_PTR_NULL(history_load(settings.kept, 30, &size, reason));
	CU_ASSERT_PTR_NULL(history_load(settings.kept, 2, &size, reason));
	CU_ASSERT_TRUE(history_list(settings.kept, entries, &count, reason));
	CU_ASSERT_EQUAL(count, 5);
	for (unsigned i = 0; i < count; i++)
		CU_ASSERT_EQUAL(entries[i].fault[0] == '\0', entries[i].generation == 1);
	/* No generation is given twice, whatever became of its image. */
	push(4);
	CU_ASSERT_EQUAL(generation, 31);
}

static void a_folder_that_is_not_ones_own_is_refused(void)
{
	size_t size;

	region_test_forget_all();
	push(1);
	CU_ASSERT_EQUAL(chmod(settings.kept, 0750), 0);
	CU_ASSERT_FALSE(history_list(settings.kept, entries, &count, reason));
	CU_ASSERT_EQUAL(count, 0);
	CU_ASSERT_PTR_NULL(history_load(settings.kept, 1, &size, reason));
	CU_ASSERT_EQUAL(chmod(settings.kept, 0700), 0);
	CU_ASSERT_EQUAL(chmod(region_test_path("kept/1.image"), 0644), 0);
	CU_ASSERT_PTR_NULL(history_load(settings.kept, 1, &size, reason));
	CU_ASSERT_TRUE(history_list(settings.kept, entries, &count, reason));
	CU_ASSERT_EQUAL(count, 1);
	CU_ASSERT_PTR_NOT_NULL(strstr(entries[0].fault, "must own it with mode 600"));
}

static void copy_file(const char *from, const char *to)
{
	char octets[4096];
	FILE *source = fopen(region_test_path(from), "r"), *target;
	mode_t mask = umask(077);
	size_t length;

	CU_ASSERT_PTR_NOT_NULL_FATAL(source);
	target = fopen(region_test_path(to), "w");
	length = fread(octets, 1, sizeof(octets), source);
	CU_ASSERT_EQUAL(fwrite(octets, 1, length, target), length);
	fclose(source);
	fclose(target);
	umask(mask);
}

/* Pushes are killed after they have kept their image: `issued` is said, and the file is there. */
static void what_was_kept_and_never_published_is_gone_after_the_next_push(void)
{
	uint64_t issued = 5;
	int file;

	region_test_forget_all();
	for (uint64_t i = 1; i <= 3; i++)
		push(i);
	file = open(region_test_path("region/policy"), O_RDWR);
	CU_ASSERT_EQUAL(pwrite(file, &issued, sizeof(issued), 72), (ssize_t)sizeof(issued));
	close(file);
	copy_file("kept/3.image", "kept/4.image");
	copy_file("kept/3.image", "kept/5.image");
	/* That of another region: it is older than this one, and not this one's to remove. */
	copy_file("kept/3.image", "kept/6.image");
	push(7);
	CU_ASSERT_EQUAL(generation, 7);
	CU_ASSERT_EQUAL(access(region_test_path("kept/3.image"), F_OK), 0);
	CU_ASSERT_EQUAL(access(region_test_path("kept/4.image"), F_OK), -1);
	CU_ASSERT_EQUAL(access(region_test_path("kept/5.image"), F_OK), -1);
	CU_ASSERT_EQUAL(access(region_test_path("kept/6.image"), F_OK), 0);
}

static void no_descriptor_is_lost(void)
{
	unsigned before = region_test_descriptors();
	size_t size;

	for (unsigned i = 0; i < 3; i++) {
		history_list(settings.kept, entries, &count, reason);
		secret_free(history_load(settings.kept, 1, &size, reason), 0);
		history_load(settings.kept, 99, &size, reason);
		history_list("/proc/self/fd", entries, &count, reason);
		history_list("/dev/null", entries, &count, reason);
	}
	CU_ASSERT_EQUAL(region_test_descriptors(), before);
}

int main(void)
{
	int status;

	region_test_begin(&settings);
	status =
	    TESTS_RUN("history", TEST(the_newest_are_listed_first_with_their_times),
		      TEST(generations_and_not_times_tell_which_is_the_newest),
		      TEST(one_of_them_is_pushed_again_as_a_new_generation),
		      TEST(what_is_no_image_is_listed_with_its_fault_and_not_loaded),
		      TEST(a_folder_that_is_not_ones_own_is_refused),
		      TEST(what_was_kept_and_never_published_is_gone_after_the_next_push), TEST(no_descriptor_is_lost));
	region_test_end();
	return status;
}
