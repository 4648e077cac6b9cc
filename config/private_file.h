/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CONFIG_PRIVATE_FILE_H
#define CONFIG_PRIVATE_FILE_H

/* Folders and files that hold keys: they must belong to the process's user, and nobody else may read or write them. */

#include <stdbool.h>

#include <config/region.h>

/*
 * Opens a folder, after making it (0700) if it is missing and `make` says so. Returns a descriptor, or -1 with a reason
 * and errno, which is ENOENT only if it is missing.
 */
int private_folder_open(const char *path, bool make, char reason[REGION_REASON_SIZE]);

/*
 * Opens a regular file of such a folder (0600 if `flags` of open(2) make it), never following a link or waiting.
 * `path` stands for the folder in reasons. Returns a descriptor, or -1 with a reason and errno, as above.
 */
int private_file_open(int folder, const char *path, const char *name, int flags, char reason[REGION_REASON_SIZE]);

#endif
