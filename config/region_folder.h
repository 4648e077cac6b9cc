/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CONFIG_REGION_FOLDER_H
#define CONFIG_REGION_FOLDER_H

/* The folder of a region: where it lies, and the lock that makes writers of its file `policy` one at a time. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <config/region.h>

struct region_folder {
	char *path;
	int descriptor;
	uint64_t page_size;
	bool hugepages;
};

/* Opens the folder, made if it is missing and `make` says so; false with a reason if it is not fit for a region. */
bool region_folder_open(struct region_folder *folder, const char *path, bool make, bool allow_tmpfs,
			char reason[REGION_REASON_SIZE]);
void region_folder_close(struct region_folder *folder);

/* Takes the lock of the writers; false with a reason if another has it for `patience` milliseconds more. It ends with
 * the process. */
bool region_folder_lock(const struct region_folder *folder, uint32_t patience, char reason[REGION_REASON_SIZE]);
void region_folder_unlock(const struct region_folder *folder);

/*
 * Gives an open file of the folder at least `size` octets that are really there: who maps them never meets a lack of
 * memory. False with a reason.
 */
bool region_folder_extend(const struct region_folder *folder, int file, const char *name, uint64_t size,
			  char reason[REGION_REASON_SIZE]);

/* Maps `size` octets of a file, left out of core dumps; NULL with a reason. */
void *region_folder_map(const struct region_folder *folder, int file, const char *name, uint64_t size, bool writable,
			char reason[REGION_REASON_SIZE]);

/* `size` rounded up to whole pages of the folder. */
uint64_t region_folder_pages(const struct region_folder *folder, uint64_t size);

/* Milliseconds of a clock that is never set. */
uint64_t region_clock(void);

#endif
