/* SPDX-License-Identifier: BSD-3-Clause */
#include "hugepages.h"

#include <dirent.h>
#include <fcntl.h>
#include <mntent.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/vfs.h>
#include <unistd.h>

#define PAGES_FOLDER "/sys/kernel/mm/hugepages"
#define MOUNTS "/proc/self/mounts"

/* Calls `visit` for each mounted hugetlbfs. */
static void for_each_mount(void (*visit)(const char *folder, void *context), void *context)
{
	FILE *mounts = setmntent(MOUNTS, "r");
	struct mntent *entry;

	if (mounts == NULL)
		return;
	while ((entry = getmntent(mounts)) != NULL)
		if (strcmp(entry->mnt_type, "hugetlbfs") == 0)
			visit(entry->mnt_dir, context);
	endmntent(mounts);
}

struct removal {
	char stem[128]; /* "sluicemap_": how the EAL names the files of the prefix "sluice" */
	unsigned count;
};

static void remove_in(const char *folder, void *context)
{
	struct removal *removal = context;
	DIR *listing = opendir(folder);
	struct dirent *entry;

	if (listing == NULL)
		return;
	while ((entry = readdir(listing)) != NULL) {
		int file;

		if (strncmp(entry->d_name, removal->stem, strlen(removal->stem)) != 0)
			continue;
		file = openat(dirfd(listing), entry->d_name, O_RDONLY | O_CLOEXEC);
		if (file < 0)
			continue;
		/* Whoever uses such a file holds a shared lock on it. */
		if (flock(file, LOCK_EX | LOCK_NB) == 0 && unlinkat(dirfd(listing), entry->d_name, 0) == 0)
			removal->count++;
		close(file);
	}
	closedir(listing);
}

unsigned hugepages_remove(const char *file_prefix)
{
	struct removal removal = {0};

	snprintf(removal.stem, sizeof(removal.stem), "%smap_", file_prefix);
	for_each_mount(remove_in, &removal);
	return removal.count;
}

static uint64_t read_number(const char *path)
{
	char text[32] = "";
	FILE *file = fopen(path, "re");

	if (file == NULL)
		return 0;
	if (fgets(text, sizeof(text), file) == NULL)
		text[0] = '\0';
	fclose(file);
	return strtoull(text, NULL, 10);
}

struct survey {
	struct hugepages_supply supply;
	uint64_t counted[8]; /* page sizes, in kilobytes, that are counted already */
	unsigned counted_count;
};

static void count_free(const char *folder, void *context)
{
	struct survey *survey = context;
	struct statfs state;
	char path[96];
	uint64_t size;
	unsigned i;

	if (statfs(folder, &state) != 0 || access(folder, W_OK | X_OK) != 0)
		return;
	survey->supply.mounts++;
	size = (uint64_t)state.f_bsize / 1024;
	for (i = 0; i < survey->counted_count; i++)
		if (survey->counted[i] == size)
			return;
	if (survey->counted_count == sizeof(survey->counted) / sizeof(survey->counted[0]))
		return;
	survey->counted[survey->counted_count++] = size;
	snprintf(path, sizeof(path), PAGES_FOLDER "/hugepages-%llukB/free_hugepages", (unsigned long long)size);
	survey->supply.free_kilobytes += read_number(path) * size;
}

static void count_total(struct hugepages_supply *supply)
{
	DIR *listing = opendir(PAGES_FOLDER);
	struct dirent *entry;
	char path[sizeof(PAGES_FOLDER) + 300];

	if (listing == NULL)
		return;
	while ((entry = readdir(listing)) != NULL) {
		uint64_t size;

		if (strncmp(entry->d_name, "hugepages-", 10) != 0)
			continue;
		size = strtoull(entry->d_name + 10, NULL, 10);
		snprintf(path, sizeof(path), PAGES_FOLDER "/%s/nr_hugepages", entry->d_name);
		supply->total_kilobytes += read_number(path) * size;
	}
	closedir(listing);
}

bool hugepages_judge(const struct hugepages_supply *supply, uint32_t megabytes, struct fault *fault)
{
	uint64_t pages = ((uint64_t)megabytes + 1) / 2;

	if (supply->total_kilobytes == 0)
		return fault_set(fault,
				 "no hugepages are reserved, and memory.megabytes asks for %u MB: \"echo %llu > "
				 "/proc/sys/vm/nr_hugepages\" reserves them, or set memory.hugepages to false",
				 megabytes, (unsigned long long)pages);
	if (supply->mounts == 0)
		return fault_set(fault,
				 "no hugetlbfs is mounted where this user may write: \"mkdir -p /dev/hugepages && "
				 "mount -t hugetlbfs nodev /dev/hugepages\", or set memory.hugepages to false");
	if (supply->free_kilobytes / 1024 < megabytes)
		return fault_set(
		    fault,
		    "memory.megabytes asks for %u MB of hugepages, and %llu of %llu MB are free: reserve more "
		    "(\"echo %llu > /proc/sys/vm/nr_hugepages\" if pages have 2 MB), end who holds them (a "
		    "region, region.folder, does as long as its files are there), ask for less, or set "
		    "memory.hugepages to false",
		    megabytes, (unsigned long long)(supply->free_kilobytes / 1024),
		    (unsigned long long)(supply->total_kilobytes / 1024),
		    (unsigned long long)((supply->total_kilobytes - supply->free_kilobytes) / 2048 + pages));
	return true;
}

bool hugepages_check(uint32_t megabytes, struct fault *fault)
{
	struct survey survey = {0};

	count_total(&survey.supply);
	for_each_mount(count_free, &survey);
	return hugepages_judge(&survey.supply, megabytes, fault);
}
