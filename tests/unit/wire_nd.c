/* SPDX-License-Identifier: BSD-3-Clause */
/* Neighbour solicitation and advertisement: from the wire, to the wire, and what RFC 4861 section 7.1 refuses. */
#include <stdlib.h>
#include <string.h>

#include <tcpstack/wire/checksum.h>
#include <tcpstack/wire/icmp.h>

#include "support.h"

/* as Linux asked and answered */
static const char solicitation_text[] = "87001c1e00000000 20010db8000000000000000000000002 010102000000000a";
static const char advertisement_text[] = "88008a6860000000 20010db8000000000000000000000002 020102000000000b";

static void a_solicitation_of_linux_is_read(void)
{
	static const uint8_t mac[] = {2, 0, 0, 0, 0, 10};
	uint8_t data[ND_MESSAGE_MAX];
	struct ip_address source, destination;
	char text[ADDRESS_TEXT_SIZE];
	struct nd_message message;
	uint32_t sum;

	support_hex(solicitation_text, data, sizeof(data));
	CU_ASSERT_TRUE(nd_message_parse(&message, data, sizeof(data)));
	CU_ASSERT_EQUAL(message.type, ICMPV6_NEIGHBOUR_SOLICITATION);
	CU_ASSERT_FALSE(message.router || message.solicited || message.override);
	CU_ASSERT_TRUE(message.has_link_layer);
	CU_ASSERT_EQUAL(memcmp(message.link_layer.addr_bytes, mac, 6), 0);
	CU_ASSERT_STRING_EQUAL(address_format(&message.target, text), "2001:db8::2");

	CU_ASSERT_TRUE(address_parse("2001:db8::1", &source));
	CU_ASSERT_TRUE(address_parse("ff02::1:ff00:2", &destination));
	sum = checksum_pseudo(&source, &destination, 58, sizeof(data));
	CU_ASSERT_EQUAL(checksum_finish(checksum_add(sum, data, sizeof(data))), 0);
}

static void an_advertisement_of_linux_is_read(void)
{
	static const uint8_t mac[] = {2, 0, 0, 0, 0, 11};
	uint8_t data[ND_MESSAGE_MAX];
	struct nd_message message;

	support_hex(advertisement_text, data, sizeof(data));
	CU_ASSERT_TRUE(nd_message_parse(&message, data, sizeof(data)));
	CU_ASSERT_EQUAL(message.type, ICMPV6_NEIGHBOUR_ADVERTISEMENT);
	CU_ASSERT_FALSE(message.router);
	CU_ASSERT_TRUE(message.solicited);
	CU_ASSERT_TRUE(message.override);
	CU_ASSERT_TRUE(message.has_link_layer);
	CU_ASSERT_EQUAL(memcmp(message.link_layer.addr_bytes, mac, 6), 0);
}

static void each_flag_is_its_own(void)
{
	uint8_t data[ND_MESSAGE_MAX];
	struct nd_message message;

	support_hex(advertisement_text, data, sizeof(data));
	for (unsigned flags = 0; flags < 256; flags++) {
		data[4] = (uint8_t)flags;
		CU_ASSERT_TRUE(nd_message_parse(&message, data, sizeof(data)));
		CU_ASSERT_EQUAL(message.router, flags >> 7);
		CU_ASSERT_EQUAL(message.solicited, flags >> 6 & 1);
		CU_ASSERT_EQUAL(message.override, flags >> 5 & 1);
	}
}

static void what_is_read_is_written_alike(void)
{
	const char *texts[] = {solicitation_text, advertisement_text};

	for (size_t i = 0; i < RTE_DIM(texts); i++) {
		uint8_t data[ND_MESSAGE_MAX], written[ND_MESSAGE_MAX];
		struct nd_message message;

		support_hex(texts[i], data, sizeof(data));
		CU_ASSERT_TRUE(nd_message_parse(&message, data, sizeof(data)));
		memset(data + 2, 0, 2);
		CU_ASSERT_EQUAL(nd_message_emit(&message, written), ND_MESSAGE_MAX);
		CU_ASSERT_EQUAL(memcmp(data, written, ND_MESSAGE_MAX), 0);
		message.has_link_layer = false;
		CU_ASSERT_EQUAL(nd_message_emit(&message, written), ND_MESSAGE_LENGTH);
		CU_ASSERT_EQUAL(memcmp(data, written, ND_MESSAGE_LENGTH), 0);
	}
}

static void only_whole_options_are_taken(void)
{
	uint8_t data[ND_MESSAGE_MAX];
	struct nd_message message;

	support_hex(solicitation_text, data, sizeof(data));
	for (uint32_t length = 0; length <= sizeof(data); length++) {
		uint8_t *copy = support_copy(data, length);

		CU_ASSERT_EQUAL(nd_message_parse(&message, copy, length), length == 24 || length == 32);
		CU_ASSERT_EQUAL(message.has_link_layer, length == 32);
		free(copy);
	}
}

/* Whether a solicitation with these options is taken. */
static bool options_taken(struct nd_message *message, const char *options)
{
	uint8_t data[128], *copy;
	uint32_t length = 24;
	bool taken;

	support_hex(solicitation_text, data, sizeof(data));
	length += support_hex(options, data + 24, sizeof(data) - 24);
	copy = support_copy(data, length);
	taken = nd_message_parse(message, copy, length);
	free(copy);
	return taken;
}

static void malformed_options_are_refused(void)
{
	static const char *const bad[] = {
	    "010002000000000a",			 /* length 0 */
	    "0100000000000000 010102000000000a", /* the same, with another behind it */
	    "fe00000000000000",			 /* length 0 of an unknown one */
	    "010202000000000a",			 /* past the end */
	    "feff000000000000",			 /* far past it */
	    "010202000000000a 0000000000000000", /* a link-layer address too long for Ethernet */
	    "01",				 /* no length */
	    "0101",				 /* nothing in it */
	    "010102000000000a fe",		 /* behind a good one */
	};
	struct nd_message message;

	for (size_t i = 0; i < RTE_DIM(bad); i++)
		CU_ASSERT_FALSE(options_taken(&message, bad[i]));
}

static void unknown_options_are_skipped(void)
{
	struct nd_message message;

	/* a nonce (RFC 3971), as duplicate address detection sends it, and the other message's kind of address */
	CU_ASSERT_TRUE(options_taken(&message, "0e01112233445566"));
	CU_ASSERT_FALSE(message.has_link_layer);
	CU_ASSERT_TRUE(options_taken(&message, "0201112233445566"));
	CU_ASSERT_FALSE(message.has_link_layer);
	CU_ASSERT_TRUE(options_taken(&message, "0e02112233445566 1122334455667788 010102000000000a"));
	CU_ASSERT_TRUE(message.has_link_layer);
	CU_ASSERT_EQUAL(message.link_layer.addr_bytes[5], 10);
}

static void of_repeated_addresses_the_first_counts(void)
{
	struct nd_message message;

	CU_ASSERT_TRUE(options_taken(&message, "010102000000000a 010102000000000c"));
	CU_ASSERT_EQUAL(message.link_layer.addr_bytes[5], 10);
}

static void codes_types_and_multicast_targets_are_refused(void)
{
	uint8_t data[ND_MESSAGE_MAX];
	struct nd_message message;

	for (unsigned type = 0; type < 256; type++) {
		support_hex(solicitation_text, data, sizeof(data));
		data[0] = (uint8_t)type;
		CU_ASSERT_EQUAL(nd_message_parse(&message, data, sizeof(data)), type == 135 || type == 136);
	}
	support_hex(solicitation_text, data, sizeof(data));
	data[1] = 1;
	CU_ASSERT_FALSE(nd_message_parse(&message, data, sizeof(data)));
	support_hex(advertisement_text, data, sizeof(data));
	data[8] = 0xff;
	CU_ASSERT_FALSE(nd_message_parse(&message, data, sizeof(data)));
}

int main(void)
{
	return TESTS_RUN(
	    "neighbour discovery", TEST(a_solicitation_of_linux_is_read), TEST(an_advertisement_of_linux_is_read),
	    TEST(each_flag_is_its_own), TEST(what_is_read_is_written_alike), TEST(only_whole_options_are_taken),
	    TEST(malformed_options_are_refused), TEST(unknown_options_are_skipped),
	    TEST(of_repeated_addresses_the_first_counts), TEST(codes_types_and_multicast_targets_are_refused));
}
