/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef DATAPLANE_DNS_ADDRESS_RULES_H
#define DATAPLANE_DNS_ADDRESS_RULES_H

/*
 * Which addresses a flow may dial. A name of the outside that leads to an address inside is how a browser's page
 * reaches what its user's network hides (DNS rebinding), and one that leads to the gateway is a loop. So everything but
 * public unicast addresses is refused unless the policy names its network. Pure functions, any thread.
 */

#include <stdbool.h>

#include <config/gateway.h>
#include <tcpstack/address.h>

/* What an address is for, by the IANA registries of special-purpose addresses (RFC 6890) and what clouds made of them.
 */
enum address_class {
	ADDRESS_PUBLIC,
	ADDRESS_UNSPECIFIED,
	ADDRESS_LOOPBACK,
	ADDRESS_LINK_LOCAL,
	ADDRESS_METADATA, /* of a cloud's machines: 169.254.169.254 and its like */
	ADDRESS_PRIVATE,  /* RFC 1918, RFC 4193, shared (RFC 6598), site-local */
	ADDRESS_MULTICAST,
	ADDRESS_RESERVED, /* documentation, benchmarks, broadcast, future use, retired tunnels */
	ADDRESS_OWN,	  /* the gateway's; by address_rules_allow alone */
	ADDRESS_CLASSES,
};

/* The class of an address. IPv6 addresses in which an IPv4 address is embedded (NAT64 by RFC 6052, 6to4) have the
 * class of that one. */
enum address_class address_class_of(const struct ip_address *address);

/* The stable name of a class, for the log: "private", "link-local", ... */
const char *address_class_name(enum address_class class);

/* Lists that stay their holder's. */
struct address_rules {
	const struct ip_address *own;
	unsigned own_count;
	const struct gateway_prefix *allowed;
	unsigned allowed_count;
};

/*
 * Whether the address may be dialled. A class other than public may be if one of the allowed networks covers the
 * address, or the IPv4 address that it embeds; multicast and unspecified never; the gateway's own and
 * those of metadata only by a network of just that address, since either lies in networks that one would list. *class
 * is what it is, allowed or not.
 */
bool address_rules_allow(const struct address_rules *rules, const struct ip_address *address,
			 enum address_class *class);

#endif
