/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CONTROL_REGION_ACCESS_H
#define CONTROL_REGION_ACCESS_H

/* The region that a request means. */

#include <stdbool.h>

#include <config/region.h>

#include "command.h"
#include "policy_image.h"

/* Whether the region has been made. */
bool region_access_exists(const struct command_request *request);

/* Opens it for reading, to be closed with region_close; NULL, said on standard error. */
struct region *region_access_read(const struct command_request *request);

/* Pushes an image and tells what came of it; `what` it is stands before that. */
enum command_status region_access_push(const struct command_request *request, const struct policy_image *image,
				       const char *what);

#endif
