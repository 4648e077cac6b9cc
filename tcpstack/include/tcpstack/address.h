/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef TCPSTACK_ADDRESS_H
#define TCPSTACK_ADDRESS_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

/*
 * One shape for both families: 16 octets in network byte order. An IPv4 address a.b.c.d is held as
 * ::ffff:a.b.c.d (RFC 4291, section 2.5.5.2), so every table, tuple and hash serves both families with one
 * piece of code. IPv6 packets that carry such an address on the wire are dropped at input.
 */
struct ip_address {
	union {
		uint8_t octets[16];
		uint32_t words[4];
		uint64_t halves[2];
	};
};

/* Length in bits of the 128-bit form: the IPv4 prefix a.b.c.0/24 has length 120. */
struct ip_prefix {
	struct ip_address address;
	uint8_t length;
};

/* The two ends of a connection or datagram as seen from the stack. Ports in host byte order. */
struct tuple {
	struct ip_address local;
	struct ip_address remote;
	uint16_t local_port;
	uint16_t remote_port;
};

_Static_assert(sizeof(struct ip_address) == 16, "address size");
_Static_assert(sizeof(struct tuple) == 40, "tuple size");

/* The longest text of an address with its NUL, as address_format writes it. */
#define ADDRESS_TEXT_SIZE 46

static inline bool address_equal(const struct ip_address *a, const struct ip_address *b)
{
	return a->halves[0] == b->halves[0] && a->halves[1] == b->halves[1];
}

/* IPv4 address from its four octets in network byte order, as they stand in a header. */
static inline struct ip_address address_from_ipv4(uint32_t network_order)
{
	struct ip_address address = {.octets = {[10] = 0xff, [11] = 0xff}};

	address.words[3] = network_order;
	return address;
}

/* IPv6 address from 16 octets, as they stand in a header. */
static inline struct ip_address address_from_ipv6(const void *octets)
{
	struct ip_address address;

	memcpy(address.octets, octets, sizeof(address.octets));
	return address;
}

/* The address's four octets in network byte order; only for address_is_ipv4(). */
static inline uint32_t address_ipv4(const struct ip_address *address)
{
	return address->words[3];
}

static inline bool address_is_ipv4(const struct ip_address *address)
{
	static const struct ip_address mapped = {.octets = {[10] = 0xff, [11] = 0xff}};

	return address->halves[0] == 0 && address->words[2] == mapped.words[2];
}

/* 0.0.0.0 or :: */
static inline bool address_is_unspecified(const struct ip_address *address)
{
	return address->halves[0] == 0 && address->words[3] == 0 &&
	       (address->words[2] == 0 || address_is_ipv4(address));
}

/* 224.0.0.0/4 or ff00::/8 */
bool address_is_multicast(const struct ip_address *address);

/* 127.0.0.0/8 or ::1 */
bool address_is_loopback(const struct ip_address *address);

/* 169.254.0.0/16 or fe80::/10 */
bool address_is_link_local(const struct ip_address *address);

/* Whether the prefix covers the address. Families never mix, but for the prefix of length 0 (everything). */
bool prefix_covers(const struct ip_prefix *prefix, const struct ip_address *address);

/*
 * Reads "192.0.2.1" or "2001:db8::1" (no zone, no brackets, not ::ffff:192.0.2.1). Returns false and leaves *address
 * alone on any other text.
 */
bool address_parse(const char *text, struct ip_address *address);

/* Reads "192.0.2.0/24" or "2001:db8::/32"; bits beyond the length must be zero. Without "/": a host. */
bool prefix_parse(const char *text, struct ip_prefix *prefix);

/* Writes the canonical text (RFC 5952) and returns buffer. */
const char *address_format(const struct ip_address *address, char buffer[ADDRESS_TEXT_SIZE]);

#endif
