/* SPDX-License-Identifier: BSD-3-Clause */
#include "flow_listing.h"

#include <stdatomic.h>

#include <rte_common.h>
#include <rte_malloc.h>

/* Questions are numbered from 1. The main lcore writes one only when the last was answered, so it is never changed
 * while the worker looks at it. */
struct flow_listing {
	struct flow_ring *ring;
	struct {
		_Atomic uint64_t asked;
		_Atomic uint64_t cancelled; /* up to this one */
		struct flow_query query;
	} main __rte_cache_aligned;
	struct {
		_Atomic uint64_t answered;
		uint64_t begun; /* the last question that was looked at */
	} worker __rte_cache_aligned;
};

struct flow_listing *flow_listing_create(struct fault *fault)
{
	struct flow_listing *listing = rte_zmalloc("flow_listing", sizeof(*listing), RTE_CACHE_LINE_SIZE);

	if (listing == NULL) {
		fault_set(fault, "no memory to list flows; raise memory.megabytes");
		return NULL;
	}
	listing->ring = flow_ring_create(FLOW_LISTING_RECORDS, fault);
	if (listing->ring != NULL)
		return listing;
	rte_free(listing);
	return NULL;
}

void flow_listing_destroy(struct flow_listing *listing)
{
	if (listing == NULL)
		return;
	flow_ring_destroy(listing->ring);
	rte_free(listing);
}

bool flow_listing_ended(const struct flow_listing *listing)
{
	return atomic_load_explicit(&listing->worker.answered, memory_order_acquire) ==
	       atomic_load_explicit(&listing->main.asked, memory_order_relaxed);
}

bool flow_listing_ask(struct flow_listing *listing, const struct flow_query *query)
{
	uint64_t asked = atomic_load_explicit(&listing->main.asked, memory_order_relaxed);

	if (!flow_listing_ended(listing))
		return false;
	while (flow_ring_peek(listing->ring) != NULL)
		flow_ring_release(listing->ring);
	listing->main.query = *query;
	atomic_store_explicit(&listing->main.asked, asked + 1, memory_order_release);
	return true;
}

void flow_listing_cancel(struct flow_listing *listing)
{
	atomic_store_explicit(&listing->main.cancelled,
			      atomic_load_explicit(&listing->main.asked, memory_order_relaxed), memory_order_relaxed);
}

const struct flow_record *flow_listing_peek(struct flow_listing *listing)
{
	return flow_ring_peek(listing->ring);
}

void flow_listing_take(struct flow_listing *listing)
{
	flow_ring_release(listing->ring);
}

const struct flow_query *flow_listing_query(struct flow_listing *listing, bool *fresh)
{
	uint64_t asked = atomic_load_explicit(&listing->main.asked, memory_order_acquire);

	if (asked == atomic_load_explicit(&listing->worker.answered, memory_order_relaxed))
		return NULL;
	if (asked == atomic_load_explicit(&listing->main.cancelled, memory_order_relaxed)) {
		flow_listing_end(listing);
		return NULL;
	}
	*fresh = listing->worker.begun != asked;
	listing->worker.begun = asked;
	return &listing->main.query;
}

struct flow_record *flow_listing_claim(struct flow_listing *listing)
{
	return flow_ring_claim(listing->ring);
}

void flow_listing_publish(struct flow_listing *listing)
{
	flow_ring_publish(listing->ring);
}

void flow_listing_end(struct flow_listing *listing)
{
	atomic_store_explicit(&listing->worker.answered,
			      atomic_load_explicit(&listing->main.asked, memory_order_relaxed), memory_order_release);
}
