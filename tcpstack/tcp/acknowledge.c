/* SPDX-License-Identifier: BSD-3-Clause */
/* What an ACK tells: data has arrived, time has passed, the window has moved, something was lost. */
#include "tcp_internal.h"

#define DUPLICATE_THRESHOLD 3
#define CONFIRM_INTERVAL 5000 /* milliseconds; a neighbour is thought reachable for some 30 s */

/* RFC 6298 section 2, in the integer form of Van Jacobson; the lower bound is on the variance, so that a peer's delayed
 * ACK never makes a time-out. */
void round_trip_sample(struct stack *stack, struct tcp_connection *connection, uint32_t rtt)
{
	const struct tcp_config *config = &stack->config.tcp;
	uint64_t margin;

	rtt = RTE_MIN(RTE_MAX(rtt, 1u), config->rto_max * 1000);
	if (!connection->rtt) {
		connection->rtt = rtt;
		connection->rtt_variance = rtt / 2;
	} else {
		uint32_t error = rtt > connection->rtt ? rtt - connection->rtt : connection->rtt - rtt;

		connection->rtt_variance = connection->rtt_variance - connection->rtt_variance / 4 + error / 4;
		connection->rtt = RTE_MAX(connection->rtt - connection->rtt / 8 + rtt / 8, 1u);
	}
	margin = RTE_MAX(4 * (uint64_t)connection->rtt_variance, config->rto_min * UINT64_C(1000));
	connection->rto = (uint32_t)RTE_MIN(connection->rtt + margin, config->rto_max * UINT64_C(1000));
}

/* Frees what the peer has, up to `ack`; returns the time since the first of it was sent, if it was sent only once
 * (Karn), else 0. */
static uint32_t free_acknowledged(struct stack *stack, struct tcp_connection *connection, uint32_t ack)
{
	uint32_t rtt = 0;
	bool first = true;

	while (connection->send_queue.head && connection->send_queue.head != connection->unsent) {
		struct rte_mbuf *mbuf = connection->send_queue.head;
		struct segment *segment = segment_of(mbuf);
		uint32_t part = ack - segment->sequence;

		if (seq_le(ack, segment->sequence))
			break;
		if (first && segment->transmissions == 1 && !(segment->flags & SEGMENT_SACKED))
			rtt = RTE_MAX((uint32_t)stack->now - segment->sent_at, 1u);
		first = false;
		if (part < mbuf->data_len) {
			/* A part of a segment: the counts go by what is left of it. */
			if (segment->flags & SEGMENT_LOST)
				connection->lost_bytes -= part;
			if (segment->flags & SEGMENT_SACKED) {
				connection->sacked_bytes -= RTE_MIN(part, connection->sacked_bytes);
				connection->lost_hint_sacked -= RTE_MIN(part, connection->lost_hint_sacked);
			}
			rte_pktmbuf_adj(mbuf, (uint16_t)part);
			segment->sequence = ack;
			connection->send_queue.bytes -= part;
			break;
		}
		scoreboard_forget(connection, mbuf);
		segment_list_pop(&connection->send_queue);
		stack->tcp.charge -= segment_charge(mbuf);
		rte_pktmbuf_free(mbuf);
	}
	return rtt;
}

/* TSecr as a round-trip time (RFC 7323 section 4.3): the only clean one after a retransmission. */
static uint32_t timestamp_rtt(const struct stack *stack, const struct tcp_connection *connection,
			      const struct tcp_header *header)
{
	uint32_t elapsed = tcp_clock(stack) + connection->timestamp_offset - header->timestamp_echo;

	if (!connection->timestamps || !header->has_timestamps || !header->timestamp_echo ||
	    elapsed > stack->config.tcp.rto_max)
		return 0;
	return elapsed * 1000 + 1;
}

static void enter_recovery(struct stack *stack, struct tcp_connection *connection)
{
	connection->recovering = true;
	connection->retransmit_first = true;
	connection->recovery_point = connection->send_next;
	connection->congestion->loss(stack, connection);
	if (connection->sack)
		stack->counters.tcp_sack_recoveries++;
	else
		stack->counters.tcp_fast_recoveries++;
}

/* Loss is recovered up to the recovery point: the ordinary regime again. */
static void leave_recovery(struct tcp_connection *connection)
{
	connection->recovering = false;
	connection->recovered = connection->send_unacknowledged == connection->recovery_point;
	connection->timed_out = false;
	connection->duplicate_acks = 0;
	if (!connection->sack)
		connection->sacked_bytes = 0;
}

/* Without SACK each duplicate ACK stands for a segment that has left the network (RFC 6582, as a count of bytes). */
static void count_duplicate(struct tcp_connection *connection)
{
	uint32_t most = connection_in_flight(connection);

	most = most > connection->mss ? most - connection->mss : 0;
	connection->sacked_bytes = RTE_MIN(connection->sacked_bytes + connection->mss, most);
}

/* Without SACK, an ACK that advances: it covers what duplicate ACKs had counted. In recovery that is all of its bytes
 * but the hole itself, else all that is counted. */
static void uncount_duplicates(struct tcp_connection *connection, uint32_t bytes)
{
	uint32_t counted = connection->sacked_bytes;

	if (connection->recovering)
		counted = bytes > connection->mss ? bytes - connection->mss : 0;
	connection->sacked_bytes -= RTE_MIN(counted, connection->sacked_bytes);
	connection->sacked_bytes = RTE_MIN(connection->sacked_bytes, connection_in_flight(connection));
}

/* What we send arrives: so does it at the next hop. */
static void confirm_path(struct stack *stack, struct tcp_connection *connection)
{
	struct ip_path path;

	if (tcp_clock(stack) - connection->confirmed_at < CONFIRM_INTERVAL)
		return;
	connection->confirmed_at = tcp_clock(stack);
	if (ip_route_between(stack, &connection->tuple.local, &connection->tuple.remote, &path))
		ip_confirm(stack, &path);
}

static void advance(struct stack *stack, struct tcp_connection *connection, const struct tcp_segment *segment,
		    uint32_t sacked_before)
{
	uint32_t ack = segment->header.acknowledgement;
	uint32_t bytes = ack - connection->send_unacknowledged;
	bool fin = connection->fin_sent && ack == connection->send_next;
	bool was_recovering = connection->recovering;
	uint32_t rtt = free_acknowledged(stack, connection, ack);

	connection->send_unacknowledged = ack;
	connection->bytes_sent += bytes - fin;
	connection->timeouts = 0;
	connection->probes = 0;
	confirm_path(stack, connection);
	if (!connection->sack)
		uncount_duplicates(connection, bytes);
	if (!rtt)
		rtt = timestamp_rtt(stack, connection, &segment->header);
	if (rtt)
		round_trip_sample(stack, connection, rtt);

	connection->recovered = false;
	if ((connection->recovering || connection->timed_out) && seq_ge(ack, connection->recovery_point))
		leave_recovery(connection);
	else if (connection->recovering && !connection->sack)
		scoreboard_mark_first(connection);
	connection->duplicate_acks = 0;
	/* The ACK that ends a recovery speaks of what arrived during it. And nothing that was SACKed counts again. */
	if (!was_recovering)
		connection->congestion->acknowledged(
		    stack, connection, connection->sack ? bytes + connection->sacked_bytes - sacked_before : bytes);
	if (seq_ge(ack, connection->limited_point))
		connection->window_limited = false;
	timers_arm_retransmit(stack, connection);
	/* The patience with an orphan begins again with all progress. */
	if (connection->released)
		timers_set_idle(stack, connection);
	if (connection->wants_space && tcp_send_space(stack, connection)) {
		connection->wants_space = false;
		connection_event(stack, connection, TCP_EVENT_WRITABLE);
	}
}

/* RFC 5681 section 2: nothing but an ACK, of what was acknowledged before, with the same window, while data is out. */
static bool is_duplicate(const struct tcp_connection *connection, const struct tcp_segment *segment, uint32_t window)
{
	return segment->length == 0 && !(segment->header.flags & (TCP_SYN | TCP_FIN)) &&
	       segment->header.acknowledgement == connection->send_unacknowledged &&
	       window == connection->send_window && connection_in_flight(connection);
}

static void find_loss(struct stack *stack, struct tcp_connection *connection, bool duplicate)
{
	bool lost = false;

	if (duplicate && connection->duplicate_acks < UINT8_MAX)
		connection->duplicate_acks++;
	if (connection->sack) {
		lost = connection->sacked_bytes && scoreboard_mark_lost(connection);
		/* RFC 6675 section 5 (2): the third duplicate ACK, even if SACKed segments are short. */
		if (!connection->recovering && !connection->timed_out && connection->sacked_bytes &&
		    connection->duplicate_acks >= DUPLICATE_THRESHOLD && !connection->lost_bytes) {
			scoreboard_mark_first(connection);
			lost = true;
		}
	} else if (duplicate) {
		count_duplicate(connection);
		/* Until something beyond the recovery point is acknowledged, duplicates may come of what was sent again
		 * (RFC 6582 section 3.2). */
		if (connection->duplicate_acks == DUPLICATE_THRESHOLD && !connection->recovering &&
		    !connection->recovered && !connection->timed_out) {
			scoreboard_mark_first(connection);
			lost = true;
		}
	}
	if (lost && !connection->recovering && !connection->timed_out)
		enter_recovery(stack, connection);
}

/* RFC 9293 section 3.10.7.4: SND.WND, SND.WL1, SND.WL2. */
static void update_window(struct stack *stack, struct tcp_connection *connection, const struct tcp_header *header,
			  uint32_t window)
{
	uint32_t before = connection->send_window;

	if (seq_lt(header->acknowledgement, connection->send_unacknowledged))
		return;
	/* An ACK that advances is the latest word, though it may come with data that was sent again: with it the old
	 * window would reach further than the peer has promised. */
	if (header->acknowledgement == connection->send_unacknowledged &&
	    (seq_lt(header->sequence, connection->window_sequence) ||
	     (header->sequence == connection->window_sequence &&
	      seq_lt(header->acknowledgement, connection->window_ack))))
		return;
	connection->send_window = window;
	connection->window_sequence = seq_max(connection->window_sequence, header->sequence);
	connection->window_ack = header->acknowledgement;
	connection->window_max = RTE_MAX(connection->window_max, window);
	if (window != before) {
		if (window)
			connection->probes = 0;
		/* What is in flight has its timer already, which a window must not put off (RFC 6298 section 5). */
		if (!connection_in_flight(connection))
			timers_arm_retransmit(stack, connection);
	}
}

void acknowledge(struct stack *stack, struct tcp_connection *connection, const struct tcp_segment *segment)
{
	uint32_t window = (uint32_t)segment->header.window << (segment->unscaled ? 0 : connection->peer_window_scale);
	bool duplicate = is_duplicate(connection, segment, window);
	uint32_t sacked_before = connection->sacked_bytes;

	if (connection->sack && segment->header.sack_count)
		scoreboard_sack(connection, &segment->header);
	update_window(stack, connection, &segment->header, window);
	if (seq_gt(segment->header.acknowledgement, connection->send_unacknowledged))
		advance(stack, connection, segment, sacked_before);
	find_loss(stack, connection, duplicate);
	connection_due(stack, connection);
}
