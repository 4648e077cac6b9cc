/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CONFIG_HISTORY_H
#define CONFIG_HISTORY_H

/*
 * The policy images that are kept on disk: the one in force, for a region that is empty after a reboot, and those
 * before it, to go back to. A folder of the user's own (0700) with a file GENERATION.image (0600) for each; region_push
 * adds to it and removes the oldest.
 *
 * A push keeps its image before it publishes it. If it is killed in between, the newest image here is one that was
 * never published: it comes in force with the next restart that finds the region empty, or is removed by the next push.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <config/image.h>
#include <config/region.h>

#define HISTORY_LENGTH 8 /* the most images that are kept */

struct history_entry {
	uint64_t generation;
	uint64_t size;			/* octets */
	uint64_t made_at;		/* seconds since 1970: when it was compiled */
	uint64_t kept_at;		/* and when it was pushed */
	char fault[REGION_REASON_SIZE]; /* why it cannot be read, and then only its generation is known; or empty */
};

/*
 * Fills entries[0 .. *count - 1], the newest first; files that have the name of an image and are none, too. False with
 * a reason if the folder cannot be read; a folder that is missing is empty.
 */
bool history_list(const char *folder, struct history_entry entries[HISTORY_LENGTH], unsigned *count,
		  char reason[REGION_REASON_SIZE]);

/* Reads an image, checked by the caller with image_check, who gives it to secret_free with *size; NULL with a reason.
 */
struct image_header *history_load(const char *folder, uint64_t generation, size_t *size,
				  char reason[REGION_REASON_SIZE]);

#endif
