/* SPDX-License-Identifier: BSD-3-Clause */
#include <netinet/in.h>

#include <tcpstack/segment.h>
#include <tcpstack/wire/checksum.h>
#include <tcpstack/wire/icmp.h>

#include "../stack_state.h"
#include "ethernet.h"
#include "frame.h"
#include "icmp.h"
#include "nd.h"
#include "route.h"

void icmp_init(struct stack *stack)
{
	token_bucket_init(&stack->ip.errors, stack->config.icmp_per_second, stack->now);
	token_bucket_init(&stack->ip.echoes, stack->config.icmp_per_second, stack->now);
}

static bool is_v4(const struct packet *packet)
{
	return packet->protocol == IPPROTO_ICMP;
}

static bool checksum_good(const struct packet *packet)
{
	uint32_t sum = 0;

	if (!is_v4(packet))
		sum =
		    checksum_pseudo(&packet->source, &packet->destination, packet->protocol, packet->transport_length);
	sum = checksum_add_mbuf(sum, packet->mbuf, packet->transport_offset, packet->transport_length);
	return checksum_finish(sum) == 0;
}

/* The request itself goes back as the answer: only its type changes. */
static void answer_echo(struct stack *stack, struct packet *packet, struct icmp_header *header)
{
	struct ip_send send = {
	    .source = packet->destination,
	    .destination = packet->source,
	    .protocol = packet->protocol,
	    .traffic_class = packet->traffic_class,
	    .may_fragment = true,
	};
	uint8_t reply = is_v4(packet) ? ICMPV4_ECHO_REPLY : ICMPV6_ECHO_REPLY;
	enum drop_reason reason = DROP_REASONS;
	struct ip_path path;

	if (!route_back(stack, &packet->source, packet->interface, &path) ||
	    (address_is_multicast(&packet->destination) && !ip_source(stack, &path, &packet->source, &send.source)))
		reason = DROP_IP_NO_ROUTE;
	else if (!token_bucket_take(&stack->ip.echoes, stack->now))
		reason = DROP_ICMP_RATE;
	if (reason != DROP_REASONS) {
		packet_drop(stack, packet->mbuf, reason);
		return;
	}
	header->checksum =
	    checksum_update16(header->checksum, rte_cpu_to_be_16(header->type << 8), rte_cpu_to_be_16(reply << 8));
	header->type = reply;
	rte_pktmbuf_adj(packet->mbuf, packet->transport_offset);
	packet->mbuf->tx_offload = 0;
	icmp_header_emit(header, rte_pktmbuf_mtod(packet->mbuf, uint8_t *));
	if (ip_output(stack, packet->mbuf, &send, &path))
		stack->counters.icmp_out++;
}

static bool tell_transport(struct stack *stack, const struct icmp_error *error, uint8_t protocol)
{
	if (protocol == IPPROTO_TCP)
		return tcp_icmp_error(stack, error);
	return protocol == IPPROTO_UDP && udp_icmp_error(stack, error);
}

static void error_input(struct stack *stack, struct packet *packet)
{
	struct icmp_error error;
	enum drop_reason reason;
	uint8_t protocol;

	if (!icmp_error_read(stack, packet, &error, &protocol, &reason))
		return;
	if (reason == DROP_REASONS && ip_steered(stack, packet, &error.tuple, protocol))
		return;
	if (reason == DROP_REASONS && !tell_transport(stack, &error, protocol))
		reason = DROP_ICMP_QUOTE;
	if (reason != DROP_REASONS)
		packet_drop(stack, packet->mbuf, reason);
	else
		rte_pktmbuf_free(packet->mbuf);
}

static bool is_error(uint8_t protocol, uint8_t type)
{
	if (protocol == IPPROTO_ICMP)
		return type == ICMPV4_UNREACHABLE || type == ICMPV4_TIME_EXCEEDED || type == ICMPV4_PARAMETER_PROBLEM;
	return protocol == IPPROTO_ICMPV6 && type >= ICMPV6_UNREACHABLE && type <= ICMPV6_PARAMETER_PROBLEM;
}

bool icmp_intercepted_error(struct stack *stack, struct packet *packet)
{
	const uint8_t *data = rte_pktmbuf_mtod_offset(packet->mbuf, const uint8_t *, packet->transport_offset);
	struct icmp_error error;
	enum drop_reason reason;
	uint8_t protocol;

	if (packet->transport_length < ICMP_HEADER_LENGTH || !is_error(packet->protocol, data[0]) ||
	    !checksum_good(packet))
		return false;
	if (!icmp_error_read(stack, packet, &error, &protocol, &reason))
		return true;
	if (reason != DROP_REASONS || protocol != IPPROTO_TCP ||
	    !tcp_intercepts(stack, packet->interface, &error.tuple))
		return false;
	stack->counters.icmp_in++;
	if (ip_steered(stack, packet, &error.tuple, protocol))
		return true;
	if (tcp_icmp_error(stack, &error))
		rte_pktmbuf_free(packet->mbuf);
	else
		packet_drop(stack, packet->mbuf, DROP_ICMP_QUOTE);
	return true;
}

static void input_v6(struct stack *stack, struct packet *packet, struct icmp_header *header)
{
	bool observe = segment_of(packet->mbuf)->flags & SEGMENT_OBSERVE;
	bool solicitation = header->type == ICMPV6_NEIGHBOUR_SOLICITATION;

	if (solicitation || header->type == ICMPV6_NEIGHBOUR_ADVERTISEMENT)
		nd_input(stack, packet);
	else if (observe || address_is_unspecified(&packet->source))
		packet_drop(stack, packet->mbuf, observe ? DROP_IP_DESTINATION : DROP_IP_SOURCE);
	else if (header->type == ICMPV6_ECHO_REQUEST)
		answer_echo(stack, packet, header);
	else if (is_error(packet->protocol, header->type))
		error_input(stack, packet);
	else if (header->type == ICMPV6_ROUTER_ADVERTISEMENT || header->type == ICMPV6_ROUTER_SOLICITATION ||
		 header->type == ICMPV6_REDIRECT)
		packet_drop(stack, packet->mbuf, DROP_ND_UNSUPPORTED);
	else
		packet_drop(stack, packet->mbuf, DROP_ICMP_TYPE);
}

void icmp_input(struct stack *stack, struct packet *packet)
{
	const uint8_t *data = rte_pktmbuf_mtod_offset(packet->mbuf, const uint8_t *, packet->transport_offset);
	struct icmp_header header;

	if (packet->transport_length < ICMP_HEADER_LENGTH ||
	    !icmp_header_parse(&header, data, packet->mbuf->data_len - packet->transport_offset)) {
		packet_drop(stack, packet->mbuf, DROP_ICMP_MALFORMED);
		return;
	}
	if (!checksum_good(packet)) {
		packet_drop(stack, packet->mbuf, DROP_ICMP_CHECKSUM);
		return;
	}
	stack->counters.icmp_in++;
	if (!is_v4(packet))
		input_v6(stack, packet, &header);
	else if (header.type == ICMPV4_ECHO_REQUEST)
		answer_echo(stack, packet, &header);
	else if (is_error(packet->protocol, header.type))
		error_input(stack, packet);
	else
		packet_drop(stack, packet->mbuf, DROP_ICMP_TYPE);
}
