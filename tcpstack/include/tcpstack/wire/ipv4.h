/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef TCPSTACK_WIRE_IPV4_H
#define TCPSTACK_WIRE_IPV4_H

/* IPv4 header (RFC 791): stateless parse and emit. */

#include <stdbool.h>
#include <stdint.h>

#include <tcpstack/address.h>

#define IPV4_HEADER_LENGTH 20
#define IPV4_HEADER_MAX 60

/* A header in host byte order. */
struct ipv4_header {
	struct ip_address source;
	struct ip_address destination;
	uint16_t total_length; /* octets of header and payload; at least header_length */
	uint16_t identification;
	uint16_t fragment_offset; /* in octets: a multiple of 8 */
	uint8_t header_length;	  /* octets, with options: set by parse; emit writes no options */
	uint8_t traffic_class;	  /* DSCP and ECN */
	uint8_t hop_limit;	  /* time to live */
	uint8_t protocol;
	bool dont_fragment;
	bool more_fragments;
	bool source_route; /* a loose or strict source route stands among the options (RFC 7126: to be dropped) */
};

enum ipv4_parse {
	IPV4_PARSE_OK,
	IPV4_PARSE_TRUNCATED, /* fewer octets than the header is long */
	IPV4_PARSE_MALFORMED, /* version is not 4, or header or total length impossible */
	IPV4_PARSE_OPTIONS,   /* an option's length is 0, 1, wrong for its kind, or past the header; the rest is read */
};

/* Reads a header from `length` contiguous octets, which may be fewer than total_length: whoever knows the packet's real
 * length compares that. The checksum is not looked at. Addresses are given as they stand. */
enum ipv4_parse ipv4_header_parse(struct ipv4_header *header, const uint8_t *data, uint32_t length);

/* Whether the checksum over the `header_length` octets of a header is right. */
bool ipv4_checksum_good(const uint8_t *data, uint8_t header_length);

/* Writes a header without options and with its checksum, and returns the octets written: 20. */
uint8_t ipv4_header_emit(const struct ipv4_header *header, uint8_t *data);

static inline bool ipv4_is_fragment(const struct ipv4_header *header)
{
	return header->more_fragments || header->fragment_offset != 0;
}

#endif
