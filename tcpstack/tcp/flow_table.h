/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef TCPSTACK_TCP_FLOW_TABLE_H
#define TCPSTACK_TCP_FLOW_TABLE_H

/*
 * From a tuple to the record that holds its state: a connection, a half-open record or a TIME-WAIT record. One lookup a
 * packet finds whichever it is. A bucket is one cache line of 16-bit tags and references; only a record whose tag
 * matches is touched. The hash is keyed, so that peers cannot choose tuples that meet in one bucket.
 */

#include <stdbool.h>
#include <stdint.h>

#include <tcpstack/address.h>

struct stack;

enum flow_kind {
	FLOW_NONE = 0,
	FLOW_CONNECTION = 1,
	FLOW_HALF_OPEN = 2,
	FLOW_TIME_WAIT = 3,
};

/* Kind in the two upper bits, the record's index in its table in the others; 0 is no record. */
typedef uint32_t flow_reference;

#define FLOW_INDEX_MAX ((UINT32_C(1) << 30) - 1)

static inline flow_reference flow_refer(enum flow_kind kind, uint32_t index)
{
	return (uint32_t)kind << 30 | index;
}

static inline enum flow_kind flow_kind(flow_reference reference)
{
	return (enum flow_kind)(reference >> 30);
}

static inline uint32_t flow_index(flow_reference reference)
{
	return reference & FLOW_INDEX_MAX;
}

#define FLOW_BUCKET_ENTRIES 10

struct flow_bucket {
	uint16_t tags[FLOW_BUCKET_ENTRIES]; /* 0: the entry is free */
	flow_reference references[FLOW_BUCKET_ENTRIES];
	uint32_t overflow; /* index + 1 of the bucket that goes on where this one is full; 0: none */
};

_Static_assert(sizeof(struct flow_bucket) == 64, "a bucket is one cache line");

struct flow_table {
	struct flow_bucket *buckets;
	struct flow_bucket *overflow; /* buckets for the few that are full */
	uint32_t mask;
	uint32_t overflow_count;
	uint32_t overflow_free; /* index + 1 of the first free one, linked through their `overflow` */
	uint32_t entries;
};

/* Room for `capacity` flows. False if memory is lacking. */
bool flow_table_init(struct stack *stack, struct flow_table *table, uint32_t capacity);
void flow_table_destroy(struct stack *stack, struct flow_table *table);

/* The record of the tuple, or 0. */
flow_reference flow_find(const struct stack *stack, const struct tuple *tuple);

/* Adds a tuple that is not in the table. False if its buckets are full (bounded by capacity, this is rare: refuse the
 * flow). */
bool flow_insert(struct stack *stack, const struct tuple *tuple, flow_reference reference);

/* Removes or re-points the tuple's entry, which is there. */
void flow_remove(struct stack *stack, const struct tuple *tuple, flow_reference reference);
void flow_replace(struct stack *stack, const struct tuple *tuple, flow_reference old, flow_reference new);

#endif
