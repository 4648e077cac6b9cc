/* SPDX-License-Identifier: BSD-3-Clause */
/* Which addresses a flow may dial: the class of each, and what a policy's networks allow. */
#include <string.h>

#include "dns/address_rules.h"
#include "support.h"

static struct ip_address address_of(const char *text)
{
	struct ip_address address;

	CU_ASSERT_TRUE_FATAL(address_parse(text, &address));
	return address;
}

/* Each text has its class; a text "first last" is a network's two ends. */
static const struct {
	enum address_class class;
	const char *first, *last;
} places[] = {
    {ADDRESS_UNSPECIFIED, "0.0.0.0", NULL},
    {ADDRESS_RESERVED, "0.0.0.1", "0.255.255.255"},
    {ADDRESS_PUBLIC, "1.0.0.0", "9.255.255.255"},
    {ADDRESS_PRIVATE, "10.0.0.0", "10.255.255.255"},
    {ADDRESS_PUBLIC, "11.0.0.0", "100.63.255.255"},
    {ADDRESS_PRIVATE, "100.64.0.0", "100.127.255.255"},
    {ADDRESS_METADATA, "100.100.100.200", NULL},
    {ADDRESS_PUBLIC, "100.128.0.0", "126.255.255.255"},
    {ADDRESS_LOOPBACK, "127.0.0.0", "127.255.255.255"},
    {ADDRESS_PUBLIC, "128.0.0.0", "169.253.255.255"},
    {ADDRESS_METADATA, "168.63.129.16", NULL},
    {ADDRESS_LINK_LOCAL, "169.254.0.0", "169.254.255.255"},
    {ADDRESS_METADATA, "169.254.169.254", NULL},
    {ADDRESS_METADATA, "169.254.170.2", NULL},
    {ADDRESS_PUBLIC, "169.255.0.0", "172.15.255.255"},
    {ADDRESS_PRIVATE, "172.16.0.0", "172.31.255.255"},
    {ADDRESS_PUBLIC, "172.32.0.0", "191.255.255.255"},
    {ADDRESS_RESERVED, "192.0.0.0", "192.0.0.255"},
    {ADDRESS_METADATA, "192.0.0.192", NULL},
    {ADDRESS_PUBLIC, "192.0.1.0", "192.0.1.255"},
    {ADDRESS_RESERVED, "192.0.2.0", "192.0.2.255"},
    {ADDRESS_PUBLIC, "192.0.3.0", "192.88.98.255"},
    {ADDRESS_RESERVED, "192.88.99.0", "192.88.99.255"},
    {ADDRESS_PUBLIC, "192.88.100.0", "192.167.255.255"},
    {ADDRESS_PRIVATE, "192.168.0.0", "192.168.255.255"},
    {ADDRESS_PUBLIC, "192.169.0.0", "198.17.255.255"},
    {ADDRESS_RESERVED, "198.18.0.0", "198.19.255.255"},
    {ADDRESS_PUBLIC, "198.20.0.0", "198.51.99.255"},
    {ADDRESS_RESERVED, "198.51.100.0", "198.51.100.255"},
    {ADDRESS_PUBLIC, "198.51.101.0", "203.0.112.255"},
    {ADDRESS_RESERVED, "203.0.113.0", "203.0.113.255"},
    {ADDRESS_PUBLIC, "203.0.114.0", "223.255.255.255"},
    {ADDRESS_MULTICAST, "224.0.0.0", "239.255.255.255"},
    {ADDRESS_RESERVED, "240.0.0.0", "255.255.255.255"},
    {ADDRESS_UNSPECIFIED, "::", NULL},
    {ADDRESS_LOOPBACK, "::1", NULL},
    {ADDRESS_RESERVED, "::2", "::fffe:ffff:ffff"}, /* and the IPv4-compatible ones */
    {ADDRESS_RESERVED, "64:ff9a::", "64:ff9a:ffff:ffff:ffff:ffff:ffff:ffff"},
    {ADDRESS_PRIVATE, "64:ff9b:1::", "64:ff9b:1:ffff:ffff:ffff:ffff:ffff"},
    {ADDRESS_RESERVED, "100::", "1fff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"},
    {ADDRESS_PUBLIC, "2000::", "2000:ffff:ffff:ffff:ffff:ffff:ffff:ffff"},
    {ADDRESS_RESERVED, "2001::", "2001:1ff:ffff:ffff:ffff:ffff:ffff:ffff"},
    {ADDRESS_PUBLIC, "2001:200::", "2001:db7:ffff:ffff:ffff:ffff:ffff:ffff"},
    {ADDRESS_RESERVED, "2001:db8::", "2001:db8:ffff:ffff:ffff:ffff:ffff:ffff"},
    {ADDRESS_PUBLIC, "2001:db9::", "2001:ffff:ffff:ffff:ffff:ffff:ffff:ffff"},
    {ADDRESS_PUBLIC, "2003::", "3ffe:ffff:ffff:ffff:ffff:ffff:ffff:ffff"},
    {ADDRESS_RESERVED, "3fff::", "3fff:fff:ffff:ffff:ffff:ffff:ffff:ffff"},
    {ADDRESS_PUBLIC, "3fff:1000::", "3fff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"},
    {ADDRESS_RESERVED, "4000::", "fbff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"},
    {ADDRESS_PRIVATE, "fc00::", "fdff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"},
    {ADDRESS_METADATA, "fd00:ec2::", "fd00:ec2:ffff:ffff:ffff:ffff:ffff:ffff"},
    {ADDRESS_METADATA, "fd20:ce::254", NULL},
    {ADDRESS_RESERVED, "fe00::", "fe7f:ffff:ffff:ffff:ffff:ffff:ffff:ffff"},
    {ADDRESS_LINK_LOCAL, "fe80::", "febf:ffff:ffff:ffff:ffff:ffff:ffff:ffff"},
    {ADDRESS_PRIVATE, "fec0::", "feff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"},
    {ADDRESS_MULTICAST, "ff00::", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"},
};

static void every_network_has_its_class_from_end_to_end(void)
{
	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		struct ip_address first = address_of(places[i].first);
		struct ip_address last = address_of(places[i].last != NULL ? places[i].last : places[i].first);

		CU_ASSERT_EQUAL(address_class_of(&first), places[i].class);
		CU_ASSERT_EQUAL(address_class_of(&last), places[i].class);
	}
}

static void an_embedded_address_has_the_class_of_the_ipv4_one(void)
{
	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		struct ip_address inner = address_of(places[i].first);
		uint8_t nat64[16] = {0, 0x64, 0xff, 0x9b}, six_to_four[16] = {0x20, 0x02, [15] = 1};
		struct ip_address outer;

		if (!address_is_ipv4(&inner))
			continue;
		memcpy(nat64 + 12, inner.octets + 12, 4);
		memcpy(six_to_four + 2, inner.octets + 12, 4);
		outer = address_from_ipv6(nat64);
		CU_ASSERT_EQUAL(address_class_of(&outer), places[i].class);
		outer = address_from_ipv6(six_to_four);
		CU_ASSERT_EQUAL(address_class_of(&outer), places[i].class);
	}
}

static void classes_have_names(void)
{
	for (unsigned class = 0; class < ADDRESS_CLASSES; class ++)
		CU_ASSERT_PTR_NOT_NULL(address_class_name((enum address_class) class));
	CU_ASSERT_STRING_EQUAL(address_class_name(ADDRESS_LINK_LOCAL), "link-local");
	CU_ASSERT_STRING_EQUAL(address_class_name(ADDRESS_OWN), "own");
}

/* Judges with an own address of each family and one network allowed (NULL: none). */
static bool allows(const char *network, const char *text, enum address_class *class)
{
	struct ip_address own[] = {address_of("198.51.7.1"), address_of("2a00:1::1"), address_of("10.0.0.1")};
	struct address_rules rules = {.own = own, .own_count = 3};
	struct ip_address address = address_of(text);
	struct gateway_prefix allowed;
	struct ip_prefix prefix;

	if (network != NULL) {
		CU_ASSERT_TRUE_FATAL(prefix_parse(network, &prefix));
		memcpy(allowed.address.octets, prefix.address.octets, 16);
		allowed.length = prefix.length;
		rules.allowed = &allowed;
		rules.allowed_count = 1;
	}
	return address_rules_allow(&rules, &address, class);
}

static void expect(const char *network, const char *text, bool allowed, enum address_class class)
{
	enum address_class found;

	CU_ASSERT_EQUAL(allows(network, text, &found), allowed);
	CU_ASSERT_EQUAL(found, class);
}

static void without_networks_only_public_addresses_are_allowed(void)
{
	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++)
		expect(NULL, places[i].first, places[i].class == ADDRESS_PUBLIC, places[i].class);
}

static void a_listed_network_is_allowed_and_no_other(void)
{
	expect("10.0.0.0/8", "10.1.2.3", true, ADDRESS_PRIVATE);
	expect("10.0.0.0/8", "192.168.1.1", false, ADDRESS_PRIVATE);
	expect("10.0.0.0/8", "fd00::1", false, ADDRESS_PRIVATE);
	expect("fd00::/8", "fd00::1", true, ADDRESS_PRIVATE);
	expect("203.0.113.0/24", "203.0.113.9", true, ADDRESS_RESERVED);
	expect("10.0.0.0/8", "64:ff9b::a01:203", true, ADDRESS_PRIVATE);
	expect("64:ff9b::/96", "64:ff9b::a01:203", true, ADDRESS_PRIVATE);
	expect("10.0.0.0/8", "64:ff9b::c0a8:101", false, ADDRESS_PRIVATE);
	expect("10.0.0.0/8", "2002:a01:203::1", true, ADDRESS_PRIVATE);
}

static void the_gateways_own_addresses_are_loops_unless_named_alone(void)
{
	expect(NULL, "198.51.7.1", false, ADDRESS_OWN);
	expect(NULL, "2a00:1::1", false, ADDRESS_OWN);
	expect(NULL, "64:ff9b::c633:701", false, ADDRESS_OWN);
	expect(NULL, "2002:c633:701::1", false, ADDRESS_OWN);
	expect("10.0.0.0/8", "10.0.0.1", false, ADDRESS_OWN);
	expect("0.0.0.0/0", "10.0.0.1", false, ADDRESS_OWN);
	expect("10.0.0.1/32", "10.0.0.1", true, ADDRESS_OWN);
	expect("10.0.0.1", "10.0.0.2", false, ADDRESS_PRIVATE);
	expect("2a00:1::1/128", "2a00:1::1", true, ADDRESS_OWN);
}

static void metadata_is_never_meant_by_a_wide_network(void)
{
	expect("169.254.0.0/16", "169.254.169.254", false, ADDRESS_METADATA);
	expect("169.254.0.0/16", "169.254.1.1", true, ADDRESS_LINK_LOCAL);
	expect("100.64.0.0/10", "100.100.100.200", false, ADDRESS_METADATA);
	expect("169.254.169.254/32", "169.254.169.254", true, ADDRESS_METADATA);
	expect("::/0", "fd00:ec2::254", false, ADDRESS_METADATA);
}

static void nobody_can_be_dialled_at_multicast_and_unspecified_addresses(void)
{
	expect("224.0.0.1/32", "224.0.0.1", false, ADDRESS_MULTICAST);
	expect("ff02::1/128", "ff02::1", false, ADDRESS_MULTICAST);
	expect("0.0.0.0/32", "0.0.0.0", false, ADDRESS_UNSPECIFIED);
	expect("::/0", "::", false, ADDRESS_UNSPECIFIED);
}

int main(void)
{
	return TESTS_RUN("address rules", TEST(every_network_has_its_class_from_end_to_end),
			 TEST(an_embedded_address_has_the_class_of_the_ipv4_one), TEST(classes_have_names),
			 TEST(without_networks_only_public_addresses_are_allowed),
			 TEST(a_listed_network_is_allowed_and_no_other),
			 TEST(the_gateways_own_addresses_are_loops_unless_named_alone),
			 TEST(metadata_is_never_meant_by_a_wide_network),
			 TEST(nobody_can_be_dialled_at_multicast_and_unspecified_addresses));
}
