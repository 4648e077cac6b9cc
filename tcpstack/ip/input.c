/* SPDX-License-Identifier: BSD-3-Clause */

/* Where both families meet on the way up: delivery to the transports, or on to other machines. */

#include <netinet/in.h>

#include <tcpstack/segment.h>
#include <tcpstack/wire/ipv4.h>
#include <tcpstack/wire/ipv6.h>

#include "../stack_state.h"
#include "ethernet.h"
#include "forward.h"
#include "icmp.h"

struct tuple packet_tuple(const struct packet *packet)
{
	struct tuple tuple = {.local = packet->destination, .remote = packet->source};
	bool has_ports = packet->protocol == IPPROTO_TCP || packet->protocol == IPPROTO_UDP;

	if (has_ports && packet->transport_length >= 4) {
		const uint8_t *ports = rte_pktmbuf_mtod_offset(packet->mbuf, const uint8_t *, packet->transport_offset);

		tuple.remote_port = (uint16_t)(ports[0] << 8 | ports[1]);
		tuple.local_port = (uint16_t)(ports[2] << 8 | ports[3]);
	}
	return tuple;
}

void packet_of_ip(struct packet *packet, struct rte_mbuf *mbuf)
{
	const uint8_t *data = rte_pktmbuf_mtod(mbuf, const uint8_t *);

	*packet = (struct packet){.mbuf = mbuf};
	if (data[0] >> 4 == 4) {
		struct ipv4_header header;

		ipv4_header_parse(&header, data, mbuf->data_len);
		packet->source = header.source;
		packet->destination = header.destination;
		packet->transport_offset = header.header_length;
		packet->protocol = header.protocol;
	} else {
		struct ipv6_header header;
		struct ipv6_chain chain;

		ipv6_header_parse(&header, data, mbuf->data_len);
		ipv6_chain_walk(&chain, data, mbuf->data_len);
		packet->source = header.source;
		packet->destination = header.destination;
		packet->transport_offset = chain.offset;
		packet->protocol = chain.protocol;
	}
	packet->transport_length = mbuf->pkt_len - RTE_MIN((uint32_t)packet->transport_offset, mbuf->pkt_len);
}

/* Takes the port's verdict on the transport checksum. False if it was bad: dropped. NONE says that the data are good
 * though the field does not show it (a packet that never was on a wire). */
static bool checksum_acceptable(struct stack *stack, struct packet *packet, enum drop_reason reason)
{
	uint64_t verdict = packet->mbuf->ol_flags & RTE_MBUF_F_RX_L4_CKSUM_MASK;

	if (verdict == RTE_MBUF_F_RX_L4_CKSUM_BAD) {
		packet_drop(stack, packet->mbuf, reason);
		return false;
	}
	packet->checksum_good = verdict == RTE_MBUF_F_RX_L4_CKSUM_GOOD || verdict == RTE_MBUF_F_RX_L4_CKSUM_NONE;
	return true;
}

bool ip_steered(struct stack *stack, const struct packet *packet, const struct tuple *tuple, uint8_t protocol)
{
	const struct stack_environment *environment = &stack->config.environment;
	struct segment *segment = segment_of(packet->mbuf);

	if (environment->steer == NULL || (segment->flags & SEGMENT_STEERED))
		return false;
	segment->flags |= SEGMENT_STEERED;
	return environment->steer(environment->context, packet->mbuf, packet->interface, tuple, protocol);
}

/* What came in fragments may have come to the wrong worker. */
static bool reassembled_elsewhere(struct stack *stack, const struct packet *packet, const struct tuple *tuple)
{
	struct segment *segment = segment_of(packet->mbuf);

	if (!(segment->flags & SEGMENT_REASSEMBLED))
		return false;
	segment->flags &= (uint8_t)~SEGMENT_REASSEMBLED;
	return ip_steered(stack, packet, tuple, packet->protocol);
}

static void give_to_tcp(struct stack *stack, struct packet *packet)
{
	if (checksum_acceptable(stack, packet, DROP_TCP_CHECKSUM))
		tcp_input(stack, packet);
}

void ip_deliver(struct stack *stack, struct packet *packet)
{
	bool ipv4 = address_is_ipv4(&packet->destination);
	bool group = address_is_multicast(&packet->destination);
	bool observe = segment_of(packet->mbuf)->flags & SEGMENT_OBSERVE;
	struct tuple tuple = packet_tuple(packet);

	if (reassembled_elsewhere(stack, packet, &tuple))
		return;
	if (packet->protocol == (ipv4 ? IPPROTO_ICMP : IPPROTO_ICMPV6)) {
		icmp_input(stack, packet);
	} else if (group || observe) {
		packet_drop(stack, packet->mbuf, DROP_IP_DESTINATION);
	} else if (packet->protocol == IPPROTO_TCP) {
		give_to_tcp(stack, packet);
	} else if (packet->protocol == IPPROTO_UDP) {
		if (checksum_acceptable(stack, packet, DROP_UDP_CHECKSUM))
			udp_input(stack, packet);
	} else {
		/* RFC 8200 section 4.7: that is no protocol. */
		if (packet->protocol != IPPROTO_NONE || ipv4)
			icmp_protocol_unreachable(stack, packet);
		packet_drop(stack, packet->mbuf, DROP_IP_PROTOCOL);
	}
}

/* Whether a datagram on its way through is refused: its sender is told, and it is gone. */
static bool refused(struct stack *stack, struct packet *packet, const struct tuple *tuple)
{
	const struct udp_state *udp = &stack->udp;

	if (udp->refuses == NULL || packet->protocol != IPPROTO_UDP || packet->transport_length < 4 ||
	    !udp->refuses(udp->refuses_context, packet->interface, tuple))
		return false;
	icmp_send_error(stack, packet, ICMP_NO_PORT, 0);
	packet_drop(stack, packet->mbuf, DROP_UDP_REFUSED);
	return true;
}

void ip_transit(struct stack *stack, struct packet *packet, bool later_fragment)
{
	struct tuple tuple = packet_tuple(packet);

	if (segment_of(packet->mbuf)->flags & SEGMENT_OBSERVE) {
		packet_drop(stack, packet->mbuf, DROP_IP_DESTINATION);
		return;
	}
	if (reassembled_elsewhere(stack, packet, &tuple))
		return;
	if (!later_fragment && packet->protocol == IPPROTO_TCP && packet->transport_length >= 4 &&
	    tcp_intercepts(stack, packet->interface, &tuple)) {
		give_to_tcp(stack, packet);
		return;
	}
	if (!later_fragment && (icmp_intercepted_error(stack, packet) || refused(stack, packet, &tuple)))
		return;
	forward(stack, packet);
}
