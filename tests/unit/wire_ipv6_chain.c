/* SPDX-License-Identifier: BSD-3-Clause */
/* The walk along IPv6 extension headers (RFC 8200 section 4): where it ends, and what it refuses. */
#include <stdlib.h>
#include <string.h>

#include <netinet/in.h>

#include <tcpstack/wire/ipv6.h>

#include "support.h"

static struct ipv6_chain chain;

/* Walks a packet whose fixed header names `next` and is followed by the octets of `text`. */
static enum ipv6_chain_result walk(uint8_t next, const char *text)
{
	uint8_t packet[1024] = {0x60}, *copy;
	uint32_t length = 40 + support_hex(text, packet + 40, sizeof(packet) - 40);
	enum ipv6_chain_result result;

	packet[IPV6_NEXT_HEADER_OFFSET] = next;
	copy = support_copy(packet, length);
	result = ipv6_chain_walk(&chain, copy, length);
	free(copy);
	return result;
}

static void check_refused(enum ipv6_answer answer, uint8_t code, uint16_t pointer)
{
	CU_ASSERT_EQUAL(chain.answer, answer);
	CU_ASSERT_EQUAL(chain.error_code, code);
	CU_ASSERT_EQUAL(chain.error_pointer, pointer);
}

static void without_extensions_the_transport_follows(void)
{
	CU_ASSERT_EQUAL(walk(IPPROTO_TCP, ""), IPV6_CHAIN_OK);
	CU_ASSERT_EQUAL(chain.protocol, IPPROTO_TCP);
	CU_ASSERT_EQUAL(chain.offset, 40);
	CU_ASSERT_EQUAL(chain.protocol_pointer, 6);
	CU_ASSERT_FALSE(chain.has_fragment);
}

/* Router alert, then destination options, as Linux sent them before a datagram. */
static void options_that_may_be_ignored_are(void)
{
	CU_ASSERT_EQUAL(walk(IPPROTO_HOPOPTS, "3c00050200000100 1100010400000000 b5f40009000f28156f7074696f6e73"),
			IPV6_CHAIN_OK);
	CU_ASSERT_EQUAL(chain.protocol, IPPROTO_UDP);
	CU_ASSERT_EQUAL(chain.offset, 56);
	CU_ASSERT_EQUAL(chain.protocol_pointer, 48);
	CU_ASSERT_FALSE(chain.has_fragment);
}

/* The multicast listener report that Linux sends when an interface comes up. */
static void a_hop_by_hop_header_of_linux_is_walked(void)
{
	CU_ASSERT_EQUAL(walk(IPPROTO_HOPOPTS, "3a00050200000100 8f006fda00000002"), IPV6_CHAIN_OK);
	CU_ASSERT_EQUAL(chain.protocol, IPPROTO_ICMPV6);
	CU_ASSERT_EQUAL(chain.offset, 48);
	CU_ASSERT_EQUAL(chain.protocol_pointer, 40);
}

static void a_first_fragment_is_walked_to_its_transport(void)
{
	/* of Linux: hop-by-hop, destination options, fragment, UDP */
	CU_ASSERT_EQUAL(walk(IPPROTO_HOPOPTS, "3c00050200000100 2c00010400000000 11000001e9bc55fd b5f40009064f1b95"),
			IPV6_CHAIN_OK);
	CU_ASSERT_TRUE(chain.has_fragment);
	CU_ASSERT_TRUE(chain.more_fragments);
	CU_ASSERT_EQUAL(chain.fragment_offset, 0);
	CU_ASSERT_EQUAL(chain.identification, 0xe9bc55fd);
	CU_ASSERT_EQUAL(chain.fragment_header, 56);
	CU_ASSERT_EQUAL(chain.fragment_pointer, 48);
	CU_ASSERT_EQUAL(chain.fragment_next, IPPROTO_UDP);
	CU_ASSERT_EQUAL(chain.protocol, IPPROTO_UDP);
	CU_ASSERT_EQUAL(chain.offset, 64);
	CU_ASSERT_EQUAL(chain.protocol_pointer, 56);

	/* destination options behind the fragment header belong to the chain as well */
	CU_ASSERT_EQUAL(walk(IPPROTO_FRAGMENT, "3c00000112345678 0600010400000000"), IPV6_CHAIN_OK);
	CU_ASSERT_EQUAL(chain.fragment_header, 40);
	CU_ASSERT_EQUAL(chain.fragment_pointer, 6);
	CU_ASSERT_EQUAL(chain.fragment_next, IPPROTO_DSTOPTS);
	CU_ASSERT_EQUAL(chain.protocol, IPPROTO_TCP);
	CU_ASSERT_EQUAL(chain.offset, 56);
}

static void a_later_fragment_holds_data_not_headers(void)
{
	/* of Linux; what stands behind would be a malformed destination options header */
	CU_ASSERT_EQUAL(walk(IPPROTO_FRAGMENT, "3c000598e9bc55fd ffffffffffffffff"), IPV6_CHAIN_OK);
	CU_ASSERT_TRUE(chain.has_fragment);
	CU_ASSERT_FALSE(chain.more_fragments);
	CU_ASSERT_EQUAL(chain.fragment_offset, 1432);
	CU_ASSERT_EQUAL(chain.offset, 48);
	CU_ASSERT_EQUAL(chain.protocol, IPPROTO_DSTOPTS);
}

static void an_atomic_fragment_is_both(void)
{
	CU_ASSERT_EQUAL(walk(IPPROTO_FRAGMENT, "0600000000000007 1f90"), IPV6_CHAIN_OK);
	CU_ASSERT_TRUE(chain.has_fragment);
	CU_ASSERT_FALSE(chain.more_fragments);
	CU_ASSERT_EQUAL(chain.fragment_offset, 0);
	CU_ASSERT_EQUAL(chain.protocol, IPPROTO_TCP);
	CU_ASSERT_EQUAL(chain.offset, 48);
}

static void a_second_fragment_header_is_refused(void)
{
	CU_ASSERT_EQUAL(walk(IPPROTO_FRAGMENT, "2c00000112345678 0600000112345678"), IPV6_CHAIN_MALFORMED);
	check_refused(IPV6_ANSWER_UNICAST, 0, 40);
}

static void hop_by_hop_comes_first_or_not_at_all(void)
{
	CU_ASSERT_EQUAL(walk(IPPROTO_DSTOPTS, "0000010400000000 0600010400000000"), IPV6_CHAIN_UNSUPPORTED);
	check_refused(IPV6_ANSWER_UNICAST, 1, 40);
	CU_ASSERT_EQUAL(walk(IPPROTO_HOPOPTS, "0000010400000000 0600010400000000"), IPV6_CHAIN_UNSUPPORTED);
	check_refused(IPV6_ANSWER_UNICAST, 1, 40);
	CU_ASSERT_EQUAL(walk(IPPROTO_FRAGMENT, "0000000112345678 0600010400000000"), IPV6_CHAIN_UNSUPPORTED);
	check_refused(IPV6_ANSWER_UNICAST, 1, 40);
}

static void a_routing_header_with_segments_left_is_refused(void)
{
	/* type 0 (RFC 5095), type 2 and type 4, each with one segment left */
	CU_ASSERT_EQUAL(walk(IPPROTO_ROUTING, "06020001 00000000 20010db8000000000000000000000003"),
			IPV6_CHAIN_UNSUPPORTED);
	check_refused(IPV6_ANSWER_UNICAST, 0, 42);
	CU_ASSERT_EQUAL(walk(IPPROTO_ROUTING, "06020201 00000000 20010db8000000000000000000000003"),
			IPV6_CHAIN_UNSUPPORTED);
	check_refused(IPV6_ANSWER_UNICAST, 0, 42);
	CU_ASSERT_EQUAL(walk(IPPROTO_HOPOPTS, "2b00010400000000 06000401 00000000"), IPV6_CHAIN_UNSUPPORTED);
	check_refused(IPV6_ANSWER_UNICAST, 0, 50);
}

static void a_routing_header_that_is_used_up_is_ignored(void)
{
	CU_ASSERT_EQUAL(walk(IPPROTO_ROUTING, "06020000 00000000 20010db8000000000000000000000003"), IPV6_CHAIN_OK);
	CU_ASSERT_EQUAL(chain.protocol, IPPROTO_TCP);
	CU_ASSERT_EQUAL(chain.offset, 64);
}

static void unknown_options_are_answered_by_their_action_bits(void)
{
	static const struct {
		const char *header;
		enum ipv6_chain_result result;
		enum ipv6_answer answer;
	} cases[] = {
	    {"06003e0100000100", IPV6_CHAIN_OK, IPV6_ANSWER_NONE},
	    {"06007e0100000100", IPV6_CHAIN_UNSUPPORTED, IPV6_ANSWER_NONE},
	    {"0600be0100000100", IPV6_CHAIN_UNSUPPORTED, IPV6_ANSWER_ALWAYS},
	    {"0600fe0100000100", IPV6_CHAIN_UNSUPPORTED, IPV6_ANSWER_UNICAST},
	    {"0600c20400010000", IPV6_CHAIN_UNSUPPORTED, IPV6_ANSWER_UNICAST}, /* jumbo payload */
	};

	for (size_t i = 0; i < RTE_DIM(cases); i++) {
		CU_ASSERT_EQUAL(walk(IPPROTO_DSTOPTS, cases[i].header), cases[i].result);
		CU_ASSERT_EQUAL(chain.answer, cases[i].answer);
		CU_ASSERT_EQUAL(walk(IPPROTO_HOPOPTS, cases[i].header), cases[i].result);
		if (cases[i].result == IPV6_CHAIN_UNSUPPORTED)
			check_refused(cases[i].answer, 2, 42);
	}
}

static void options_past_their_header_are_refused(void)
{
	CU_ASSERT_EQUAL(walk(IPPROTO_DSTOPTS, "0600010500000000 0000000000000000"), IPV6_CHAIN_MALFORMED);
	check_refused(IPV6_ANSWER_UNICAST, 0, 42);
	CU_ASSERT_EQUAL(walk(IPPROTO_DSTOPTS, "06003eff00000000 0000000000000000"), IPV6_CHAIN_MALFORMED);
	check_refused(IPV6_ANSWER_UNICAST, 0, 42);
	/* a type without its length octet, with more behind the header and as the packet's last */
	CU_ASSERT_EQUAL(walk(IPPROTO_DSTOPTS, "0600000000000001 0000000000000000"), IPV6_CHAIN_MALFORMED);
	check_refused(IPV6_ANSWER_UNICAST, 0, 47);
	CU_ASSERT_EQUAL(walk(IPPROTO_DSTOPTS, "0600000000000001"), IPV6_CHAIN_MALFORMED);
	CU_ASSERT_EQUAL(walk(IPPROTO_HOPOPTS, "0600000001030000 0000000000000000"), IPV6_CHAIN_MALFORMED);
	check_refused(IPV6_ANSWER_UNICAST, 0, 44);
}

static void padding_may_fill_a_header(void)
{
	CU_ASSERT_EQUAL(walk(IPPROTO_DSTOPTS, "0600000000000000"), IPV6_CHAIN_OK);
	CU_ASSERT_EQUAL(walk(IPPROTO_DSTOPTS, "0600010001000100"), IPV6_CHAIN_OK);
	CU_ASSERT_EQUAL(walk(IPPROTO_DSTOPTS, "0601010c00000000 0000000000000000"), IPV6_CHAIN_OK);
	CU_ASSERT_EQUAL(chain.offset, 56);
}

static void unknown_protocols_end_the_walk(void)
{
	static const uint8_t protocols[] = {IPPROTO_NONE, IPPROTO_ESP, IPPROTO_AH, IPPROTO_SCTP, IPPROTO_MH, 253};

	for (size_t i = 0; i < RTE_DIM(protocols); i++) {
		CU_ASSERT_EQUAL(walk(protocols[i], "ffffffff"), IPV6_CHAIN_OK);
		CU_ASSERT_EQUAL(chain.protocol, protocols[i]);
		CU_ASSERT_EQUAL(chain.offset, 40);
	}
}

static void every_truncation_is_told(void)
{
	uint8_t packet[80] = {0x60};
	uint32_t whole =
	    40 + support_hex("2b00050200000100 3c00000000000000 2c00010400000000 11000001e9bc55fd", packet + 40, 40);

	for (uint32_t length = 40; length <= whole; length++) {
		uint8_t *copy = support_copy(packet, length);

		CU_ASSERT_EQUAL(ipv6_chain_walk(&chain, copy, length),
				length == whole ? IPV6_CHAIN_OK : IPV6_CHAIN_TRUNCATED);
		free(copy);
	}
}

static void a_first_fragment_without_its_whole_chain_is_told(void)
{
	CU_ASSERT_EQUAL(walk(IPPROTO_FRAGMENT, "3c00000112345678 06010104"), IPV6_CHAIN_TRUNCATED);
	CU_ASSERT_TRUE(chain.has_fragment);
	CU_ASSERT_EQUAL(walk(IPPROTO_FRAGMENT, "3c00000112345678 0601010400000000"), IPV6_CHAIN_TRUNCATED);
	CU_ASSERT_TRUE(chain.has_fragment);
}

static void eight_headers_are_the_most(void)
{
	char text[16 * 9 + 1] = "";

	for (int i = 0; i < 7; i++)
		strcat(text, "3c00010400000000");
	strcat(text, "0600010400000000");
	CU_ASSERT_EQUAL(walk(IPPROTO_DSTOPTS, text), IPV6_CHAIN_OK);
	CU_ASSERT_EQUAL(chain.offset, 104);
	memcpy(text + 16 * 7, "3c00", 4);
	strcat(text, "0600010400000000");
	CU_ASSERT_EQUAL(walk(IPPROTO_DSTOPTS, text), IPV6_CHAIN_TOO_LONG);
	CU_ASSERT_EQUAL(chain.answer, IPV6_ANSWER_NONE);
}

static void octets_256_are_the_most(void)
{
	uint8_t packet[40 + 264] = {0x60};

	packet[IPV6_NEXT_HEADER_OFFSET] = IPPROTO_DSTOPTS;
	packet[40] = IPPROTO_TCP;
	packet[41] = 256 / 8 - 1;
	CU_ASSERT_EQUAL(ipv6_chain_walk(&chain, packet, sizeof(packet)), IPV6_CHAIN_OK);
	CU_ASSERT_EQUAL(chain.offset, 296);
	packet[41]++;
	CU_ASSERT_EQUAL(ipv6_chain_walk(&chain, packet, sizeof(packet)), IPV6_CHAIN_TOO_LONG);
	packet[41]--;
	packet[40] = IPPROTO_DSTOPTS;
	CU_ASSERT_EQUAL(ipv6_chain_walk(&chain, packet, sizeof(packet)), IPV6_CHAIN_TOO_LONG);
	/* said of a packet of which no more is given than may be looked at */
	CU_ASSERT_EQUAL(ipv6_chain_walk(&chain, packet, 296), IPV6_CHAIN_TOO_LONG);
	packet[41] = 255;
	CU_ASSERT_EQUAL(ipv6_chain_walk(&chain, packet, 48), IPV6_CHAIN_TOO_LONG);
}

int main(void)
{
	return TESTS_RUN(
	    "IPv6 extension headers", TEST(without_extensions_the_transport_follows),
	    TEST(options_that_may_be_ignored_are), TEST(a_hop_by_hop_header_of_linux_is_walked),
	    TEST(a_first_fragment_is_walked_to_its_transport), TEST(a_later_fragment_holds_data_not_headers),
	    TEST(an_atomic_fragment_is_both), TEST(a_second_fragment_header_is_refused),
	    TEST(hop_by_hop_comes_first_or_not_at_all), TEST(a_routing_header_with_segments_left_is_refused),
	    TEST(a_routing_header_that_is_used_up_is_ignored), TEST(unknown_options_are_answered_by_their_action_bits),
	    TEST(options_past_their_header_are_refused), TEST(padding_may_fill_a_header),
	    TEST(unknown_protocols_end_the_walk), TEST(every_truncation_is_told),
	    TEST(a_first_fragment_without_its_whole_chain_is_told), TEST(eight_headers_are_the_most),
	    TEST(octets_256_are_the_most));
}
