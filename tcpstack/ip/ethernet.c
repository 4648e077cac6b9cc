/* SPDX-License-Identifier: BSD-3-Clause */
#include <tcpstack/segment.h>
#include <tcpstack/wire/ipv6.h>
#include <tcpstack/wire/tcp.h>

#include "../stack_state.h"
#include "ethernet.h"
#include "frame.h"

/* All that the headers of one packet can be long, up to and including the transport's: contiguous from here on. */
#define HEADERS_MAX (ETHERNET_TAGGED_LENGTH + IPV6_HEADER_LENGTH + IPV6_CHAIN_LENGTH + TCP_HEADER_MAX)

void packet_drop(struct stack *stack, struct rte_mbuf *mbuf, enum drop_reason reason)
{
	count_drop(stack, reason);
	rte_pktmbuf_free(mbuf);
}

/* Whether the frame belongs to the interface's VLAN. A priority tag (VLAN 0) belongs to none, like no tag. */
static bool vlan_right(const struct interface *interface, const struct ethernet_header *header,
		       const struct rte_mbuf *frame)
{
	uint16_t vlan = header->tagged ? header->vlan : 0;

	if (header->stacked)
		return false;
	if (frame->ol_flags & RTE_MBUF_F_RX_VLAN_STRIPPED) {
		if (header->tagged)
			return false;
		vlan = frame->vlan_tci & 0xfff;
	}
	return vlan == interface->vlan;
}

/* Why the frame is not taken; DROP_REASONS if it is. Of group frames only those of ARP and neighbour discovery's groups
 * are looked at: IPv4 has no group that we are in, and IPv6 groups are told apart when the header is read. */
static enum drop_reason refuse(const struct interface *interface, const struct ethernet_header *header,
			       const struct rte_mbuf *frame)
{
	bool observe = segment_of((struct rte_mbuf *)(uintptr_t)frame)->flags & SEGMENT_OBSERVE;

	if (!vlan_right(interface, header, frame))
		return DROP_VLAN_MISMATCH;
	if (rte_is_multicast_ether_addr(&header->source) || rte_is_same_ether_addr(&header->source, &interface->mac))
		return DROP_ETHERNET_SOURCE;
	if (rte_is_multicast_ether_addr(&header->destination)) {
		const uint8_t *group = header->destination.addr_bytes;

		if (header->type == ETHERNET_TYPE_ARP)
			return DROP_REASONS;
		if (header->type != ETHERNET_TYPE_IPV6 || group[0] != 0x33 || group[1] != 0x33)
			return DROP_IP_DESTINATION;
		return DROP_REASONS;
	}
	if (!rte_is_same_ether_addr(&header->destination, &interface->mac))
		return DROP_ETHERNET_NOT_OURS;
	if (observe && header->type == ETHERNET_TYPE_IPV4)
		return DROP_ETHERNET_TYPE;
	return DROP_REASONS;
}

void ethernet_input(struct stack *stack, uint16_t interface, struct rte_mbuf *frame)
{
	struct packet packet = {.interface = interface};
	struct ethernet_header header;
	enum drop_reason reason;

	frame = frame_writable(stack, frame);
	if (frame != NULL)
		frame = frame_pull(stack, frame, RTE_MIN(frame->pkt_len, (uint32_t)HEADERS_MAX));
	if (frame == NULL)
		return;
	if (!ethernet_header_parse(&header, rte_pktmbuf_mtod(frame, const uint8_t *), frame->data_len)) {
		packet_drop(stack, frame, DROP_ETHERNET_TRUNCATED);
		return;
	}
	reason = refuse(&stack->ip.interfaces[interface], &header, frame);
	if (reason != DROP_REASONS) {
		packet_drop(stack, frame, reason);
		return;
	}
	packet.mbuf = frame;
	packet.network_offset = header.length;
	switch (header.type) {
	case ETHERNET_TYPE_IPV4:
		ipv4_input(stack, &packet);
		break;
	case ETHERNET_TYPE_IPV6:
		ipv6_input(stack, &packet);
		break;
	case ETHERNET_TYPE_ARP:
		arp_input(stack, &packet, &header);
		break;
	default:
		packet_drop(stack, frame, DROP_ETHERNET_TYPE);
	}
}

void stack_input(struct stack *stack, uint16_t interface, struct rte_mbuf **frames, unsigned n)
{
	stack->counters.frames_in += n;
	for (unsigned i = 0; i < n; i++) {
		if (unlikely(interface >= stack->ip.interface_count))
			packet_drop(stack, frames[i], DROP_ETHERNET_NOT_OURS);
		else
			ethernet_input(stack, interface, frames[i]);
	}
}

bool ethernet_output(struct stack *stack, uint16_t index, const struct rte_ether_addr *destination, uint16_t type,
		     struct rte_mbuf *mbuf)
{
	const struct interface *interface = &stack->ip.interfaces[index];
	struct ethernet_header header = {
	    .destination = *destination,
	    .source = interface->mac,
	    .type = type,
	    .vlan = interface->vlan,
	    .tagged = interface->vlan != 0,
	};
	uint8_t length = header.tagged ? ETHERNET_TAGGED_LENGTH : ETHERNET_HEADER_LENGTH;

	mbuf = frame_prepend(stack, mbuf, length);
	if (mbuf != NULL && !(interface->offloads & INTERFACE_TX_CHAINS))
		mbuf = frame_linear(stack, mbuf);
	if (mbuf == NULL)
		return false;
	ethernet_header_emit(&header, rte_pktmbuf_mtod(mbuf, uint8_t *));
	mbuf->l2_len = length;
	return interface_enqueue(stack, index, mbuf);
}
