/* SPDX-License-Identifier: BSD-3-Clause */
#include "address_rules.h"

#include <string.h>

#include "gateway_stack.h"

#define HOST_LENGTH 128

/* The first octets of a network, and how many bits of them count. */
struct network {
	uint8_t octets[16];
	uint8_t length;
	enum address_class class;
};

/* The first that covers an address says its class; lengths are of the IPv4 address. */
static const struct network ipv4_networks[] = {
    {{0, 0, 0, 0}, 32, ADDRESS_UNSPECIFIED},
    {{0}, 8, ADDRESS_RESERVED}, /* this network */
    {{10}, 8, ADDRESS_PRIVATE},
    {{100, 100, 100, 200}, 32, ADDRESS_METADATA},
    {{100, 64}, 10, ADDRESS_PRIVATE}, /* shared, behind carriers' NAT */
    {{127}, 8, ADDRESS_LOOPBACK},
    {{168, 63, 129, 16}, 32, ADDRESS_METADATA}, /* public, but answers to the machines of its cloud alone */
    {{169, 254, 169, 254}, 32, ADDRESS_METADATA},
    {{169, 254, 170, 2}, 32, ADDRESS_METADATA},
    {{169, 254}, 16, ADDRESS_LINK_LOCAL},
    {{172, 16}, 12, ADDRESS_PRIVATE},
    {{192, 0, 0, 192}, 32, ADDRESS_METADATA},
    {{192, 0, 0}, 24, ADDRESS_RESERVED},   /* protocol assignments */
    {{192, 0, 2}, 24, ADDRESS_RESERVED},   /* documentation */
    {{192, 88, 99}, 24, ADDRESS_RESERVED}, /* 6to4 relays, retired */
    {{192, 168}, 16, ADDRESS_PRIVATE},
    {{198, 18}, 15, ADDRESS_RESERVED},	    /* benchmarks */
    {{198, 51, 100}, 24, ADDRESS_RESERVED}, /* documentation */
    {{203, 0, 113}, 24, ADDRESS_RESERVED},  /* documentation */
    {{224}, 4, ADDRESS_MULTICAST},
    {{240}, 4, ADDRESS_RESERVED}, /* and the broadcast address */
};

static const struct network ipv6_networks[] = {
    {{0}, 128, ADDRESS_UNSPECIFIED},
    {{[15] = 1}, 128, ADDRESS_LOOPBACK},
    {{0, 0x64, 0xff, 0x9b, 0, 1}, 48, ADDRESS_PRIVATE}, /* NAT64 of local use (RFC 8215) */
    {{0x20, 0x01}, 23, ADDRESS_RESERVED},		/* protocol assignments; Teredo */
    {{0x20, 0x01, 0x0d, 0xb8}, 32, ADDRESS_RESERVED},	/* documentation */
    {{0x3f, 0xff}, 20, ADDRESS_RESERVED},		/* documentation */
    {{0xfd, 0x00, 0x0e, 0xc2}, 32, ADDRESS_METADATA},
    {{0xfd, 0x20, 0, 0xce, [14] = 0x02, 0x54}, 128, ADDRESS_METADATA},
    {{0xfc}, 7, ADDRESS_PRIVATE},
    {{0xfe, 0x80}, 10, ADDRESS_LINK_LOCAL},
    {{0xfe, 0xc0}, 10, ADDRESS_PRIVATE}, /* site-local, retired */
    {{0xff}, 8, ADDRESS_MULTICAST},
    {{0x20}, 3, ADDRESS_PUBLIC}, /* all that was ever given out for global unicast */
    {{0}, 0, ADDRESS_RESERVED},
};

static const struct network nat64 = {{0, 0x64, 0xff, 0x9b}, 96, ADDRESS_PUBLIC};
static const struct network six_to_four = {{0x20, 0x02}, 16, ADDRESS_PUBLIC};

static bool covers(const struct network *network, const uint8_t *octets)
{
	unsigned whole = network->length / 8;
	unsigned rest = network->length % 8;

	if (memcmp(network->octets, octets, whole) != 0)
		return false;
	return rest == 0 || (network->octets[whole] ^ octets[whole]) >> (8 - rest) == 0;
}

/* The list's last network covers everything that is asked for, or the answer is public. */
static enum address_class look_up(const struct network *networks, size_t count, const uint8_t *octets)
{
	for (size_t i = 0; i < count; i++)
		if (covers(&networks[i], octets))
			return networks[i].class;
	return ADDRESS_PUBLIC;
}

/* Whether an IPv6 address stands for an IPv4 one, and for which. */
static bool unwrap(const struct ip_address *address, struct ip_address *inner)
{
	unsigned at = covers(&nat64, address->octets) ? 12 : 2;
	uint32_t ipv4;

	if (address_is_ipv4(address) || (!covers(&nat64, address->octets) && !covers(&six_to_four, address->octets)))
		return false;
	memcpy(&ipv4, address->octets + at, sizeof(ipv4));
	*inner = address_from_ipv4(ipv4);
	return true;
}

enum address_class address_class_of(const struct ip_address *address)
{
	struct ip_address inner;

	if (unwrap(address, &inner))
		address = &inner;
	if (address_is_ipv4(address))
		return look_up(ipv4_networks, sizeof(ipv4_networks) / sizeof(ipv4_networks[0]), address->octets + 12);
	return look_up(ipv6_networks, sizeof(ipv6_networks) / sizeof(ipv6_networks[0]), address->octets);
}

const char *address_class_name(enum address_class class)
{
	static const char *const names[ADDRESS_CLASSES] = {
	    [ADDRESS_PUBLIC] = "public",	 [ADDRESS_UNSPECIFIED] = "unspecified", [ADDRESS_LOOPBACK] = "loopback",
	    [ADDRESS_LINK_LOCAL] = "link-local", [ADDRESS_METADATA] = "metadata",	[ADDRESS_PRIVATE] = "private",
	    [ADDRESS_MULTICAST] = "multicast",	 [ADDRESS_RESERVED] = "reserved",	[ADDRESS_OWN] = "own",
	};

	return names[class];
}

static bool is_own(const struct address_rules *rules, const struct ip_address *address)
{
	for (unsigned i = 0; i < rules->own_count; i++)
		if (address_equal(&rules->own[i], address))
			return true;
	return false;
}

static bool is_listed(const struct address_rules *rules, const struct ip_address *address, bool alone)
{
	for (unsigned i = 0; i < rules->allowed_count; i++) {
		struct ip_prefix prefix = gateway_stack_prefix(&rules->allowed[i]);

		if (prefix_covers(&prefix, address) && (!alone || prefix.length == HOST_LENGTH))
			return true;
	}
	return false;
}

bool address_rules_allow(const struct address_rules *rules, const struct ip_address *address, enum address_class *class)
{
	struct ip_address inner;
	bool wrapped = unwrap(address, &inner);
	bool own = is_own(rules, address) || (wrapped && is_own(rules, &inner));
	bool alone;

	*class = own ? ADDRESS_OWN : address_class_of(address);
	if (*class == ADDRESS_PUBLIC)
		return true;
	if (*class == ADDRESS_UNSPECIFIED || *class == ADDRESS_MULTICAST)
		return false;
	alone = own || *class == ADDRESS_METADATA;
	return is_listed(rules, address, alone) || (wrapped && is_listed(rules, &inner, alone));
}
