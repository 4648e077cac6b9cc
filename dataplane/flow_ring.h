/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef DATAPLANE_FLOW_RING_H
#define DATAPLANE_FLOW_RING_H

/*
 * The records of one worker on their way to the main lcore: a bounded ring with one writer and one reader, who wait for
 * nobody. Records are written and read where they lie.
 */

#include <stdint.h>

#include "fault.h"
#include "flow_record.h"

struct flow_ring;

/* Makes a ring for `records` of them, rounded up to a power of two, in the EAL's memory. NULL with a reason. */
struct flow_ring *flow_ring_create(uint32_t records, struct fault *fault);

/* Frees it, with what is in it. Nobody uses it any more. NULL is nothing. */
void flow_ring_destroy(struct flow_ring *ring);

/*
 * The writer: a record to fill, begun by flow_record_begin; NULL if the ring is full, which is counted, or if there is
 * no ring (NULL: no flow log is configured). The reader sees it once it is published; claimed again before that, it is
 * the same record, begun anew.
 */
struct flow_record *flow_ring_claim(struct flow_ring *ring);
void flow_ring_publish(struct flow_ring *ring);

/* The reader: the oldest record, or NULL; it stays the reader's until it is released. */
const struct flow_record *flow_ring_peek(struct flow_ring *ring);
void flow_ring_release(struct flow_ring *ring);

/* Records that were not written because the ring was full. Any thread. */
uint64_t flow_ring_dropped(const struct flow_ring *ring);

#endif
