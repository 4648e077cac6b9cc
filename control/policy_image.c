/* SPDX-License-Identifier: BSD-3-Clause */
#include "policy_image.h"

#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <config/history.h>
#include <config/policy.h>
#include <config/secret.h>

#include "region_access.h"

static struct policy_counts count(const struct policy *policy)
{
	struct policy_counts counts = {
	    .services = policy->service_count,
	    .filters = policy->filter_count,
	    .categories = policy->category_count,
	};

	for (unsigned i = 0; i < policy->filter_count; i++) {
		const struct policy_filter *filter = &policy->filters[i];

		counts.rows += filter->row_count;
		for (unsigned row = 0; row < filter->row_count; row++) {
			counts.names += filter->rows[row].names.count;
			counts.regexes += filter->rows[row].regex_count;
		}
	}
	for (unsigned i = 0; i < policy->category_count; i++)
		counts.names += policy->categories[i].names.count;
	return counts;
}

/* Whoever takes an image checks it; to find here that it would not be taken costs a few milliseconds. */
static bool check(struct policy_image *image, const char *what)
{
	char reason[IMAGE_REASON_SIZE];

	if (image_check(image->header, image->size, reason))
		return true;
	warnx("%s cannot be used: %s", what, reason);
	policy_image_free(image);
	return false;
}

/* As the loader would: image_build knows of no file. */
static void name_file(struct config_error *error, const char *path)
{
	size_t length = strlen(path), room = sizeof(error->file) - 1;

	snprintf(error->file, sizeof(error->file), "%s", length > room ? path + length - room : path);
}

bool policy_image_compile(const char *path, struct policy_image *image, struct policy_counts *counts)
{
	struct config_error error;
	struct policy policy;

	if (!policy_load(path, &policy, &error)) {
		config_error_print(&error, stderr);
		return false;
	}
	if (counts != NULL)
		*counts = count(&policy);
	image->compiled = true;
	image->header = image_build(&policy, &image->size, &error);
	policy_free(&policy);
	if (image->header != NULL)
		return check(image, path);
	name_file(&error, path);
	config_error_print(&error, stderr);
	return false;
}

bool policy_image_published(const struct command_request *request, struct policy_image *image)
{
	struct region *region = region_access_read(request);
	char reason[REGION_REASON_SIZE];

	if (region == NULL)
		return false;
	image->compiled = false;
	image->header = region_copy(region, &image->size, reason);
	region_close(region);
	if (image->header != NULL)
		return check(image, "the published image");
	warnx("%s", reason);
	return false;
}

bool policy_image_kept(const struct command_request *request, uint64_t generation, struct policy_image *image)
{
	char reason[REGION_REASON_SIZE], what[64];

	image->compiled = false;
	image->header = history_load(request->state, generation, &image->size, reason);
	snprintf(what, sizeof(what), "generation %llu", (unsigned long long)generation);
	if (image->header != NULL)
		return check(image, what);
	warnx("%s", reason);
	return false;
}

void policy_image_free(struct policy_image *image)
{
	if (image->compiled && image->header != NULL) {
		explicit_bzero(image->header, image->size);
		free(image->header);
	} else {
		secret_free(image->header, image->size);
	}
	image->header = NULL;
}
