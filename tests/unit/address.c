/* SPDX-License-Identifier: BSD-3-Clause */
/* Addresses and prefixes of both families: their text, their kinds, and what a prefix covers. */
#include <string.h>

#include <rte_common.h>

#include <tcpstack/address.h>

#include "support.h"

static struct ip_address address(const char *text)
{
	struct ip_address parsed = {0};

	CU_ASSERT_TRUE(address_parse(text, &parsed));
	return parsed;
}

static void addresses_are_read_and_written_canonically(void)
{
	static const struct {
		const char *text, *canonical;
	} cases[] = {
	    {"192.0.2.1", "192.0.2.1"},
	    {"0.0.0.0", "0.0.0.0"},
	    {"255.255.255.255", "255.255.255.255"},
	    {"2001:db8::1", "2001:db8::1"},
	    {"2001:0DB8:0:0:0:0:0:1", "2001:db8::1"},
	    {"2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1"}, /* a single group is not shortened */
	    {"2001:0:0:1:0:0:0:1", "2001:0:0:1::1"},	      /* the longest run is */
	    {"2001:db8:0:0:1:0:0:1", "2001:db8::1:0:0:1"},    /* of equal ones the first */
	    {"::", "::"},
	    {"::1", "::1"},
	    {"ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"},
	};

	for (size_t i = 0; i < RTE_DIM(cases); i++) {
		struct ip_address parsed = address(cases[i].text);
		char buffer[ADDRESS_TEXT_SIZE];

		CU_ASSERT_PTR_EQUAL(address_format(&parsed, buffer), buffer);
		CU_ASSERT_STRING_EQUAL(buffer, cases[i].canonical);
	}
}

static void other_texts_are_refused(void)
{
	static const char *const bad[] = {
	    "",		  "192.0.2",	      "192.0.2.256",	 "192.0.2.1 ",
	    " 192.0.2.1", "192.0.02.1",	      "0x7f.0.0.1",	 "1.2.3.4.5",
	    "2001:db8",	  "2001:db8::1::2",   "2001:db8::g",	 "[2001:db8::1]",
	    "fe80::1%lo", "::1/128",	      "12345::",	 "192.0.2.1/24",
	    "localhost",  "::ffff:192.0.2.1", "::ffff:c000:201",
	};
	struct ip_address untouched;

	memset(&untouched, 0x5a, sizeof(untouched));
	for (size_t i = 0; i < RTE_DIM(bad); i++) {
		struct ip_address parsed = untouched;

		CU_ASSERT_FALSE(address_parse(bad[i], &parsed));
		CU_ASSERT_TRUE(address_equal(&parsed, &untouched));
	}
}

static void ipv4_addresses_have_the_mapped_form(void)
{
	static const uint8_t octets[16] = {[10] = 0xff, 0xff, 192, 0, 2, 1};
	struct ip_address ipv4 = address("192.0.2.1"), ipv6 = address("2001:db8::1");

	CU_ASSERT_EQUAL(memcmp(ipv4.octets, octets, 16), 0);
	CU_ASSERT_TRUE(address_is_ipv4(&ipv4));
	CU_ASSERT_FALSE(address_is_ipv4(&ipv6));
	CU_ASSERT_FALSE(address_equal(&ipv4, &ipv6));
	ipv6 = address_from_ipv4(address_ipv4(&ipv4));
	CU_ASSERT_TRUE(address_equal(&ipv4, &ipv6));
	ipv6 = address_from_ipv6(octets);
	CU_ASSERT_TRUE(address_equal(&ipv4, &ipv6));
}

static void kinds_of_addresses_are_told_apart(void)
{
	static const struct {
		const char *text;
		bool unspecified, multicast, loopback, link_local;
	} cases[] = {
	    {"0.0.0.0", .unspecified = true},
	    {"::", .unspecified = true},
	    {"0.0.0.1"},
	    {"::2"},
	    {"224.0.0.0", .multicast = true},
	    {"239.255.255.255", .multicast = true},
	    {"ff02::1", .multicast = true},
	    {"223.255.255.255"},
	    {"240.0.0.0"},
	    {"255.255.255.255"},
	    {"fe00::"},
	    {"127.0.0.0", .loopback = true},
	    {"127.255.255.255", .loopback = true},
	    {"::1", .loopback = true},
	    {"126.255.255.255"},
	    {"128.0.0.0"},
	    {"169.254.0.0", .link_local = true},
	    {"169.254.255.255", .link_local = true},
	    {"fe80::", .link_local = true},
	    {"febf:ffff::", .link_local = true},
	    {"169.253.255.255"},
	    {"169.255.0.0"},
	    {"fe7f::"},
	    {"fec0::"},
	    {"192.0.2.1"},
	    {"2001:db8::1"},
	};

	for (size_t i = 0; i < RTE_DIM(cases); i++) {
		struct ip_address parsed = address(cases[i].text);

		CU_ASSERT_EQUAL(address_is_unspecified(&parsed), cases[i].unspecified);
		CU_ASSERT_EQUAL(address_is_multicast(&parsed), cases[i].multicast);
		CU_ASSERT_EQUAL(address_is_loopback(&parsed), cases[i].loopback);
		CU_ASSERT_EQUAL(address_is_link_local(&parsed), cases[i].link_local);
	}
}

static void prefixes_are_read(void)
{
	static const struct {
		const char *text;
		uint8_t length;
	} cases[] = {
	    {"192.0.2.0/24", 120}, {"192.0.2.1", 128},	       {"192.0.2.1/32", 128},
	    {"0.0.0.0/0", 96},	   {"128.0.0.0/1", 97},	       {"10.20.30.64/26", 122},
	    {"2001:db8::/32", 32}, {"2001:db8::1", 128},       {"2001:db8::1/128", 128},
	    {"::/0", 0},	   {"10.0.0.0/9", 105},	       {"32.0.0.0/3", 99},
	    {"8000::/1", 1},	   {"2001:db8:8000::/33", 33},
	};

	for (size_t i = 0; i < RTE_DIM(cases); i++) {
		struct ip_prefix prefix = {.length = 77};

		CU_ASSERT_TRUE(prefix_parse(cases[i].text, &prefix));
		CU_ASSERT_EQUAL(prefix.length, cases[i].length);
	}
}

static void other_texts_of_prefixes_are_refused(void)
{
	static const char *const bad[] = {
	    "",
	    "/24",
	    "192.0.2.0/",
	    "192.0.2.0/33",
	    "192.0.2.0/-1",
	    "192.0.2.0/+24",
	    "192.0.2.0/024",
	    "192.0.2.0/ 24",
	    "192.0.2.0/24 ",
	    "192.0.2.0/24/24",
	    "192.0.2.1/24",
	    "192.0.2.0/22",
	    "0.0.0.1/0",
	    "2001:db8::/129",
	    "2001:db8::1/64",
	    "2001:db8:8000::/32",
	    "::1/0",
	    "::ffff:0:0/96",
	    "192.0.2.0/4294967320",
	    "192.0.2.0/999999999999999999999999999",
	    "2001:0db8:0000:0000:0000:0000:0000:0000:0000:0000:0000/32",
	};

	for (size_t i = 0; i < RTE_DIM(bad); i++) {
		struct ip_prefix prefix = {.length = 77};

		CU_ASSERT_FALSE(prefix_parse(bad[i], &prefix));
		CU_ASSERT_EQUAL(prefix.length, 77);
	}
}

static void a_prefix_covers_its_addresses_only(void)
{
	static const struct {
		const char *prefix, *address;
		bool covered;
	} cases[] = {
	    {"192.0.2.0/24", "192.0.2.0", true},
	    {"192.0.2.0/24", "192.0.2.255", true},
	    {"192.0.2.0/24", "192.0.3.0", false},
	    {"192.0.2.0/24", "192.0.1.255", false},
	    {"10.20.30.64/26", "10.20.30.127", true},
	    {"10.20.30.64/26", "10.20.30.128", false},
	    {"10.20.30.64/26", "10.20.30.63", false},
	    {"192.0.2.1", "192.0.2.1", true},
	    {"192.0.2.1", "192.0.2.0", false},
	    {"2001:db8::/32", "2001:db8:ffff::", true},
	    {"2001:db8::/32", "2001:db9::", false},
	    {"2001:db8:8000::/33", "2001:db8:8000::1", true},
	    {"2001:db8:8000::/33", "2001:db8:7fff::1", false},
	    {"2001:db8::1/128", "2001:db8::1", true},
	    {"2001:db8::1/128", "2001:db8::", false},
	    /* families do not mix, but in the prefix of everything */
	    {"0.0.0.0/0", "203.0.113.9", true},
	    {"0.0.0.0/0", "2001:db8::1", false},
	    {"0.0.0.0/0", "::", false},
	    {"::/64", "192.0.2.1", false},
	    {"::/80", "192.0.2.1", false},
	    {"::/1", "192.0.2.1", false},
	    {"::/64", "::1", true},
	    {"::/0", "2001:db8::1", true},
	    {"::/0", "192.0.2.1", true},
	};

	for (size_t i = 0; i < RTE_DIM(cases); i++) {
		struct ip_address covered = address(cases[i].address);
		struct ip_prefix prefix;

		CU_ASSERT_TRUE_FATAL(prefix_parse(cases[i].prefix, &prefix));
		CU_ASSERT_EQUAL(prefix_covers(&prefix, &covered), cases[i].covered);
	}
}

static void random_addresses_survive_their_text(void)
{
	uint64_t random = 13;

	for (int i = 0; i < 5000; i++) {
		struct ip_address before, after;
		char text[ADDRESS_TEXT_SIZE];

		support_random_fill(&random, &before, sizeof(before));
		for (unsigned octet = 0; octet < 16; octet++) {
			if (support_random(&random) % 2)
				before.octets[octet] = 0;
		}
		if (i % 2)
			before = address_from_ipv4(before.words[0]);
		after = address(address_format(&before, text));
		CU_ASSERT_TRUE(address_equal(&before, &after));
	}
}

int main(void)
{
	return TESTS_RUN("address", TEST(addresses_are_read_and_written_canonically), TEST(other_texts_are_refused),
			 TEST(ipv4_addresses_have_the_mapped_form), TEST(kinds_of_addresses_are_told_apart),
			 TEST(prefixes_are_read), TEST(other_texts_of_prefixes_are_refused),
			 TEST(a_prefix_covers_its_addresses_only), TEST(random_addresses_survive_their_text));
}
