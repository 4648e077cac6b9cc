/* SPDX-License-Identifier: BSD-3-Clause */

/* ICMP errors about our packets: what they say, and about which. Anybody can send one, so all of it is doubted. */

#include <netinet/in.h>

#include <tcpstack/wire/icmp.h>
#include <tcpstack/wire/ipv4.h>
#include <tcpstack/wire/ipv6.h>

#include "../stack_state.h"
#include "frame.h"
#include "icmp.h"

#define QUOTE_TRANSPORT 8 /* octets of the transport header that every error quotes: ports and sequence number */
#define QUOTE_READ (IPV6_HEADER_LENGTH + IPV6_CHAIN_LENGTH + QUOTE_TRANSPORT)
#define MTU_FLOOR_IPV4 68 /* every link carries that (RFC 791) */
#define MTU_MIN_IPV6 1280

/* RFC 1191 section 7: MTUs that are found in practice, for routers that do not say theirs. */
static uint16_t plateau_below(uint16_t length)
{
	static const uint16_t plateaus[] = {32000, 17914, 8166, 4352, 2002, 1492, 1006, 508, 296};

	for (unsigned i = 0; i < RTE_DIM(plateaus); i++) {
		if (plateaus[i] < length)
			return plateaus[i];
	}
	return MTU_FLOOR_IPV4;
}

/* The MTU that a router reports for a packet of ours that was `length` long; 0 if it is impossible. */
static uint16_t reported_mtu_v4(uint32_t rest, uint16_t length)
{
	uint16_t mtu = (uint16_t)rest;

	if (mtu == 0)
		mtu = plateau_below(length);
	return mtu < MTU_FLOOR_IPV4 || mtu >= length ? 0 : mtu;
}

static enum icmp_error_kind kind_v4(const struct icmp_header *header)
{
	if (header->type != ICMPV4_UNREACHABLE)
		return ICMP_ERROR_SOFT;
	switch (header->code) {
	case ICMPV4_UNREACHABLE_TOO_BIG:
		return ICMP_ERROR_TOO_BIG;
	case ICMPV4_UNREACHABLE_PROTOCOL:
	case ICMPV4_UNREACHABLE_PORT:
	case ICMPV4_UNREACHABLE_NET_PROHIBITED:
	case ICMPV4_UNREACHABLE_HOST_PROHIBITED:
	case ICMPV4_UNREACHABLE_PROHIBITED:
		return ICMP_ERROR_HARD;
	default:
		return ICMP_ERROR_SOFT;
	}
}

static enum icmp_error_kind kind_v6(const struct icmp_header *header)
{
	if (header->type == ICMPV6_TOO_BIG)
		return ICMP_ERROR_TOO_BIG;
	if (header->type == ICMPV6_PARAMETER_PROBLEM)
		return header->code == ICMPV6_PROBLEM_NEXT_HEADER ? ICMP_ERROR_HARD : ICMP_ERROR_SOFT;
	if (header->type != ICMPV6_UNREACHABLE)
		return ICMP_ERROR_SOFT;
	switch (header->code) {
	case ICMPV6_UNREACHABLE_PROHIBITED:
	case ICMPV6_UNREACHABLE_PORT:
	case ICMPV6_UNREACHABLE_POLICY:
	case ICMPV6_UNREACHABLE_REJECT:
		return ICMP_ERROR_HARD;
	default:
		return ICMP_ERROR_SOFT;
	}
}

/* What stands in front of the quoted transport header. */
struct quote {
	uint8_t protocol;
	uint16_t offset; /* of the transport header */
	uint16_t length; /* of the whole quoted packet, as its header says */
	bool later_fragment;
};

static bool read_v4(const uint8_t *data, uint32_t length, struct quote *quote, struct tuple *tuple)
{
	struct ipv4_header header;
	enum ipv4_parse parsed = ipv4_header_parse(&header, data, length);

	if (parsed != IPV4_PARSE_OK && parsed != IPV4_PARSE_OPTIONS)
		return false;
	quote->protocol = header.protocol;
	quote->offset = header.header_length;
	quote->length = header.total_length;
	quote->later_fragment = header.fragment_offset != 0;
	tuple->local = header.source;
	tuple->remote = header.destination;
	return true;
}

static bool read_v6(const uint8_t *data, uint32_t length, struct quote *quote, struct tuple *tuple)
{
	struct ipv6_header header;
	struct ipv6_chain chain;

	if (!ipv6_header_parse(&header, data, length) || address_is_ipv4(&header.source) ||
	    address_is_ipv4(&header.destination) || ipv6_chain_walk(&chain, data, length) != IPV6_CHAIN_OK)
		return false;
	quote->protocol = chain.protocol;
	quote->offset = chain.offset;
	quote->later_fragment = chain.fragment_offset != 0;
	tuple->local = header.source;
	tuple->remote = header.destination;
	return true;
}

static void read_transport(const uint8_t *data, const struct quote *quote, struct icmp_error *error)
{
	bool has_ports = quote->protocol == IPPROTO_TCP || quote->protocol == IPPROTO_UDP;

	data += quote->offset;
	if (has_ports) {
		error->tuple.local_port = (uint16_t)(data[0] << 8 | data[1]);
		error->tuple.remote_port = (uint16_t)(data[2] << 8 | data[3]);
	}
	if (quote->protocol == IPPROTO_TCP)
		error->sequence = (uint32_t)data[4] << 24 | (uint32_t)data[5] << 16 | (uint32_t)data[6] << 8 | data[7];
}

static enum drop_reason read_quote(const struct icmp_header *header, bool ipv4, const uint8_t *data, uint32_t length,
				   struct icmp_error *error, uint8_t *protocol)
{
	struct quote quote = {0};

	if (!(ipv4 ? read_v4 : read_v6)(data, length, &quote, &error->tuple))
		return DROP_ICMP_MALFORMED;
	if (quote.later_fragment)
		return DROP_ICMP_QUOTE;
	if ((uint32_t)quote.offset + QUOTE_TRANSPORT > length)
		return DROP_ICMP_MALFORMED;
	read_transport(data, &quote, error);
	*protocol = quote.protocol;
	error->kind = ipv4 ? kind_v4(header) : kind_v6(header);
	if (error->kind != ICMP_ERROR_TOO_BIG)
		return DROP_REASONS;
	if (ipv4)
		error->mtu = reported_mtu_v4(header->rest, quote.length);
	else if (header->rest >= MTU_MIN_IPV6)
		error->mtu = (uint16_t)RTE_MIN(header->rest, (uint32_t)UINT16_MAX);
	return error->mtu != 0 ? DROP_REASONS : DROP_ICMP_BOGUS;
}

bool icmp_error_read(struct stack *stack, struct packet *packet, struct icmp_error *error, uint8_t *protocol,
		     enum drop_reason *reason)
{
	uint32_t length = RTE_MIN(packet->transport_length - ICMP_HEADER_LENGTH, (uint32_t)QUOTE_READ);
	struct icmp_header header;
	const uint8_t *data;

	packet->mbuf = frame_pull(stack, packet->mbuf, packet->transport_offset + ICMP_HEADER_LENGTH + length);
	if (packet->mbuf == NULL)
		return false;
	data = rte_pktmbuf_mtod_offset(packet->mbuf, const uint8_t *, packet->transport_offset);
	icmp_header_parse(&header, data, ICMP_HEADER_LENGTH);
	*error = (struct icmp_error){0};
	*reason =
	    read_quote(&header, packet->protocol == IPPROTO_ICMP, data + ICMP_HEADER_LENGTH, length, error, protocol);
	/* An error goes to the sender of the packet that it quotes. */
	if (*reason == DROP_REASONS && !address_equal(&error->tuple.local, &packet->destination))
		*reason = DROP_ICMP_QUOTE;
	return true;
}
