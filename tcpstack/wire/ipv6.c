/* SPDX-License-Identifier: BSD-3-Clause */
#include <string.h>

#include <netinet/in.h>

#include <tcpstack/wire/icmp.h>
#include <tcpstack/wire/ipv6.h>

#include "octets.h"

#define EXTENSION_LENGTH 8 /* the shortest extension header, and the unit of their lengths */
#define OPTION_PAD1 0
#define OPTION_PADN 1

bool ipv6_header_parse(struct ipv6_header *header, const uint8_t *data, uint32_t length)
{
	uint32_t first;

	if (length < IPV6_HEADER_LENGTH)
		return false;
	first = octets_read32(data);
	header->traffic_class = (uint8_t)(first >> 20);
	header->flow_label = first & 0xfffff;
	header->payload_length = octets_read16(data + 4);
	header->next_header = data[IPV6_NEXT_HEADER_OFFSET];
	header->hop_limit = data[7];
	header->source = address_from_ipv6(data + 8);
	header->destination = address_from_ipv6(data + 24);
	return first >> 28 == 6;
}

uint8_t ipv6_header_emit(const struct ipv6_header *header, uint8_t *data)
{
	octets_write32(data, 6U << 28 | (uint32_t)header->traffic_class << 20 | (header->flow_label & 0xfffff));
	octets_write16(data + 4, header->payload_length);
	data[IPV6_NEXT_HEADER_OFFSET] = header->next_header;
	data[7] = header->hop_limit;
	memcpy(data + 8, header->source.octets, sizeof(header->source.octets));
	memcpy(data + 24, header->destination.octets, sizeof(header->destination.octets));
	return IPV6_HEADER_LENGTH;
}

uint8_t ipv6_fragment_emit(const struct ipv6_fragment *fragment, uint8_t *data)
{
	data[0] = fragment->next_header;
	data[1] = 0;
	octets_write16(data + 2, (uint16_t)((fragment->offset & ~7U) | fragment->more_fragments));
	octets_write32(data + 4, fragment->identification);
	return IPV6_FRAGMENT_LENGTH;
}

static enum ipv6_chain_result refuse(struct ipv6_chain *chain, enum ipv6_chain_result result, uint8_t code,
				     uint16_t pointer)
{
	chain->answer = IPV6_ANSWER_UNICAST;
	chain->error_code = code;
	chain->error_pointer = pointer;
	return result;
}

/* What to do with an option that nobody here knows stands in its two upper bits (RFC 8200 section 4.2). */
static enum ipv6_chain_result unknown_option(struct ipv6_chain *chain, uint8_t type, uint16_t pointer)
{
	static const enum ipv6_answer answers[4] = {[2] = IPV6_ANSWER_ALWAYS, [3] = IPV6_ANSWER_UNICAST};

	if (type >> 6 == 0)
		return IPV6_CHAIN_OK;
	refuse(chain, IPV6_CHAIN_UNSUPPORTED, ICMPV6_PROBLEM_OPTION, pointer);
	chain->answer = answers[type >> 6];
	return IPV6_CHAIN_UNSUPPORTED;
}

/* Checks the options of a hop-by-hop or destination options header, between its length octet and its end. */
static enum ipv6_chain_result check_options(struct ipv6_chain *chain, const uint8_t *packet, uint16_t offset,
					    uint16_t end)
{
	while (offset < end) {
		enum ipv6_chain_result result;

		if (packet[offset] == OPTION_PAD1) {
			offset++;
			continue;
		}
		if (end - offset < 2 || packet[offset + 1] > end - offset - 2)
			return refuse(chain, IPV6_CHAIN_MALFORMED, ICMPV6_PROBLEM_FIELD, offset);
		if (packet[offset] != OPTION_PADN) {
			result = unknown_option(chain, packet[offset], offset);
			if (result != IPV6_CHAIN_OK)
				return result;
		}
		offset += 2 + packet[offset + 1];
	}
	return IPV6_CHAIN_OK;
}

static enum ipv6_chain_result check_fragment(struct ipv6_chain *chain, const uint8_t *header)
{
	uint16_t field = octets_read16(header + 2);

	if (chain->has_fragment)
		return refuse(chain, IPV6_CHAIN_MALFORMED, ICMPV6_PROBLEM_FIELD, chain->protocol_pointer);
	chain->has_fragment = true;
	chain->more_fragments = field & 1;
	chain->fragment_offset = field & 0xfff8;
	chain->fragment_header = chain->offset;
	chain->fragment_pointer = chain->protocol_pointer;
	chain->fragment_next = header[0];
	chain->identification = octets_read32(header + 4);
	return IPV6_CHAIN_OK;
}

/* Checks the extension header at chain->offset, all of which is there up to `end`. */
static enum ipv6_chain_result check_header(struct ipv6_chain *chain, const uint8_t *packet, uint16_t end)
{
	uint16_t offset = chain->offset;

	switch (chain->protocol) {
	case IPPROTO_HOPOPTS:
		if (offset != IPV6_HEADER_LENGTH)
			return refuse(chain, IPV6_CHAIN_UNSUPPORTED, ICMPV6_PROBLEM_NEXT_HEADER,
				      chain->protocol_pointer);
		return check_options(chain, packet, offset + 2, end);
	case IPPROTO_DSTOPTS:
		return check_options(chain, packet, offset + 2, end);
	case IPPROTO_ROUTING:
		/* No routing type is known here: one that is used up is ignored, any other refused. */
		if (packet[offset + 3] != 0)
			return refuse(chain, IPV6_CHAIN_UNSUPPORTED, ICMPV6_PROBLEM_FIELD, offset + 2);
		return IPV6_CHAIN_OK;
	default:
		return check_fragment(chain, packet + offset);
	}
}

static bool is_extension(uint8_t protocol)
{
	return protocol == IPPROTO_HOPOPTS || protocol == IPPROTO_ROUTING || protocol == IPPROTO_FRAGMENT ||
	       protocol == IPPROTO_DSTOPTS;
}

enum ipv6_chain_result ipv6_chain_walk(struct ipv6_chain *chain, const uint8_t *packet, uint32_t length)
{
	unsigned headers = 0;

	*chain = (struct ipv6_chain){
	    .protocol = packet[IPV6_NEXT_HEADER_OFFSET],
	    .offset = IPV6_HEADER_LENGTH,
	    .protocol_pointer = IPV6_NEXT_HEADER_OFFSET,
	};
	/* Behind the header of a later fragment stands data. */
	while (is_extension(chain->protocol) && chain->fragment_offset == 0) {
		enum ipv6_chain_result result;
		uint32_t end = chain->offset + EXTENSION_LENGTH;

		if (++headers > IPV6_CHAIN_HEADERS || end > IPV6_HEADER_LENGTH + IPV6_CHAIN_LENGTH)
			return IPV6_CHAIN_TOO_LONG;
		if (end > length)
			return IPV6_CHAIN_TRUNCATED;
		if (chain->protocol != IPPROTO_FRAGMENT)
			end += packet[chain->offset + 1] * EXTENSION_LENGTH;
		if (end > IPV6_HEADER_LENGTH + IPV6_CHAIN_LENGTH)
			return IPV6_CHAIN_TOO_LONG;
		if (end > length)
			return IPV6_CHAIN_TRUNCATED;
		result = check_header(chain, packet, (uint16_t)end);
		if (result != IPV6_CHAIN_OK)
			return result;
		chain->protocol = packet[chain->offset];
		chain->protocol_pointer = chain->offset;
		chain->offset = (uint16_t)end;
	}
	return IPV6_CHAIN_OK;
}
