/* SPDX-License-Identifier: BSD-3-Clause */
/* Addresses, prefixes and MAC addresses are read in their one form, and nothing else is. */
#include <string.h>

#include <notation.h>

#include "support.h"

typedef bool reader(const char *text, void *member, char message[CONFIG_MESSAGE_SIZE]);

static void expect_refused(reader *read, const char *text, const char *words)
{
	char message[CONFIG_MESSAGE_SIZE] = "accepted";
	unsigned char member[64];
	unsigned char before[64];

	memset(member, 0x5a, sizeof(member));
	memcpy(before, member, sizeof(before));
	CU_ASSERT_FALSE(read(text, member, message));
	CU_ASSERT_PTR_NOT_NULL(strstr(message, words));
	CU_ASSERT_EQUAL(memcmp(member, before, sizeof(member)), 0);
	if (strstr(message, words) == NULL)
		printf("\n%s: expected ...%s..., but: %s\n", text, words, message);
}

static void expect_prefix(reader *read, const char *text, const char *hex, unsigned length)
{
	char message[CONFIG_MESSAGE_SIZE];
	struct gateway_prefix prefix;
	uint8_t octets[16];

	CU_ASSERT_EQUAL(support_hex(hex, octets, sizeof(octets)), 16);
	CU_ASSERT_TRUE_FATAL(read(text, &prefix, message));
	CU_ASSERT_EQUAL(memcmp(prefix.address.octets, octets, 16), 0);
	CU_ASSERT_EQUAL(prefix.length, length);
}

static void addresses_of_both_families_are_read(void)
{
	struct gateway_address address;
	char message[CONFIG_MESSAGE_SIZE];
	uint8_t octets[16];

	CU_ASSERT_TRUE(notation_address("192.0.2.1", &address, message));
	support_hex("00000000 00000000 0000ffff c0000201", octets, sizeof(octets));
	CU_ASSERT_EQUAL(memcmp(address.octets, octets, 16), 0);
	CU_ASSERT_TRUE(notation_is_ipv4(&address));
	CU_ASSERT_TRUE(notation_address("2001:DB8::a", &address, message));
	support_hex("20010db8 00000000 00000000 0000000a", octets, sizeof(octets));
	CU_ASSERT_EQUAL(memcmp(address.octets, octets, 16), 0);
	CU_ASSERT_FALSE(notation_is_ipv4(&address));
}

static void what_is_no_address_is_refused(void)
{
	expect_refused(notation_address, "", "is no address");
	expect_refused(notation_address, "192.0.2", "is no address");
	expect_refused(notation_address, "192.0.2.256", "is no address");
	expect_refused(notation_address, "192.0.2.01", "is no address");
	expect_refused(notation_address, " 192.0.2.1", "is no address");
	expect_refused(notation_address, "192.0.2.1 ", "is no address");
	expect_refused(notation_address, "0xc0.0.2.1", "is no address");
	expect_refused(notation_address, "[2001:db8::1]", "is no address");
	expect_refused(notation_address, "2001:db8:::1", "is no address");
	expect_refused(notation_address, "fe80::1%eth0", "zone");
	expect_refused(notation_address, "192.0.2.1/24", "without the slash");
	expect_refused(notation_address, "::ffff:192.0.2.1", "write it as IPv4");
	expect_refused(notation_address, "gateway.test", "is no address");
}

static void prefixes_have_lengths_of_the_long_form(void)
{
	expect_prefix(notation_prefix, "0.0.0.0/0", "00000000 00000000 0000ffff 00000000", 96);
	expect_prefix(notation_prefix, "192.0.2.0/24", "00000000 00000000 0000ffff c0000200", 120);
	expect_prefix(notation_prefix, "192.0.2.1/32", "00000000 00000000 0000ffff c0000201", 128);
	expect_prefix(notation_prefix, "::/0", "00000000 00000000 00000000 00000000", 0);
	expect_prefix(notation_prefix, "2001:db8::/33", "20010db8 00000000 00000000 00000000", 33);
	expect_prefix(notation_prefix, "2001:db8::1/128", "20010db8 00000000 00000000 00000001", 128);
}

static void a_prefix_has_no_bits_behind_its_length(void)
{
	expect_refused(notation_prefix, "192.0.2.1/24", "write 192.0.2.0/24");
	expect_refused(notation_prefix, "192.0.2.255/25", "write 192.0.2.128/25");
	expect_refused(notation_prefix, "1.0.0.0/0", "write 0.0.0.0/0");
	expect_refused(notation_prefix, "2001:db8:ffff::/33", "write 2001:db8:8000::/33");
	expect_refused(notation_prefix, "::1/127", "write ::/127");
}

static void a_wrong_length_is_refused(void)
{
	expect_refused(notation_prefix, "192.0.2.0", "has no length");
	expect_refused(notation_prefix, "192.0.2.0/", "from 0 to 32");
	expect_refused(notation_prefix, "192.0.2.0/33", "from 0 to 32");
	expect_refused(notation_prefix, "192.0.2.0/024", "from 0 to 32");
	expect_refused(notation_prefix, "192.0.2.0/-1", "from 0 to 32");
	expect_refused(notation_prefix, "192.0.2.0/+1", "from 0 to 32");
	expect_refused(notation_prefix, "192.0.2.0/24 ", "from 0 to 32");
	expect_refused(notation_prefix, "192.0.2.0/24/24", "from 0 to 32");
	expect_refused(notation_prefix, "192.0.2.0/255.255.255.0", "from 0 to 32");
	expect_refused(notation_prefix, "192.0.2.0/4294967320", "from 0 to 32");
	expect_refused(notation_prefix, "2001:db8::/129", "from 0 to 128");
	expect_refused(notation_prefix, "/24", "is no address");
	expect_refused(notation_prefix, "1111:1111:1111:1111:1111:1111:1111:1111:1111:1111/64", "is no address");
	expect_refused(notation_prefix, "::ffff:192.0.2.0/120", "write it as IPv4");
}

static void a_host_keeps_its_bits(void)
{
	expect_prefix(notation_host, "192.0.2.1/24", "00000000 00000000 0000ffff c0000201", 120);
	expect_prefix(notation_host, "192.0.2.0/31", "00000000 00000000 0000ffff c0000200", 127);
	expect_prefix(notation_host, "192.0.2.1/31", "00000000 00000000 0000ffff c0000201", 127);
	expect_prefix(notation_host, "192.0.2.255/32", "00000000 00000000 0000ffff c00002ff", 128);
	expect_prefix(notation_host, "169.254.0.1/16", "00000000 00000000 0000ffff a9fe0001", 112);
	expect_prefix(notation_host, "fe80::1/64", "fe800000 00000000 00000000 00000001", 64);
	expect_prefix(notation_host, "2001:db8::/64", "20010db8 00000000 00000000 00000000", 64);
}

static void what_no_host_may_have_is_refused(void)
{
	expect_refused(notation_host, "192.0.2.1", "has no length");
	expect_refused(notation_host, "192.0.2.1/0", "everything");
	expect_refused(notation_host, "2001:db8::1/0", "everything");
	expect_refused(notation_host, "0.0.0.1/8", "begins with 0");
	expect_refused(notation_host, "127.0.0.1/8", "loopback");
	expect_refused(notation_host, "224.0.0.1/24", "multicast");
	expect_refused(notation_host, "239.255.255.255/24", "multicast");
	expect_refused(notation_host, "240.0.0.1/24", "reserved");
	expect_refused(notation_host, "255.255.255.255/32", "broadcast");
	expect_refused(notation_host, "192.0.2.0/24", "network's own");
	expect_refused(notation_host, "192.0.2.255/24", "broadcast");
	expect_refused(notation_host, "192.0.2.3/30", "broadcast");
	expect_refused(notation_host, "::/64", "unspecified");
	expect_refused(notation_host, "::1/128", "loopback");
	expect_refused(notation_host, "ff02::1/64", "multicast");
}

static void mac_addresses_are_read(void)
{
	static const uint8_t expected[6] = {0x02, 0xab, 0xcd, 0xef, 0x00, 0x9f};
	char message[CONFIG_MESSAGE_SIZE];
	struct gateway_mac mac;

	CU_ASSERT_TRUE(notation_mac("02:ab:CD:eF:00:9f", &mac, message));
	CU_ASSERT_EQUAL(memcmp(mac.octets, expected, 6), 0);
}

static void what_is_no_station_is_refused(void)
{
	expect_refused(notation_mac, "", "is no MAC address");
	expect_refused(notation_mac, "02:00:00:00:00", "is no MAC address");
	expect_refused(notation_mac, "02:00:00:00:00:01:02", "is no MAC address");
	expect_refused(notation_mac, "02-00-00-00-00-01", "is no MAC address");
	expect_refused(notation_mac, "02:00:00:00:00:0g", "is no MAC address");
	expect_refused(notation_mac, "02:00:00:00:00:+1", "is no MAC address");
	expect_refused(notation_mac, "02:00:00:00:00: 1", "is no MAC address");
	expect_refused(notation_mac, "0200:00:00:00:001", "is no MAC address");
	expect_refused(notation_mac, "01:00:5e:00:00:01", "group");
	expect_refused(notation_mac, "ff:ff:ff:ff:ff:ff", "group");
	expect_refused(notation_mac, "00:00:00:00:00:00", "all zero");
}

static void prefixes_are_compared_bit_by_bit(void)
{
	struct gateway_address a = {{0x20, 0x01, 0x0d, 0xb8}};
	struct gateway_address b = a;

	b.octets[3] ^= 0x01;
	CU_ASSERT_TRUE(notation_same_prefix(&a, &b, 0));
	CU_ASSERT_TRUE(notation_same_prefix(&a, &b, 31));
	CU_ASSERT_FALSE(notation_same_prefix(&a, &b, 32));
	CU_ASSERT_FALSE(notation_same_prefix(&a, &b, 128));
	CU_ASSERT_TRUE(notation_same_prefix(&a, &a, 128));
	b.octets[3] ^= 0x10;
	CU_ASSERT_TRUE(notation_same_prefix(&a, &b, 27));
	CU_ASSERT_FALSE(notation_same_prefix(&a, &b, 28));
	CU_ASSERT_FALSE(notation_same_prefix(&a, &b, 31));
}

static struct gateway_prefix prefix_of(const char *text)
{
	char message[CONFIG_MESSAGE_SIZE];
	struct gateway_prefix prefix;

	CU_ASSERT_TRUE_FATAL(notation_prefix(text, &prefix, message));
	return prefix;
}

static void expect_cover(const char *outer, const char *inner, bool expected)
{
	struct gateway_prefix a = prefix_of(outer);
	struct gateway_prefix b = prefix_of(inner);

	CU_ASSERT_EQUAL(notation_covers(&a, &b), expected);
}

static void a_prefix_covers_longer_ones_of_its_family(void)
{
	expect_cover("10.0.0.0/8", "10.1.0.0/16", true);
	expect_cover("10.0.0.0/8", "10.0.0.0/8", true);
	expect_cover("10.1.0.0/16", "10.0.0.0/8", false);
	expect_cover("10.0.0.0/8", "11.0.0.0/16", false);
	expect_cover("0.0.0.0/0", "192.0.2.1/32", true);
	expect_cover("::/0", "2001:db8::/32", true);
	expect_cover("::/0", "192.0.2.1/32", false);
	expect_cover("0.0.0.0/0", "::/0", false);
	CU_ASSERT_TRUE(notation_is_ipv4(&notation_everywhere[0].address));
	CU_ASSERT_FALSE(notation_is_ipv4(&notation_everywhere[1].address));
}

static void a_station_is_an_address_that_a_host_may_have(void)
{
	char message[CONFIG_MESSAGE_SIZE];
	struct gateway_address address;

	CU_ASSERT_TRUE(notation_station("192.0.2.255", &address, message));
	CU_ASSERT_TRUE(notation_is_ipv4(&address));
	CU_ASSERT_TRUE(notation_station("fe80::1", &address, message));
	expect_refused(notation_station, "0.0.0.0", "choose another");
	expect_refused(notation_station, "::", "unspecified");
	expect_refused(notation_station, "::1", "loopback");
	expect_refused(notation_station, "ff02::1", "multicast");
	expect_refused(notation_station, "192.0.2.1/24", "without the slash");
	expect_refused(notation_station, "fe80::1%eth0", "zone");
}

int main(void)
{
	return TESTS_RUN(
	    "notations", TEST(addresses_of_both_families_are_read), TEST(what_is_no_address_is_refused),
	    TEST(prefixes_have_lengths_of_the_long_form), TEST(a_prefix_has_no_bits_behind_its_length),
	    TEST(a_wrong_length_is_refused), TEST(a_host_keeps_its_bits), TEST(what_no_host_may_have_is_refused),
	    TEST(mac_addresses_are_read), TEST(what_is_no_station_is_refused), TEST(prefixes_are_compared_bit_by_bit),
	    TEST(a_prefix_covers_longer_ones_of_its_family), TEST(a_station_is_an_address_that_a_host_may_have));
}
