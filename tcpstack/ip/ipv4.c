/* SPDX-License-Identifier: BSD-3-Clause */
#include <netinet/in.h>

#include <tcpstack/wire/ipv4.h>

#include "../stack_state.h"
#include "ethernet.h"
#include "frame.h"
#include "reassembly.h"

/* Why the header is refused; DROP_REASONS if it is not. */
static enum drop_reason read_header(const struct packet *packet, struct ipv4_header *header)
{
	const struct rte_mbuf *mbuf = packet->mbuf;
	const uint8_t *data = rte_pktmbuf_mtod_offset(mbuf, const uint8_t *, packet->network_offset);
	uint64_t verdict = mbuf->ol_flags & RTE_MBUF_F_RX_IP_CKSUM_MASK;
	enum ipv4_parse parsed = ipv4_header_parse(header, data, mbuf->data_len - packet->network_offset);

	if (parsed != IPV4_PARSE_OK && parsed != IPV4_PARSE_OPTIONS)
		return DROP_IPV4_MALFORMED;
	if (verdict == RTE_MBUF_F_RX_IP_CKSUM_BAD ||
	    (verdict != RTE_MBUF_F_RX_IP_CKSUM_GOOD && !ipv4_checksum_good(data, header->header_length)))
		return DROP_IPV4_CHECKSUM;
	if (header->total_length > mbuf->pkt_len - packet->network_offset)
		return DROP_IPV4_MALFORMED;
	if (parsed == IPV4_PARSE_OPTIONS || header->source_route)
		return DROP_IPV4_OPTIONS;
	return DROP_REASONS;
}

/* Addresses of this network, multicast, and reserved ones are nobody's; and nobody sends as us or as a broadcast. */
bool ip_source_plausible(const struct stack *stack, uint16_t interface, const struct ip_address *source)
{
	if (address_is_unspecified(source) || address_is_multicast(source) || address_is_loopback(source) ||
	    stack_owns(stack, source))
		return false;
	if (!address_is_ipv4(source))
		return true;
	return source->octets[12] != 0 && source->octets[12] < 240 &&
	       !interface_broadcast(&stack->ip.interfaces[interface], source);
}

/* Whether an address that is not ours could be some other machine's. */
static bool is_routable(const struct interface *interface, const struct ip_address *destination)
{
	return destination->octets[12] != 0 && destination->octets[12] < 240 && !address_is_multicast(destination) &&
	       !address_is_loopback(destination) && !interface_broadcast(interface, destination);
}

void ipv4_input(struct stack *stack, struct packet *packet)
{
	struct ipv4_header header;
	enum drop_reason reason = read_header(packet, &header);
	bool ours;

	if (reason != DROP_REASONS) {
		packet_drop(stack, packet->mbuf, reason);
		return;
	}
	frame_trim(packet->mbuf, packet->network_offset + header.total_length);
	packet->source = header.source;
	packet->destination = header.destination;
	packet->transport_offset = packet->network_offset + header.header_length;
	packet->transport_length = header.total_length - header.header_length;
	packet->protocol = header.protocol;
	packet->hop_limit = header.hop_limit;
	packet->traffic_class = header.traffic_class;
	if (!ip_source_plausible(stack, packet->interface, &packet->source)) {
		packet_drop(stack, packet->mbuf, DROP_IP_SOURCE);
		return;
	}
	ours = stack_owns(stack, &packet->destination);
	if (!ours && !is_routable(&stack->ip.interfaces[packet->interface], &packet->destination)) {
		packet_drop(stack, packet->mbuf, DROP_IP_DESTINATION);
		return;
	}
	/* TCP that goes by is put together too: in fragments it could pass a listener that intercepts it. */
	if (ipv4_is_fragment(&header) && (ours || header.protocol == IPPROTO_TCP)) {
		struct fragment fragment = {
		    .identification = header.identification,
		    .offset = header.fragment_offset,
		    .more = header.more_fragments,
		    .data = packet->transport_offset,
		    .length = packet->transport_length,
		};

		reassembly_add(stack, packet, &fragment);
	} else if (ours) {
		ip_deliver(stack, packet);
	} else {
		ip_transit(stack, packet, header.fragment_offset != 0);
	}
}
