/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CONFIG_NOTATION_H
#define CONFIG_NOTATION_H

/*
 * Strings that have a form of their own. Each function reads `text` (never NULL) into *member, whose type stands beside
 * it, or returns false with what is wrong and what to do in `message`; the string itself is quoted by the caller.
 */

#include <stdbool.h>

#include <config/error.h>
#include <config/gateway.h>

#define NOTATION_ADDRESS_SIZE 46 /* of an address as text, with its NUL */

/* struct gateway_address: "192.0.2.1", "2001:db8::1"; no IPv4 in IPv6 clothing, no zone. */
bool notation_address(const char *text, void *member, char message[CONFIG_MESSAGE_SIZE]);

/* struct gateway_address: as notation_address, and one that a host may have. */
bool notation_station(const char *text, void *member, char message[CONFIG_MESSAGE_SIZE]);

/* struct gateway_prefix: "192.0.2.0/24", "2001:db8::/32"; no bits behind the length. */
bool notation_prefix(const char *text, void *member, char message[CONFIG_MESSAGE_SIZE]);

/* struct gateway_prefix: an address that a host may have, and the length of its on-link prefix: "192.0.2.1/24". */
bool notation_host(const char *text, void *member, char message[CONFIG_MESSAGE_SIZE]);

/* struct gateway_mac: "02:00:00:00:00:01", of one station, not all zero. */
bool notation_mac(const char *text, void *member, char message[CONFIG_MESSAGE_SIZE]);

/* The prefixes of all addresses, IPv4's and IPv6's. */
extern const struct gateway_prefix notation_everywhere[2];

/* Why no host can have the address, and what to do; NULL if one can. */
const char *notation_unfit_host(const struct gateway_address *address);

bool notation_is_ipv4(const struct gateway_address *address);

/* Whether the first `length` bits, of the 128-bit form, are the same. */
bool notation_same_prefix(const struct gateway_address *a, const struct gateway_address *b, unsigned length);

/* Whether every address of `inner` is one of `outer`, of the same family. */
bool notation_covers(const struct gateway_prefix *outer, const struct gateway_prefix *inner);

/* The address of a prefix with every bit behind the length at zero. */
struct gateway_address notation_mask(const struct gateway_prefix *prefix);

/* Writes the address as text and returns buffer. */
const char *notation_format(const struct gateway_address *address, char buffer[NOTATION_ADDRESS_SIZE]);

#endif
