/* SPDX-License-Identifier: BSD-3-Clause */
#include <string.h>

#include <tcpstack/wire/checksum.h>
#include <tcpstack/wire/ipv4.h>

#include "octets.h"

#define DONT_FRAGMENT 0x4000
#define MORE_FRAGMENTS 0x2000
#define OFFSET_MASK 0x1fff

/* Option types with their copied flag and class (RFC 791, 1108, 2113). */
enum option {
	OPTION_END = 0,
	OPTION_NO_OPERATION = 1,
	OPTION_RECORD_ROUTE = 7,
	OPTION_TIMESTAMP = 68,
	OPTION_SECURITY = 130,
	OPTION_LOOSE_SOURCE_ROUTE = 131,
	OPTION_STREAM = 136,
	OPTION_STRICT_SOURCE_ROUTE = 137,
	OPTION_ROUTER_ALERT = 148,
};

/* Whether an option of this length, which lies within the header, is one that its kind may have. */
static bool option_good(const uint8_t *option, uint8_t length)
{
	switch (option[0]) {
	case OPTION_RECORD_ROUTE:
	case OPTION_LOOSE_SOURCE_ROUTE:
	case OPTION_STRICT_SOURCE_ROUTE:
		return length % 4 == 3 && option[2] >= 4;
	case OPTION_TIMESTAMP:
		return length >= 4 && length % 4 == 0 && option[2] >= 5;
	case OPTION_SECURITY:
		return length >= 3;
	case OPTION_STREAM:
	case OPTION_ROUTER_ALERT:
		return length == 4;
	default:
		return length >= 2;
	}
}

static bool options_parse(struct ipv4_header *header, const uint8_t *option, const uint8_t *end)
{
	while (option < end && option[0] != OPTION_END) {
		uint8_t length;

		if (option[0] == OPTION_NO_OPERATION) {
			option++;
			continue;
		}
		if (option[0] == OPTION_LOOSE_SOURCE_ROUTE || option[0] == OPTION_STRICT_SOURCE_ROUTE)
			header->source_route = true;
		if (end - option < 2)
			return false;
		length = option[1];
		if (length > end - option || !option_good(option, length))
			return false;
		option += length;
	}
	return true;
}

enum ipv4_parse ipv4_header_parse(struct ipv4_header *header, const uint8_t *data, uint32_t length)
{
	uint16_t fragment;
	uint32_t address;

	*header = (struct ipv4_header){0};
	if (length < IPV4_HEADER_LENGTH)
		return IPV4_PARSE_TRUNCATED;
	header->header_length = (uint8_t)((data[0] & 0x0f) * 4);
	header->traffic_class = data[1];
	header->total_length = octets_read16(data + 2);
	header->identification = octets_read16(data + 4);
	fragment = octets_read16(data + 6);
	header->dont_fragment = fragment & DONT_FRAGMENT;
	header->more_fragments = fragment & MORE_FRAGMENTS;
	header->fragment_offset = (uint16_t)((fragment & OFFSET_MASK) * 8);
	header->hop_limit = data[8];
	header->protocol = data[9];
	memcpy(&address, data + 12, sizeof(address));
	header->source = address_from_ipv4(address);
	memcpy(&address, data + 16, sizeof(address));
	header->destination = address_from_ipv4(address);
	if (data[0] >> 4 != 4 || header->header_length < IPV4_HEADER_LENGTH ||
	    header->total_length < header->header_length)
		return IPV4_PARSE_MALFORMED;
	if (length < header->header_length)
		return IPV4_PARSE_TRUNCATED;
	if (!options_parse(header, data + IPV4_HEADER_LENGTH, data + header->header_length))
		return IPV4_PARSE_OPTIONS;
	return IPV4_PARSE_OK;
}

bool ipv4_checksum_good(const uint8_t *data, uint8_t header_length)
{
	return checksum_finish(checksum_add(0, data, header_length)) == 0;
}

uint8_t ipv4_header_emit(const struct ipv4_header *header, uint8_t *data)
{
	uint16_t fragment = header->fragment_offset / 8, checksum;
	uint32_t source = address_ipv4(&header->source), destination = address_ipv4(&header->destination);

	if (header->dont_fragment)
		fragment |= DONT_FRAGMENT;
	if (header->more_fragments)
		fragment |= MORE_FRAGMENTS;
	data[0] = 4 << 4 | IPV4_HEADER_LENGTH / 4;
	data[1] = header->traffic_class;
	octets_write16(data + 2, header->total_length);
	octets_write16(data + 4, header->identification);
	octets_write16(data + 6, fragment);
	data[8] = header->hop_limit;
	data[9] = header->protocol;
	octets_write16(data + 10, 0);
	memcpy(data + 12, &source, sizeof(source));
	memcpy(data + 16, &destination, sizeof(destination));
	checksum = checksum_finish(checksum_add(0, data, IPV4_HEADER_LENGTH));
	memcpy(data + 10, &checksum, sizeof(checksum));
	return IPV4_HEADER_LENGTH;
}
