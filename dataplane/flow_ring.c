/* SPDX-License-Identifier: BSD-3-Clause */
#include "flow_ring.h"

#include <stdatomic.h>

#include <rte_bitops.h>
#include <rte_common.h>
#include <rte_malloc.h>

/* Both counts only rise, and wrap; what lies between them is published. */
struct flow_ring {
	uint32_t size; /* a power of two */
	struct {
		_Atomic uint32_t published;
		uint32_t released; /* as last seen */
		_Atomic uint64_t dropped;
	} writer __rte_cache_aligned;
	struct {
		_Atomic uint32_t released;
	} reader __rte_cache_aligned;
	struct flow_record records[] __rte_cache_aligned;
};

struct flow_ring *flow_ring_create(uint32_t records, struct fault *fault)
{
	uint32_t size = rte_align32pow2(records);
	struct flow_ring *ring =
	    rte_zmalloc("flow_ring", sizeof(*ring) + (size_t)size * sizeof(struct flow_record), RTE_CACHE_LINE_SIZE);

	if (ring == NULL) {
		fault_set(fault,
			  "no memory for %u records of the flow log; lower flow_log.ring or raise memory.megabytes",
			  size);
		return NULL;
	}
	ring->size = size;
	return ring;
}

void flow_ring_destroy(struct flow_ring *ring)
{
	rte_free(ring);
}

struct flow_record *flow_ring_claim(struct flow_ring *ring)
{
	struct flow_record *record;
	uint32_t published;

	if (ring == NULL)
		return NULL;
	published = atomic_load_explicit(&ring->writer.published, memory_order_relaxed);
	if (published - ring->writer.released == ring->size)
		ring->writer.released = atomic_load_explicit(&ring->reader.released, memory_order_acquire);
	if (published - ring->writer.released == ring->size) {
		atomic_store_explicit(&ring->writer.dropped,
				      atomic_load_explicit(&ring->writer.dropped, memory_order_relaxed) + 1,
				      memory_order_relaxed);
		return NULL;
	}
	record = &ring->records[published & (ring->size - 1)];
	flow_record_begin(record);
	return record;
}

void flow_ring_publish(struct flow_ring *ring)
{
	uint32_t published = atomic_load_explicit(&ring->writer.published, memory_order_relaxed);

	atomic_store_explicit(&ring->writer.published, published + 1, memory_order_release);
}

const struct flow_record *flow_ring_peek(struct flow_ring *ring)
{
	uint32_t released = atomic_load_explicit(&ring->reader.released, memory_order_relaxed);

	if (released == atomic_load_explicit(&ring->writer.published, memory_order_acquire))
		return NULL;
	return &ring->records[released & (ring->size - 1)];
}

void flow_ring_release(struct flow_ring *ring)
{
	uint32_t released = atomic_load_explicit(&ring->reader.released, memory_order_relaxed);

	atomic_store_explicit(&ring->reader.released, released + 1, memory_order_release);
}

uint64_t flow_ring_dropped(const struct flow_ring *ring)
{
	return atomic_load_explicit(&ring->writer.dropped, memory_order_relaxed);
}
