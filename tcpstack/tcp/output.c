/* SPDX-License-Identifier: BSD-3-Clause */
/* What a connection sends, and when: lost segments first, then new data, FIN, and an ACK if nothing else carried it. */
#include "tcp_internal.h"

#define RUN_MAX 16 /* mbufs in one packet */

/* Consecutive segments of the send queue that go out as one packet. */
struct run {
	struct rte_mbuf *first;
	struct rte_mbuf *after; /* the segment behind the last; NULL at the end of the queue */
	unsigned count;
	uint32_t bytes;
};

/* Makes the mbuf hold its first `bytes` bytes only; the others go into an indirect one behind it. False without mbufs.
 */
static bool split(struct stack *stack, struct tcp_connection *connection, struct rte_mbuf *mbuf, uint32_t bytes)
{
	struct rte_mbuf *rest = rte_pktmbuf_alloc(stack->config.pool);

	if (!rest) {
		count_drop(stack, DROP_NO_MBUF);
		return false;
	}
	rte_pktmbuf_attach(rest, mbuf);
	rte_pktmbuf_adj(rest, (uint16_t)bytes);
	*segment_of(rest) = *segment_of(mbuf);
	segment_of(rest)->sequence += bytes;
	rte_pktmbuf_trim(mbuf, mbuf->data_len - (uint16_t)bytes);
	segment_of(mbuf)->next = rest;
	if (connection->send_queue.tail == mbuf)
		connection->send_queue.tail = rest;
	connection->send_queue.charge += segment_charge(rest);
	stack->tcp.charge += segment_charge(rest);
	return true;
}

/* Gathers up to `limit` bytes from `first` on, of which all have the flags in `mask` that it has. */
static struct run gather(struct stack *stack, struct tcp_connection *connection, struct rte_mbuf *first, uint32_t limit,
			 uint8_t mask)
{
	struct run run = {.first = first};
	uint8_t flags = segment_of(first)->flags & mask;
	struct rte_mbuf *mbuf = first;

	while (mbuf && run.count < RUN_MAX && run.bytes < limit && (segment_of(mbuf)->flags & mask) == flags) {
		/* A retransmission never runs on into what was not sent yet. */
		if (mbuf == connection->unsent && mbuf != first)
			break;
		if (mbuf->data_len > limit - run.bytes && !split(stack, connection, mbuf, limit - run.bytes))
			break;
		run.bytes += mbuf->data_len;
		run.count++;
		mbuf = segment_of(mbuf)->next;
	}
	run.after = mbuf;
	return run;
}

/* Gathers from the first unsent segment on. */
static struct run gather_unsent(struct stack *stack, struct tcp_connection *connection, uint32_t limit)
{
	struct rte_mbuf *first = connection->unsent;
	struct run run;

	connection->unsent = NULL;
	run = gather(stack, connection, first, limit, 0);
	connection->unsent = first;
	return run;
}

/* The most that one packet may carry. */
static uint32_t packet_limit(const struct stack *stack, const struct tcp_connection *connection,
			     const struct ip_path *path)
{
	const uint32_t wanted = INTERFACE_TX_TCP_SEGMENTATION | INTERFACE_TX_CHAINS;
	uint32_t segments = (UINT16_MAX - TCP_HEADER_MAX - 40) / connection->mss;

	if ((ip_offloads(stack, path->interface) & wanted) != wanted)
		return connection->mss;
	return RTE_MAX(segments, 1u) * connection->mss;
}

static void run_sent(struct tcp_connection *connection, const struct run *run)
{
	struct rte_mbuf *mbuf = run->first;

	for (unsigned i = 0; i < run->count; i++, mbuf = segment_of(mbuf)->next) {
		struct segment *segment = segment_of(mbuf);

		if (segment->flags & SEGMENT_LOST)
			connection->lost_bytes -= mbuf->data_len;
		segment->flags = (segment->flags & ~SEGMENT_LOST) | SEGMENT_RETRANSMITTED;
	}
}

/* Whether the run ends where our FIN stands, so that it goes with it again. */
static bool reaches_fin(const struct tcp_connection *connection, const struct run *run)
{
	return connection->fin_sent && !run->after;
}

/* Sends the next lost segment. False if there is none, the window is full, or no mbuf. */
static bool retransmit_lost(struct stack *stack, struct tcp_connection *connection, const struct ip_path *path)
{
	struct rte_mbuf *first = scoreboard_next_lost(connection);
	uint8_t flags = TCP_PSH;
	struct run run;

	if (!first)
		return false;
	if (!connection->retransmit_first &&
	    scoreboard_pipe(connection) + RTE_MIN(connection->mss, first->data_len) > connection->congestion_window)
		return false;
	run = gather(stack, connection, first, connection->mss, SEGMENT_LOST);
	if (!run.count)
		return false;
	if (reaches_fin(connection, &run))
		flags |= TCP_FIN;
	if (!emit_data(stack, connection, path, run.first, run.count, run.bytes, flags))
		return false;
	run_sent(connection, &run);
	connection->retransmit_first = false;
	connection->retransmitted++;
	stack->counters.tcp_retransmitted++;
	if (!connection->retransmit_at)
		timers_arm_retransmit(stack, connection);
	return true;
}

/* Bytes that the peer's window has room for. */
static uint32_t usable_window(const struct tcp_connection *connection)
{
	uint32_t in_flight = connection_in_flight(connection);

	return connection->send_window > in_flight ? connection->send_window - in_flight : 0;
}

static uint32_t unsent_bytes(const struct tcp_connection *connection)
{
	uint32_t sent = connection_in_flight(connection) - connection->fin_sent;

	return connection->unsent ? connection->send_queue.bytes - sent : 0;
}

/*
 * How much new data may go into the next packet: as the peer's window, the congestion window and the avoidance of silly
 * windows allow (RFC 9293 section 3.8.6.2.1; without the Nagle algorithm).
 */
static uint32_t allowance(struct tcp_connection *connection, uint32_t limit, bool override)
{
	uint32_t unsent = unsent_bytes(connection);
	uint32_t pipe = scoreboard_pipe(connection);
	uint32_t bytes = RTE_MIN(RTE_MIN(unsent, limit), usable_window(connection));
	bool full = bytes >= connection->mss;

	if (!bytes)
		return 0;
	if (full)
		bytes -= bytes == unsent ? 0 : bytes % connection->mss;
	else if (!override && (bytes < unsent || connection->corked) && bytes < connection->window_max / 2)
		return 0;
	if (pipe + RTE_MIN(bytes, connection->mss) > connection->congestion_window && pipe)
		return 0;
	if (bytes > connection->mss) {
		uint32_t room = connection->congestion_window - pipe;

		if (bytes > room)
			bytes = RTE_MAX(room - room % connection->mss, (uint32_t)connection->mss);
	}
	return bytes;
}

static void restart_after_idle(struct stack *stack, struct tcp_connection *connection)
{
	uint64_t idle = (uint64_t)(tcp_clock(stack) - connection->sent_at) * 1000;

	if (!connection_in_flight(connection) && idle > connection->rto)
		connection->congestion->idle(stack, connection, idle);
}

/* A bare FIN goes even through a closed window: peers take it there, and an orphan comes to its end. */
static bool fin_fits(const struct tcp_connection *connection, uint32_t bytes)
{
	return connection->fin_queued && !connection->fin_sent && (!bytes || usable_window(connection) > bytes);
}

/* Sends the next packet of new data. False if there is none, nothing is allowed, or no mbuf. */
static bool send_new(struct stack *stack, struct tcp_connection *connection, const struct ip_path *path, uint32_t limit,
		     bool override)
{
	uint32_t bytes;
	uint8_t flags = 0;
	struct run run;

	restart_after_idle(stack, connection);
	bytes = allowance(connection, limit, override);
	if (!bytes)
		return false;
	run = gather_unsent(stack, connection, bytes);
	if (!run.count)
		return false;
	if (!run.after) {
		flags |= TCP_PSH;
		if (fin_fits(connection, run.bytes))
			flags |= TCP_FIN;
	}
	if (!emit_data(stack, connection, path, run.first, run.count, run.bytes, flags))
		return false;
	connection->unsent = run.after;
	connection->send_next += run.bytes;
	if (flags & TCP_FIN) {
		connection->fin_sent = true;
		connection->send_next++;
	}
	if (!connection->retransmit_at)
		timers_arm_retransmit(stack, connection);
	return true;
}

static void send_fin(struct stack *stack, struct tcp_connection *connection)
{
	if (connection->unsent || !fin_fits(connection, 0))
		return;
	if (!emit_control(stack, connection, TCP_FIN, connection->send_next))
		return;
	connection->fin_sent = true;
	connection->send_next++;
	timers_arm_retransmit(stack, connection);
}

/* The congestion window counts as used up for the whole round trip in which it was (RFC 9438 section 5.8). */
static void note_window_use(struct tcp_connection *connection)
{
	if (scoreboard_pipe(connection) + connection->mss > connection->congestion_window) {
		connection->window_limited = true;
		connection->limited_point = connection->send_next;
	}
}

bool output_override(struct stack *stack, struct tcp_connection *connection)
{
	struct ip_path path;

	return ip_route_between(stack, &connection->tuple.local, &connection->tuple.remote, &path) &&
	       connection->unsent && send_new(stack, connection, &path, connection->mss, true);
}

static bool handshake_output(struct stack *stack, struct tcp_connection *connection)
{
	/* A SYN that could not leave for want of an mbuf is as good as lost: the timer sends it again. */
	if (connection->send_next == connection->initial_send) {
		emit_syn(stack, connection);
		connection->send_next++;
		connection->sent_at = tcp_clock(stack);
	} else if (connection->ack_now) {
		emit_syn(stack, connection);
	}
	if (!connection->retransmit_at)
		timers_arm_retransmit(stack, connection);
	return true;
}

bool output_connection(struct stack *stack, struct tcp_connection *connection)
{
	struct ip_path path;
	uint32_t limit;
	bool more = true;

	if (connection->state == TCP_CLOSED)
		return true;
	if (!ip_output_room(stack, connection->interface))
		return false;
	if (connection->state == TCP_SYN_SENT || connection->state == TCP_SYN_RECEIVED)
		return handshake_output(stack, connection);
	if (!ip_route_between(stack, &connection->tuple.local, &connection->tuple.remote, &path)) {
		timers_arm_retransmit(stack, connection);
		return true;
	}
	connection_fit_mtu(connection, path.mtu);
	/* What is missing is told at once and apart: data segments have no room for it. */
	if (connection->ack_now && connection->sack_count)
		emit_control(stack, connection, 0, connection->send_next);
	limit = packet_limit(stack, connection, &path);
	while (more && ip_output_room(stack, path.interface))
		more = retransmit_lost(stack, connection, &path) ||
		       (connection->unsent && send_new(stack, connection, &path, limit, false));
	note_window_use(connection);
	if (more)
		return false;
	send_fin(stack, connection);
	if (connection->ack_now)
		emit_control(stack, connection, 0, connection->send_next);
	/* Data that waits for a window with nothing in flight needs a probe. */
	if (!connection->retransmit_at)
		timers_arm_retransmit(stack, connection);
	return true;
}

void output_free(struct stack *stack, struct tcp_connection *connection)
{
	stack->tcp.charge -= connection->send_queue.charge;
	segment_list_free(&connection->send_queue);
	connection->unsent = NULL;
	connection->retransmit_hint = NULL;
	connection->lost_hint = NULL;
	connection->sack_hint = NULL;
	connection->sacked_bytes = 0;
	connection->lost_bytes = 0;
}

void tcp_flush(struct stack *stack)
{
	struct tcp_connection_queue blocked = TAILQ_HEAD_INITIALIZER(blocked);
	struct tcp_connection *connection;

	while ((connection = TAILQ_FIRST(&stack->tcp.due)) != NULL) {
		TAILQ_REMOVE(&stack->tcp.due, connection, due_link);
		connection->on_due = false;
		if (!output_connection(stack, connection)) {
			TAILQ_INSERT_TAIL(&blocked, connection, due_link);
			connection->on_due = true;
		}
	}
	TAILQ_CONCAT(&stack->tcp.due, &blocked, due_link);
}

/* The user's side of sending. */

bool tcp_send(struct stack *stack, struct tcp_connection *connection, struct segment_list *list)
{
	struct segment_list *queue = &connection->send_queue;
	uint32_t sequence = connection->send_unacknowledged + queue->bytes;
	struct rte_mbuf *mbuf;

	if ((connection->state != TCP_ESTABLISHED && connection->state != TCP_CLOSE_WAIT) || connection->fin_queued)
		return false;
	while ((mbuf = segment_list_pop(list)) != NULL) {
		uint16_t length = mbuf->data_len;

		/* Small pieces are copied together while they wait: they must not pin a buffer each. */
		if (connection->unsent && length < mbuf->buf_len / 4 && segment_list_merge(queue, queue->tail, mbuf)) {
			rte_pktmbuf_free(mbuf);
		} else {
			stack->tcp.charge += segment_charge(mbuf);
			segment_list_append(queue, mbuf);
			*segment_of(mbuf) = (struct segment){.sequence = sequence};
			if (!connection->unsent)
				connection->unsent = mbuf;
		}
		sequence += length;
	}
	if (connection->unsent)
		connection_due(stack, connection);
	return true;
}

uint32_t tcp_send_space(const struct stack *stack, struct tcp_connection *connection)
{
	uint32_t limit = tcp_queue_limit(stack, connection->send_limit);

	if (connection->send_queue.charge < limit)
		return limit - connection->send_queue.charge;
	connection->wants_space = true;
	return 0;
}

uint32_t tcp_unacknowledged(const struct tcp_connection *connection)
{
	return connection->send_queue.bytes;
}

void tcp_cork(struct stack *stack, struct tcp_connection *connection, bool cork)
{
	connection->corked = cork;
	if (!cork)
		connection_due(stack, connection);
}
