/* SPDX-License-Identifier: BSD-3-Clause */
#include <netinet/in.h>

#include <tcpstack/wire/icmp.h>
#include <tcpstack/wire/ipv6.h>

#include "../stack_state.h"
#include "ethernet.h"
#include "frame.h"
#include "icmp.h"
#include "reassembly.h"

#define PAYLOAD_LENGTH_OFFSET 4	 /* of the field in the fixed header */
#define FRAGMENT_OFFSET_OFFSET 2 /* of the field in a fragment header */

/* Whose packet it is. */
enum owner {
	OWNER_US,
	OWNER_OTHER, /* to be routed */
	OWNER_NOBODY,
};

/* Whether the frame went to several machines (RFC 1122 section 3.3.6): a packet for one of them must not, for each
 * router among them would send it on. */
static bool in_group_frame(const struct packet *packet)
{
	return rte_is_multicast_ether_addr(rte_pktmbuf_mtod(packet->mbuf, const struct rte_ether_addr *));
}

static enum owner owner_of(const struct stack *stack, const struct packet *packet)
{
	const struct interface *interface = &stack->ip.interfaces[packet->interface];
	const struct ip_address *destination = &packet->destination;

	if (address_is_multicast(destination))
		return interface_joined(interface, destination) ? OWNER_US : OWNER_NOBODY;
	if (in_group_frame(packet))
		return OWNER_NOBODY;
	/* The other interfaces' link-local addresses mean somebody else on this link. */
	if (address_is_link_local(destination))
		return interface_owns(interface, destination) ? OWNER_US : OWNER_NOBODY;
	if (address_is_unspecified(destination) || address_is_loopback(destination) || address_is_ipv4(destination))
		return OWNER_NOBODY;
	return stack_owns(stack, destination) ? OWNER_US : OWNER_OTHER;
}

/* Only a solicitation that asks whether an address is free comes from the unspecified address: nd.c looks closer. */
static bool source_right(const struct stack *stack, const struct packet *packet)
{
	if (address_is_ipv4(&packet->source))
		return false;
	if (address_is_unspecified(&packet->source))
		return packet->protocol == IPPROTO_ICMPV6 && address_is_multicast(&packet->destination);
	return ip_source_plausible(stack, packet->interface, &packet->source);
}

/* Sets the packet from its header and walks the chain. False if the packet is refused: dropped. */
static bool read_headers(struct stack *stack, struct packet *packet, struct ipv6_chain *chain,
			 enum ipv6_chain_result *result)
{
	struct rte_mbuf *mbuf = packet->mbuf;
	const uint8_t *data = rte_pktmbuf_mtod_offset(mbuf, const uint8_t *, packet->network_offset);
	uint32_t length = mbuf->pkt_len - packet->network_offset;
	struct ipv6_header header;

	if (!ipv6_header_parse(&header, data, mbuf->data_len - packet->network_offset) ||
	    (uint32_t)header.payload_length + IPV6_HEADER_LENGTH > length) {
		packet_drop(stack, mbuf, DROP_IPV6_MALFORMED);
		return false;
	}
	length = header.payload_length + IPV6_HEADER_LENGTH;
	frame_trim(mbuf, packet->network_offset + length);
	packet->source = header.source;
	packet->destination = header.destination;
	packet->hop_limit = header.hop_limit;
	packet->traffic_class = header.traffic_class;
	*result = ipv6_chain_walk(chain, data, mbuf->data_len - packet->network_offset);
	packet->protocol = chain->protocol;
	packet->transport_offset = packet->network_offset + chain->offset;
	packet->transport_length = length - RTE_MIN((uint32_t)chain->offset, length);
	return true;
}

static void refuse_chain(struct stack *stack, const struct packet *packet, const struct ipv6_chain *chain,
			 enum ipv6_chain_result result, bool ours)
{
	bool first_fragment = result == IPV6_CHAIN_TRUNCATED && chain->has_fragment && chain->more_fragments;
	bool multicast = address_is_multicast(&packet->destination);

	if (ours && result != IPV6_CHAIN_TRUNCATED &&
	    (chain->answer == IPV6_ANSWER_ALWAYS || (chain->answer == IPV6_ANSWER_UNICAST && !multicast))) {
		static const enum icmp_message messages[] = {
		    [ICMPV6_PROBLEM_FIELD] = ICMP_PROBLEM_FIELD,
		    [ICMPV6_PROBLEM_NEXT_HEADER] = ICMP_PROBLEM_NEXT_HEADER,
		    [ICMPV6_PROBLEM_OPTION] = ICMP_PROBLEM_OPTION,
		};

		if (chain->error_code < RTE_DIM(messages))
			icmp_send_error(stack, packet, messages[chain->error_code], chain->error_pointer);
	}
	packet_drop(stack, packet->mbuf, first_fragment ? DROP_FRAGMENT_TINY : DROP_IPV6_EXTENSION);
}

/* Headers that may stand in front of TCP in the fragmentable part: such fragments are put together even if they go by,
 * for in fragments TCP could pass a listener that intercepts it. */
static bool may_hide_tcp(uint8_t next_header)
{
	return next_header == IPPROTO_TCP || next_header == IPPROTO_ROUTING || next_header == IPPROTO_DSTOPTS;
}

/* RFC 6980: neighbour discovery never comes in a fragment, not even an atomic one. Of a message in several, this is the
 * first, without which the others come to nothing. */
static bool is_fragmented_discovery(const struct packet *packet, const struct ipv6_chain *chain)
{
	uint8_t type;

	if (!chain->has_fragment || chain->fragment_offset != 0 || packet->protocol != IPPROTO_ICMPV6 ||
	    packet->transport_length == 0)
		return false;
	type = *rte_pktmbuf_mtod_offset(packet->mbuf, const uint8_t *, packet->transport_offset);
	return type >= ICMPV6_ROUTER_SOLICITATION && type <= ICMPV6_REDIRECT;
}

static void add_fragment(struct stack *stack, struct packet *packet, const struct ipv6_chain *chain)
{
	uint16_t data = chain->fragment_header + IPV6_FRAGMENT_LENGTH;
	struct fragment fragment = {
	    .identification = chain->identification,
	    .offset = chain->fragment_offset,
	    .more = chain->more_fragments,
	    .data = packet->network_offset + data,
	    .length = packet->mbuf->pkt_len - packet->network_offset - data,
	    .header = packet->network_offset + chain->fragment_header,
	    .pointer = packet->network_offset + chain->fragment_pointer,
	    .next_header = chain->fragment_next,
	};

	/* RFC 8200 section 4.5 */
	if (fragment.more && fragment.length % 8 != 0)
		icmp_send_error(stack, packet, ICMP_PROBLEM_FIELD, PAYLOAD_LENGTH_OFFSET);
	else if (chain->fragment_header - IPV6_HEADER_LENGTH + fragment.offset + fragment.length > UINT16_MAX)
		icmp_send_error(stack, packet, ICMP_PROBLEM_FIELD, chain->fragment_header + FRAGMENT_OFFSET_OFFSET);
	reassembly_add(stack, packet, &fragment);
}

void ipv6_input(struct stack *stack, struct packet *packet)
{
	enum ipv6_chain_result result;
	struct ipv6_chain chain;
	enum owner owner;

	if (!read_headers(stack, packet, &chain, &result))
		return;
	owner = owner_of(stack, packet);
	if (owner == OWNER_NOBODY || !source_right(stack, packet)) {
		packet_drop(stack, packet->mbuf, owner == OWNER_NOBODY ? DROP_IP_DESTINATION : DROP_IP_SOURCE);
		return;
	}
	if (result != IPV6_CHAIN_OK) {
		refuse_chain(stack, packet, &chain, result, owner == OWNER_US);
		return;
	}
	if (owner == OWNER_US && is_fragmented_discovery(packet, &chain)) {
		packet_drop(stack, packet->mbuf, DROP_ND_MALFORMED);
		return;
	}
	/* An atomic fragment (RFC 6946) is a packet like any other. */
	if (chain.has_fragment && (chain.more_fragments || chain.fragment_offset != 0) &&
	    (owner == OWNER_US || may_hide_tcp(chain.fragment_next)))
		add_fragment(stack, packet, &chain);
	else if (owner == OWNER_US)
		ip_deliver(stack, packet);
	else
		ip_transit(stack, packet, chain.fragment_offset != 0);
}
