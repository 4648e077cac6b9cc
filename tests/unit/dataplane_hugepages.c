/* SPDX-License-Identifier: BSD-3-Clause */
/* Hugepages: what is said when there are none or too few, and that only dead processes' files are removed. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include <mntent.h>

#include "hugepages.h"
#include "support.h"

static char folder[] = "/tmp/sluice-hugepages-XXXXXX";

FILE *__wrap_setmntent(const char *path, const char *mode);

/* The only hugetlbfs that there is, and a mount of another kind, are the test's folder. */
FILE *__wrap_setmntent(const char *path, const char *mode)
{
	static char mounts[200];

	snprintf(mounts, sizeof(mounts), "none %s/other tmpfs rw 0 0\nnodev %s hugetlbfs rw 0 0\n", folder, folder);
	return fmemopen(mounts, strlen(mounts), mode);
}

static const char *judged(uint64_t total_megabytes, uint64_t free_megabytes, unsigned mounts, uint32_t wanted)
{
	struct hugepages_supply supply = {
	    .total_kilobytes = total_megabytes * 1024, .free_kilobytes = free_megabytes * 1024, .mounts = mounts};
	static struct fault fault;

	fault.text[0] = '\0';
	CU_ASSERT_EQUAL(hugepages_judge(&supply, wanted, &fault), fault.text[0] == '\0');
	return fault.text;
}

static void none_at_all_is_told_with_the_command_that_reserves_them(void)
{
	const char *text = judged(0, 0, 0, 256);

	CU_ASSERT_PTR_NOT_NULL(strstr(text, "no hugepages are reserved"));
	CU_ASSERT_PTR_NOT_NULL(strstr(text, "asks for 256 MB"));
	CU_ASSERT_PTR_NOT_NULL(strstr(text, "echo 128 > /proc/sys/vm/nr_hugepages"));
	CU_ASSERT_PTR_NOT_NULL(strstr(judged(0, 0, 1, 255), "echo 128 >"));
	CU_ASSERT_PTR_NOT_NULL(strstr(judged(0, 0, 1, UINT32_MAX), "echo 2147483648 >"));
}

static void a_missing_mount_is_told_with_the_command_that_mounts(void)
{
	CU_ASSERT_PTR_NOT_NULL(strstr(judged(2048, 0, 0, 256), "mount -t hugetlbfs nodev /dev/hugepages"));
}

static void too_few_are_told_with_how_many_would_do(void)
{
	const char *text = judged(1000, 100, 1, 256);

	CU_ASSERT_PTR_NOT_NULL(strstr(text, "asks for 256 MB of hugepages, and 100 of 1000 MB are free"));
	CU_ASSERT_PTR_NOT_NULL(strstr(text, "echo 578 >"));    /* 450 in use, and 128 */
	CU_ASSERT_PTR_NOT_NULL(strstr(text, "region.folder")); /* which no process need hold */
}

static void enough_is_enough(void)
{
	CU_ASSERT_STRING_EQUAL(judged(256, 256, 1, 256), "");
	CU_ASSERT_STRING_EQUAL(judged(4096, 1024, 3, 256), "");
	CU_ASSERT_STRING_NOT_EQUAL(judged(256, 255, 1, 256), "");
}

static int make(const char *name)
{
	char path[300];
	int file;

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	file = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	CU_ASSERT_TRUE_FATAL(file >= 0);
	return file;
}

/* Removes a file of the folder; false if it is not there. */
static bool gone(const char *name)
{
	char path[300];

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	return unlink(path) != 0;
}

static void files_of_the_dead_are_removed_and_no_others(void)
{
	int held = make("sluicemap_1");

	CU_ASSERT_EQUAL(flock(held, LOCK_SH), 0);
	close(make("sluicemap_0"));
	close(make("sluicemap_2"));
	close(make("sluice2map_0"));
	close(make("xsluicemap_0"));
	close(make("sluice"));
	CU_ASSERT_EQUAL(hugepages_remove("sluice"), 2);
	CU_ASSERT_TRUE(gone("sluicemap_0"));
	CU_ASSERT_TRUE(gone("sluicemap_2"));
	CU_ASSERT_FALSE(gone("sluicemap_1"));
	CU_ASSERT_FALSE(gone("sluice2map_0"));
	CU_ASSERT_FALSE(gone("xsluicemap_0"));
	CU_ASSERT_FALSE(gone("sluice"));
	CU_ASSERT_EQUAL(hugepages_remove("sluice"), 0);
	close(held);
}

int main(void)
{
	int status;

	if (mkdtemp(folder) == NULL)
		return EXIT_FAILURE;
	status = TESTS_RUN("hugepages", TEST(none_at_all_is_told_with_the_command_that_reserves_them),
			   TEST(a_missing_mount_is_told_with_the_command_that_mounts),
			   TEST(too_few_are_told_with_how_many_would_do), TEST(enough_is_enough),
			   TEST(files_of_the_dead_are_removed_and_no_others));
	rmdir(folder);
	return status;
}
