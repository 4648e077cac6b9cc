/* SPDX-License-Identifier: BSD-3-Clause */

/* The ICMP errors that we send. */

#include <netinet/in.h>

#include <string.h>

#include <tcpstack/segment.h>
#include <tcpstack/wire/checksum.h>
#include <tcpstack/wire/icmp.h>
#include <tcpstack/wire/ipv4.h>
#include <tcpstack/wire/ipv6.h>

#include "../stack_state.h"
#include "ethernet.h"
#include "icmp.h"
#include "route.h"

/* The whole error is at most what every host can take: 576 octets (RFC 1812 section 4.3.2.3), in IPv6 1280. */
#define ERROR_MAX_IPV4 576
#define ERROR_MAX_IPV6 1280

#define DOUBLE_COST 8 /* one error in so many costs two of the limit */

static const struct {
	uint8_t type_v4, code_v4, type_v6, code_v6;
} messages[] = {
    [ICMP_NO_ROUTE] = {ICMPV4_UNREACHABLE, ICMPV4_UNREACHABLE_NET, ICMPV6_UNREACHABLE, ICMPV6_UNREACHABLE_ROUTE},
    [ICMP_NO_HOST] = {ICMPV4_UNREACHABLE, ICMPV4_UNREACHABLE_HOST, ICMPV6_UNREACHABLE, ICMPV6_UNREACHABLE_ADDRESS},
    [ICMP_NO_PROTOCOL] = {ICMPV4_UNREACHABLE, ICMPV4_UNREACHABLE_PROTOCOL, ICMPV6_PARAMETER_PROBLEM,
			  ICMPV6_PROBLEM_NEXT_HEADER},
    [ICMP_NO_PORT] = {ICMPV4_UNREACHABLE, ICMPV4_UNREACHABLE_PORT, ICMPV6_UNREACHABLE, ICMPV6_UNREACHABLE_PORT},
    [ICMP_TOO_BIG] = {ICMPV4_UNREACHABLE, ICMPV4_UNREACHABLE_TOO_BIG, ICMPV6_TOO_BIG, 0},
    [ICMP_HOPS_EXCEEDED] = {ICMPV4_TIME_EXCEEDED, ICMP_EXCEEDED_HOPS, ICMPV6_TIME_EXCEEDED, ICMP_EXCEEDED_HOPS},
    [ICMP_REASSEMBLY_EXCEEDED] = {ICMPV4_TIME_EXCEEDED, ICMP_EXCEEDED_REASSEMBLY, ICMPV6_TIME_EXCEEDED,
				  ICMP_EXCEEDED_REASSEMBLY},
    [ICMP_PROBLEM_FIELD] = {0, 0, ICMPV6_PARAMETER_PROBLEM, ICMPV6_PROBLEM_FIELD},
    [ICMP_PROBLEM_NEXT_HEADER] = {0, 0, ICMPV6_PARAMETER_PROBLEM, ICMPV6_PROBLEM_NEXT_HEADER},
    [ICMP_PROBLEM_OPTION] = {0, 0, ICMPV6_PARAMETER_PROBLEM, ICMPV6_PROBLEM_OPTION},
};

/* Whether a message of this type is itself an error, or as good as one. Unknown ICMPv4 types may be. */
static bool is_error_type(bool ipv4, uint8_t type)
{
	if (!ipv4)
		return type < 128 || type == ICMPV6_REDIRECT;
	return type != ICMPV4_ECHO_REQUEST && type != ICMPV4_ECHO_REPLY && (type < 13 || type > 18);
}

/* Where the headers of the packet end, and whether it is a fragment but the first: of the latter nothing is told. */
static bool is_later_fragment(const struct packet *packet)
{
	const uint8_t *data = rte_pktmbuf_mtod_offset(packet->mbuf, const uint8_t *, packet->network_offset);
	uint32_t length = packet->mbuf->data_len - packet->network_offset;
	struct ipv4_header ipv4;
	struct ipv6_chain chain;

	if (address_is_ipv4(&packet->destination)) {
		ipv4_header_parse(&ipv4, data, length);
		return ipv4.fragment_offset != 0;
	}
	ipv6_chain_walk(&chain, data, length);
	return chain.has_fragment && chain.fragment_offset != 0;
}

static bool may_tell(const struct packet *packet, enum icmp_message message)
{
	bool ipv4 = address_is_ipv4(&packet->destination);
	bool icmp = packet->protocol == (ipv4 ? IPPROTO_ICMP : IPPROTO_ICMPV6);

	if (address_is_unspecified(&packet->source) || address_is_multicast(&packet->source))
		return false;
	if (address_is_multicast(&packet->destination) && message != ICMP_PROBLEM_OPTION)
		return false;
	/* Reassembly reports by its first fragment, and the faults of a fragment header are those of any fragment. */
	if (message != ICMP_PROBLEM_FIELD && is_later_fragment(packet))
		return false;
	if (!icmp)
		return true;
	return packet->transport_length > 0 && packet->transport_offset < packet->mbuf->data_len &&
	       !is_error_type(ipv4, rte_pktmbuf_mtod(packet->mbuf, const uint8_t *)[packet->transport_offset]);
}

/* A copy of the packet's beginning with room for the ICMP header in front. */
static struct rte_mbuf *quote(struct stack *stack, const struct packet *packet, uint32_t room)
{
	uint32_t length = RTE_MIN(packet->mbuf->pkt_len - packet->network_offset, room);
	struct rte_mbuf *mbuf = rte_pktmbuf_copy(packet->mbuf, stack->config.pool, packet->network_offset, length);

	if (mbuf == NULL || rte_pktmbuf_prepend(mbuf, ICMP_HEADER_LENGTH) == NULL) {
		rte_pktmbuf_free(mbuf);
		count_drop(stack, DROP_NO_MBUF);
		return NULL;
	}
	mbuf->ol_flags &= RTE_MBUF_F_INDIRECT | RTE_MBUF_F_EXTERNAL;
	mbuf->tx_offload = 0;
	return mbuf;
}

static void emit(struct stack *stack, struct rte_mbuf *mbuf, bool ipv4, enum icmp_message message, uint32_t rest)
{
	uint8_t *data = rte_pktmbuf_mtod(mbuf, uint8_t *);
	struct icmp_header header = {
	    .type = ipv4 ? messages[message].type_v4 : messages[message].type_v6,
	    .code = ipv4 ? messages[message].code_v4 : messages[message].code_v6,
	    .rest = rest,
	};

	icmp_header_emit(&header, data);
	if (ipv4) {
		header.checksum = checksum_finish(checksum_add_mbuf(0, mbuf, 0, mbuf->pkt_len));
		icmp_header_emit(&header, data);
	}
}

/* Some errors cost two, so that nobody can tell by those that are left how many others have had (CVE-2020-25705). */
static bool take_token(struct stack *stack)
{
	if (!token_bucket_take(&stack->ip.errors, stack->now))
		return false;
	if (stack_random(stack) % DOUBLE_COST == 0)
		token_bucket_take(&stack->ip.errors, stack->now);
	return true;
}

void icmp_send_error(struct stack *stack, const struct packet *packet, enum icmp_message message, uint32_t rest)
{
	bool ipv4 = address_is_ipv4(&packet->destination);
	struct ip_send send = {.destination = packet->source, .protocol = ipv4 ? IPPROTO_ICMP : IPPROTO_ICMPV6};
	struct ip_path path;
	struct rte_mbuf *mbuf;
	uint32_t room;

	if (!may_tell(packet, message) || !route_back(stack, &packet->source, packet->interface, &path))
		return;
	if (stack_owns(stack, &packet->destination))
		send.source = packet->destination;
	else if (!ip_source(stack, &path, &packet->source, &send.source))
		return;
	if (!take_token(stack)) {
		count_drop(stack, DROP_ICMP_RATE);
		return;
	}
	room = RTE_MIN(path.mtu, ipv4 ? ERROR_MAX_IPV4 : ERROR_MAX_IPV6);
	mbuf = quote(stack, packet, room - ip_header_length(&packet->source) - ICMP_HEADER_LENGTH);
	if (mbuf == NULL)
		return;
	emit(stack, mbuf, ipv4, message, rest);
	if (ip_output(stack, mbuf, &send, &path))
		stack->counters.icmp_out++;
}

void icmp_port_unreachable(struct stack *stack, const struct packet *packet)
{
	icmp_send_error(stack, packet, ICMP_NO_PORT, 0);
}

/* In IPv6 the error points at the octet that names the protocol. */
void icmp_protocol_unreachable(struct stack *stack, const struct packet *packet)
{
	const uint8_t *data = rte_pktmbuf_mtod_offset(packet->mbuf, const uint8_t *, packet->network_offset);
	struct ipv6_chain chain = {0};

	if (!address_is_ipv4(&packet->destination))
		ipv6_chain_walk(&chain, data, packet->mbuf->data_len - packet->network_offset);
	icmp_send_error(stack, packet, ICMP_NO_PROTOCOL, chain.protocol_pointer);
}

void icmp_neighbour_failed(struct stack *stack, struct rte_mbuf *mbuf)
{
	struct icmp_error error = {.kind = ICMP_ERROR_NEIGHBOUR};
	struct packet packet;
	struct tuple sent;

	packet_of_ip(&packet, mbuf);
	if (segment_of(mbuf)->flags & SEGMENT_FORWARDED) {
		icmp_send_error(stack, &packet, ICMP_NO_HOST, 0);
		return;
	}
	if (is_later_fragment(&packet))
		return;
	sent = packet_tuple(&packet);
	error.tuple = (struct tuple){
	    .local = sent.remote,
	    .remote = sent.local,
	    .local_port = sent.remote_port,
	    .remote_port = sent.local_port,
	};
	if (packet.protocol == IPPROTO_TCP && packet.transport_length >= 8) {
		uint32_t sequence;

		memcpy(&sequence, rte_pktmbuf_mtod_offset(mbuf, uint8_t *, packet.transport_offset + 4U),
		       sizeof(sequence));
		error.sequence = rte_be_to_cpu_32(sequence);
		tcp_icmp_error(stack, &error);
	} else if (packet.protocol == IPPROTO_UDP) {
		udp_icmp_error(stack, &error);
	}
}
