/* SPDX-License-Identifier: BSD-3-Clause */
/* The way of a segment from IP to the record that it is for. */
#include <tcpstack/wire/checksum.h>

#include "tcp_internal.h"

#define PROTOCOL_TCP 6

void segment_drop(struct stack *stack, struct tcp_segment *segment, enum drop_reason reason)
{
	count_drop(stack, reason);
	segment_done(segment);
}

void segment_done(struct tcp_segment *segment)
{
	rte_pktmbuf_free(segment->mbuf);
	segment->mbuf = NULL;
}

static bool checksum_right(const struct packet *packet)
{
	uint32_t sum;

	if (packet->checksum_good)
		return true;
	sum = checksum_pseudo(&packet->source, &packet->destination, PROTOCOL_TCP, packet->transport_length);
	sum = checksum_add_mbuf(sum, packet->mbuf, packet->transport_offset, packet->transport_length);
	return checksum_finish(sum) == 0;
}

/* Flags that no TCP sends: none at all, SYN with FIN, SYN with RST. */
static bool flags_possible(uint8_t flags)
{
	if ((flags & TCP_SYN) && (flags & (TCP_FIN | TCP_RST)))
		return false;
	return flags & (TCP_SYN | TCP_RST | TCP_ACK | TCP_FIN | TCP_PSH | TCP_URG);
}

/* Reads the header and leaves only payload in the mbuf. */
static bool segment_read(struct stack *stack, struct packet *packet, struct tcp_segment *segment)
{
	const uint8_t *data = rte_pktmbuf_mtod_offset(packet->mbuf, const uint8_t *, packet->transport_offset);
	uint32_t contiguous = packet->mbuf->data_len - packet->transport_offset;
	uint32_t excess;

	segment->mbuf = packet->mbuf;
	segment->interface = packet->interface;
	segment->unscaled = false;
	contiguous = RTE_MIN(contiguous, packet->transport_length);
	switch (tcp_header_parse(&segment->header, data, contiguous)) {
	case TCP_PARSE_OK:
		break;
	case TCP_PARSE_TRUNCATED:
		segment_drop(stack, segment, DROP_TCP_MALFORMED);
		return false;
	case TCP_PARSE_OPTIONS:
		segment_drop(stack, segment, DROP_TCP_OPTIONS);
		return false;
	}
	if (!checksum_right(packet)) {
		segment_drop(stack, segment, DROP_TCP_CHECKSUM);
		return false;
	}
	if (!flags_possible(segment->header.flags)) {
		segment_drop(stack, segment, DROP_TCP_FLAGS);
		return false;
	}
	segment->length = packet->transport_length - segment->header.length;
	excess = segment->mbuf->pkt_len - packet->transport_offset - packet->transport_length;
	if (excess)
		rte_pktmbuf_trim(segment->mbuf, (uint16_t)excess);
	rte_pktmbuf_adj(segment->mbuf, packet->transport_offset + segment->header.length);
	return true;
}

static void listener_segment(struct stack *stack, const struct tuple *tuple, struct tcp_segment *segment,
			     uint32_t after)
{
	uint8_t flags = segment->header.flags;
	bool own = stack_owns(stack, &tuple->local);
	struct tcp_listener *listener = listener_find(stack, segment->interface, tuple, own);

	if (flags & TCP_RST) {
		segment_drop(stack, segment, DROP_TCP_NO_CONNECTION);
		return;
	}
	if (listener && (flags & TCP_ACK)) {
		if (half_open_cookie(stack, listener, tuple, segment))
			return;
		emit_reset(stack, tuple, segment);
		segment_drop(stack, segment, DROP_TCP_LISTEN_ACK);
		return;
	}
	if (listener && (flags & TCP_SYN)) {
		half_open_syn(stack, listener, tuple, segment, after);
		return;
	}
	/* RFC 9293 section 3.10.7.2: a listener is silent about what is neither SYN, ACK nor RST. */
	if (!listener)
		emit_reset(stack, tuple, segment);
	segment_drop(stack, segment, DROP_TCP_NO_CONNECTION);
}

void tcp_input(struct stack *stack, struct packet *packet)
{
	struct tcp_segment segment;
	struct tuple tuple;
	flow_reference reference;
	uint32_t after = 0;

	stack->counters.tcp_segments_in++;
	if (!segment_read(stack, packet, &segment))
		return;
	tuple.local = packet->destination;
	tuple.remote = packet->source;
	tuple.local_port = segment.header.destination_port;
	tuple.remote_port = segment.header.source_port;
	if (!tuple.remote_port) {
		segment_drop(stack, &segment, DROP_TCP_MALFORMED);
		return;
	}
	reference = flow_find(stack, &tuple);
	switch (flow_kind(reference)) {
	case FLOW_CONNECTION:
		connection_segment(stack, &stack->tcp.connections[flow_index(reference)], &segment);
		return;
	case FLOW_HALF_OPEN:
		half_open_segment(stack, flow_index(reference), &tuple, &segment);
		return;
	case FLOW_TIME_WAIT:
		if (time_wait_segment(stack, flow_index(reference), &tuple, &segment, &after))
			listener_segment(stack, &tuple, &segment, after);
		return;
	case FLOW_NONE:
		listener_segment(stack, &tuple, &segment, 0);
		return;
	}
}

bool tcp_intercepts(const struct stack *stack, uint16_t interface, const struct tuple *tuple)
{
	return flow_find(stack, tuple) || listener_find(stack, interface, tuple, false);
}

/* RFC 5927: what the error quotes must be in flight. */
static bool error_plausible(const struct tcp_connection *connection, const struct icmp_error *error)
{
	return seq_le(connection->send_unacknowledged, error->sequence) &&
	       seq_lt(error->sequence, connection->send_next);
}

static void path_shrunk(struct stack *stack, struct tcp_connection *connection, const struct icmp_error *error)
{
	uint16_t before = connection->mss;

	path_mtu_learn(stack, &connection->tuple.remote, error->mtu);
	if (connection->state == TCP_SYN_SENT)
		return;
	connection_update_mss(stack, connection);
	/* RFC 1191 section 6.4: what was too big is sent again at once, without a change of the congestion window. */
	if (connection->mss < before) {
		scoreboard_mark_first(connection);
		scoreboard_mark_too_big(connection);
		connection->retransmit_first = true;
		connection_due(stack, connection);
	}
}

bool tcp_icmp_error(struct stack *stack, const struct icmp_error *error)
{
	flow_reference reference = flow_find(stack, &error->tuple);
	struct tcp_connection *connection;

	if (flow_kind(reference) == FLOW_HALF_OPEN && half_open_quoted(stack, flow_index(reference), error->sequence)) {
		if (error->kind == ICMP_ERROR_TOO_BIG)
			path_mtu_learn(stack, &error->tuple.remote, error->mtu);
		return true;
	}
	if (flow_kind(reference) != FLOW_CONNECTION)
		return false;
	connection = &stack->tcp.connections[flow_index(reference)];
	if (!error_plausible(connection, error))
		return false;
	switch (error->kind) {
	case ICMP_ERROR_TOO_BIG:
		path_shrunk(stack, connection, error);
		break;
	case ICMP_ERROR_HARD:
	case ICMP_ERROR_NEIGHBOUR:
		/* RFC 5927 section 5.2: on a synchronised connection every error is soft. */
		if (connection->state == TCP_SYN_SENT)
			connection_end(stack, connection, TCP_END_UNREACHABLE);
		break;
	case ICMP_ERROR_SOFT:
		break;
	}
	return true;
}
