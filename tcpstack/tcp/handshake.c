/* SPDX-License-Identifier: BSD-3-Clause */
/* The opening of a connection by us: RFC 9293 section 3.10.7.3. */
#include "tcp_internal.h"

void handshake_complete(struct stack *stack, struct tcp_connection *connection, unsigned event)
{
	connection->state = connection->fin_queued ? TCP_FIN_WAIT_1 : TCP_ESTABLISHED;
	connection->heard_at = tcp_clock(stack);
	connection->sent_at = tcp_clock(stack);
	connection->retransmit_at = 0;
	if (event == TCP_EVENT_CONNECTED)
		stack->counters.tcp_opened_active++;
	timers_set_idle(stack, connection);
	connection_event(stack, connection, event);
	connection_due(stack, connection);
}

static void agree(struct stack *stack, struct tcp_connection *connection, const struct tcp_header *syn)
{
	const struct tcp_options *offer = &connection->offer;
	struct tcp_agreement agreement = {
	    .initial_send = connection->initial_send,
	    .initial_receive = syn->sequence,
	    .announced_mss = syn->has_mss ? syn->mss : tcp_default_mss(&connection->tuple.remote),
	    .timestamps = offer->timestamps && syn->has_timestamps,
	    .timestamp_recent = syn->timestamp_value,
	    .sack = offer->sack && syn->sack_permitted,
	    .withhold_sack = offer->withhold_sack,
	    .retransmitted = connection->timeouts > 0,
	    .window_scaling = offer->window_scaling && syn->has_window_scale,
	    .window_scale = offer->window_scale,
	    .peer_window_scale = syn->window_scale,
	};
	uint32_t promised = connection->receive_edge - connection->receive_next;

	connection_agree(stack, connection, &agreement);
	connection->receive_edge = connection->receive_next + promised;
}

/* A SYN-ACK without retransmissions gives the first round-trip time. */
static void first_sample(struct stack *stack, struct tcp_connection *connection)
{
	if (!connection->timeouts)
		round_trip_sample(stack, connection, (tcp_clock(stack) - connection->sent_at) * 1000 + 1);
}

void handshake_segment(struct stack *stack, struct tcp_connection *connection, struct tcp_segment *segment)
{
	const struct tcp_header *header = &segment->header;
	uint8_t flags = header->flags;

	/* A SYN that has not left yet cannot be acknowledged. */
	if ((flags & TCP_ACK) &&
	    (header->acknowledgement != connection->initial_send + 1 || !connection_in_flight(connection))) {
		emit_reset(stack, &connection->tuple, segment);
		segment_drop(stack, segment, DROP_TCP_ACK_INVALID);
		return;
	}
	if (flags & TCP_RST) {
		if (!(flags & TCP_ACK)) {
			segment_drop(stack, segment, DROP_TCP_RST_INVALID);
			return;
		}
		stack->counters.tcp_resets_in++;
		stack->counters.tcp_open_failed++;
		segment_drop(stack, segment, DROP_TCP_RST);
		connection_end(stack, connection, TCP_END_REFUSED);
		return;
	}
	if (!(flags & TCP_SYN)) {
		segment_drop(stack, segment, DROP_TCP_NO_ACK);
		return;
	}
	agree(stack, connection, header);
	connection->ack_now = true;
	connection_due(stack, connection);
	if (!(flags & TCP_ACK)) {
		/* Both have opened at once: our SYN goes out again, with an ACK. */
		connection->state = TCP_SYN_RECEIVED;
		segment_done(segment);
		return;
	}
	first_sample(stack, connection);
	connection->timeouts = 0;
	connection->send_unacknowledged = connection->send_next;
	handshake_complete(stack, connection, TCP_EVENT_CONNECTED);
	/* The rest of the segment (window, data, FIN) is like any other's. The window in a SYN is not scaled. */
	connection->send_window = header->window;
	connection->window_max = header->window;
	connection->window_sequence = header->sequence;
	connection->window_ack = header->acknowledgement;
	segment->header.flags &= ~TCP_SYN;
	segment->header.sequence++;
	text_arrives(stack, connection, segment);
}
