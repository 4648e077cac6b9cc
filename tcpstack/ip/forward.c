/* SPDX-License-Identifier: BSD-3-Clause */
#include <netinet/in.h>
#include <string.h>

#include <rte_byteorder.h>

#include <tcpstack/segment.h>
#include <tcpstack/wire/checksum.h>
#include <tcpstack/wire/ipv6.h>

#include "../stack_state.h"
#include "ethernet.h"
#include "forward.h"
#include "fragment.h"
#include "frame.h"
#include "icmp.h"
#include "neighbour.h"
#include "output.h"
#include "route.h"

#define IPV4_FLAGS_OFFSET 6
#define IPV4_DONT_FRAGMENT 0x40
#define IPV4_TTL_OFFSET 8 /* with the protocol the 16-bit word that the checksum sees */
#define IPV4_CHECKSUM_OFFSET 10
#define IPV6_HOP_LIMIT_OFFSET 7
#define IPV6_MTU_MIN 1280

static void decrement_hop_limit(uint8_t *header, bool ipv4)
{
	uint16_t old, new, checksum;

	if (!ipv4) {
		header[IPV6_HOP_LIMIT_OFFSET]--;
		return;
	}
	memcpy(&old, header + IPV4_TTL_OFFSET, sizeof(old));
	header[IPV4_TTL_OFFSET]--;
	memcpy(&new, header + IPV4_TTL_OFFSET, sizeof(new));
	memcpy(&checksum, header + IPV4_CHECKSUM_OFFSET, sizeof(checksum));
	checksum = checksum_update16(checksum, old, new);
	memcpy(header + IPV4_CHECKSUM_OFFSET, &checksum, sizeof(checksum));
}

/* A packet from a local peer of the port, whose sender left the transport checksum to the port: it is due now. */
static void complete_checksum(struct packet *packet)
{
	uint64_t verdict = packet->mbuf->ol_flags & RTE_MBUF_F_RX_L4_CKSUM_MASK;

	if (verdict == RTE_MBUF_F_RX_L4_CKSUM_NONE)
		transport_checksum_fill(packet->mbuf, packet->transport_offset, &packet->source, &packet->destination,
					packet->protocol);
}

/* What must not leave its link, or is no machine's address anywhere. */
static enum drop_reason refuse(const struct stack *stack, const struct packet *packet)
{
	if (!stack->forwarding)
		return DROP_IP_NOT_ROUTED;
	if (address_is_link_local(&packet->destination))
		return DROP_IP_DESTINATION;
	if (address_is_link_local(&packet->source) || address_is_unspecified(&packet->source))
		return DROP_IP_SOURCE;
	return DROP_REASONS;
}

/* IPv6: whether we have put the packet together, here or on another worker, for it is longer than what the interface
 * carries. Its sender has cut it to fit, and could do no more; with other extension headers it is left alone. */
static bool came_in_pieces(const struct stack *stack, const struct packet *packet, uint32_t length)
{
	return length > stack->ip.interfaces[packet->interface].mtu &&
	       packet->transport_offset - packet->network_offset == IPV6_HEADER_LENGTH;
}

/* Whether it fits the way out, whole or in pieces; else its sender is told. */
static bool fits(struct stack *stack, const struct packet *packet, struct ip_path *path, bool *in_pieces)
{
	const uint8_t *header = rte_pktmbuf_mtod_offset(packet->mbuf, const uint8_t *, packet->network_offset);
	uint32_t length = packet->mbuf->pkt_len - packet->network_offset;

	if (length <= path->mtu)
		return true;
	if (address_is_ipv4(&packet->destination)) {
		*in_pieces = !(header[IPV4_FLAGS_OFFSET] & IPV4_DONT_FRAGMENT);
	} else if (came_in_pieces(stack, packet, length)) {
		path->mtu = IPV6_MTU_MIN; /* fits every path, whatever the sender knew about this one */
		*in_pieces = true;
	}
	if (!*in_pieces)
		icmp_send_error(stack, packet, ICMP_TOO_BIG, path->mtu);
	return *in_pieces;
}

void forward(struct stack *stack, struct packet *packet)
{
	struct rte_mbuf *mbuf = packet->mbuf;
	enum drop_reason reason = refuse(stack, packet);
	bool in_pieces = false;
	struct ip_path path;

	if (reason == DROP_REASONS && packet->hop_limit <= 1) {
		icmp_send_error(stack, packet, ICMP_HOPS_EXCEEDED, 0);
		reason = DROP_IP_TTL;
	} else if (reason == DROP_REASONS && !route_forward(stack, &packet->destination, &path)) {
		icmp_send_error(stack, packet, ICMP_NO_ROUTE, 0);
		reason = DROP_IP_NO_ROUTE;
	} else if (reason == DROP_REASONS &&
		   interface_broadcast(&stack->ip.interfaces[path.interface], &packet->destination)) {
		reason = DROP_IP_DESTINATION; /* RFC 2644 */
	} else if (reason == DROP_REASONS && !fits(stack, packet, &path, &in_pieces)) {
		reason = DROP_IP_TOO_BIG;
	}
	if (reason != DROP_REASONS) {
		packet_drop(stack, mbuf, reason);
		return;
	}
	complete_checksum(packet);
	decrement_hop_limit(rte_pktmbuf_mtod_offset(mbuf, uint8_t *, packet->network_offset),
			    address_is_ipv4(&packet->destination));
	rte_pktmbuf_adj(mbuf, packet->network_offset);
	mbuf->ol_flags &= FRAME_KEPT_FLAGS;
	mbuf->tx_offload = 0;
	segment_of(mbuf)->flags = SEGMENT_FORWARDED;
	stack->counters.packets_forwarded++;
	if (in_pieces)
		fragment_output(stack, mbuf, &path);
	else
		neighbour_output(stack, path.interface, &path.next_hop, mbuf);
}
