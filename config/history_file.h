/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CONFIG_HISTORY_FILE_H
#define CONFIG_HISTORY_FILE_H

/* What the region alone does to the images kept on disk (config/history.h), one process at a time. */

#include <stdbool.h>
#include <stdint.h>

#include <config/image.h>
#include <config/region.h>

/* The highest generation that a file of the folder has, whatever is in it; 0 if there is none. False with a reason. */
bool history_newest(const char *folder, uint64_t *generation, char reason[REGION_REASON_SIZE]);

/*
 * Keeps an image as that generation, making the folder if it is missing. On return it is on disk, whole; or false with
 * a reason, and nothing of it is. A process that is killed meanwhile has kept it whole or not at all.
 */
bool history_keep(const char *folder, const struct image_header *image, uint64_t size, uint64_t generation,
		  char reason[REGION_REASON_SIZE]);

/* Removes an image. */
bool history_remove(const char *folder, uint64_t generation, char reason[REGION_REASON_SIZE]);

/* Removes the images of generations above `low`, up to `high`; what cannot be removed is left for the next time. */
void history_remove_between(const char *folder, uint64_t low, uint64_t high);

/* Removes the oldest images above HISTORY_LENGTH; what cannot be removed is left for the next time. */
void history_prune(const char *folder);

#endif
