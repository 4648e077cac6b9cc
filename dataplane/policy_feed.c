/* SPDX-License-Identifier: BSD-3-Clause */
#include "policy_feed.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include <rte_common.h>

#include "flow/services.h"
#include "log.h"

/* What one worker is offered; in a cache line of its own. */
struct offer {
	struct worker_policy policy;
	_Atomic uint64_t offered;  /* generation of `policy`, written by the main lcore */
	_Atomic uint64_t taken;	   /* written by the worker */
	struct image_scratch *old; /* of the policy before, until this one is taken */
} __rte_cache_aligned;

struct policy_feed {
	struct region *region;
	const struct gateway *gateway;
	uint32_t listeners, counters;
	uint64_t generation;
	uint64_t refused; /* generation that was refused last: it may stay published, if its pusher is gone */
	bool removed;	  /* it was told that the region's files are gone */
	unsigned count;
	struct offer offers[];
};

static bool is_whole(void *context, const struct image_header *image, size_t size, char reason[REGION_REASON_SIZE])
{
	char why[IMAGE_REASON_SIZE];

	if (image_check(image, size, why))
		return true;
	snprintf(reason, REGION_REASON_SIZE, "%s", why);
	return false;
}

static bool fits(void *context, const struct image_header *image, size_t size, char reason[REGION_REASON_SIZE])
{
	const struct policy_feed *feed = context;
	struct fault fault = {""};

	if (image_counters(image) > feed->counters) {
		snprintf(reason, REGION_REASON_SIZE, "it has %u rows and defaults, and the region has room for %u",
			 image_counters(image), feed->counters);
		return false;
	}
	if (!services_check(image, feed->gateway, feed->listeners, &fault)) {
		snprintf(reason, REGION_REASON_SIZE, "%s", fault.text);
		return false;
	}
	return true;
}

struct policy_feed *policy_feed_open(const struct region_settings *settings, const struct gateway *gateway,
				     unsigned workers, uint32_t listeners, struct fault *fault)
{
	size_t size = sizeof(struct policy_feed) + workers * sizeof(struct offer);
	struct policy_feed *feed = aligned_alloc(RTE_CACHE_LINE_SIZE, RTE_ALIGN_CEIL(size, RTE_CACHE_LINE_SIZE));
	struct region_settings complete = *settings;
	char reason[REGION_REASON_SIZE] = "";

	if (feed == NULL) {
		fault_set(fault, "no memory for the feed of policies");
		return NULL;
	}
	memset(feed, 0, size);
	feed->gateway = gateway;
	feed->listeners = listeners;
	feed->counters = settings->counters;
	feed->count = workers;
	complete.check = is_whole;
	complete.fits = fits;
	complete.context = feed;
	feed->region = region_open_gateway(&complete, workers, reason);
	if (feed->region == NULL) {
		fault_set(fault, "%s", reason);
		free(feed);
		return NULL;
	}
	if (reason[0] != '\0')
		log_warning("policy: %s", reason);
	return feed;
}

static bool all_have_taken(const struct policy_feed *feed)
{
	for (unsigned i = 0; i < feed->count; i++)
		if (atomic_load_explicit(&feed->offers[i].taken, memory_order_acquire) != feed->generation)
			return false;
	return true;
}

static void free_old(struct policy_feed *feed)
{
	for (unsigned i = 0; i < feed->count; i++) {
		image_scratch_free(feed->offers[i].old);
		feed->offers[i].old = NULL;
	}
}

/* A scratch for each worker; all or none. */
static bool make_scratches(const struct policy_feed *feed, const struct image_header *image,
			   struct image_scratch *scratches[REGION_WORKERS])
{
	unsigned made = 0;

	memset(scratches, 0, REGION_WORKERS * sizeof(scratches[0]));
	while (made < feed->count && image_scratch_grow(&scratches[made], image))
		made++;
	if (made == feed->count)
		return true;
	for (unsigned i = 0; i < made; i++)
		image_scratch_free(scratches[i]);
	return false;
}

static void offer(struct policy_feed *feed, const struct image_header *image,
		  struct image_scratch *scratches[REGION_WORKERS])
{
	bool reevaluate = region_reevaluation(feed->region, image->generation) > feed->generation;

	feed->generation = image->generation;
	for (unsigned i = 0; i < feed->count; i++) {
		struct offer *offer = &feed->offers[i];

		offer->old = offer->policy.scratch;
		offer->policy.image = image;
		offer->policy.scratch = scratches[i];
		offer->policy.hits = region_hits(feed->region, i);
		offer->policy.reevaluate = reevaluate;
		atomic_store_explicit(&offer->offered, image->generation, memory_order_release);
	}
}

static void refuse(struct policy_feed *feed, uint64_t generation, const char *reason)
{
	log_error("policy %llu is refused: %s", (unsigned long long)generation, reason);
	region_refuse(feed->region, generation, reason);
	feed->refused = generation;
}

static void tell_removal(struct policy_feed *feed)
{
	char reason[REGION_REASON_SIZE];

	if (feed->removed || !region_removed(feed->region, reason))
		return;
	feed->removed = true;
	log_error("region: %s", reason);
}

void policy_feed_turn(struct policy_feed *feed)
{
	struct image_scratch *scratches[REGION_WORKERS];
	const struct image_header *image;
	char reason[REGION_REASON_SIZE];
	size_t size;

	tell_removal(feed);
	/* A worker that has not taken the last one may still read it, and what is prepared for it. */
	if (!all_have_taken(feed))
		return;
	free_old(feed);
	image = region_newest(feed->region, &size);
	if (image == NULL || image->generation == feed->generation || image->generation == feed->refused)
		return;
	if (!is_whole(feed, image, size, reason) || !fits(feed, image, size, reason)) {
		refuse(feed, image->generation, reason);
	} else if (!make_scratches(feed, image, scratches)) {
		refuse(feed, image->generation, "no memory for its regular expressions");
	} else {
		log_info("policy %llu: %u services", (unsigned long long)image->generation, image_services(image));
		offer(feed, image, scratches);
	}
}

uint64_t policy_feed_generation(const struct policy_feed *feed)
{
	return feed->generation;
}

const struct image_header *policy_feed_image(const struct policy_feed *feed)
{
	return feed->offers[0].policy.image;
}

uint64_t policy_feed_obeyed(const struct policy_feed *feed, unsigned worker)
{
	return atomic_load_explicit(&feed->offers[worker].taken, memory_order_acquire);
}

uint64_t policy_feed_hits(const struct policy_feed *feed, uint32_t counter)
{
	uint64_t sum = 0;

	for (unsigned i = 0; i < feed->count; i++)
		if (policy_feed_obeyed(feed, i) == feed->generation)
			sum += __atomic_load_n(&feed->offers[i].policy.hits[counter], __ATOMIC_RELAXED);
	return sum;
}

void policy_feed_close(struct policy_feed *feed)
{
	if (feed == NULL)
		return;
	free_old(feed);
	for (unsigned i = 0; i < feed->count; i++)
		image_scratch_free(feed->offers[i].policy.scratch);
	region_close(feed->region);
	free(feed);
}

/* A copy, as the next policy is written to the same place as soon as all have taken this one. */
bool policy_feed_offer(const struct policy_feed *feed, unsigned worker, struct worker_policy *policy)
{
	const struct offer *offer = &feed->offers[worker];
	uint64_t offered = atomic_load_explicit(&offer->offered, memory_order_acquire);

	if (offered == atomic_load_explicit(&offer->taken, memory_order_relaxed))
		return false;
	*policy = offer->policy;
	return true;
}

void policy_feed_taken(struct policy_feed *feed, unsigned worker)
{
	struct offer *offer = &feed->offers[worker];
	uint64_t generation = atomic_load_explicit(&offer->offered, memory_order_relaxed);

	memset(offer->policy.hits, 0, image_counters(offer->policy.image) * sizeof(uint64_t));
	atomic_store_explicit(&offer->taken, generation, memory_order_release);
	region_taken(feed->region, worker, generation);
}
