/* SPDX-License-Identifier: BSD-3-Clause */
#include "time_wait.h"

#include "tcp_internal.h"

/* How far a new ISS lies behind the last number used, at least (RFC 1122 section 4.2.2.13). */
#define SEQUENCE_GAP 65536

_Static_assert(offsetof(struct time_wait, record) == 0, "a TIME-WAIT record begins as a record");

bool time_wait_init(struct stack *stack)
{
	return record_table_init(stack, &stack->tcp.time_wait.table, stack->config.time_wait);
}

void time_wait_destroy(struct stack *stack)
{
	record_table_destroy(stack, &stack->tcp.time_wait.table);
}

static struct time_wait *time_wait_at(const struct stack *stack, uint32_t index)
{
	return (struct time_wait *)record_at(&stack->tcp.time_wait.table, index);
}

/* Half seconds, about. */
static uint8_t slow_clock(const struct stack *stack)
{
	return (uint8_t)(tcp_clock(stack) >> 9);
}

static void enqueue(struct stack *stack, struct record *record)
{
	struct time_wait_table *table = &stack->tcp.time_wait;

	record->expires = tcp_clock_after(stack, stack->config.tcp.time_wait);
	record_append(&table->table, &table->queue, record);
}

static void forget(struct stack *stack, struct record *record)
{
	struct time_wait_table *table = &stack->tcp.time_wait;
	struct tuple tuple = record_tuple(record);

	flow_remove(stack, &tuple, flow_refer(FLOW_TIME_WAIT, record_index(&table->table, record)));
	record_remove(&table->table, &table->queue, record);
	record_give(&table->table, record);
}

void time_wait_enter(struct stack *stack, const struct tcp_connection *connection)
{
	struct time_wait_table *table = &stack->tcp.time_wait;
	struct record *record = record_take(&table->table, &connection->tuple);
	struct time_wait *time_wait;

	if (!record) {
		stack->counters.tcp_time_wait_evicted++;
		forget(stack, record_first(&table->table, &table->queue));
		record = record_take(&table->table, &connection->tuple);
	}
	time_wait = (struct time_wait *)record;
	time_wait->send_next = connection->send_next;
	time_wait->receive_next = connection->receive_next;
	time_wait->timestamps = connection->timestamps;
	time_wait->timestamp_recent = connection->timestamp_recent;
	time_wait->window = (uint16_t)RTE_MIN(connection->receive_limit / 2 >> connection->window_scale, 65535u);
	time_wait->answered = slow_clock(stack) - 1;
	enqueue(stack, record);
	flow_replace(stack, &connection->tuple, flow_refer(FLOW_CONNECTION, connection_index(stack, connection)),
		     flow_refer(FLOW_TIME_WAIT, record_index(&table->table, record)));
}

static bool newer_timestamp(const struct time_wait *time_wait, const struct tcp_header *header)
{
	return time_wait->timestamps && header->has_timestamps &&
	       (int32_t)(header->timestamp_value - time_wait->timestamp_recent) > 0;
}

/* Segments without data are answered rarely, so that two ends never quarrel. */
static bool deserves_answer(struct stack *stack, struct time_wait *time_wait, const struct tcp_segment *segment)
{
	if (segment_space(segment))
		return true;
	if (segment->header.sequence == time_wait->receive_next)
		return false;
	if (time_wait->answered == slow_clock(stack)) {
		stack->counters.tcp_challenges_withheld++;
		return false;
	}
	time_wait->answered = slow_clock(stack);
	return true;
}

bool time_wait_segment(struct stack *stack, uint32_t index, const struct tuple *tuple, struct tcp_segment *segment,
		       uint32_t *after)
{
	struct time_wait *time_wait = time_wait_at(stack, index);
	const struct tcp_header *header = &segment->header;
	struct tcp_header answer = {
	    .flags = TCP_ACK,
	    .sequence = time_wait->send_next,
	    .acknowledgement = time_wait->receive_next,
	    .window = (uint16_t)time_wait->window,
	    .has_timestamps = time_wait->timestamps,
	    .timestamp_value = tcp_clock(stack) + sequence_timestamp_offset(stack, tuple),
	    .timestamp_echo = time_wait->timestamp_recent,
	};

	/* RFC 1337: a RST must not cut TIME-WAIT short. */
	if (header->flags & TCP_RST) {
		segment_drop(stack, segment, DROP_TCP_TIME_WAIT);
		return false;
	}
	if ((header->flags & (TCP_SYN | TCP_ACK)) == TCP_SYN &&
	    (newer_timestamp(time_wait, header) ||
	     (!time_wait->timestamps && seq_gt(header->sequence, time_wait->receive_next)))) {
		*after = time_wait->send_next + SEQUENCE_GAP;
		if (!*after)
			*after = 1;
		forget(stack, &time_wait->record);
		return true;
	}
	/* A FIN that comes again means that our last ACK was lost: the waiting begins anew. */
	if ((header->flags & TCP_FIN) && header->sequence + segment->length + 1 == time_wait->receive_next) {
		record_remove(&stack->tcp.time_wait.table, &stack->tcp.time_wait.queue, &time_wait->record);
		enqueue(stack, &time_wait->record);
	}
	if (deserves_answer(stack, time_wait, segment))
		emit_bare(stack, tuple, &answer);
	segment_drop(stack, segment, DROP_TCP_TIME_WAIT);
	return false;
}

bool time_wait_yield(struct stack *stack, uint32_t index, uint32_t *after)
{
	struct time_wait *time_wait = time_wait_at(stack, index);

	/* RFC 6191 section 2: our next timestamp will be larger than any that this record's connection sent. */
	if (!time_wait->timestamps)
		return false;
	*after = time_wait->send_next + SEQUENCE_GAP;
	forget(stack, &time_wait->record);
	return true;
}

void time_wait_advance(struct stack *stack)
{
	struct time_wait_table *table = &stack->tcp.time_wait;
	struct record *record;

	while ((record = record_first(&table->table, &table->queue)) != NULL &&
	       tcp_clock_reached(stack, record->expires))
		forget(stack, record);
}

uint64_t time_wait_deadline(const struct stack *stack)
{
	const struct time_wait_table *table = &stack->tcp.time_wait;
	const struct record *record = record_first(&table->table, &table->queue);

	return record ? tcp_clock_time(stack, record->expires) : UINT64_MAX;
}
