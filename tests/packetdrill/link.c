/* SPDX-License-Identifier: BSD-3-Clause */
#include "link.h"

#include <stdlib.h>
#include <string.h>

#include <rte_ether.h>

#include <tcpstack/wire/arp.h>
#include <tcpstack/wire/checksum.h>
#include <tcpstack/wire/ethernet.h>
#include <tcpstack/wire/icmp.h>
#include <tcpstack/wire/ipv6.h>

struct link_packet {
	struct link_packet *next;
	uint64_t time;
	size_t length;
	uint8_t bytes[];
};

const struct rte_ether_addr link_stack_mac = {{0x02, 0, 0, 0, 0, 0x01}};
static const struct rte_ether_addr everybody = {{0x02, 0, 0, 0, 0, 0x02}};

#define PROTOCOL_HOP_BY_HOP 0
#define PROTOCOL_ICMPV6 58
#define HOP_LIMIT_OF_NEIGHBOURS 255
/* Types of ICMPv6 by which a host keeps up with its link: from multicast listener discovery (RFC 2710) to redirects,
 * and the reports of RFC 3810. */
#define FIRST_LINK_TYPE 130
#define LAST_LINK_TYPE 137
#define LISTENER_REPORT 143

/* Appends to a chain, in as many mbufs as it takes. */
static bool append(struct rte_mbuf *head, struct rte_mempool *pool, const uint8_t *data, size_t length)
{
	while (length > 0) {
		struct rte_mbuf *last = rte_pktmbuf_lastseg(head);
		size_t part = RTE_MIN(length, (size_t)rte_pktmbuf_tailroom(last));

		if (part == 0) {
			struct rte_mbuf *more = rte_pktmbuf_alloc(pool);

			if (!more)
				return false;
			if (rte_pktmbuf_chain(head, more) != 0) {
				rte_pktmbuf_free(more);
				return false;
			}
			continue;
		}
		memcpy(rte_pktmbuf_append(head, part), data, part);
		data += part;
		length -= part;
	}
	return true;
}

/* An empty frame to the stack, or NULL. */
static struct rte_mbuf *start_frame(struct rte_mempool *pool, uint16_t type)
{
	struct ethernet_header header = {.destination = link_stack_mac, .source = everybody, .type = type};
	struct rte_mbuf *frame = rte_pktmbuf_alloc(pool);

	if (frame)
		ethernet_header_emit(&header, (uint8_t *)rte_pktmbuf_append(frame, ETHERNET_HEADER_LENGTH));
	return frame;
}

struct rte_mbuf *link_frame(struct rte_mempool *pool, const void *packet, size_t length)
{
	uint8_t version = length > 0 ? *(const uint8_t *)packet >> 4 : 0;
	struct rte_mbuf *frame;

	if ((version != 4 && version != 6) || length > UINT16_MAX)
		return NULL;
	frame = start_frame(pool, version == 4 ? ETHERNET_TYPE_IPV4 : ETHERNET_TYPE_IPV6);
	if (frame && !append(frame, pool, packet, length)) {
		rte_pktmbuf_free(frame);
		return NULL;
	}
	return frame;
}

/* A probe for the stack's own address (sender unspecified), or its announcement, must not be answered. */
static struct rte_mbuf *answer_arp(struct rte_mempool *pool, const uint8_t *data, size_t length)
{
	struct arp_packet question, answer;
	struct rte_mbuf *frame;

	if (!arp_packet_parse(&question, data, length) || question.operation != ARP_REQUEST ||
	    address_is_unspecified(&question.sender) || address_equal(&question.sender, &question.target))
		return NULL;
	answer = (struct arp_packet){
	    .operation = ARP_REPLY,
	    .sender_mac = everybody,
	    .sender = question.target,
	    .target_mac = question.sender_mac,
	    .target = question.sender,
	};
	frame = start_frame(pool, ETHERNET_TYPE_ARP);
	if (frame)
		arp_packet_emit(&answer, (uint8_t *)rte_pktmbuf_append(frame, ARP_PACKET_LENGTH));
	return frame;
}

/* The same goes for a solicitation from the unspecified address. */
static struct rte_mbuf *answer_solicitation(struct rte_mempool *pool, const struct ipv6_header *ip, const uint8_t *data,
					    size_t length)
{
	struct nd_message question, answer;
	struct ipv6_header header;
	struct rte_mbuf *frame;
	uint8_t *message;
	uint16_t checksum;
	uint32_t sum;

	if (!nd_message_parse(&question, data, length) || question.type != ICMPV6_NEIGHBOUR_SOLICITATION ||
	    address_is_unspecified(&ip->source))
		return NULL;
	answer = (struct nd_message){
	    .type = ICMPV6_NEIGHBOUR_ADVERTISEMENT,
	    .solicited = true,
	    .override = true,
	    .has_link_layer = true,
	    .link_layer = everybody,
	    .target = question.target,
	};
	header = (struct ipv6_header){
	    .source = question.target,
	    .destination = ip->source,
	    .payload_length = ND_MESSAGE_MAX,
	    .next_header = PROTOCOL_ICMPV6,
	    .hop_limit = HOP_LIMIT_OF_NEIGHBOURS,
	};
	frame = start_frame(pool, ETHERNET_TYPE_IPV6);
	if (!frame)
		return NULL;
	ipv6_header_emit(&header, (uint8_t *)rte_pktmbuf_append(frame, IPV6_HEADER_LENGTH));
	message = (uint8_t *)rte_pktmbuf_append(frame, ND_MESSAGE_MAX);
	nd_message_emit(&answer, message);
	sum = checksum_pseudo(&header.source, &header.destination, PROTOCOL_ICMPV6, ND_MESSAGE_MAX);
	checksum = checksum_finish(checksum_add(sum, message, ND_MESSAGE_MAX));
	memcpy(message + 2, &checksum, sizeof(checksum));
	return frame;
}

/* Whether an IPv6 packet is talk among neighbours, of which packetdrill hears nothing; a question is answered. */
static bool is_neighbour_talk(struct rte_mempool *pool, const uint8_t *packet, size_t length, struct rte_mbuf **answer)
{
	const uint8_t *message = packet + IPV6_HEADER_LENGTH;
	struct ipv6_header ip;

	if (!ipv6_header_parse(&ip, packet, length) || length == IPV6_HEADER_LENGTH)
		return false;
	if (ip.next_header == PROTOCOL_HOP_BY_HOP) /* a router alert: of what a host sends, only listener reports */
		return true;
	if (ip.next_header != PROTOCOL_ICMPV6 || message[0] < FIRST_LINK_TYPE ||
	    (message[0] > LAST_LINK_TYPE && message[0] != LISTENER_REPORT))
		return false;
	*answer = answer_solicitation(pool, &ip, message, length - IPV6_HEADER_LENGTH);
	return true;
}

static void queue_packet(struct link *link, const uint8_t *bytes, size_t length, uint64_t now)
{
	struct link_packet *packet;

	packet = link->count < LINK_PACKETS ? malloc(sizeof(*packet) + length) : NULL;
	if (!packet) {
		link->lost++;
		return;
	}
	*packet = (struct link_packet){.time = now, .length = length};
	memcpy(packet->bytes, bytes, length);
	if (!link->head)
		link->end = &link->head;
	*link->end = packet;
	link->end = &packet->next;
	link->count++;
	link->sent++;
}

struct rte_mbuf *link_take_frame(struct link *link, struct rte_mempool *pool, struct rte_mbuf *frame, uint64_t now)
{
	/* The interface has no INTERFACE_TX_CHAINS: every frame is one mbuf. */
	const uint8_t *data = rte_pktmbuf_mtod(frame, const uint8_t *);
	struct rte_mbuf *answer = NULL;
	struct ethernet_header header;
	size_t length;

	if (ethernet_header_parse(&header, data, rte_pktmbuf_data_len(frame))) {
		data += header.length;
		length = rte_pktmbuf_data_len(frame) - header.length;
		if (header.type == ETHERNET_TYPE_ARP)
			answer = answer_arp(pool, data, length);
		else if (header.type == ETHERNET_TYPE_IPV4 || !is_neighbour_talk(pool, data, length, &answer))
			queue_packet(link, data, length, now);
	}
	rte_pktmbuf_free(frame);
	return answer;
}

size_t link_take_packet(struct link *link, void *buffer, size_t room, uint64_t *time)
{
	struct link_packet *packet = link->head;
	size_t length = packet->length <= room ? packet->length : 0;

	memcpy(buffer, packet->bytes, length);
	*time = packet->time;
	link->head = packet->next;
	link->count--;
	free(packet);
	return length;
}

void link_clear(struct link *link)
{
	while (link->head) {
		struct link_packet *packet = link->head;

		link->head = packet->next;
		free(packet);
	}
	*link = (struct link){0};
}
