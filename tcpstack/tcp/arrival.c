/* SPDX-License-Identifier: BSD-3-Clause */
/* A segment arrives at a connection: RFC 9293 section 3.10.7.4, in its order, with RFC 7323 and RFC 5961. */
#include "tcp_internal.h"

#define CHALLENGE_INTERVAL 500			       /* milliseconds between challenge ACKs of one connection */
#define PAWS_IDLE (UINT32_C(24) * 24 * 60 * 60 * 1000) /* RFC 7323 section 5.5 */

/* RFC 5961 section 7: limited by connection, so that the limit tells nothing to others (CVE-2016-5696). */
static void challenge(struct stack *stack, struct tcp_connection *connection)
{
	/* A time farther off is one of before the clock's wrap. */
	if (connection->challenge_at && connection->challenge_at - tcp_clock(stack) - 1 <= CHALLENGE_INTERVAL) {
		stack->counters.tcp_challenges_withheld++;
		/* Late is soon enough; never would leave a connection whose peer is gone, and has said so once. */
		if (!connection->ack_at) {
			connection->ack_at = connection->challenge_at;
			timers_update(stack, connection);
		}
		return;
	}
	connection->challenge_at = tcp_clock_after(stack, CHALLENGE_INTERVAL);
	stack->counters.tcp_challenges_sent++;
	connection->ack_now = true;
	connection_due(stack, connection);
}

/* An unacceptable segment is answered with an ACK; one without data only now and then, so that two ends never quarrel.
 */
static void refuse(struct stack *stack, struct tcp_connection *connection, struct tcp_segment *segment,
		   enum drop_reason reason)
{
	if (segment->length) {
		connection->ack_now = true;
		connection_due(stack, connection);
	} else if (!(segment->header.flags & TCP_RST)) {
		challenge(stack, connection);
	}
	segment_drop(stack, segment, reason);
}

/* Older than TS.Recent, unless that is too old itself to compare with. */
static bool timestamp_old(const struct stack *stack, const struct tcp_connection *connection,
			  const struct tcp_header *header)
{
	return (int32_t)(header->timestamp_value - connection->timestamp_recent) < 0 &&
	       tcp_clock(stack) - connection->timestamp_recent_at < PAWS_IDLE;
}

/* RFC 7323 sections 3.2 and 5.3. False if the segment was dropped. */
static bool timestamps_pass(struct stack *stack, struct tcp_connection *connection, struct tcp_segment *segment)
{
	const struct tcp_header *header = &segment->header;

	if (!connection->timestamps || (header->flags & TCP_RST))
		return true;
	if (!header->has_timestamps) {
		segment_drop(stack, segment, DROP_TCP_NO_TIMESTAMP);
		return false;
	}
	if (timestamp_old(stack, connection, header)) {
		refuse(stack, connection, segment, DROP_TCP_PAWS);
		return false;
	}
	return true;
}

static uint32_t receive_window(const struct tcp_connection *connection)
{
	return seq_gt(connection->receive_edge, connection->receive_next)
		   ? connection->receive_edge - connection->receive_next
		   : 0;
}

/* The table of RFC 9293 section 3.4. */
static bool in_window(const struct tcp_connection *connection, const struct tcp_segment *segment)
{
	uint32_t window = receive_window(connection);
	uint32_t sequence = segment->header.sequence;
	uint32_t space = segment_space(segment);

	if (!space)
		return window ? sequence - connection->receive_next < window : sequence == connection->receive_next;
	if (!window)
		return false;
	return sequence - connection->receive_next < window || sequence + space - 1 - connection->receive_next < window;
}

/* RFC 5961 section 3.2: only the very next sequence number resets. */
static void reset_arrives(struct stack *stack, struct tcp_connection *connection, struct tcp_segment *segment)
{
	uint32_t offset = segment->header.sequence - connection->receive_next;

	if (offset != 0) {
		/* The end of the window included: there stands a peer that filled it. */
		if (offset <= receive_window(connection))
			challenge(stack, connection);
		segment_drop(stack, segment, DROP_TCP_RST_INVALID);
		return;
	}
	stack->counters.tcp_resets_in++;
	segment_drop(stack, segment, DROP_TCP_RST);
	connection_end(stack, connection, connection->state == TCP_SYN_RECEIVED ? TCP_END_REFUSED : TCP_END_RESET);
}

/* RFC 5961 section 5.2, and RFC 9293's check against data that was never sent. */
static bool ack_acceptable(const struct tcp_connection *connection, uint32_t ack)
{
	uint32_t oldest = connection->send_unacknowledged - connection->window_max;

	return seq_le(ack, connection->send_next) && seq_ge(ack, oldest);
}

/* Our FIN may have been acknowledged. False if the connection is over. */
static bool fin_acknowledged(struct stack *stack, struct tcp_connection *connection)
{
	if (!connection->fin_sent || connection_in_flight(connection))
		return true;
	switch (connection->state) {
	case TCP_FIN_WAIT_1:
		connection->state = TCP_FIN_WAIT_2;
		if (connection->released)
			timers_set_idle(stack, connection);
		return true;
	case TCP_CLOSING:
		connection_time_wait(stack, connection);
		return false;
	case TCP_LAST_ACK:
		if (connection->by_cookie)
			connection_time_wait(stack, connection);
		else
			connection_end(stack, connection, TCP_END_FIN);
		return false;
	default:
		return true;
	}
}

/* The peer's FIN was taken in. */
static void fin_arrives(struct stack *stack, struct tcp_connection *connection)
{
	switch (connection->state) {
	case TCP_ESTABLISHED:
		connection->state = TCP_CLOSE_WAIT;
		break;
	case TCP_FIN_WAIT_1:
		connection->state = TCP_CLOSING;
		break;
	case TCP_FIN_WAIT_2:
		/* The last ACK goes out before the connection shrinks to a record. */
		emit_control(stack, connection, 0, connection->send_next);
		connection_time_wait(stack, connection);
		break;
	default:
		break;
	}
}

/* Whether the state still takes data and FIN. */
static bool receives(const struct tcp_connection *connection)
{
	return connection->state == TCP_ESTABLISHED || connection->state == TCP_FIN_WAIT_1 ||
	       connection->state == TCP_FIN_WAIT_2;
}

void text_arrives(struct stack *stack, struct tcp_connection *connection, struct tcp_segment *segment)
{
	bool fin_before = connection->fin_received;

	if (!segment_space(segment)) {
		segment_done(segment);
		return;
	}
	connection_due(stack, connection);
	if (!receives(connection)) {
		connection->ack_now = true;
		segment_drop(stack, segment, DROP_TCP_BEYOND_FIN);
		return;
	}
	/* RFC 9293 section 3.6.1: data that nobody will read is answered with RST. */
	if (connection->released && segment->length &&
	    seq_gt(segment->header.sequence + segment->length, connection->receive_next)) {
		segment_drop(stack, segment, DROP_TCP_AFTER_CLOSE);
		emit_control(stack, connection, TCP_RST, connection->send_next);
		connection_end(stack, connection, TCP_END_ABORTED);
		return;
	}
	receive_data(stack, connection, segment);
	if (connection->fin_received && !fin_before)
		fin_arrives(stack, connection);
}

/* SYN-RECEIVED by simultaneous open. False if the segment was dropped. */
static bool completes_handshake(struct stack *stack, struct tcp_connection *connection, struct tcp_segment *segment)
{
	if (segment->header.acknowledgement != connection->send_next) {
		emit_reset(stack, &connection->tuple, segment);
		segment_drop(stack, segment, DROP_TCP_ACK_INVALID);
		return false;
	}
	connection->send_unacknowledged = connection->send_next;
	connection->timeouts = 0;
	handshake_complete(stack, connection, TCP_EVENT_CONNECTED);
	return true;
}

/* The other side of a simultaneous open answers our SYN with a SYN-ACK: its SYN is known, its ACK is news. */
static void strip_known_syn(const struct tcp_connection *connection, struct tcp_segment *segment)
{
	const uint8_t both = TCP_SYN | TCP_ACK;

	if (connection->state == TCP_SYN_RECEIVED && (segment->header.flags & both) == both &&
	    segment->header.sequence == connection->initial_receive) {
		segment->header.flags &= ~TCP_SYN;
		segment->header.sequence++;
		segment->unscaled = true;
	}
}

/* Takes TSval for the next echo if the segment spans what was last acknowledged (RFC 7323 section 4.3). */
static void keep_timestamp(struct stack *stack, struct tcp_connection *connection, const struct tcp_header *header)
{
	if (!connection->timestamps || !header->has_timestamps || seq_gt(header->sequence, connection->last_ack_sent) ||
	    timestamp_old(stack, connection, header))
		return;
	connection->timestamp_recent = header->timestamp_value;
	connection->timestamp_recent_at = tcp_clock(stack);
}

/* Sequence number, RST, SYN and ACK bit: what every segment must pass. False if it was dealt with. */
static bool acceptable(struct stack *stack, struct tcp_connection *connection, struct tcp_segment *segment)
{
	uint8_t flags = segment->header.flags;

	if (!timestamps_pass(stack, connection, segment))
		return false;
	if (flags & TCP_RST) {
		reset_arrives(stack, connection, segment);
		return false;
	}
	strip_known_syn(connection, segment);
	/* RFC 5961 section 4.2: whatever the sequence number. */
	if (segment->header.flags & TCP_SYN) {
		challenge(stack, connection);
		segment_drop(stack, segment, DROP_TCP_SYN_CHALLENGED);
		return false;
	}
	if (!in_window(connection, segment)) {
		/* With the window closed, what the peer acknowledges is still heard (RFC 9293 section 3.10.7.4). */
		if (receive_window(connection) || segment->header.sequence != connection->receive_next ||
		    !(flags & TCP_ACK)) {
			refuse(stack, connection, segment, DROP_TCP_OUT_OF_WINDOW);
			return false;
		}
	}
	if (!(flags & TCP_ACK)) {
		segment_drop(stack, segment, DROP_TCP_NO_ACK);
		return false;
	}
	return true;
}

void connection_segment(struct stack *stack, struct tcp_connection *connection, struct tcp_segment *segment)
{
	if (connection->state == TCP_SYN_SENT) {
		handshake_segment(stack, connection, segment);
		return;
	}
	if (!acceptable(stack, connection, segment))
		return;
	if (connection->state == TCP_SYN_RECEIVED && !completes_handshake(stack, connection, segment))
		return;
	if (!ack_acceptable(connection, segment->header.acknowledgement)) {
		challenge(stack, connection);
		segment_drop(stack, segment, DROP_TCP_ACK_INVALID);
		return;
	}
	connection->heard_at = tcp_clock(stack);
	connection->keepalives = 0;
	keep_timestamp(stack, connection, &segment->header);
	acknowledge(stack, connection, segment);
	if (!fin_acknowledged(stack, connection)) {
		segment_done(segment);
		return;
	}
	text_arrives(stack, connection, segment);
}
