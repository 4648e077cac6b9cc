/* SPDX-License-Identifier: BSD-3-Clause */
#include <netinet/in.h>

#include <tcpstack/segment.h>
#include <tcpstack/wire/icmp.h>

#include "../stack_state.h"
#include "frame.h"
#include "nd.h"
#include "neighbour.h"
#include "route.h"

#define ND_HOP_LIMIT 255   /* no router has passed it on */
#define ND_LENGTH_MAX 1232 /* of a message that is read: what fits the smallest MTU */

static const struct ip_address all_nodes = {.octets = {0xff, 0x02, [15] = 1}};

static void transmit(struct stack *stack, const struct nd_message *message, const struct ip_address *source,
		     const struct ip_address *destination, const struct ip_path *path)
{
	struct ip_send send = {
	    .source = *source,
	    .destination = *destination,
	    .protocol = IPPROTO_ICMPV6,
	    .hop_limit = ND_HOP_LIMIT,
	};
	struct rte_mbuf *mbuf = rte_pktmbuf_alloc(stack->config.pool);

	if (mbuf == NULL) {
		count_drop(stack, DROP_NO_MBUF);
		return;
	}
	mbuf->data_len = nd_message_emit(message, rte_pktmbuf_mtod(mbuf, uint8_t *));
	mbuf->pkt_len = mbuf->data_len;
	ip_output(stack, mbuf, &send, path);
}

void nd_solicit(struct stack *stack, uint16_t index, const struct ip_address *target, bool unicast)
{
	const struct interface *interface = &stack->ip.interfaces[index];
	struct nd_message message = {
	    .type = ICMPV6_NEIGHBOUR_SOLICITATION,
	    .has_link_layer = true,
	    .link_layer = interface->mac,
	    .target = *target,
	};
	struct ip_path path = {.interface = index, .mtu = interface->mtu};
	struct ip_address source;

	path.next_hop = unicast ? *target : solicited_node_group(target);
	/* A route may lead to an interface that has no IPv6 address at all: nobody could answer there. */
	if (ip_source(stack, &path, target, &source))
		transmit(stack, &message, &source, &path.next_hop, &path);
}

/* RFC 4861 section 7.2.4 */
static void advertise(struct stack *stack, const struct packet *packet, const struct nd_message *solicitation)
{
	const struct interface *interface = &stack->ip.interfaces[packet->interface];
	bool anonymous = address_is_unspecified(&packet->source);
	struct nd_message message = {
	    .type = ICMPV6_NEIGHBOUR_ADVERTISEMENT,
	    .router = stack->config.forwarding,
	    .solicited = !anonymous,
	    .override = true,
	    .has_link_layer = true,
	    .link_layer = interface->mac,
	    .target = solicitation->target,
	};
	struct ip_path path = {.interface = packet->interface, .mtu = interface->mtu};

	path.next_hop = anonymous ? all_nodes : packet->source;
	transmit(stack, &message, &solicitation->target, &path.next_hop, &path);
}

/* RFC 4861 section 7.1.1, beside what the message itself must keep to */
static bool solicitation_valid(const struct packet *packet, const struct nd_message *message)
{
	struct ip_address group = solicited_node_group(&message->target);

	if (!address_is_unspecified(&packet->source))
		return true;
	return !message->has_link_layer && address_equal(&packet->destination, &group);
}

static void solicitation_input(struct stack *stack, struct packet *packet, const struct nd_message *message)
{
	const struct interface *interface = &stack->ip.interfaces[packet->interface];
	bool observe = segment_of(packet->mbuf)->flags & SEGMENT_OBSERVE;
	struct neighbour_news news = {
	    .address = packet->source,
	    .interface = packet->interface,
	    .mac = message->link_layer,
	    .has_mac = message->has_link_layer,
	    .override = true,
	    .create = true,
	};

	if (!solicitation_valid(packet, message)) {
		packet_drop(stack, packet->mbuf, DROP_ND_MALFORMED);
		return;
	}
	if (!interface_owns(interface, &message->target)) {
		packet_drop(stack, packet->mbuf, DROP_ND_NOT_OURS);
		return;
	}
	if (!address_is_unspecified(&packet->source) && message->has_link_layer)
		neighbour_learn(stack, &news);
	if (!observe)
		advertise(stack, packet, message);
	rte_pktmbuf_free(packet->mbuf);
}

static void advertisement_input(struct stack *stack, struct packet *packet, const struct nd_message *message)
{
	struct neighbour_news news = {
	    .address = message->target,
	    .interface = packet->interface,
	    .mac = message->link_layer,
	    .has_mac = message->has_link_layer,
	    .solicited = message->solicited,
	    .override = message->override,
	};

	if (message->solicited && address_is_multicast(&packet->destination))
		packet_drop(stack, packet->mbuf, DROP_ND_MALFORMED);
	else if (stack_owns(stack, &message->target))
		packet_drop(stack, packet->mbuf, DROP_ND_CONFLICT);
	else if (!neighbour_learn(stack, &news))
		packet_drop(stack, packet->mbuf, DROP_ND_NOT_OURS);
	else
		rte_pktmbuf_free(packet->mbuf);
}

void nd_input(struct stack *stack, struct packet *packet)
{
	const uint8_t *data;
	struct nd_message message;

	if (packet->hop_limit != ND_HOP_LIMIT || packet->transport_length > ND_LENGTH_MAX) {
		packet_drop(stack, packet->mbuf, DROP_ND_MALFORMED);
		return;
	}
	packet->mbuf = frame_pull(stack, packet->mbuf, packet->transport_offset + packet->transport_length);
	if (packet->mbuf == NULL)
		return;
	data = rte_pktmbuf_mtod_offset(packet->mbuf, const uint8_t *, packet->transport_offset);
	if (!nd_message_parse(&message, data, packet->transport_length) ||
	    (message.has_link_layer && !rte_is_valid_assigned_ether_addr(&message.link_layer))) {
		packet_drop(stack, packet->mbuf, DROP_ND_MALFORMED);
		return;
	}
	if (message.type == ICMPV6_NEIGHBOUR_SOLICITATION)
		solicitation_input(stack, packet, &message);
	else if (address_is_unspecified(&packet->source))
		packet_drop(stack, packet->mbuf, DROP_ND_MALFORMED);
	else
		advertisement_input(stack, packet, &message);
}
