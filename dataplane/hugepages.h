/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef DATAPLANE_HUGEPAGES_H
#define DATAPLANE_HUGEPAGES_H

/* Hugepages: whether there are enough, and the files of them that a process leaves behind. */

#include <stdbool.h>
#include <stdint.h>

#include "fault.h"

/* Removes the files of hugepages that a process with this file prefix made and that no process maps under a lock any
 * more. Returns how many. */
unsigned hugepages_remove(const char *file_prefix);

/* What hugepages a machine has. */
struct hugepages_supply {
	uint64_t total_kilobytes; /* of any page size, used ones too */
	uint64_t free_kilobytes;  /* of page sizes that are mounted where this user may write */
	unsigned mounts;	  /* of hugetlbfs, where this user may write */
};

/* Whether that is enough for `megabytes`; *fault says what to do if not. */
bool hugepages_judge(const struct hugepages_supply *supply, uint32_t megabytes, struct fault *fault);

/* The same for this machine as it is now. */
bool hugepages_check(uint32_t megabytes, struct fault *fault);

#endif
