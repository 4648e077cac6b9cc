/* SPDX-License-Identifier: BSD-3-Clause */
#include <tcpstack/segment.h>
#include <tcpstack/wire/arp.h>

#include "../stack_state.h"
#include "arp.h"
#include "ethernet.h"

static const struct rte_ether_addr broadcast = {.addr_bytes = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff}};

static void transmit(struct stack *stack, uint16_t interface, const struct arp_packet *arp,
		     const struct rte_ether_addr *destination)
{
	struct rte_mbuf *mbuf = rte_pktmbuf_alloc(stack->config.pool);

	if (mbuf == NULL) {
		count_drop(stack, DROP_NO_MBUF);
		return;
	}
	mbuf->data_len = arp_packet_emit(arp, rte_pktmbuf_mtod(mbuf, uint8_t *));
	mbuf->pkt_len = mbuf->data_len;
	ethernet_output(stack, interface, destination, ETHERNET_TYPE_ARP, mbuf);
}

void arp_solicit(struct stack *stack, uint16_t index, const struct ip_address *target, const struct rte_ether_addr *mac)
{
	struct ip_path path = {.interface = index};
	struct arp_packet arp = {.operation = ARP_REQUEST, .target = *target};

	arp.sender_mac = stack->ip.interfaces[index].mac;
	/* An interface without an IPv4 address asks as a probe does (RFC 5227): answers come all the same. */
	if (!ip_source(stack, &path, target, &arp.sender))
		arp.sender = address_from_ipv4(0);
	transmit(stack, index, &arp, mac != NULL ? mac : &broadcast);
}

/* Answers at the MAC address that asked: no entry is needed for that. */
static void answer(struct stack *stack, uint16_t index, const struct arp_packet *request)
{
	struct arp_packet reply = {
	    .operation = ARP_REPLY,
	    .sender_mac = stack->ip.interfaces[index].mac,
	    .sender = request->target,
	    .target_mac = request->sender_mac,
	    .target = request->sender,
	};

	transmit(stack, index, &reply, &request->sender_mac);
}

void arp_input(struct stack *stack, struct packet *packet, const struct ethernet_header *ethernet)
{
	const struct interface *interface = &stack->ip.interfaces[packet->interface];
	const uint8_t *data = rte_pktmbuf_mtod_offset(packet->mbuf, const uint8_t *, packet->network_offset);
	bool observe = segment_of(packet->mbuf)->flags & SEGMENT_OBSERVE;
	struct neighbour_news news = {.interface = packet->interface, .has_mac = true, .override = true};
	struct arp_packet arp;
	bool for_us, learned = false;

	if (!arp_packet_parse(&arp, data, packet->mbuf->data_len - packet->network_offset) ||
	    !rte_is_valid_assigned_ether_addr(&arp.sender_mac)) {
		packet_drop(stack, packet->mbuf, DROP_ARP_MALFORMED);
		return;
	}
	if (stack_owns(stack, &arp.sender) || rte_is_same_ether_addr(&arp.sender_mac, &interface->mac)) {
		packet_drop(stack, packet->mbuf, DROP_ARP_CONFLICT);
		return;
	}
	for_us = interface_owns(interface, &arp.target);
	/* Only neighbours on the link have a say, and those who ask nothing of us only about what we know already. */
	if (interface_on_link(interface, &arp.sender) && !interface_broadcast(interface, &arp.sender)) {
		news.address = arp.sender;
		news.mac = arp.sender_mac;
		news.solicited = arp.operation == ARP_REPLY && for_us &&
				 (observe || !rte_is_multicast_ether_addr(&ethernet->destination));
		news.create = arp.operation == ARP_REQUEST && for_us;
		learned = neighbour_learn(stack, &news);
	}
	if (for_us && arp.operation == ARP_REQUEST && !observe)
		answer(stack, packet->interface, &arp);
	else if (!learned) {
		packet_drop(stack, packet->mbuf, DROP_ARP_NOT_OURS);
		return;
	}
	rte_pktmbuf_free(packet->mbuf);
}
