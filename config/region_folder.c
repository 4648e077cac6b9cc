/* SPDX-License-Identifier: BSD-3-Clause */
#include "region_folder.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <time.h>
#include <unistd.h>

#include "private_file.h"
#include "reason.h"
#include "region_store.h"

#define LOCK_INTERVAL 2000000 /* nanoseconds between two attempts: flock(2) knows no time-out */

uint64_t region_clock(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

static bool judge_file_system(struct region_folder *folder, bool allow_tmpfs, char reason[REGION_REASON_SIZE])
{
	struct statfs state;

	if (fstatfs(folder->descriptor, &state) != 0)
		return reason_set(reason, "the file system of %s cannot be examined: %s", folder->path,
				  strerror(errno));
	folder->page_size = (uint64_t)state.f_bsize;
	folder->hugepages = state.f_type == HUGETLBFS_MAGIC;
	if (folder->hugepages || (state.f_type == TMPFS_MAGIC && allow_tmpfs))
		return true;
	if (state.f_type == TMPFS_MAGIC)
		return reason_set(reason,
				  "folder %s is on tmpfs, not on hugetlbfs: name a folder on hugetlbfs (\"mount -t "
				  "hugetlbfs nodev /dev/hugepages\"), or allow tmpfs "
				  "(sluicectl --tmpfs; for sluiced \"tmpfs\": true under \"region\")",
				  folder->path);
	return reason_set(reason, "folder %s is neither on hugetlbfs nor on tmpfs: name one that is", folder->path);
}

bool region_folder_open(struct region_folder *folder, const char *path, bool make, bool allow_tmpfs,
			char reason[REGION_REASON_SIZE])
{
	folder->path = strdup(path);
	folder->descriptor = -1;
	if (folder->path == NULL)
		return reason_set(reason, "out of memory");
	folder->descriptor = private_folder_open(path, make, reason);
	if (folder->descriptor >= 0 && judge_file_system(folder, allow_tmpfs, reason))
		return true;
	region_folder_close(folder);
	return false;
}

void region_folder_close(struct region_folder *folder)
{
	if (folder->descriptor >= 0)
		close(folder->descriptor);
	free(folder->path);
	folder->descriptor = -1;
	folder->path = NULL;
}

/*
 * The folder itself is locked, not `policy`, which may be made anew. flock, not a record lock: that needs a descriptor
 * open for writing, which a folder has not.
 */
bool region_folder_lock(const struct region_folder *folder, uint32_t patience, char reason[REGION_REASON_SIZE])
{
	const struct timespec interval = {.tv_nsec = LOCK_INTERVAL};
	uint64_t deadline = region_clock() + patience;

	while (flock(folder->descriptor, LOCK_EX | LOCK_NB) != 0) {
		if (errno != EWOULDBLOCK && errno != EINTR)
			return reason_set(reason, "folder %s cannot be locked: %s", folder->path, strerror(errno));
		if (region_clock() >= deadline)
			return reason_set(reason,
					  "another push holds the lock on %s, and did not end within %u ms: try again "
					  "when it has ended",
					  folder->path, patience);
		nanosleep(&interval, NULL);
	}
	return true;
}

void region_folder_unlock(const struct region_folder *folder)
{
	flock(folder->descriptor, LOCK_UN);
}

uint64_t region_folder_pages(const struct region_folder *folder, uint64_t size)
{
	return (size + folder->page_size - 1) / folder->page_size * folder->page_size;
}

bool region_folder_extend(const struct region_folder *folder, int file, const char *name, uint64_t size,
			  char reason[REGION_REASON_SIZE])
{
	struct stat before;
	int status;

	if (size > INT64_MAX)
		return reason_set(reason, "%s/%s of %llu octets is larger than any file", folder->path, name,
				  (unsigned long long)size);
	if (fstat(file, &before) != 0)
		return reason_set(reason, "%s/%s cannot be examined: %s", folder->path, name, strerror(errno));
	region_step();
	if ((uint64_t)before.st_size < size && ftruncate(file, (off_t)size) != 0)
		return reason_set(reason, "%s/%s cannot be given %llu octets: %s", folder->path, name,
				  (unsigned long long)size, strerror(errno));
	/* Without this a page that is missing would be met by a store, and end the process (SIGBUS). */
	region_step();
	do
		status = fallocate(file, 0, 0, (off_t)size);
	while (status != 0 && errno == EINTR);
	if (status == 0)
		return true;
	return reason_set(reason, "%s/%s needs %llu pages of %llu kB, which are not free (%s): %s", folder->path, name,
			  (unsigned long long)(size / folder->page_size),
			  (unsigned long long)(folder->page_size / 1024), strerror(errno),
			  folder->hugepages ? "reserve more hugepages, or make the slots smaller"
					    : "make room on this tmpfs, or the slots smaller");
}

void *region_folder_map(const struct region_folder *folder, int file, const char *name, uint64_t size, bool writable,
			char reason[REGION_REASON_SIZE])
{
	void *map = mmap(NULL, size, writable ? PROT_READ | PROT_WRITE : PROT_READ, MAP_SHARED, file, 0);

	if (map == MAP_FAILED) {
		reason_set(reason, "%s/%s cannot be mapped: %s", folder->path, name, strerror(errno));
		return NULL;
	}
	if (madvise(map, size, MADV_DONTDUMP) != 0) {
		reason_set(reason, "%s/%s cannot be left out of core dumps: %s", folder->path, name, strerror(errno));
		munmap(map, size);
		return NULL;
	}
	return map;
}
