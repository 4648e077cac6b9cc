/* SPDX-License-Identifier: BSD-3-Clause */
#include <netinet/in.h>
#include <string.h>

#include <tcpstack/segment.h>
#include <tcpstack/wire/checksum.h>
#include <tcpstack/wire/ipv4.h>
#include <tcpstack/wire/ipv6.h>

#include "../stack_state.h"
#include "fragment.h"
#include "neighbour.h"

#define IPV4_TOTAL_LENGTH_OFFSET 2
#define IPV4_OFFSET_OFFSET 6 /* of the word with the flags and the fragment offset */
#define IPV4_CHECKSUM_OFFSET 10
#define IPV4_MORE_FRAGMENTS 0x2000
#define IPV4_OPTION_END 0
#define IPV4_OPTION_NOP 1
#define IPV4_OPTION_COPIED 0x80
#define IPV6_PAYLOAD_LENGTH_OFFSET 4

/* What all fragments of a packet share. */
struct pieces {
	uint8_t header[IPV4_HEADER_MAX]; /* longer than IPv6's with a fragment header */
	uint8_t header_length;
	bool ipv4;
	bool more;	 /* IPv4: the packet itself is a fragment, and not the last */
	uint16_t offset; /* IPv4: of the packet itself */
	struct ipv6_fragment fragment;
	uint8_t flags; /* of the packet's segment */
};

static void store16(uint8_t *place, uint16_t value)
{
	place[0] = (uint8_t)(value >> 8);
	place[1] = (uint8_t)value;
}

/* Options without the copied bit stand in the first fragment only. The header has been checked on its way in. */
static void blank_options(struct pieces *pieces)
{
	uint8_t at = IPV4_HEADER_LENGTH;

	while (at < pieces->header_length && pieces->header[at] != IPV4_OPTION_END) {
		uint8_t kind = pieces->header[at];
		uint8_t length = 1;

		if (kind != IPV4_OPTION_NOP && at + 1 < pieces->header_length)
			length = (uint8_t)RTE_MIN(RTE_MAX(pieces->header[at + 1], 2), pieces->header_length - at);
		if (!(kind & IPV4_OPTION_COPIED))
			memset(&pieces->header[at], IPV4_OPTION_NOP, length);
		at += length;
	}
}

static void take_header(struct stack *stack, struct pieces *pieces, const struct rte_mbuf *mbuf)
{
	const uint8_t *data = rte_pktmbuf_mtod(mbuf, const uint8_t *);
	struct ipv6_header ipv6;
	struct ipv4_header ipv4;

	pieces->ipv4 = data[0] >> 4 == 4;
	if (pieces->ipv4) {
		ipv4_header_parse(&ipv4, data, mbuf->data_len);
		pieces->header_length = ipv4.header_length;
		pieces->more = ipv4.more_fragments;
		pieces->offset = ipv4.fragment_offset;
		memcpy(pieces->header, data, pieces->header_length);
		return;
	}
	ipv6_header_parse(&ipv6, data, mbuf->data_len);
	pieces->fragment.next_header = ipv6.next_header;
	pieces->fragment.identification = (uint32_t)stack_random(stack);
	ipv6.next_header = IPPROTO_FRAGMENT;
	pieces->header_length = ipv6_header_emit(&ipv6, pieces->header) + IPV6_FRAGMENT_LENGTH;
}

/* Makes the header that stands before `length` octets from `offset` on. */
static void set_header(struct pieces *pieces, uint32_t offset, uint32_t length, bool more)
{
	uint8_t *header = pieces->header;

	if (pieces->ipv4) {
		uint16_t word = (uint16_t)((pieces->offset + offset) / 8);
		uint16_t checksum = 0;

		if (more || pieces->more)
			word |= IPV4_MORE_FRAGMENTS;
		store16(header + IPV4_TOTAL_LENGTH_OFFSET, (uint16_t)(pieces->header_length + length));
		store16(header + IPV4_OFFSET_OFFSET, word);
		memcpy(header + IPV4_CHECKSUM_OFFSET, &checksum, sizeof(checksum));
		checksum = checksum_finish(checksum_add(0, header, pieces->header_length));
		memcpy(header + IPV4_CHECKSUM_OFFSET, &checksum, sizeof(checksum));
		return;
	}
	pieces->fragment.offset = (uint16_t)offset;
	pieces->fragment.more_fragments = more;
	store16(header + IPV6_PAYLOAD_LENGTH_OFFSET, (uint16_t)(IPV6_FRAGMENT_LENGTH + length));
	ipv6_fragment_emit(&pieces->fragment, header + IPV6_HEADER_LENGTH);
}

static bool send_piece(struct stack *stack, const struct pieces *pieces, const struct rte_mbuf *mbuf, uint32_t from,
		       uint32_t length, const struct ip_path *path)
{
	struct rte_mbuf *piece = rte_pktmbuf_copy(mbuf, stack->config.pool, from, length);

	if (piece == NULL) {
		count_drop(stack, DROP_NO_MBUF);
		return false;
	}
	if (rte_pktmbuf_prepend(piece, pieces->header_length) == NULL) {
		packet_drop(stack, piece, DROP_NO_MBUF);
		return false;
	}
	memcpy(rte_pktmbuf_mtod(piece, uint8_t *), pieces->header, pieces->header_length);
	piece->ol_flags = 0;
	piece->tx_offload = 0;
	segment_of(piece)->flags = pieces->flags;
	stack->counters.fragmented++;
	return neighbour_output(stack, path->interface, &path->next_hop, piece);
}

bool fragment_output(struct stack *stack, struct rte_mbuf *mbuf, const struct ip_path *path)
{
	struct pieces pieces = {.flags = segment_of(mbuf)->flags};
	uint32_t start, length, step;
	bool sent = true;

	take_header(stack, &pieces, mbuf);
	start = pieces.ipv4 ? pieces.header_length : IPV6_HEADER_LENGTH;
	length = mbuf->pkt_len - start;
	step = (path->mtu - pieces.header_length) / 8U * 8;
	for (uint32_t offset = 0; offset < length && sent; offset += step) {
		uint32_t part = RTE_MIN(step, length - offset);

		set_header(&pieces, offset, part, offset + part < length);
		sent = send_piece(stack, &pieces, mbuf, start + offset, part, path);
		if (offset == 0 && pieces.ipv4)
			blank_options(&pieces);
	}
	rte_pktmbuf_free(mbuf);
	return sent;
}
