/* SPDX-License-Identifier: BSD-3-Clause */
#include <config/region.h>

#include <sys/stat.h>
#include <unistd.h>

#include <config/history.h>
#include <config/secret.h>

#include "private_file.h"
#include "reason.h"
#include "region_store.h"
#include "region_view.h"

/* What is damaged gives way to what is kept of it, or to what was before it. What the gateway cannot do does not: who
 * put it in force wants it, and a mistake in the gateway's own configuration must not bring an older policy back. */
enum found {
	FOUND_NONE,
	FOUND_DAMAGED,
	FOUND_UNFIT,
	FOUND_GOOD,
};

static enum found judge(const struct region_settings *settings, const struct image_header *image, uint64_t size,
			uint64_t slot_size, char reason[REGION_REASON_SIZE])
{
	if (settings->check != NULL && !settings->check(settings->context, image, size, reason))
		return FOUND_DAMAGED;
	if (size > slot_size) {
		reason_set(reason, "it has %llu octets, and a slot of the region holds %llu", (unsigned long long)size,
			   (unsigned long long)slot_size);
		return FOUND_UNFIT;
	}
	if (settings->fits != NULL && !settings->fits(settings->context, image, size, reason))
		return FOUND_UNFIT;
	return FOUND_GOOD;
}

static bool refuse(uint64_t generation, const char *why, char reason[REGION_REASON_SIZE])
{
	return reason_set(reason,
			  "generation %llu, the policy in force, is nothing that this gateway can do: %.160s. Mend "
			  "gateway.json, or push another policy (sluicectl apply, sluicectl rollback)",
			  (unsigned long long)generation, why);
}

/* What is published, with its generation. If it is damaged, *note says how; if it is unfit, *why. */
static enum found find_published(const struct region *region, const struct region_settings *settings,
				 uint64_t *generation, char note[REGION_REASON_SIZE], char why[REGION_REASON_SIZE])
{
	struct region_publication published = region_slots_published(&region->slots);
	enum found found = FOUND_DAMAGED;
	uint64_t size;

	*generation = published.generation;
	if (published.generation == 0)
		return FOUND_NONE;
	reason_set(why, "the region's directory tells of no whole image");
	if (region_slots_whole(&region->slots, published.slot, published.generation, &size))
		found = judge(settings, region_slots_image(&region->slots, published.slot), size,
			      region->slots.slot_size, why);
	if (found == FOUND_DAMAGED)
		reason_set(note, "published generation %llu is not valid: %.120s", (unsigned long long)*generation,
			   why);
	return found;
}

/* An image kept on disk. FOUND_GOOD: *image is the caller's, else why it is not. */
static enum found load_kept(const struct region_settings *settings, uint64_t generation, uint64_t slot_size,
			    struct image_header **image, size_t *size, char why[REGION_REASON_SIZE])
{
	enum found found;

	*image = history_load(settings->kept, generation, size, why);
	if (*image == NULL)
		return FOUND_DAMAGED;
	found = judge(settings, *image, *size, slot_size, why);
	if (found != FOUND_GOOD)
		secret_free(*image, *size);
	return found;
}

/* No worker runs, so every slot is free; what is published is left as it is for who is killed here. */
static void publish(struct region *region, const struct image_header *image, size_t size, uint64_t generation)
{
	struct region_publication published = region_slots_published(&region->slots);

	published.slot = (published.slot + 1) % REGION_SLOTS;
	published.generation = generation;
	region_slots_fill(&region->slots, published.slot, image, size, generation, 0);
	region_slots_publish(&region->slots, published);
}

/* What is damaged *faults tells. */
static enum found restore_one(struct region *region, const struct region_settings *settings, uint64_t generation,
			      char note[REGION_REASON_SIZE], char faults[REGION_REASON_SIZE],
			      char reason[REGION_REASON_SIZE])
{
	char why[REGION_REASON_SIZE];
	struct image_header *image;
	enum found found;
	size_t size;

	found = load_kept(settings, generation, region->slots.slot_size, &image, &size, why);
	if (found == FOUND_UNFIT)
		refuse(generation, why, reason);
	if (found == FOUND_DAMAGED)
		reason_add(faults, "generation %llu in %s is not valid: %s", (unsigned long long)generation,
			   settings->kept, why);
	if (found != FOUND_GOOD)
		return found;
	publish(region, image, size, generation);
	secret_free(image, size);
	reason_add(note, "generation %llu was restored from %s", (unsigned long long)generation, settings->kept);
	return found;
}

/* Publishes the generation `first` of the disk if it is not 0 and whole, else the newest that is. False with a reason
 * if that is nothing that the gateway can do; with none on disk, nothing is published. */
static bool restore(struct region *region, const struct region_settings *settings, uint64_t first,
		    char note[REGION_REASON_SIZE], char reason[REGION_REASON_SIZE])
{
	struct history_entry entries[HISTORY_LENGTH];
	char faults[REGION_REASON_SIZE] = "";
	enum found found = FOUND_NONE;
	char why[REGION_REASON_SIZE];
	unsigned count;

	if (first != 0)
		found = restore_one(region, settings, first, note, faults, reason);
	if (found == FOUND_GOOD || found == FOUND_UNFIT)
		return found == FOUND_GOOD;
	if (!history_list(settings->kept, entries, &count, why))
		reason_add(faults, "%s", why);
	for (unsigned i = 0; i < count && found != FOUND_GOOD && found != FOUND_UNFIT; i++)
		if (entries[i].generation != first)
			found = restore_one(region, settings, entries[i].generation, note, faults, reason);
	/* First what came of it: there may be no room for all that is wrong. */
	if (found != FOUND_GOOD)
		reason_add(note, "no policy is in force: nothing is served");
	if (faults[0] != '\0')
		reason_add(note, "%s", faults);
	return found != FOUND_UNFIT;
}

/* Makes `policy` anew, as its slots are of another size than is wanted; not if the policy in force would be lost. */
static bool replace_slots(struct region *region, const struct region_settings *settings, uint64_t published,
			  char reason[REGION_REASON_SIZE])
{
	char why[REGION_REASON_SIZE];
	struct image_header *image;
	size_t size;

	if (published != 0) {
		if (load_kept(settings, published, region->slot_size, &image, &size, why) != FOUND_GOOD)
			return reason_set(reason,
					  "the region's slots cannot be given another size, as generation %llu would "
					  "be lost (%.120s): keep the size, or remove %.80s/policy",
					  (unsigned long long)published, why, region->folder.path);
		secret_free(image, size);
	}
	region_slots_close(&region->slots);
	return region_slots_make(&region->folder, region->slot_size, reason) && region_view_slots(region, true, reason);
}

/* Leaves `policy` mapped read-only, with the policy in force published if there is one. Under the writers' lock. */
static bool settle_slots(struct region *region, const struct region_settings *settings, char note[REGION_REASON_SIZE],
			 char reason[REGION_REASON_SIZE])
{
	enum found found = FOUND_NONE;
	char why[REGION_REASON_SIZE];
	uint64_t published = 0;
	bool differ = false;

	if (region_slots_open(&region->folder, false, &region->slots, reason) == REGION_SLOTS_GOOD) {
		if (region_slots_held(&region->slots))
			return reason_set(reason, "another sluiced uses %s/policy, though not %s/state: end it",
					  region->folder.path, region->folder.path);
		found = find_published(region, settings, &published, note, why);
		if (found == FOUND_UNFIT)
			return refuse(published, why, reason);
		differ = region_slots_differ(&region->folder, &region->slots, region->slot_size);
		if (found == FOUND_GOOD && !differ)
			return true;
		region_slots_close(&region->slots);
	}
	if (found != FOUND_GOOD)
		published = 0;
	if (!region_view_slots(region, true, reason) ||
	    (differ && !replace_slots(region, settings, published, reason)) ||
	    !restore(region, settings, published, note, reason))
		return false;
	region_slots_close(&region->slots);
	return region_slots_open(&region->folder, false, &region->slots, reason) == REGION_SLOTS_GOOD;
}

static bool enter(struct region *region, const struct region_settings *settings, char reason[REGION_REASON_SIZE])
{
	char note[REGION_REASON_SIZE] = "", ignored[REGION_REASON_SIZE];
	bool entered;
	int kept;

	if (!region_folder_lock(&region->folder, region->patience, reason))
		return false;
	/* Made here, so that pushers can compare theirs with it. One that is unfit each push is refused for. */
	kept = private_folder_open(settings->kept, true, ignored);
	if (kept >= 0)
		close(kept);
	entered = settle_slots(region, settings, note, reason) &&
		  region_slots_hold(&region->folder, &region->slots, reason) &&
		  region_state_begin(&region->state, region->slots.identity, settings->kept, reason);
	region_folder_unlock(&region->folder);
	if (!entered)
		return false;
	region_slots_populate(&region->slots);
	reason_set(reason, "%s", note);
	return true;
}

struct region *region_open_gateway(const struct region_settings *settings, unsigned workers,
				   char reason[REGION_REASON_SIZE])
{
	struct region *region;

	if (workers == 0 || workers > REGION_WORKERS) {
		reason_set(reason, "a region serves 1 to %u workers, not %u", REGION_WORKERS, workers);
		return NULL;
	}
	region = region_view_open(settings, true, reason);
	if (region == NULL)
		return NULL;
	if (region_state_open_gateway(&region->folder, workers, settings->counters, &region->state, reason) &&
	    enter(region, settings, reason))
		return region;
	region_close(region);
	return NULL;
}

static bool is_removed(int file)
{
	struct stat status;

	return fstat(file, &status) == 0 && status.st_nlink == 0;
}

bool region_removed(const struct region *region, char reason[REGION_REASON_SIZE])
{
	if (!is_removed(region->slots.file) && !is_removed(region->state.file))
		return false;
	reason_set(reason,
		   "a file in %s was removed: policies that are pushed do not come here until sluiced is restarted",
		   region->folder.path);
	return true;
}

const struct image_header *region_newest(struct region *region, size_t *size)
{
	struct region_publication published, again = region_slots_published(&region->slots);
	uint64_t octets;

	/*
	 * First said, then looked again: a pusher that finds this slot not in use has published another before it
	 * looked, which is then seen here. Each turn needs a push that ended meanwhile.
	 */
	do {
		published = again;
		if (published.generation == 0)
			return NULL;
		if (published.slot < REGION_SLOTS)
			region_state_examine(&region->state, published.slot, published.generation);
		again = region_slots_published(&region->slots);
	} while (again.generation != published.generation || again.slot != published.slot);

	if (region_slots_whole(&region->slots, published.slot, published.generation, &octets)) {
		*size = octets;
		return region_slots_image(&region->slots, published.slot);
	}
	if (region->refused != published.generation) {
		region->refused = published.generation;
		region_state_refuse(&region->state, published.slot, published.generation,
				    "the region's directory tells of no whole image");
	}
	return NULL;
}

uint64_t region_reevaluation(const struct region *region, uint64_t generation)
{
	for (unsigned slot = 0; slot < REGION_SLOTS; slot++)
		if (region_slots_generation(&region->slots, slot) == generation)
			return region_slots_reevaluation(&region->slots, slot);
	return 0;
}

void region_refuse(struct region *region, uint64_t generation, const char *why)
{
	unsigned slot = 0;

	while (slot < REGION_SLOTS && region_slots_generation(&region->slots, slot) != generation)
		slot++;
	region_state_refuse(&region->state, slot, generation, why);
}

void region_taken(struct region *region, unsigned worker, uint64_t generation)
{
	region_state_taken(&region->state, worker, generation);
}

uint64_t *region_hits(struct region *region, unsigned worker)
{
	return region_state_hits(&region->state, worker);
}
