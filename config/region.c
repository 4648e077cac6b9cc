/* SPDX-License-Identifier: BSD-3-Clause */
#include <config/region.h>

#include <stdlib.h>
#include <string.h>

#include <config/secret.h>

#include "reason.h"
#include "region_store.h"
#include "region_view.h"

#define COPY_ATTEMPTS 10 /* each fails only if two pushes ended during it */

struct region *region_view_open(const struct region_settings *settings, bool make, char reason[REGION_REASON_SIZE])
{
	struct region *region = calloc(1, sizeof(*region));

	if (region == NULL) {
		reason_set(reason, "out of memory");
		return NULL;
	}
	region->slots.file = -1;
	region->state.file = -1;
	region->slot_size = settings->slot_size;
	region->patience = settings->patience != 0 ? settings->patience : REGION_PATIENCE;
	region->kept = strdup(settings->kept);
	if (region->kept == NULL) {
		reason_set(reason, "out of memory");
		free(region);
		return NULL;
	}
	if (region_folder_open(&region->folder, settings->folder, make, settings->allow_tmpfs, reason))
		return region;
	region_close(region);
	return NULL;
}

void region_close(struct region *region)
{
	if (region == NULL)
		return;
	region_slots_close(&region->slots);
	region_state_close(&region->state);
	region_folder_close(&region->folder);
	free(region->kept);
	free(region);
}

bool region_view_slots(struct region *region, bool alone, char reason[REGION_REASON_SIZE])
{
	enum region_slots_found found = region_slots_open(&region->folder, true, &region->slots, reason);

	if (found == REGION_SLOTS_GOOD)
		return true;
	if (found == REGION_SLOTS_REFUSED)
		return false;
	if (found == REGION_SLOTS_OTHER && !region->state.gateway) {
		reason_add(reason, REGION_ONE_RELEASE);
		return false;
	}
	if (!alone)
		return reason_set(reason, "%s/policy is missing or damaged while sluiced uses it: restart sluiced",
				  region->folder.path);
	return region_slots_make(&region->folder, region->slot_size, reason) &&
	       region_slots_open(&region->folder, true, &region->slots, reason) == REGION_SLOTS_GOOD;
}

bool region_view_running(const struct region *region)
{
	return region_state_running(&region->state) || region_slots_held(&region->slots);
}

/* Looks at the files that are there now. Whoever has mapped `policy` for longer may hold one that was replaced: it is
 * mapped again as it was, as a pusher stores to it later. */
static bool refresh(struct region *region, char reason[REGION_REASON_SIZE])
{
	if (region->state.gateway)
		return true;
	if (!region_slots_current(&region->folder, &region->slots)) {
		region_slots_close(&region->slots);
		if (region_slots_open(&region->folder, region->slots.writable, &region->slots, reason) !=
		    REGION_SLOTS_GOOD)
			return false;
	}
	return region_state_refresh(&region->folder, &region->state, reason);
}

struct region *region_open_reader(const struct region_settings *settings, char reason[REGION_REASON_SIZE])
{
	struct region *region = region_view_open(settings, false, reason);

	if (region == NULL || refresh(region, reason))
		return region;
	region_close(region);
	return NULL;
}

void region_read_status(struct region *region, struct region_status *status)
{
	char ignored[REGION_REASON_SIZE];
	struct region_publication published;
	uint64_t size;

	memset(status, 0, sizeof(*status));
	status->hugepages = region->folder.hugepages;
	if (refresh(region, ignored)) {
		published = region_slots_published(&region->slots);
		if (region_slots_whole(&region->slots, published.slot, published.generation, &size))
			status->published = published.generation;
		status->slot_size = region->slots.slot_size;
	}
	status->running = region_view_running(region);
	region_state_read(&region->state, status);
}

uint64_t region_read_hits(struct region *region, uint32_t counter)
{
	char ignored[REGION_REASON_SIZE];

	if (!refresh(region, ignored))
		return 0;
	return region_state_sum(&region->state, counter, region_slots_published(&region->slots).generation);
}

/* A copy of what is published at this moment; NULL if it is not whole, or was overwritten meanwhile: *again. */
static struct image_header *copy_published(const struct region_slots *slots, size_t *size, bool *again,
					   char reason[REGION_REASON_SIZE])
{
	struct region_publication published = region_slots_published(slots);
	struct image_header *copy;
	uint64_t octets, after;

	*again = false;
	if (published.generation == 0) {
		reason_set(reason, "no policy is published");
		return NULL;
	}
	*again = true;
	if (!region_slots_whole(slots, published.slot, published.generation, &octets)) {
		reason_set(reason, "the region's directory tells of no whole image of generation %llu",
			   (unsigned long long)published.generation);
		return NULL;
	}
	copy = secret_allocate(octets);
	if (copy == NULL) {
		*again = false;
		reason_set(reason, "no memory for an image of %llu octets", (unsigned long long)octets);
		return NULL;
	}
	memcpy(copy, region_slots_image(slots, published.slot), octets);
	region_fence();
	/* Who overwrites a slot says first that it holds nothing. */
	if (region_slots_whole(slots, published.slot, published.generation, &after) && after == octets &&
	    copy->size == octets) {
		*size = octets;
		return copy;
	}
	secret_free(copy, octets);
	reason_set(reason, "the region changes faster than it can be read");
	return NULL;
}

struct image_header *region_copy(struct region *region, size_t *size, char reason[REGION_REASON_SIZE])
{
	struct image_header *copy = NULL;
	bool again = true;

	if (!refresh(region, reason))
		return NULL;
	for (unsigned attempt = 0; copy == NULL && again && attempt < COPY_ATTEMPTS; attempt++)
		copy = copy_published(&region->slots, size, &again, reason);
	return copy;
}
