/* SPDX-License-Identifier: BSD-3-Clause */
#include "time_wait.h"

#include "tcp_internal.h"

#define CLOCK_MASK ((UINT32_C(1) << 31) - 1)

/* How far a new ISS lies behind the last number used, at least (RFC 1122 section 4.2.2.13). */
#define SEQUENCE_GAP 65536

bool time_wait_init(struct stack *stack)
{
	struct time_wait_table *table = &stack->tcp.time_wait;

	table->capacity = stack->config.time_wait;
	table->records = stack_allocate(stack, table->capacity, sizeof(*table->records));
	if (!table->records)
		return false;
	for (uint32_t i = 0; i < table->capacity; i++)
		table->records[i].next = i + 1 < table->capacity ? i + 2 : 0;
	table->free = 1;
	return true;
}

void time_wait_destroy(struct stack *stack)
{
	stack_release(stack, stack->tcp.time_wait.records);
}

static uint32_t index_of(const struct time_wait_table *table, const struct time_wait *record)
{
	return (uint32_t)(record - table->records);
}

static struct tuple tuple_of(const struct time_wait *record)
{
	return (struct tuple){record->local, record->remote, record->local_port, record->remote_port};
}

static void enqueue(struct stack *stack, struct time_wait *record)
{
	struct time_wait_table *table = &stack->tcp.time_wait;
	uint32_t reference = index_of(table, record) + 1;

	record->expires = (tcp_clock(stack) + stack->config.tcp.time_wait) & CLOCK_MASK;
	record->next = 0;
	record->previous = table->last;
	if (table->last)
		table->records[table->last - 1].next = reference;
	else
		table->first = reference;
	table->last = reference;
}

static void dequeue(struct time_wait_table *table, struct time_wait *record)
{
	if (record->previous)
		table->records[record->previous - 1].next = record->next;
	else
		table->first = record->next;
	if (record->next)
		table->records[record->next - 1].previous = record->previous;
	else
		table->last = record->previous;
}

static void forget(struct stack *stack, struct time_wait *record)
{
	struct time_wait_table *table = &stack->tcp.time_wait;
	struct tuple tuple = tuple_of(record);

	flow_remove(stack, &tuple, flow_refer(FLOW_TIME_WAIT, index_of(table, record)));
	dequeue(table, record);
	record->next = table->free;
	table->free = index_of(table, record) + 1;
	table->used--;
}

void time_wait_enter(struct stack *stack, const struct tcp_connection *connection)
{
	struct time_wait_table *table = &stack->tcp.time_wait;
	struct time_wait *record;
	uint32_t reference;

	if (!table->free) {
		stack->counters.tcp_time_wait_evicted++;
		forget(stack, &table->records[table->first - 1]);
	}
	reference = table->free;
	record = &table->records[reference - 1];
	table->free = record->next;
	table->used++;
	*record = (struct time_wait){
	    .local = connection->tuple.local,
	    .remote = connection->tuple.remote,
	    .local_port = connection->tuple.local_port,
	    .remote_port = connection->tuple.remote_port,
	    .send_next = connection->send_next,
	    .receive_next = connection->receive_next,
	    .timestamps = connection->timestamps,
	    .timestamp_recent = connection->timestamp_recent,
	    .window = RTE_MIN(connection->receive_limit / 2 >> connection->window_scale, 65535u),
	};
	enqueue(stack, record);
	flow_replace(stack, &connection->tuple, flow_refer(FLOW_CONNECTION, connection_index(stack, connection)),
		     flow_refer(FLOW_TIME_WAIT, reference - 1));
}

static bool newer_timestamp(const struct time_wait *record, const struct tcp_header *header)
{
	return record->timestamps && header->has_timestamps &&
	       (int32_t)(header->timestamp_value - record->timestamp_recent) > 0;
}

bool time_wait_segment(struct stack *stack, uint32_t index, const struct tuple *tuple, struct tcp_segment *segment,
		       uint32_t *after)
{
	struct time_wait *record = &stack->tcp.time_wait.records[index];
	const struct tcp_header *header = &segment->header;
	struct tcp_header answer = {
	    .flags = TCP_ACK,
	    .sequence = record->send_next,
	    .acknowledgement = record->receive_next,
	    .window = (uint16_t)record->window,
	    .has_timestamps = record->timestamps,
	    .timestamp_value = tcp_clock(stack) + sequence_timestamp_offset(stack, tuple),
	    .timestamp_echo = record->timestamp_recent,
	};

	/* RFC 1337: a RST must not cut TIME-WAIT short. */
	if (header->flags & TCP_RST) {
		segment_drop(stack, segment, DROP_TCP_TIME_WAIT);
		return false;
	}
	if ((header->flags & (TCP_SYN | TCP_ACK)) == TCP_SYN &&
	    (newer_timestamp(record, header) ||
	     (!record->timestamps && seq_gt(header->sequence, record->receive_next)))) {
		*after = record->send_next + SEQUENCE_GAP;
		if (!*after)
			*after = 1;
		forget(stack, record);
		return true;
	}
	/* A FIN that comes again means that our last ACK was lost: the waiting begins anew. */
	if ((header->flags & TCP_FIN) && header->sequence + segment->length + 1 == record->receive_next) {
		dequeue(&stack->tcp.time_wait, record);
		enqueue(stack, record);
	}
	if (segment_space(segment) || header->sequence != record->receive_next)
		emit_bare(stack, tuple, &answer);
	segment_drop(stack, segment, DROP_TCP_TIME_WAIT);
	return false;
}

bool time_wait_yield(struct stack *stack, uint32_t index, uint32_t *after)
{
	struct time_wait *record = &stack->tcp.time_wait.records[index];

	/* RFC 6191 section 2: our next timestamp will be larger than any that this record's connection sent. */
	if (!record->timestamps)
		return false;
	*after = record->send_next + SEQUENCE_GAP;
	forget(stack, record);
	return true;
}

static bool expired(const struct stack *stack, const struct time_wait *record)
{
	uint32_t elapsed = (tcp_clock(stack) - record->expires) & CLOCK_MASK;

	return elapsed < UINT32_C(1) << 30;
}

void time_wait_advance(struct stack *stack)
{
	struct time_wait_table *table = &stack->tcp.time_wait;

	while (table->first && expired(stack, &table->records[table->first - 1]))
		forget(stack, &table->records[table->first - 1]);
}

uint64_t time_wait_deadline(const struct stack *stack)
{
	const struct time_wait_table *table = &stack->tcp.time_wait;
	const struct time_wait *record;

	if (!table->first)
		return UINT64_MAX;
	record = &table->records[table->first - 1];
	if (expired(stack, record))
		return stack->now;
	return (stack->now / 1000 + ((record->expires - tcp_clock(stack)) & CLOCK_MASK)) * 1000;
}
