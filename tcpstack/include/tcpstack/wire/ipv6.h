/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef TCPSTACK_WIRE_IPV6_H
#define TCPSTACK_WIRE_IPV6_H

/* IPv6 header and extension header chain (RFC 8200): stateless parse and emit. */

#include <stdbool.h>
#include <stdint.h>

#include <tcpstack/address.h>

#define IPV6_HEADER_LENGTH 40
#define IPV6_FRAGMENT_LENGTH 8
#define IPV6_NEXT_HEADER_OFFSET 6 /* of the next-header octet in the fixed header */

/* What a chain of extension headers may have at most. */
#define IPV6_CHAIN_HEADERS 8
#define IPV6_CHAIN_LENGTH 256

/* A fixed header in host byte order. */
struct ipv6_header {
	struct ip_address source;
	struct ip_address destination;
	uint32_t flow_label;	 /* 20 bits */
	uint16_t payload_length; /* octets behind the fixed header */
	uint8_t traffic_class;	 /* DSCP and ECN */
	uint8_t next_header;
	uint8_t hop_limit;
};

/* Reads a fixed header from `length` contiguous octets, which may be fewer than the packet. False if they are fewer
 * than 40 or the version is not 6. Addresses are given as they stand, mapped ones too. */
bool ipv6_header_parse(struct ipv6_header *header, const uint8_t *data, uint32_t length);

/* Writes a fixed header and returns the octets written: 40. */
uint8_t ipv6_header_emit(const struct ipv6_header *header, uint8_t *data);

/* Whether a Parameter Problem answers a packet whose chain is refused, and to whom (RFC 8200 section 4.2). */
enum ipv6_answer {
	IPV6_ANSWER_NONE,
	IPV6_ANSWER_UNICAST, /* unless the packet's destination was multicast */
	IPV6_ANSWER_ALWAYS,
};

/* The chain behind a fixed header. Every offset counts from the first octet of the fixed header. */
struct ipv6_chain {
	uint8_t protocol;	   /* what stands behind the chain: the transport, 59 (nothing), or something unknown */
	uint16_t offset;	   /* of the transport header, or of a later fragment's data */
	uint16_t protocol_pointer; /* of the next-header octet that names `protocol` */

	bool has_fragment;
	bool more_fragments;
	uint16_t fragment_offset;  /* in octets: a multiple of 8 */
	uint16_t fragment_header;  /* where the fragment header stands: the unfragmentable part's length, with the fixed
				      header */
	uint16_t fragment_pointer; /* of the next-header octet that names the fragment header */
	uint8_t fragment_next;	   /* next-header value of the fragment header */
	uint32_t identification;

	/* if the chain is refused as malformed or unsupported */
	enum ipv6_answer answer;
	uint8_t error_code;	/* of the Parameter Problem: 0 (field), 1 (next header), 2 (option) */
	uint16_t error_pointer; /* octet that is wrong */
};

enum ipv6_chain_result {
	IPV6_CHAIN_OK,
	IPV6_CHAIN_TRUNCATED,	/* runs past the octets given; in a first fragment (has_fragment) see RFC 7112 */
	IPV6_CHAIN_TOO_LONG,	/* more than 8 extension headers or 256 octets of them */
	IPV6_CHAIN_MALFORMED,	/* an option runs past its header, or a second fragment header */
	IPV6_CHAIN_UNSUPPORTED, /* hop-by-hop not first; routing with segments left (type 0 too, RFC 5095); an option
				   that must not be ignored */
};

/*
 * Walks the chain of a packet of which `length` contiguous octets are given, fixed header first (parsed before: at
 * least 40). More than 40 + IPV6_CHAIN_LENGTH are never looked at; octets beyond the packet's end must not be counted
 * in. Options are checked by their action bits, none is acted upon. Behind a fragment header with offset 0 the walk
 * goes on; a later fragment's data are not looked at. If the chain is refused, what came before the fault is filled in.
 */
enum ipv6_chain_result ipv6_chain_walk(struct ipv6_chain *chain, const uint8_t *packet, uint32_t length);

/* A fragment header in host byte order. */
struct ipv6_fragment {
	uint8_t next_header;
	bool more_fragments;
	uint16_t offset; /* in octets: a multiple of 8 */
	uint32_t identification;
};

/* Writes a fragment header and returns the octets written: 8. */
uint8_t ipv6_fragment_emit(const struct ipv6_fragment *fragment, uint8_t *data);

#endif
