/* SPDX-License-Identifier: BSD-3-Clause */
/* What holds keys belongs to one user, is read-only for those who only read, and is in no core dump or freed slot. */
#include <fcntl.h>
#include <linux/magic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "region_support.h"

static struct region_settings settings;
static char reason[REGION_REASON_SIZE];
static uint64_t generation;

static void begin(void)
{
	region_test_forget_all();
	CU_ASSERT_EQUAL(region_test_push(&settings, 1, 900, &generation, reason), REGION_NOT_RUNNING);
	region_test_expect_gateway(&settings, 1, 1, 900);
}

/* Asserts that neither reader nor pusher nor gateway opens the region, for that reason. */
static void expect_refused(const char *words)
{
	struct region *(*const open_one[])(const struct region_settings *, char *) = {region_open_reader,
										      region_open_writer};

	for (unsigned i = 0; i < 2; i++) {
		CU_ASSERT_PTR_NULL(open_one[i](&settings, reason));
		CU_ASSERT_PTR_NOT_NULL(strstr(reason, words));
	}
	CU_ASSERT_PTR_NULL(region_open_gateway(&settings, 1, reason));
	if (strstr(reason, words) == NULL) {
		CU_FAIL("a reason is not as expected");
		printf("\n%s\n", reason);
	}
}

static void expect_mode(const char *name, mode_t mode)
{
	struct stat status;

	CU_ASSERT_EQUAL_FATAL(lstat(region_test_path(name), &status), 0);
	CU_ASSERT_EQUAL(status.st_mode & 07777, mode);
}

static void nobody_else_may_read_it_whatever_the_umask(void)
{
	mode_t before = umask(0);

	begin();
	umask(before);
	expect_mode("region", 0700);
	expect_mode("region/policy", 0600);
	expect_mode("region/state", 0600);
	expect_mode("kept", 0700);
	expect_mode("kept/1.image", 0600);
}

static void modes_that_let_others_in_are_refused(void)
{
	begin();
	for (mode_t bit = 01; bit <= 040; bit <<= 1) {
		chmod(region_test_path("region"), 0700 | bit);
		expect_refused("open to others");
		chmod(region_test_path("region"), 0700);
		chmod(region_test_path("region/policy"), 0600 | bit);
		expect_refused("policy belongs to user");
		chmod(region_test_path("region/policy"), 0600);
		chmod(region_test_path("region/state"), 0600 | bit);
		expect_refused("state belongs to user");
		chmod(region_test_path("region/state"), 0600);
	}
	region_test_expect_gateway(&settings, 1, 1, 900);
}

static void files_of_another_user_are_refused(void)
{
	begin();
	if (chown(region_test_path("region/policy"), 12345, (gid_t)-1) != 0)
		return; /* not root: nobody's files but one's own can be made */
	expect_refused("policy belongs to user 12345");
	CU_ASSERT_EQUAL(chown(region_test_path("region/policy"), geteuid(), (gid_t)-1), 0);
	CU_ASSERT_EQUAL(chown(region_test_path("region"), 12345, (gid_t)-1), 0);
	expect_refused("belongs to user 12345");
}

static void links_and_pipes_are_refused_without_waiting(void)
{
	static const char *const names[] = {"region/policy", "region/state"};

	for (unsigned i = 0; i < 2; i++) {
		const char *name = region_test_path(names[i]);

		begin();
		CU_ASSERT_EQUAL(link(name, region_test_path("second")), 0);
		expect_refused("no regular file of one name");
		CU_ASSERT_EQUAL(unlink(name), 0);
		CU_ASSERT_EQUAL(symlink(region_test_path("second"), name), 0);
		expect_refused("Too many levels of symbolic links");
		CU_ASSERT_EQUAL(unlink(name), 0);
		CU_ASSERT_EQUAL(mkfifo(name, 0600), 0);
		expect_refused("no regular file");
		unlink(region_test_path("second"));
	}
	begin();
	CU_ASSERT_EQUAL(rename(region_test_path("region"), region_test_path("other")), 0);
	CU_ASSERT_EQUAL(symlink(region_test_path("other"), region_test_path("region")), 0);
	expect_refused("cannot be opened");
	region_test_forget_all();
	CU_ASSERT_EQUAL(rename(region_test_path("other"), region_test_path("region")), 0);
}

static void other_file_systems_are_refused(void)
{
	const char *folder = settings.folder;
	char elsewhere[] = "/var/tmp/sluice_region_XXXXXX";
	struct statfs state;

	begin();
	settings.allow_tmpfs = false;
	expect_refused("on tmpfs, not on hugetlbfs");
	CU_ASSERT_PTR_NOT_NULL_FATAL(mkdtemp(elsewhere));
	settings.folder = elsewhere;
	expect_refused("hugetlbfs");
	settings.allow_tmpfs = true;
	CU_ASSERT_EQUAL(statfs(elsewhere, &state), 0);
	if (state.f_type != TMPFS_MAGIC)
		expect_refused("neither on hugetlbfs nor on tmpfs");
	settings.folder = folder;
	rmdir(elsewhere);
}

static void a_reader_makes_nothing(void)
{
	region_test_forget_all();
	CU_ASSERT_PTR_NULL(region_open_reader(&settings, reason));
	CU_ASSERT_PTR_NOT_NULL(strstr(reason, "No such file"));
	CU_ASSERT_EQUAL(access(region_test_path("region"), F_OK), -1);
}

/* Counts the maps of a file, and asserts that each is of that kind and in no core dump. */
static unsigned count_maps(const char *name, const char *mode)
{
	FILE *file = fopen("/proc/self/smaps", "r");
	unsigned found = 0;
	bool inside = false;
	char line[512];

	while (fgets(line, sizeof(line), file) != NULL) {
		if (strstr(line, "-") != NULL && strstr(line, "kB") == NULL && strncmp(line, "VmFlags", 7) != 0) {
			inside = strstr(line, name) != NULL;
			found += inside;
			if (inside)
				CU_ASSERT_PTR_NOT_NULL(strstr(line, mode));
		}
		if (inside && strncmp(line, "VmFlags", 7) == 0)
			CU_ASSERT_PTR_NOT_NULL(strstr(line, " dd"));
	}
	fclose(file);
	return found;
}

static void maps_are_read_only_for_readers_and_in_no_core_dump(void)
{
	struct region *region;

	begin();
	region = region_open_reader(&settings, reason);
	CU_ASSERT_EQUAL(count_maps("region/policy", " r--s "), 1);
	CU_ASSERT_EQUAL(count_maps("region/state", " r--s "), 1);
	region_close(region);
	region = region_open_writer(&settings, reason);
	CU_ASSERT_EQUAL(count_maps("region/policy", " rw-s "), 1);
	CU_ASSERT_EQUAL(count_maps("region/state", " r--s "), 1);
	region_close(region);
	region = region_open_gateway(&settings, 1, reason);
	CU_ASSERT_EQUAL(count_maps("region/policy", " r--s "), 1);
	CU_ASSERT_EQUAL(count_maps("region/state", " rw-s "), 1);
	region_close(region);
	/* Restored just now, for which it was mapped otherwise meanwhile. */
	region_test_reboot();
	region = region_open_gateway(&settings, 1, reason);
	CU_ASSERT_EQUAL(count_maps("region/policy", " r--s "), 1);
	region_close(region);
	CU_ASSERT_EQUAL(count_maps("region/policy", ""), 0);
	CU_ASSERT_EQUAL(count_maps("region/state", ""), 0);
}

/* Octets of the file `policy` behind its directory that are not zero. */
static size_t count_octets(void)
{
	FILE *file = fopen(region_test_path("region/policy"), "r");
	size_t count = 0;
	int octet;

	fseek(file, 4096, SEEK_SET);
	while ((octet = fgetc(file)) != EOF)
		count += octet != 0;
	fclose(file);
	return count;
}

static void a_slot_is_wiped_when_nobody_needs_it_any_more(void)
{
	struct region_test_gateway gateway;

	begin();
	CU_ASSERT_EQUAL(region_test_push(&settings, 2, 60000, &generation, reason), REGION_NOT_RUNNING);
	CU_ASSERT(count_octets() > 50000);
	CU_ASSERT_EQUAL(region_test_push(&settings, 3, 500, &generation, reason), REGION_NOT_RUNNING);
	CU_ASSERT(count_octets() <= 500);

	region_test_start(&gateway, &settings, 2, 13);
	CU_ASSERT_EQUAL(region_test_push(&settings, 4, 60000, &generation, reason), REGION_TAKEN);
	CU_ASSERT(count_octets() > 50000);
	CU_ASSERT_EQUAL(region_test_push(&settings, 5, 500, &generation, reason), REGION_TAKEN);
	CU_ASSERT(count_octets() <= 500);
	CU_ASSERT_EQUAL(region_test_push(&settings, 13, 60000, &generation, reason), REGION_REFUSED);
	CU_ASSERT(count_octets() <= 500);
	region_test_stop(&gateway);
}

/* One that could not be wiped then, as a worker was slow, is when it is reused. */
static void a_slot_is_wiped_when_it_is_reused(void)
{
	struct region *gateway;
	size_t size;

	region_test_forget_all();
	settings.patience = 20;
	gateway = region_open_gateway(&settings, 1, reason);
	CU_ASSERT_PTR_NOT_NULL_FATAL(gateway);
	CU_ASSERT_EQUAL(region_test_push(&settings, 1, 60000, &generation, reason), REGION_NOT_TAKEN);
	CU_ASSERT_PTR_NOT_NULL(region_newest(gateway, &size));
	region_taken(gateway, 0, 1);
	CU_ASSERT_EQUAL(region_test_push(&settings, 2, 500, &generation, reason), REGION_NOT_TAKEN);
	CU_ASSERT(count_octets() > 50000);
	CU_ASSERT_PTR_NOT_NULL(region_newest(gateway, &size));
	region_taken(gateway, 0, 2);
	CU_ASSERT_EQUAL(region_test_push(&settings, 3, 400, &generation, reason), REGION_NOT_TAKEN);
	CU_ASSERT(count_octets() <= 900);
	region_close(gateway);
	settings.patience = 0;
}

int main(void)
{
	int status;

	region_test_begin(&settings);
	status =
	    TESTS_RUN("private files", TEST(nobody_else_may_read_it_whatever_the_umask),
		      TEST(modes_that_let_others_in_are_refused), TEST(files_of_another_user_are_refused),
		      TEST(links_and_pipes_are_refused_without_waiting), TEST(other_file_systems_are_refused),
		      TEST(a_reader_makes_nothing), TEST(maps_are_read_only_for_readers_and_in_no_core_dump),
		      TEST(a_slot_is_wiped_when_nobody_needs_it_any_more), TEST(a_slot_is_wiped_when_it_is_reused));
	region_test_end();
	return status;
}
