/* SPDX-License-Identifier: BSD-3-Clause */
#include <netinet/in.h>
#include <string.h>

#include <tcpstack/segment.h>
#include <tcpstack/wire/checksum.h>
#include <tcpstack/wire/ipv4.h>
#include <tcpstack/wire/ipv6.h>
#include <tcpstack/wire/tcp.h>

#include "../stack_state.h"
#include "fragment.h"
#include "frame.h"
#include "ip.h"
#include "neighbour.h"
#include "output.h"

#define DEFAULT_HOP_LIMIT 64
#define TCP_DATA_OFFSET 12 /* of the octet whose upper half counts the header's words */
#define PACKET_MAX 65535

/* Where a transport keeps its checksum, or -1. */
static int checksum_offset(uint8_t protocol)
{
	switch (protocol) {
	case IPPROTO_TCP:
		return 16;
	case IPPROTO_UDP:
		return 6;
	case IPPROTO_ICMPV6:
		return 2;
	default:
		return -1;
	}
}

void transport_checksum_fill(struct rte_mbuf *mbuf, uint32_t offset, const struct ip_address *source,
			     const struct ip_address *destination, uint8_t protocol)
{
	int field = checksum_offset(protocol);
	uint32_t length = mbuf->pkt_len - offset, sum;
	uint16_t checksum = 0;
	uint8_t *place;

	if (field < 0 || offset + (uint32_t)field + sizeof(checksum) > mbuf->data_len)
		return;
	place = rte_pktmbuf_mtod_offset(mbuf, uint8_t *, offset + (uint32_t)field);
	memcpy(place, &checksum, sizeof(checksum));
	sum = checksum_pseudo(source, destination, protocol, length);
	checksum = checksum_finish(checksum_add_mbuf(sum, mbuf, offset, length));
	/* To UDP, zero means that there is none. */
	if (checksum == 0 && protocol == IPPROTO_UDP)
		checksum = 0xffff;
	memcpy(place, &checksum, sizeof(checksum));
}

/* Leaves the transport checksum to the port: it wants the sum of the pseudo header in the field. */
static void checksum_offload(struct rte_mbuf *mbuf, const struct ip_send *send, uint64_t flags, bool segmented)
{
	uint32_t length = segmented ? 0 : mbuf->pkt_len;
	uint32_t sum = checksum_pseudo(&send->source, &send->destination, send->protocol, length);
	uint16_t partial = (uint16_t)~checksum_finish(sum);

	memcpy(rte_pktmbuf_mtod_offset(mbuf, uint8_t *, checksum_offset(send->protocol)), &partial, sizeof(partial));
	mbuf->ol_flags |= flags | (address_is_ipv4(&send->destination) ? RTE_MBUF_F_TX_IPV4 : RTE_MBUF_F_TX_IPV6);
	mbuf->l3_len = ip_header_length(&send->destination);
}

/* The checksum of the whole transport packet, by the port if it can and the packet stays in one piece. */
static void set_checksum(struct rte_mbuf *mbuf, const struct ip_send *send, uint32_t offloads, bool in_pieces,
			 bool segmented)
{
	if (segmented) {
		mbuf->l4_len = (rte_pktmbuf_mtod(mbuf, uint8_t *)[TCP_DATA_OFFSET] >> 4) * 4;
		checksum_offload(mbuf, send, RTE_MBUF_F_TX_TCP_SEG | RTE_MBUF_F_TX_TCP_CKSUM, true);
	} else if (!in_pieces && send->protocol == IPPROTO_TCP && (offloads & INTERFACE_TX_TCP_CHECKSUM)) {
		checksum_offload(mbuf, send, RTE_MBUF_F_TX_TCP_CKSUM, false);
	} else if (!in_pieces && send->protocol == IPPROTO_UDP && (offloads & INTERFACE_TX_UDP_CHECKSUM)) {
		checksum_offload(mbuf, send, RTE_MBUF_F_TX_UDP_CKSUM, false);
	} else {
		transport_checksum_fill(mbuf, 0, &send->source, &send->destination, send->protocol);
	}
}

/* RFC 6864: only of packets that may be cut must the identification be new, and nobody should guess it. */
static void emit_ipv4(struct stack *stack, struct rte_mbuf *mbuf, const struct ip_send *send, uint32_t offloads,
		      bool may_be_cut)
{
	struct ipv4_header header = {
	    .source = send->source,
	    .destination = send->destination,
	    .total_length = (uint16_t)RTE_MIN(mbuf->pkt_len, (uint32_t)PACKET_MAX),
	    .identification = may_be_cut ? (uint16_t)stack_random(stack) : 0,
	    .traffic_class = send->traffic_class,
	    .hop_limit = send->hop_limit != 0 ? send->hop_limit : DEFAULT_HOP_LIMIT,
	    .protocol = send->protocol,
	    .dont_fragment = !may_be_cut,
	};
	uint8_t *data = rte_pktmbuf_mtod(mbuf, uint8_t *);

	ipv4_header_emit(&header, data);
	if ((offloads & INTERFACE_TX_IPV4_CHECKSUM) || (mbuf->ol_flags & RTE_MBUF_F_TX_TCP_SEG)) {
		memset(data + 10, 0, 2);
		mbuf->ol_flags |= RTE_MBUF_F_TX_IP_CKSUM | RTE_MBUF_F_TX_IPV4;
		mbuf->l3_len = IPV4_HEADER_LENGTH;
	}
}

static void emit_ipv6(struct rte_mbuf *mbuf, const struct ip_send *send)
{
	struct ipv6_header header = {
	    .source = send->source,
	    .destination = send->destination,
	    .payload_length = (uint16_t)RTE_MIN(mbuf->pkt_len - IPV6_HEADER_LENGTH, (uint32_t)PACKET_MAX),
	    .traffic_class = send->traffic_class,
	    .next_header = send->protocol,
	    .hop_limit = send->hop_limit != 0 ? send->hop_limit : DEFAULT_HOP_LIMIT,
	};

	ipv6_header_emit(&header, rte_pktmbuf_mtod(mbuf, uint8_t *));
}

bool ip_output(struct stack *stack, struct rte_mbuf *mbuf, const struct ip_send *send, const struct ip_path *path)
{
	uint32_t offloads = stack->ip.interfaces[path->interface].offloads;
	uint16_t header_length = ip_header_length(&send->destination);
	/* Also below the MTU, where the peer's MSS is small. */
	bool segmented = mbuf->tso_segsz != 0 && (offloads & INTERFACE_TX_TCP_SEGMENTATION);
	bool in_pieces = !segmented && mbuf->pkt_len + header_length > path->mtu;
	uint32_t limit = address_is_ipv4(&send->destination) ? PACKET_MAX - header_length : PACKET_MAX;

	if (address_is_link_local(&send->source) &&
	    !interface_owns(&stack->ip.interfaces[path->interface], &send->source)) {
		packet_drop(stack, mbuf, DROP_IP_NO_ROUTE);
		return false;
	}
	if (mbuf->pkt_len > limit || (in_pieces && !send->may_fragment)) {
		packet_drop(stack, mbuf, DROP_IP_TOO_BIG);
		return false;
	}
	mbuf->ol_flags &= FRAME_KEPT_FLAGS;
	if (in_pieces)
		offloads = 0;
	set_checksum(mbuf, send, offloads, in_pieces, segmented);
	mbuf = frame_prepend(stack, mbuf, header_length);
	if (mbuf == NULL)
		return false;
	segment_of(mbuf)->flags = 0;
	if (address_is_ipv4(&send->destination))
		emit_ipv4(stack, mbuf, send, offloads, send->may_fragment || path->narrow);
	else
		emit_ipv6(mbuf, send);
	if (in_pieces)
		return fragment_output(stack, mbuf, path);
	return neighbour_output(stack, path->interface, &path->next_hop, mbuf);
}
