/* SPDX-License-Identifier: BSD-3-Clause */
/* Where an image cannot be kept on disk it is not published either: what is in force survives a reboot. */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "region_support.h"

static struct region_settings settings;
static char reason[REGION_REASON_SIZE];
static uint64_t generation;

/* Asserts that a push is refused for that, and that nothing came of it. */
static void expect_refused(const char *words)
{
	struct history_entry entries[HISTORY_LENGTH];
	unsigned descriptors = region_test_descriptors();
	unsigned count;

	CU_ASSERT_EQUAL(region_test_push(&settings, 2, 9000, &generation, reason), REGION_REFUSED);
	if (strstr(reason, words) == NULL) {
		CU_FAIL("a reason is not as expected");
		printf("\n%s\n", reason);
	}
	CU_ASSERT_EQUAL(region_test_descriptors(), descriptors);
	region_test_expect(&settings, 1, 1, 900);
	CU_ASSERT_EQUAL(access(region_test_path("kept/image.new"), F_OK), -1);
	if (history_list(settings.kept, entries, &count, reason))
		for (unsigned i = 0; i < count; i++)
			CU_ASSERT_EQUAL(entries[i].generation, 1);
}

static void begin(void)
{
	region_test_forget_all();
	CU_ASSERT_EQUAL(region_test_push(&settings, 1, 900, &generation, reason), REGION_NOT_RUNNING);
}

/* And when the disk is well again, a push works. */
static void end(void)
{
	CU_ASSERT_EQUAL(region_test_push(&settings, 3, 9000, &generation, reason), REGION_NOT_RUNNING);
	CU_ASSERT(generation > 1);
	region_test_expect(&settings, generation, 3, 9000);
	region_test_reboot();
	region_test_expect_gateway(&settings, generation, 3, 9000);
}

/* A file may not grow above a size that the image exceeds: write(2) fails in the middle, as on a full disk. The region
 * itself is there already, and does not grow. */
static void a_full_disk_refuses_the_push(void)
{
	struct rlimit limit, small;

	begin();
	CU_ASSERT_EQUAL_FATAL(getrlimit(RLIMIT_FSIZE, &limit), 0);
	signal(SIGXFSZ, SIG_IGN);
	for (rlim_t octets = 0; octets < 9000; octets += 2999) {
		small = limit;
		small.rlim_cur = octets;
		CU_ASSERT_EQUAL_FATAL(setrlimit(RLIMIT_FSIZE, &small), 0);
		expect_refused("cannot be kept on disk");
		CU_ASSERT_EQUAL_FATAL(setrlimit(RLIMIT_FSIZE, &limit), 0);
	}
	end();
}

static void a_folder_that_cannot_be_made_refuses_the_push(void)
{
	const char *kept = settings.kept;

	begin();
	settings.kept = "/proc/sluice";
	expect_refused("/proc/sluice cannot be made");
	settings.kept = region_test_path("missing/kept");
	expect_refused("cannot be made");
	settings.kept = region_test_path("region/policy");
	expect_refused("cannot be opened: Not a directory");
	settings.kept = kept;
	end();
}

static void a_folder_on_disk_that_others_may_read_refuses_the_push(void)
{
	begin();
	CU_ASSERT_EQUAL(chmod(settings.kept, 0755), 0);
	CU_ASSERT_EQUAL(region_test_push(&settings, 2, 9000, &generation, reason), REGION_REFUSED);
	CU_ASSERT_PTR_NOT_NULL(strstr(reason, "open to others"));
	region_test_expect(&settings, 1, 1, 900);
	CU_ASSERT_EQUAL(chmod(settings.kept, 0700), 0);
	end();
}

/* Something is in the way that cannot be written or removed. */
static void a_name_that_is_taken_refuses_the_push(void)
{
	begin();
	CU_ASSERT_EQUAL_FATAL(mkdir(region_test_path("kept/image.new"), 0700), 0);
	CU_ASSERT_EQUAL(region_test_push(&settings, 2, 9000, &generation, reason), REGION_REFUSED);
	CU_ASSERT_PTR_NOT_NULL(strstr(reason, "image.new cannot be opened: File exists"));
	region_test_expect(&settings, 1, 1, 900);
	rmdir(region_test_path("kept/image.new"));
	end();
}

/* Every number of descriptors that the process may have left: refused with a reason, or pushed. */
static void a_process_without_descriptors_is_told_so(void)
{
	unsigned refused = 0, pushed = 0;
	struct rlimit limit;

	begin();
	CU_ASSERT_EQUAL_FATAL(getrlimit(RLIMIT_NOFILE, &limit), 0);
	for (rlim_t left = 0; left < 64; left++) {
		struct rlimit few = {.rlim_cur = left, .rlim_max = limit.rlim_max};
		enum region_outcome outcome;
		uint64_t before = generation;

		CU_ASSERT_EQUAL_FATAL(setrlimit(RLIMIT_NOFILE, &few), 0);
		outcome = region_test_push(&settings, 4, 9000, &generation, reason);
		CU_ASSERT_EQUAL_FATAL(setrlimit(RLIMIT_NOFILE, &limit), 0);
		CU_ASSERT(outcome == REGION_REFUSED || outcome == REGION_NOT_RUNNING);
		refused += outcome == REGION_REFUSED;
		pushed += outcome != REGION_REFUSED;
		if (outcome == REGION_REFUSED) {
			CU_ASSERT_PTR_NOT_NULL(strstr(reason, "Too many open files"));
			CU_ASSERT_EQUAL(generation, before);
		}
	}
	CU_ASSERT(refused > 3 && pushed > 3);
	end();
}

static void a_temporary_file_of_a_killed_push_is_no_hindrance(void)
{
	FILE *file;

	begin();
	file = fopen(region_test_path("kept/image.new"), "w");
	fputs("half", file);
	fclose(file);
	end();
	CU_ASSERT_EQUAL(access(region_test_path("kept/image.new"), F_OK), -1);
}

/* A push that is kept elsewhere is forgotten by a reboot; the same folder by another name is the same. */
static void what_would_be_kept_where_the_gateway_does_not_look_is_refused(void)
{
	struct region_settings other = settings;
	struct region_test_gateway gateway;

	region_test_forget_all();
	region_test_start(&gateway, &settings, 1, 0);
	other.kept = region_test_path("other");
	CU_ASSERT_EQUAL(region_test_push(&other, 1, 900, &generation, reason), REGION_REFUSED);
	CU_ASSERT_PTR_NOT_NULL(strstr(reason, settings.kept));
	CU_ASSERT_PTR_NOT_NULL(strstr(reason, other.kept));
	CU_ASSERT_EQUAL(mkdir(other.kept, 0700), 0);
	CU_ASSERT_EQUAL(region_test_push(&other, 1, 900, &generation, reason), REGION_REFUSED);
	other.kept = region_test_path("region/../kept");
	CU_ASSERT_EQUAL(region_test_push(&other, 1, 900, &generation, reason), REGION_TAKEN);
	/* Made anew meanwhile: the next start finds it all the same. */
	CU_ASSERT_EQUAL(rename(settings.kept, region_test_path("old")), 0);
	CU_ASSERT_EQUAL(region_test_push(&settings, 2, 900, &generation, reason), REGION_TAKEN);
	region_test_stop(&gateway);
	CU_ASSERT_EQUAL(region_test_push(&other, 3, 900, &generation, reason), REGION_NOT_RUNNING);
	region_test_reboot();
	region_test_expect_gateway(&settings, 3, 3, 900);
}

int main(void)
{
	int status;

	region_test_begin(&settings);
	status = TESTS_RUN(
	    "the disk", TEST(a_full_disk_refuses_the_push), TEST(a_folder_that_cannot_be_made_refuses_the_push),
	    TEST(a_folder_on_disk_that_others_may_read_refuses_the_push), TEST(a_name_that_is_taken_refuses_the_push),
	    TEST(a_process_without_descriptors_is_told_so), TEST(a_temporary_file_of_a_killed_push_is_no_hindrance),
	    TEST(what_would_be_kept_where_the_gateway_does_not_look_is_refused));
	region_test_end();
	return status;
}
