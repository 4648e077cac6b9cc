/* SPDX-License-Identifier: BSD-3-Clause */
#include "region_access.h"

#include <err.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

/* What is in the region decides: it goes on with its slots, however large they are, and with sluiced's counters. The
 * size that is asked for counts where the region is made here, before the first sluiced. */
static struct region_settings settings_of(const struct command_request *request)
{
	return (struct region_settings){
	    .folder = request->region,
	    .kept = request->state,
	    .slot_size = request->slot_size,
	    .allow_tmpfs = request->tmpfs,
	};
}

bool region_access_exists(const struct command_request *request)
{
	struct stat status;
	bool exists = true;
	char *path;

	if (asprintf(&path, "%s/policy", request->region) < 0)
		return exists; /* and opening it tells what is wrong */
	if (stat(path, &status) != 0)
		exists = errno != ENOENT;
	free(path);
	return exists;
}

struct region *region_access_read(const struct command_request *request)
{
	struct region_settings settings = settings_of(request);
	char reason[REGION_REASON_SIZE];
	struct region *region;

	if (!region_access_exists(request)) {
		warnx("there is no region in %s: \"sluicectl apply\" makes it, or --region names another",
		      request->region);
		return NULL;
	}
	region = region_open_reader(&settings, reason);
	if (region == NULL)
		warnx("%s", reason);
	return region;
}

static void warn_of_slots(const struct command_request *request, struct region *region)
{
	struct region_status status;

	region_read_status(region, &status);
	if (request->slot_size_given && status.slot_size < request->slot_size)
		warnx("the slots of %s have %llu octets already: --slot-megabytes counts where the region is made",
		      request->region, (unsigned long long)status.slot_size);
}

static enum command_status tell(const struct command_request *request, enum region_outcome outcome, const char *what,
				uint64_t generation, const char *reason)
{
	switch (outcome) {
	case REGION_TAKEN:
		printf("%s: generation %llu is in force, sluiced has taken it\n", what, (unsigned long long)generation);
		return COMMAND_DONE;
	case REGION_NOT_RUNNING:
		printf("%s: generation %llu is published, not running: sluiced takes it when it starts with the region "
		       "%s\n",
		       what, (unsigned long long)generation, request->region);
		return COMMAND_DONE;
	case REGION_NOT_TAKEN:
		warnx("%s: %s", what, reason);
		return COMMAND_NOT_TAKEN;
	default:
		warnx("%s: refused: %s", what, reason);
		return COMMAND_REFUSED;
	}
}

enum command_status region_access_push(const struct command_request *request, const struct policy_image *image,
				       const char *what)
{
	struct region_settings settings = settings_of(request);
	char reason[REGION_REASON_SIZE];
	struct region *region = region_open_writer(&settings, reason);
	enum region_outcome outcome;
	uint64_t generation = 0;

	if (region == NULL)
		return tell(request, REGION_REFUSED, what, 0, reason);
	warn_of_slots(request, region);
	outcome = region_push(region, image->header, image->size, request->reevaluate, &generation, reason);
	region_close(region);
	return tell(request, outcome, what, generation, reason);
}
