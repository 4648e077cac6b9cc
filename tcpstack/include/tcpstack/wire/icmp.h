/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef TCPSTACK_WIRE_ICMP_H
#define TCPSTACK_WIRE_ICMP_H

/* ICMP (RFC 792), ICMPv6 (RFC 4443) and neighbour discovery (RFC 4861): stateless parse and emit. */

#include <stdbool.h>
#include <stdint.h>

#include <rte_ether.h>

#include <tcpstack/address.h>

#define ICMP_HEADER_LENGTH 8

#define ICMPV4_ECHO_REPLY 0
#define ICMPV4_UNREACHABLE 3
#define ICMPV4_ECHO_REQUEST 8
#define ICMPV4_TIME_EXCEEDED 11
#define ICMPV4_PARAMETER_PROBLEM 12

/* codes of ICMPV4_UNREACHABLE (RFC 792, 1122, 1812) */
#define ICMPV4_UNREACHABLE_NET 0
#define ICMPV4_UNREACHABLE_HOST 1
#define ICMPV4_UNREACHABLE_PROTOCOL 2
#define ICMPV4_UNREACHABLE_PORT 3
#define ICMPV4_UNREACHABLE_TOO_BIG 4 /* fragmentation needed and DF set */
#define ICMPV4_UNREACHABLE_SOURCE_ROUTE 5
#define ICMPV4_UNREACHABLE_NET_UNKNOWN 6
#define ICMPV4_UNREACHABLE_HOST_UNKNOWN 7
#define ICMPV4_UNREACHABLE_ISOLATED 8
#define ICMPV4_UNREACHABLE_NET_PROHIBITED 9
#define ICMPV4_UNREACHABLE_HOST_PROHIBITED 10
#define ICMPV4_UNREACHABLE_NET_SERVICE 11
#define ICMPV4_UNREACHABLE_HOST_SERVICE 12
#define ICMPV4_UNREACHABLE_PROHIBITED 13

#define ICMPV6_UNREACHABLE 1
#define ICMPV6_TOO_BIG 2
#define ICMPV6_TIME_EXCEEDED 3
#define ICMPV6_PARAMETER_PROBLEM 4
#define ICMPV6_ECHO_REQUEST 128
#define ICMPV6_ECHO_REPLY 129
#define ICMPV6_ROUTER_SOLICITATION 133
#define ICMPV6_ROUTER_ADVERTISEMENT 134
#define ICMPV6_NEIGHBOUR_SOLICITATION 135
#define ICMPV6_NEIGHBOUR_ADVERTISEMENT 136
#define ICMPV6_REDIRECT 137

/* codes of ICMPV6_UNREACHABLE */
#define ICMPV6_UNREACHABLE_ROUTE 0
#define ICMPV6_UNREACHABLE_PROHIBITED 1
#define ICMPV6_UNREACHABLE_SCOPE 2
#define ICMPV6_UNREACHABLE_ADDRESS 3
#define ICMPV6_UNREACHABLE_PORT 4
#define ICMPV6_UNREACHABLE_POLICY 5
#define ICMPV6_UNREACHABLE_REJECT 6

/* codes of time exceeded, of both families */
#define ICMP_EXCEEDED_HOPS 0
#define ICMP_EXCEEDED_REASSEMBLY 1

/* codes of ICMPV6_PARAMETER_PROBLEM */
#define ICMPV6_PROBLEM_FIELD 0
#define ICMPV6_PROBLEM_NEXT_HEADER 1
#define ICMPV6_PROBLEM_OPTION 2
#define ICMPV6_PROBLEM_FIRST_FRAGMENT 3 /* RFC 7112: header chain incomplete in the first fragment */

/* The 8 octets that begin every message of either family, in host byte order. */
struct icmp_header {
	uint8_t type;
	uint8_t code;
	uint16_t checksum; /* as in memory, for checksum_update; emit writes it as given */
	uint32_t rest;	   /* echo: icmp_echo(); too big: the MTU, in ICMPv4 its lower 16 bits; parameter problem of
			      ICMPv6: the pointer; else 0 */
};

static inline uint16_t icmp_identifier(const struct icmp_header *header)
{
	return (uint16_t)(header->rest >> 16);
}

static inline uint16_t icmp_sequence(const struct icmp_header *header)
{
	return (uint16_t)header->rest;
}

/* The `rest` of an echo. */
static inline uint32_t icmp_echo(uint16_t identifier, uint16_t sequence)
{
	return (uint32_t)identifier << 16 | sequence;
}

/* Reads the first 8 octets of a message from `length` contiguous ones; false if there are fewer. The checksum is not
 * looked at. */
bool icmp_header_parse(struct icmp_header *header, const uint8_t *data, uint32_t length);

/* Writes the 8 octets and returns that. */
uint8_t icmp_header_emit(const struct icmp_header *header, uint8_t *data);

#define ND_MESSAGE_LENGTH 24 /* ICMPv6 header, flags, target */
#define ND_MESSAGE_MAX 32    /* with a link-layer address option */

/* A neighbour solicitation or advertisement, from its ICMPv6 header on. */
struct nd_message {
	uint8_t type;			  /* ICMPV6_NEIGHBOUR_SOLICITATION or ICMPV6_NEIGHBOUR_ADVERTISEMENT */
	bool router, solicited, override; /* flags of an advertisement; false in a solicitation */
	bool has_link_layer;
	struct rte_ether_addr link_layer; /* of the source (solicitation) or target (advertisement) */
	struct ip_address target;
};

/*
 * Reads a message of `length` contiguous octets, ICMPv6 header first: all of the message, with all its options. False
 * if it is neither solicitation nor advertisement, or fails what RFC 4861 section 7.1 asks of the message itself: code
 * 0, length at least 24, no option of length zero (or past the end, or a link-layer address that is not Ethernet's),
 * target not multicast. Of repeated options the first counts, unknown ones are skipped. Hop limit, checksum, IP
 * addresses and whether the link-layer address is unicast are the caller's to check.
 */
bool nd_message_parse(struct nd_message *message, const uint8_t *data, uint32_t length);

/* Writes the message, checksum zero, and returns the octets written: 24 or 32. */
uint8_t nd_message_emit(const struct nd_message *message, uint8_t *data);

#endif
