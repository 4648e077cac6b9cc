/* SPDX-License-Identifier: BSD-3-Clause */
#include <config/region.h>

#include "history_file.h"
#include "reason.h"
#include "region_view.h"

#define WAIT_SLICE 50 /* milliseconds until it is looked again whether sluiced lives */

struct push {
	struct region *region;
	const struct image_header *image;
	uint64_t size;
	bool reevaluate;
	struct region_publication before; /* what was published */
	struct region_publication mine;
	char *reason; /* of REGION_REASON_SIZE */
};

/* Under the lock: maps the file that counts now, and makes sure that a living sluiced uses the same. */
static bool prepare(struct region *region, char *reason)
{
	char kept[REGION_REASON_SIZE];
	uint64_t identity;
	bool running;

	if (!region_state_refresh(&region->folder, &region->state, reason))
		return false;
	if (region_state_starting(&region->state))
		return reason_set(reason, "sluiced is starting, and has not said yet what it uses: try again");
	running = region_state_running(&region->state);
	/* Which slots it reads is not known. */
	if (running && region_state_other(&region->state))
		return reason_set(reason, "%s/state is of another version of Sluice: " REGION_ONE_RELEASE,
				  region->folder.path);
	if (!region_slots_current(&region->folder, &region->slots)) {
		region_slots_close(&region->slots);
		if (!region_view_slots(region, !running, reason))
			return false;
	}
	if (!running && region_slots_held(&region->slots))
		return reason_set(reason,
				  "%s/state was removed or replaced while sluiced uses %s/policy: restart sluiced",
				  region->folder.path, region->folder.path);
	identity = region_state_identity(&region->state);
	if (running && identity != 0 && identity != region->slots.identity)
		return reason_set(reason,
				  "sluiced uses another file than %s/policy, which was replaced: restart sluiced",
				  region->folder.path);
	/* Else what is in force would be another policy after a reboot. */
	if (running && !region_state_keeps(&region->state, region->kept, kept))
		return reason_set(reason,
				  "sluiced keeps policies in %.100s, not in %.100s: name that folder (sluicectl "
				  "--state), or mend region.kept and restart sluiced",
				  kept, region->kept);
	return true;
}

/* Milliseconds of a wait: until the deadline, but not too long. */
static uint32_t slice(uint64_t deadline)
{
	uint64_t now = region_clock();

	return deadline <= now ? 0 : deadline - now < WAIT_SLICE ? (uint32_t)(deadline - now) : WAIT_SLICE;
}

/* Takes the lock, and has the region prepared. A sluiced that starts is waited for without the lock, which it needs.
 * False with a reason, and without the lock. */
static bool take_turn(struct region *region, char *reason)
{
	uint64_t deadline = region_clock() + region->patience;

	for (;;) {
		bool starting;

		if (!region_folder_lock(&region->folder, region->patience, reason))
			return false;
		if (prepare(region, reason))
			return true;
		starting = region_state_starting(&region->state);
		region_folder_unlock(&region->folder);
		if (!starting || slice(deadline) == 0)
			return false;
		region_state_wait(&region->state, region_state_changes(&region->state), slice(deadline));
	}
}

struct region *region_open_writer(const struct region_settings *settings, char reason[REGION_REASON_SIZE])
{
	struct region *region = region_view_open(settings, true, reason);

	if (region == NULL)
		return NULL;
	if (take_turn(region, reason)) {
		region_folder_unlock(&region->folder);
		return region;
	}
	region_close(region);
	return NULL;
}

static bool next_generation(struct push *push)
{
	const struct region *region = push->region;
	uint64_t last;

	if (!history_newest(region->kept, &last, push->reason))
		return false;
	if (last < region_slots_issued(&region->slots))
		last = region_slots_issued(&region->slots);
	if (last < push->before.generation)
		last = push->before.generation;
	if (last >= REGION_GENERATION_MAX)
		return reason_set(push->reason,
				  "generation %llu, of the region or of a file in %s, is the last there is",
				  (unsigned long long)last, region->kept);
	push->mine.generation = last + 1;
	return true;
}

/* Whether a slot may be written. If not, who uses it: *worker has not taken a later one than *generation. */
static bool is_free(const struct region *region, unsigned slot, uint64_t *generation, unsigned *worker)
{
	*generation = region_slots_generation(&region->slots, slot);
	return *generation == 0 || !region_view_running(region) ||
	       !region_state_holds(&region->state, slot, *generation, worker);
}

/* Finds a slot that is neither published nor in use, and waits for one. */
static bool find_slot(struct push *push)
{
	struct region *region = push->region;
	uint64_t deadline = region_clock() + region->patience;

	for (;;) {
		uint32_t changes = region_state_changes(&region->state);
		uint64_t generation, oldest = UINT64_MAX;
		unsigned worker, slowest = 0;

		for (unsigned slot = 0; slot < REGION_SLOTS; slot++) {
			if (slot == push->before.slot && push->before.generation != 0)
				continue;
			if (is_free(region, slot, &generation, &worker)) {
				push->mine.slot = slot;
				return true;
			}
			if (generation < oldest) {
				oldest = generation;
				slowest = worker;
			}
		}
		if (slice(deadline) == 0)
			return reason_set(push->reason,
					  "no slot is free: after %u ms worker %u still uses generation %llu, while "
					  "%llu is published: wait until it runs again, or restart sluiced",
					  region->patience, slowest, (unsigned long long)oldest,
					  (unsigned long long)push->before.generation);
		region_state_wait(&region->state, changes, slice(deadline));
		if (!region_state_refresh(&region->folder, &region->state, push->reason))
			return false;
	}
}

/*
 * What the slot is to say of re-evaluation. A sluiced that goes from an earlier generation to this one at once may have
 * missed one between that asked for it: so this is handed on from each image to the next.
 */
static uint64_t reevaluation_of(const struct push *push)
{
	const struct region_slots *slots = &push->region->slots;
	uint64_t size;

	if (push->reevaluate)
		return push->mine.generation;
	return region_slots_whole(slots, push->before.slot, push->before.generation, &size)
		   ? region_slots_reevaluation(slots, push->before.slot)
		   : 0;
}

/*
 * Under the lock. The disk comes first: what is published is always kept, and where it cannot be kept nothing has
 * happened yet.
 */
static bool publish(struct push *push)
{
	struct region *region = push->region;

	if (push->size > region->slots.slot_size)
		return reason_set(push->reason,
				  "the image has %llu octets, and a slot of the region holds %llu: make the policy "
				  "smaller, or the slots larger and restart sluiced",
				  (unsigned long long)push->size, (unsigned long long)region->slots.slot_size);
	push->before = region_slots_published(&region->slots);
	/* What a push kept that was then killed was never in force, and is nothing to go back to. */
	if (push->before.generation != 0)
		history_remove_between(region->kept, push->before.generation, region_slots_issued(&region->slots));
	if (!next_generation(push) || !find_slot(push))
		return false;
	region_slots_issue(&region->slots, push->mine.generation);
	if (!history_keep(region->kept, push->image, push->size, push->mine.generation, push->reason))
		return false;
	region_slots_fill(&region->slots, push->mine.slot, push->image, push->size, push->mine.generation,
			  reevaluation_of(push));
	region_slots_publish(&region->slots, push->mine);
	history_prune(region->kept);
	return true;
}

/* The first worker that has not taken the generation; status->workers if there is none. */
static unsigned find_slow(const struct region_status *status, uint64_t generation)
{
	unsigned worker = 0;

	while (worker < status->workers && status->taken[worker] >= generation)
		worker++;
	return worker;
}

static enum region_outcome tell_not_taken(const struct push *push, const struct region_status *status)
{
	unsigned worker = find_slow(status, push->mine.generation);
	unsigned long long generation = push->mine.generation;

	if (worker < status->workers)
		reason_set(push->reason,
			   "generation %llu is published, but after %u ms worker %u has not taken it and uses "
			   "generation %llu",
			   generation, push->region->patience, worker, (unsigned long long)status->taken[worker]);
	else
		reason_set(push->reason,
			   "generation %llu is published, but sluiced did not finish starting within %u ms", generation,
			   push->region->patience);
	return REGION_NOT_TAKEN;
}

/* Whether a worker has taken exactly this one, or the main lcore looks at it: then it is or was in force. */
static bool is_met(const struct push *push, const struct region_status *status)
{
	for (unsigned worker = 0; worker < status->workers; worker++)
		if (status->taken[worker] == push->mine.generation)
			return true;
	return region_state_examined(&push->region->state, push->mine.slot, push->mine.generation);
}

static enum region_outcome tell_overtaken(const struct push *push, const struct region_status *status)
{
	reason_set(push->reason, "generation %llu was overtaken by generation %llu before sluiced looked at it",
		   (unsigned long long)push->mine.generation, (unsigned long long)status->taken[0]);
	return REGION_NOT_TAKEN;
}

static enum region_outcome wait_until_taken(struct push *push)
{
	struct region *region = push->region;
	uint64_t deadline = region_clock() + region->patience;
	struct region_status status;
	bool met = false;

	for (;;) {
		uint32_t changes;
		bool refused;

		if (!region_state_refresh(&region->folder, &region->state, push->reason))
			return REGION_NOT_TAKEN;
		changes = region_state_changes(&region->state);
		status.workers = 0;
		if (!region_view_running(region))
			return REGION_NOT_RUNNING;
		/* In this order: sluiced writes why before it says that. */
		refused = region_state_refused(&region->state, push->mine.slot, push->mine.generation);
		if (region_state_read(&region->state, &status)) {
			if (refused) {
				reason_set(push->reason, "sluiced refuses it: %.280s",
					   status.refused == push->mine.generation ? status.refusal : "");
				return REGION_REFUSED;
			}
			met = met || is_met(push, &status);
			if (find_slow(&status, push->mine.generation) == status.workers)
				return met ? REGION_TAKEN : tell_overtaken(push, &status);
		}
		if (slice(deadline) == 0)
			return tell_not_taken(push, &status);
		region_state_wait(&region->state, changes, slice(deadline));
	}
}

static void wipe_free_slots(struct region *region)
{
	struct region_publication published = region_slots_published(&region->slots);
	uint64_t generation;
	unsigned worker;

	for (unsigned slot = 0; slot < REGION_SLOTS; slot++)
		if (slot != published.slot && is_free(region, slot, &generation, &worker))
			region_slots_wipe(&region->slots, slot);
}

static enum region_outcome keep_refused(const struct push *push)
{
	reason_add(push->reason, "it stays published, as the one before could not be published again: push another");
	return REGION_NOT_TAKEN;
}

/* What to publish again: what was before, or, where that was refused too, what the workers obey. */
static bool find_last_good(const struct push *push, struct region_publication *good)
{
	const struct region *region = push->region;
	struct region_status status;
	uint64_t size;

	*good = push->before;
	if (good->generation == 0 || (region_slots_whole(&region->slots, good->slot, good->generation, &size) &&
				      !region_state_refused(&region->state, good->slot, good->generation)))
		return true;
	if (!region_state_read(&region->state, &status))
		return false;
	good->generation = 0;
	for (unsigned worker = 0; worker < status.workers; worker++)
		if (good->generation < status.taken[worker])
			good->generation = status.taken[worker];
	for (good->slot = 0; good->slot < REGION_SLOTS; good->slot++)
		if (region_slots_generation(&region->slots, good->slot) == good->generation)
			return true;
	return good->generation == 0;
}

/*
 * Under the lock: publishes the last good one again, if it is still there, and forgets what sluiced refused. What
 * cannot be removed from disk is refused once more by whoever restores it.
 */
static enum region_outcome take_back(struct push *push)
{
	struct region *region = push->region;
	struct region_publication published = region_slots_published(&region->slots), good;
	char ignored[REGION_REASON_SIZE];

	if (published.generation == push->mine.generation) {
		if (!find_last_good(push, &good))
			return keep_refused(push);
		region_slots_publish(&region->slots, good);
	}
	history_remove(region->kept, push->mine.generation, ignored);
	return REGION_REFUSED;
}

/* What is left to do once sluiced has answered; a slot that is not wiped here is when it is reused. */
static enum region_outcome settle(struct push *push, enum region_outcome outcome)
{
	struct region *region = push->region;
	char ignored[REGION_REASON_SIZE];

	if (outcome == REGION_NOT_TAKEN)
		return outcome;
	if (!region_folder_lock(&region->folder, outcome == REGION_REFUSED ? region->patience : 0, ignored))
		return outcome == REGION_REFUSED ? keep_refused(push) : outcome;
	if (region_slots_current(&region->folder, &region->slots)) {
		if (outcome == REGION_REFUSED)
			outcome = take_back(push);
		wipe_free_slots(region);
	}
	region_folder_unlock(&region->folder);
	return outcome;
}

enum region_outcome region_push(struct region *region, const struct image_header *image, size_t size, bool reevaluate,
				uint64_t *generation, char reason[REGION_REASON_SIZE])
{
	struct push push = {.region = region, .image = image, .size = size, .reevaluate = reevaluate, .reason = reason};
	bool published;

	if (size < sizeof(*image) || image->magic != IMAGE_MAGIC || image->size != size) {
		reason_set(reason, "these %zu octets are no policy image", size);
		return REGION_REFUSED;
	}
	if (!take_turn(region, reason))
		return REGION_REFUSED;
	published = publish(&push);
	region_folder_unlock(&region->folder);
	if (!published)
		return REGION_REFUSED;
	*generation = push.mine.generation;
	return settle(&push, wait_until_taken(&push));
}
