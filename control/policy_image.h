/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CONTROL_POLICY_IMAGE_H
#define CONTROL_POLICY_IMAGE_H

/* A policy image in memory of this process, whole and checked, wherever it came from. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <config/image.h>

#include "command.h"

struct policy_image {
	struct image_header *header;
	size_t size;   /* octets */
	bool compiled; /* here, so that it lies in the heap; else in memory for secrets */
};

/* What the file holds of which it was compiled. */
struct policy_counts {
	uint64_t services;
	uint64_t filters; /* with groups */
	uint64_t rows;
	uint64_t names; /* and patterns, of rows and categories */
	uint64_t regexes;
	uint64_t categories;
};

/* Each fills *image, to be given to policy_image_free; or says on standard error why not, and returns false. */

/* Reads and compiles a policy.json. `counts` may be NULL. */
bool policy_image_compile(const char *path, struct policy_image *image, struct policy_counts *counts);

/* Copies what the region publishes. */
bool policy_image_published(const struct command_request *request, struct policy_image *image);

/* Reads what is kept on disk. */
bool policy_image_kept(const struct command_request *request, uint64_t generation, struct policy_image *image);

/* Wipes it. */
void policy_image_free(struct policy_image *image);

#endif
