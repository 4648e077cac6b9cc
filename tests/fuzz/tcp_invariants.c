/* SPDX-License-Identifier: BSD-3-Clause */
#include "tcp_invariants.h"

#include <string.h>

#include "../../tcpstack/tcp/tcp_internal.h"
#include "target.h"

static uint32_t end_of(struct rte_mbuf *mbuf)
{
	return segment_of(mbuf)->sequence + mbuf->data_len;
}

static void check_sums(const struct segment_list *list)
{
	uint32_t bytes = 0, charge = 0;
	struct rte_mbuf *last = NULL;

	for (struct rte_mbuf *mbuf = list->head; mbuf; mbuf = segment_of(mbuf)->next) {
		hold(mbuf->data_len > 0 && mbuf->nb_segs == 1 && !mbuf->next && mbuf->pkt_len == mbuf->data_len);
		bytes += mbuf->data_len;
		charge += segment_charge(mbuf);
		last = mbuf;
	}
	hold(list->tail == last && list->bytes == bytes && list->charge == charge);
}

static bool synchronised(const struct tcp_connection *connection)
{
	return connection->state >= TCP_ESTABLISHED;
}

/* The hint points at a sent segment of the queue, or nowhere; in *sacked, the SACKed bytes before it. */
static void check_hint(const struct tcp_connection *connection, const struct rte_mbuf *hint, bool none_lost,
		       uint32_t *sacked)
{
	struct rte_mbuf *mbuf = connection->send_queue.head;

	*sacked = 0;
	if (!hint)
		return;
	for (; mbuf != hint; mbuf = segment_of(mbuf)->next) {
		hold(mbuf && mbuf != connection->unsent);
		hold(!none_lost || !(segment_of(mbuf)->flags & SEGMENT_LOST));
		if (segment_of(mbuf)->flags & SEGMENT_SACKED)
			*sacked += mbuf->data_len;
	}
	hold(hint != connection->unsent);
}

static void check_marks(const struct tcp_connection *connection)
{
	uint32_t sacked = 0, lost = 0, before;

	for (struct rte_mbuf *mbuf = connection->send_queue.head; mbuf && mbuf != connection->unsent;
	     mbuf = segment_of(mbuf)->next) {
		uint8_t flags = segment_of(mbuf)->flags;

		hold((flags & (SEGMENT_SACKED | SEGMENT_LOST)) != (SEGMENT_SACKED | SEGMENT_LOST));
		hold(segment_of(mbuf)->transmissions > 0);
		sacked += flags & SEGMENT_SACKED ? mbuf->data_len : 0;
		lost += flags & SEGMENT_LOST ? mbuf->data_len : 0;
	}
	hold(connection->lost_bytes == lost);
	if (connection->sack)
		hold(connection->sacked_bytes == sacked);
	else
		hold(sacked == 0 && connection->sacked_bytes <= connection_in_flight(connection));
	check_hint(connection, connection->retransmit_hint, true, &before);
	check_hint(connection, connection->sack_hint, false, &before);
	check_hint(connection, connection->lost_hint, false, &before);
	hold(connection->lost_hint_sacked == before);
}

static void check_sending(const struct tcp_connection *connection)
{
	uint32_t sequence = connection->send_unacknowledged;
	struct rte_mbuf *mbuf = connection->send_queue.head;

	check_sums(&connection->send_queue);
	hold(seq_le(connection->send_unacknowledged, connection->send_next));
	if (!synchronised(connection)) {
		hold(!mbuf && !connection->unsent && !connection->fin_sent);
		return;
	}
	for (; mbuf && mbuf != connection->unsent; mbuf = segment_of(mbuf)->next) {
		hold(segment_of(mbuf)->sequence == sequence);
		sequence += mbuf->data_len;
	}
	hold(mbuf == connection->unsent);
	/* A FIN that was acknowledged lies before send_unacknowledged. */
	if (connection->fin_sent)
		hold(!connection->unsent && connection->fin_queued &&
		     (connection->send_next == sequence + 1 || connection->send_next == sequence));
	else
		hold(connection->send_next == sequence);
	for (; mbuf; mbuf = segment_of(mbuf)->next) {
		hold(segment_of(mbuf)->sequence == sequence);
		hold(!segment_of(mbuf)->flags && !segment_of(mbuf)->transmissions);
		sequence += mbuf->data_len;
	}
	hold(connection->mss > 0 && connection->mss <= 9000 && connection->congestion_window > 0);
	hold(connection->send_window <= connection->window_max);
	hold(connection->rto > 0);
	check_marks(connection);
}

static void check_receiving(const struct tcp_connection *connection)
{
	const struct segment_list *list = &connection->reorder_queue;
	uint32_t previous = connection->receive_next;
	unsigned ranges = 0;

	check_sums(&connection->receive_queue);
	check_sums(list);
	for (struct rte_mbuf *mbuf = list->head; mbuf; mbuf = segment_of(mbuf)->next) {
		hold(mbuf == list->head ? seq_gt(segment_of(mbuf)->sequence, previous)
					: seq_ge(segment_of(mbuf)->sequence, previous));
		ranges += mbuf == list->head || segment_of(mbuf)->sequence != previous;
		previous = end_of(mbuf);
	}
	hold(connection->reorder_ranges == ranges);
	if (list->tail) {
		hold(seq_le(previous, connection->receive_edge));
		hold(!connection->fin_received);
		hold(!connection->fin_pending || seq_le(previous, connection->fin_sequence));
	}
	for (unsigned i = 0; i < connection->sack_count; i++) {
		const struct tcp_sack_block *block = &connection->sack_blocks[i];

		hold(seq_gt(block->left, connection->receive_next) && seq_lt(block->left, block->right));
		hold(list->tail && seq_le(block->right, previous));
	}
	hold(connection->receive_mss > 0);
}

static void check_time(const struct stack *stack, const struct tcp_connection *connection, uint32_t at)
{
	if (!at)
		return;
	hold(!tcp_clock_reached(stack, at));
	hold(timer_is_set(&connection->timer));
	hold(connection->timer.tick * TIMER_TICK <= tcp_clock_time(stack, at));
}

static void check_timers(const struct stack *stack, const struct tcp_connection *connection)
{
	bool waits = connection_in_flight(connection) || connection->unsent ||
		     (connection->fin_queued && !connection->fin_sent) || connection->state < TCP_ESTABLISHED;

	check_time(stack, connection, connection->retransmit_at);
	check_time(stack, connection, connection->ack_at);
	check_time(stack, connection, connection->idle_at);
	hold(!waits || connection->on_due || connection->retransmit_at);
	hold(!connection->released || connection->idle_at);
	if (synchronised(connection) && connection->receive_next != connection->last_ack_sent)
		hold(connection->ack_at || connection->ack_now);
}

static void check_memory(const struct tcp_connection *connection, struct invariant_memory *memory, uint32_t index)
{
	const uint32_t initial_send = connection->initial_send, initial_receive = connection->initial_receive;

	if (synchronised(connection) && memory->connections[index].initial_send == initial_send &&
	    memory->connections[index].initial_receive == initial_receive) {
		hold(seq_ge(connection->receive_edge, memory->connections[index].receive_edge));
		hold(seq_ge(connection->send_unacknowledged, memory->connections[index].send_unacknowledged));
		hold(seq_ge(connection->send_next, memory->connections[index].send_next));
	}
	memory->connections[index].initial_send = synchronised(connection) ? initial_send : 0;
	memory->connections[index].initial_receive = initial_receive;
	memory->connections[index].receive_edge = connection->receive_edge;
	memory->connections[index].send_unacknowledged = connection->send_unacknowledged;
	memory->connections[index].send_next = connection->send_next;
}

static void check_connection(const struct stack *stack, const struct tcp_connection *connection)
{
	flow_reference reference = flow_refer(FLOW_CONNECTION, connection_index(stack, connection));

	check_receiving(connection);
	hold(connection->on_events == (connection->events != 0));
	if (connection->state == TCP_CLOSED) {
		hold(flow_find(stack, &connection->tuple) != reference);
		hold(!connection->released && !connection->on_due && !timer_is_set(&connection->timer));
		hold(!connection->send_queue.head && !connection->reorder_queue.head && !connection->unsent);
		return;
	}
	hold(connection->state != TCP_TIME_WAIT);
	hold(flow_find(stack, &connection->tuple) == reference);
	hold(!connection->released || !connection->on_events);
	check_sending(connection);
	check_timers(stack, connection);
}

static void check_free(const struct tcp_connection *connection)
{
	hold(connection->state == TCP_CLOSED && !connection->on_due && !connection->on_events);
	hold(!timer_is_set(&connection->timer) && !connection->send_queue.head);
	hold(!connection->receive_queue.head && !connection->reorder_queue.head);
}

/* Returns the entries that connections have in the flow table. */
static uint32_t check_connections(const struct stack *stack, struct invariant_memory *memory)
{
	const struct tcp_state_tables *tcp = &stack->tcp;
	bool is_free[INVARIANT_CONNECTIONS] = {false};
	uint32_t used = 0, flows = 0, waiting = 0;
	uint64_t charge = 0;

	hold(tcp->connections_ever <= INVARIANT_CONNECTIONS);
	for (struct tcp_connection *free = tcp->connection_free; free; free = free->context) {
		hold(!is_free[connection_index(stack, free)]);
		is_free[connection_index(stack, free)] = true;
	}
	for (uint32_t i = 0; i < tcp->connections_ever; i++) {
		const struct tcp_connection *connection = &tcp->connections[i];

		if (is_free[i]) {
			check_free(connection);
			memset(&memory->connections[i], 0, sizeof(memory->connections[i]));
			continue;
		}
		check_connection(stack, connection);
		check_memory(connection, memory, i);
		charge +=
		    connection->send_queue.charge + connection->receive_queue.charge + connection->reorder_queue.charge;
		waiting += (connection->events & TCP_EVENT_ACCEPTED) && listener_that_accepted(connection);
		flows += connection->state != TCP_CLOSED;
		used++;
	}
	for (uint32_t i = 0; i < tcp->listeners.capacity; i++)
		waiting -= tcp->listeners.listeners[i].waiting;
	hold(waiting == 0);
	hold(tcp->connections_used == used && tcp->charge == charge);
	return flows;
}

static void check_lists(const struct stack *stack)
{
	const struct tcp_connection *connection;
	int due = 0, events = 0;

	TAILQ_FOREACH(connection, &stack->tcp.due, due_link)
	{
		hold(connection->on_due);
		due++;
	}
	TAILQ_FOREACH(connection, &stack->tcp.events, event_link)
	{
		hold(connection->on_events);
		events++;
	}
	for (uint32_t i = 0; i < stack->tcp.connections_ever; i++) {
		due -= stack->tcp.connections[i].on_due;
		events -= stack->tcp.connections[i].on_events;
	}
	hold(due == 0 && events == 0);
}

/* Returns how many are on the queue. */
static uint32_t check_queue(const struct stack *stack, const struct record_table *table,
			    const struct record_queue *queue, enum flow_kind kind)
{
	uint32_t used = 0, previous = 0;
	const struct record *record;

	for (uint32_t reference = queue->first; reference; reference = record->next) {
		struct tuple tuple;

		record = record_at(table, reference - 1);
		tuple = record_tuple(record);
		hold(record->previous == previous);
		hold(flow_find(stack, &tuple) == flow_refer(kind, reference - 1));
		hold(!previous || (int32_t)(record->expires - record_at(table, previous - 1)->expires) >= 0);
		previous = reference;
		used++;
	}
	hold(queue->last == previous);
	return used;
}

static void check_records(const struct stack *stack)
{
	const struct half_open_table *half_open = &stack->tcp.half_open;
	const struct time_wait_table *time_wait = &stack->tcp.time_wait;
	uint32_t used = 0;

	for (unsigned retries = 0; retries <= HALF_OPEN_RETRIES_MAX; retries++)
		used += check_queue(stack, &half_open->table, &half_open->queues[retries], FLOW_HALF_OPEN);
	hold(used == half_open->table.used);
	hold(check_queue(stack, &time_wait->table, &time_wait->queue, FLOW_TIME_WAIT) == time_wait->table.used);
}

void tcp_invariants(const struct stack *stack, struct invariant_memory *memory)
{
	uint32_t flows = check_connections(stack, memory);

	check_lists(stack);
	check_records(stack);
	/* Each record finds itself, and there are no entries beyond. */
	hold(stack->tcp.flows.entries == flows + stack->tcp.half_open.table.used + stack->tcp.time_wait.table.used);
}
