/* SPDX-License-Identifier: BSD-3-Clause */
#include <err.h>
#include <stdio.h>

#include "policy_image.h"
#include "region_access.h"

static enum command_status measure(const struct command_request *request, const struct policy_image *image)
{
	const char *path = request->arguments[0];
	struct region_status status;
	struct region *region;

	if (!region_access_exists(request)) {
		printf("%s: good, not published: the image has %zu octets, and there is no region in %s yet\n", path,
		       image->size, request->region);
		return COMMAND_DONE;
	}
	region = region_access_read(request);
	if (region == NULL)
		return COMMAND_REFUSED;
	region_read_status(region, &status);
	region_close(region);
	if (image->size > status.slot_size) {
		warnx("%s: refused: the image has %zu octets, and a slot of the region holds %llu", path, image->size,
		      (unsigned long long)status.slot_size);
		return COMMAND_REFUSED;
	}
	printf("%s: good, not published: the image has %zu of the %llu octets of a slot\n", path, image->size,
	       (unsigned long long)status.slot_size);
	return COMMAND_DONE;
}

enum command_status command_apply(const struct command_request *request)
{
	const char *path = request->arguments[0];
	enum command_status status;
	struct policy_image image;

	if (!policy_image_compile(path, &image, NULL))
		return COMMAND_REFUSED;
	status = request->dry_run ? measure(request, &image) : region_access_push(request, &image, path);
	policy_image_free(&image);
	return status;
}
