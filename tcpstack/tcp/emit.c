/* SPDX-License-Identifier: BSD-3-Clause */
/* From what is to be said to the packet that says it. */
#include <string.h>

#include "tcp_internal.h"

#define PROTOCOL_TCP 6
#define COPY_MAX 192 /* payload up to this is copied: cheaper than an indirect mbuf and a longer chain */

/* What IP drops is lost like any packet: counted there, and sent again in its time. */
static void send(struct stack *stack, const struct tuple *tuple, struct rte_mbuf *mbuf, const struct ip_path *path)
{
	struct ip_send send = {
	    .source = tuple->local,
	    .destination = tuple->remote,
	    .protocol = PROTOCOL_TCP,
	};

	stack->counters.tcp_segments_out++;
	ip_output(stack, mbuf, &send, path);
}

/* An mbuf that begins with the header; NULL, and counted, if there is none. */
static struct rte_mbuf *header_mbuf(struct stack *stack, const struct tcp_header *header)
{
	struct rte_mbuf *mbuf = rte_pktmbuf_alloc(stack->config.pool);
	uint8_t length;

	if (!mbuf) {
		count_drop(stack, DROP_NO_MBUF);
		return NULL;
	}
	length = tcp_header_emit(header, rte_pktmbuf_mtod(mbuf, uint8_t *));
	mbuf->data_len = length;
	mbuf->pkt_len = length;
	return mbuf;
}

void emit_bare(struct stack *stack, const struct tuple *tuple, struct tcp_header *header)
{
	struct rte_mbuf *mbuf;
	struct ip_path path;

	header->source_port = tuple->local_port;
	header->destination_port = tuple->remote_port;
	if (!ip_route_between(stack, &tuple->local, &tuple->remote, &path)) {
		count_drop(stack, DROP_IP_NO_ROUTE);
		return;
	}
	mbuf = header_mbuf(stack, header);
	if (mbuf)
		send(stack, tuple, mbuf, &path);
}

void emit_reset(struct stack *stack, const struct tuple *tuple, const struct tcp_segment *segment)
{
	struct tcp_header header = {.flags = TCP_RST};

	if (segment->header.flags & TCP_RST)
		return;
	if (segment->header.flags & TCP_ACK) {
		header.sequence = segment->header.acknowledgement;
	} else {
		header.flags |= TCP_ACK;
		header.acknowledgement = segment->header.sequence + segment_space(segment);
	}
	stack->counters.tcp_resets_out++;
	emit_bare(stack, tuple, &header);
}

void emit_syn_options(struct stack *stack, struct tcp_header *header, const struct tcp_options *options,
		      uint16_t interface, const struct ip_address *remote)
{
	struct ip_path path;
	uint16_t mss = tcp_default_mss(remote);

	/* RFC 9293 section 3.7.1: the MTU without the fixed headers, whatever options follow. */
	if (ip_route(stack, remote, &path))
		mss = path.mtu - ip_header_length(remote) - TCP_HEADER_LENGTH;
	header->has_mss = true;
	header->mss = options->mss ? RTE_MIN(options->mss, mss) : mss;
	header->has_window_scale = options->window_scaling;
	header->window_scale = options->window_scale;
	header->sack_permitted = options->sack;
	header->has_timestamps = options->timestamps;
}

/* What all segments of a connection share. With it goes whatever ACK is due. */
static void fill(struct stack *stack, struct tcp_connection *connection, struct tcp_header *header, uint8_t flags,
		 uint32_t sequence)
{
	*header = (struct tcp_header){
	    .source_port = connection->tuple.local_port,
	    .destination_port = connection->tuple.remote_port,
	    .sequence = sequence,
	    .acknowledgement = connection->receive_next,
	    .flags = flags | TCP_ACK,
	    .window = receive_announce(stack, connection),
	    .has_timestamps = connection->timestamps,
	    .timestamp_value = tcp_clock(stack) + connection->timestamp_offset,
	    .timestamp_echo = connection->timestamp_recent,
	};
}

/* As many SACK blocks as there is room for (RFC 2018 section 3). */
static void report_sack(const struct tcp_connection *connection, struct tcp_header *header, uint32_t room)
{
	const uint32_t kind = 4; /* with its two NOPs */

	if (!connection->sack || connection->withhold_sack || room < kind)
		return;
	header->sack_count = (uint8_t)RTE_MIN((room - kind) / sizeof(header->sack[0]), (size_t)connection->sack_count);
	memcpy(header->sack, connection->sack_blocks, sizeof(header->sack));
}

static void acknowledged(struct tcp_connection *connection)
{
	connection->last_ack_sent = connection->receive_next;
	connection->ack_now = false;
	connection->ack_at = 0;
}

bool emit_control(struct stack *stack, struct tcp_connection *connection, uint8_t flags, uint32_t sequence)
{
	struct tcp_header header;
	struct rte_mbuf *mbuf;
	struct ip_path path;

	if (!ip_route_between(stack, &connection->tuple.local, &connection->tuple.remote, &path)) {
		count_drop(stack, DROP_IP_NO_ROUTE);
		return false;
	}
	fill(stack, connection, &header, flags, sequence);
	if (!(flags & TCP_RST))
		report_sack(connection, &header, TCP_HEADER_MAX);
	if (flags & TCP_RST)
		stack->counters.tcp_resets_out++;
	mbuf = header_mbuf(stack, &header);
	if (!mbuf)
		return false;
	acknowledged(connection);
	send(stack, &connection->tuple, mbuf, &path);
	return true;
}

bool emit_syn(struct stack *stack, struct tcp_connection *connection)
{
	bool answer = connection->state == TCP_SYN_RECEIVED;
	struct tcp_header header = {
	    .source_port = connection->tuple.local_port,
	    .destination_port = connection->tuple.remote_port,
	    .sequence = connection->initial_send,
	    .acknowledgement = answer ? connection->receive_next : 0,
	    .flags = answer ? TCP_SYN | TCP_ACK : TCP_SYN,
	    .timestamp_value = tcp_clock(stack) + connection->timestamp_offset,
	    .timestamp_echo = answer ? connection->timestamp_recent : 0,
	};
	struct tcp_options options = connection->offer;
	struct ip_path path;
	struct rte_mbuf *mbuf;

	if (answer) {
		options.timestamps = connection->timestamps;
		options.sack = connection->sack;
		options.window_scaling = connection->window_scaling;
	}
	header.window = (uint16_t)RTE_MIN(connection->receive_limit / 2, 65535u);
	/* A buffer that was made smaller meanwhile takes back nothing that an earlier SYN promised. */
	connection->receive_edge = seq_max(connection->receive_edge, connection->receive_next + header.window);
	emit_syn_options(stack, &header, &options, connection->interface, &connection->tuple.remote);
	if (!ip_route_between(stack, &connection->tuple.local, &connection->tuple.remote, &path)) {
		count_drop(stack, DROP_IP_NO_ROUTE);
		return false;
	}
	mbuf = header_mbuf(stack, &header);
	if (!mbuf)
		return false;
	if (answer)
		acknowledged(connection);
	send(stack, &connection->tuple, mbuf, &path);
	return true;
}

/* Appends the bytes of `count` mbufs of the send queue to the header's mbuf. */
static void copy_payload(struct rte_mbuf *mbuf, struct rte_mbuf *first, unsigned count)
{
	for (; count; count--, first = segment_of(first)->next) {
		memcpy(rte_pktmbuf_mtod_offset(mbuf, uint8_t *, mbuf->data_len), rte_pktmbuf_mtod(first, void *),
		       first->data_len);
		mbuf->data_len += first->data_len;
		mbuf->pkt_len += first->data_len;
	}
}

/* Hangs indirect mbufs to those of the send queue behind the header's: the data stays where it is until acknowledged.
 */
static bool chain_payload(struct stack *stack, struct rte_mbuf *mbuf, struct rte_mbuf *first, unsigned count)
{
	struct rte_mbuf *last = mbuf;

	for (; count; count--, first = segment_of(first)->next) {
		struct rte_mbuf *indirect = rte_pktmbuf_alloc(stack->config.pool);

		if (!indirect)
			return false;
		rte_pktmbuf_attach(indirect, first);
		last->next = indirect;
		last = indirect;
		mbuf->nb_segs++;
		mbuf->pkt_len += first->data_len;
	}
	return true;
}

static void mark_sent(const struct stack *stack, struct rte_mbuf *first, unsigned count)
{
	for (; count; count--, first = segment_of(first)->next) {
		struct segment *segment = segment_of(first);

		segment->sent_at = (uint32_t)stack->now;
		if (segment->transmissions < UINT8_MAX)
			segment->transmissions++;
	}
}

bool emit_data(struct stack *stack, struct tcp_connection *connection, const struct ip_path *path,
	       struct rte_mbuf *first, unsigned count, uint32_t bytes, uint8_t flags)
{
	struct tcp_header header;
	struct rte_mbuf *mbuf;

	fill(stack, connection, &header, flags, segment_of(first)->sequence);
	if (bytes < connection->mss)
		report_sack(connection, &header, connection->mss - bytes);
	mbuf = header_mbuf(stack, &header);
	if (!mbuf)
		return false;
	if (bytes <= COPY_MAX && bytes <= rte_pktmbuf_tailroom(mbuf)) {
		copy_payload(mbuf, first, count);
	} else if (!chain_payload(stack, mbuf, first, count)) {
		count_drop(stack, DROP_NO_MBUF);
		rte_pktmbuf_free(mbuf);
		return false;
	}
	if (bytes > connection->mss)
		mbuf->tso_segsz = connection->mss;
	mark_sent(stack, first, count);
	acknowledged(connection);
	connection->sent_at = tcp_clock(stack);
	send(stack, &connection->tuple, mbuf, path);
	return true;
}
