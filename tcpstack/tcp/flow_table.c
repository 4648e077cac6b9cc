/* SPDX-License-Identifier: BSD-3-Clause */
#include "flow_table.h"

#include <tcpstack/siphash.h>

#include "../stack_state.h"

/* At half of capacity on average a bucket of ten overflows rarely; an eighth more buckets take those. */
#define FLOWS_PER_BUCKET 5
#define OVERFLOW_SHARE 8

static uint64_t hash_tuple(const struct stack *stack, const struct tuple *tuple)
{
	uint64_t ports = (uint64_t)tuple->local_port << 16 | tuple->remote_port;

	if (address_is_ipv4(&tuple->local) && address_is_ipv4(&tuple->remote)) {
		uint64_t words[2] = {
		    (uint64_t)address_ipv4(&tuple->local) << 32 | address_ipv4(&tuple->remote),
		    ports,
		};
		return siphash_1_3(&stack->tcp.flow_key, words, 2);
	}
	uint64_t words[5] = {
	    tuple->local.halves[0], tuple->local.halves[1], tuple->remote.halves[0], tuple->remote.halves[1], ports,
	};
	return siphash_1_3(&stack->tcp.flow_key, words, 5);
}

static uint16_t tag_of(uint64_t hash)
{
	uint16_t tag = hash >> 48;

	return tag ? tag : 1;
}

bool flow_table_init(struct stack *stack, struct flow_table *table, uint32_t capacity)
{
	uint32_t buckets = 1;

	while (buckets < capacity / FLOWS_PER_BUCKET + 1)
		buckets <<= 1;
	table->mask = buckets - 1;
	table->overflow_count = buckets / OVERFLOW_SHARE + 2;
	table->buckets = stack_allocate(stack, buckets, sizeof(*table->buckets));
	table->overflow = stack_allocate(stack, table->overflow_count, sizeof(*table->overflow));
	if (!table->buckets || !table->overflow)
		return false;
	for (uint32_t i = 0; i < table->overflow_count; i++)
		table->overflow[i].overflow = i + 1 < table->overflow_count ? i + 2 : 0;
	table->overflow_free = 1;
	return true;
}

void flow_table_destroy(struct stack *stack, struct flow_table *table)
{
	stack_release(stack, table->buckets);
	stack_release(stack, table->overflow);
}

static struct flow_bucket *bucket_next(const struct flow_table *table, const struct flow_bucket *bucket)
{
	return bucket->overflow ? &table->overflow[bucket->overflow - 1] : NULL;
}

static bool ends_match(const struct ip_address *local, const struct ip_address *remote, uint16_t local_port,
		       uint16_t remote_port, const struct tuple *tuple)
{
	return local_port == tuple->local_port && remote_port == tuple->remote_port &&
	       address_equal(remote, &tuple->remote) && address_equal(local, &tuple->local);
}

static bool record_is(const struct record *record, const struct tuple *tuple)
{
	return ends_match(&record->local, &record->remote, record->local_port, record->remote_port, tuple);
}

static bool record_matches(const struct stack *stack, flow_reference reference, const struct tuple *tuple)
{
	uint32_t index = flow_index(reference);

	switch (flow_kind(reference)) {
	case FLOW_CONNECTION: {
		const struct tuple *own = &stack->tcp.connections[index].tuple;

		return ends_match(&own->local, &own->remote, own->local_port, own->remote_port, tuple);
	}
	case FLOW_HALF_OPEN:
		return record_is(record_at(&stack->tcp.half_open.table, index), tuple);
	case FLOW_TIME_WAIT:
		return record_is(record_at(&stack->tcp.time_wait.table, index), tuple);
	case FLOW_NONE:
		break;
	}
	return false;
}

flow_reference flow_find(const struct stack *stack, const struct tuple *tuple)
{
	const struct flow_table *table = &stack->tcp.flows;
	uint64_t hash = hash_tuple(stack, tuple);
	uint16_t tag = tag_of(hash);

	for (const struct flow_bucket *bucket = &table->buckets[hash & table->mask]; bucket;
	     bucket = bucket_next(table, bucket))
		for (unsigned i = 0; i < FLOW_BUCKET_ENTRIES; i++)
			if (bucket->tags[i] == tag && record_matches(stack, bucket->references[i], tuple))
				return bucket->references[i];
	return 0;
}

static bool bucket_put(struct flow_bucket *bucket, uint16_t tag, flow_reference reference)
{
	for (unsigned i = 0; i < FLOW_BUCKET_ENTRIES; i++) {
		if (bucket->tags[i] == 0) {
			bucket->tags[i] = tag;
			bucket->references[i] = reference;
			return true;
		}
	}
	return false;
}

bool flow_insert(struct stack *stack, const struct tuple *tuple, flow_reference reference)
{
	struct flow_table *table = &stack->tcp.flows;
	uint64_t hash = hash_tuple(stack, tuple);
	uint16_t tag = tag_of(hash);
	struct flow_bucket *bucket = &table->buckets[hash & table->mask];

	while (!bucket_put(bucket, tag, reference)) {
		struct flow_bucket *next = bucket_next(table, bucket);

		if (!next) {
			uint32_t free = table->overflow_free;

			if (!free)
				return false;
			next = &table->overflow[free - 1];
			table->overflow_free = next->overflow;
			next->overflow = 0;
			bucket->overflow = free;
		}
		bucket = next;
	}
	table->entries++;
	return true;
}

static bool bucket_empty(const struct flow_bucket *bucket)
{
	for (unsigned i = 0; i < FLOW_BUCKET_ENTRIES; i++)
		if (bucket->tags[i])
			return false;
	return true;
}

/* Finds the entry and, in *previous, the bucket whose overflow its bucket is (NULL: none). */
static struct flow_bucket *entry_find(struct stack *stack, const struct tuple *tuple, flow_reference reference,
				      struct flow_bucket **previous, unsigned *slot)
{
	struct flow_table *table = &stack->tcp.flows;
	uint64_t hash = hash_tuple(stack, tuple);

	*previous = NULL;
	for (struct flow_bucket *bucket = &table->buckets[hash & table->mask]; bucket;
	     *previous = bucket, bucket = bucket_next(table, bucket))
		for (*slot = 0; *slot < FLOW_BUCKET_ENTRIES; (*slot)++)
			if (bucket->tags[*slot] && bucket->references[*slot] == reference)
				return bucket;
	return NULL;
}

void flow_remove(struct stack *stack, const struct tuple *tuple, flow_reference reference)
{
	struct flow_table *table = &stack->tcp.flows;
	struct flow_bucket *previous, *bucket;
	unsigned slot;

	bucket = entry_find(stack, tuple, reference, &previous, &slot);
	if (!bucket)
		return;
	bucket->tags[slot] = 0;
	bucket->references[slot] = 0;
	table->entries--;
	if (previous && bucket_empty(bucket)) {
		uint32_t index = previous->overflow;

		previous->overflow = bucket->overflow;
		bucket->overflow = table->overflow_free;
		table->overflow_free = index;
	}
}

void flow_replace(struct stack *stack, const struct tuple *tuple, flow_reference old, flow_reference new)
{
	struct flow_bucket *previous, *bucket;
	unsigned slot;

	bucket = entry_find(stack, tuple, old, &previous, &slot);
	if (bucket)
		bucket->references[slot] = new;
}
