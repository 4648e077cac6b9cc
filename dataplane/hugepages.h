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

/* Whether `megabytes` of free hugepages are there, on a mounted hugetlbfs; *fault says what to do if not. */
bool hugepages_check(uint32_t megabytes, struct fault *fault);

#endif
