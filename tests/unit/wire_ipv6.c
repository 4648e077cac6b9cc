/* SPDX-License-Identifier: BSD-3-Clause */
/* IPv6 fixed header and fragment header: from the wire, to the wire, and what is refused. */
#include <stdlib.h>
#include <string.h>

#include <tcpstack/wire/ipv6.h>

#include "support.h"

/* of an echo request of Linux, 2001:db8::1 to 2001:db8::2 */
static const char echo_text[] = "6001bf7400403a40 20010db8000000000000000000000001 20010db8000000000000000000000002";

static void every_field_is_read(void)
{
	uint8_t data[IPV6_HEADER_LENGTH];
	char text[ADDRESS_TEXT_SIZE];
	struct ipv6_header header;

	support_hex(echo_text, data, sizeof(data));
	CU_ASSERT_TRUE(ipv6_header_parse(&header, data, sizeof(data)));
	CU_ASSERT_EQUAL(header.flow_label, 0x1bf74);
	CU_ASSERT_EQUAL(header.traffic_class, 0);
	CU_ASSERT_EQUAL(header.payload_length, 64);
	CU_ASSERT_EQUAL(header.next_header, 58);
	CU_ASSERT_EQUAL(header.hop_limit, 64);
	CU_ASSERT_STRING_EQUAL(address_format(&header.source, text), "2001:db8::1");
	CU_ASSERT_STRING_EQUAL(address_format(&header.destination, text), "2001:db8::2");
}

static void a_truncated_header_is_refused(void)
{
	uint8_t data[IPV6_HEADER_LENGTH];
	struct ipv6_header header;

	support_hex(echo_text, data, sizeof(data));
	for (uint32_t length = 0; length <= sizeof(data); length++) {
		uint8_t *copy = support_copy(data, length);

		CU_ASSERT_EQUAL(ipv6_header_parse(&header, copy, length), length == sizeof(data));
		free(copy);
	}
}

static void other_versions_are_refused(void)
{
	uint8_t data[IPV6_HEADER_LENGTH];
	struct ipv6_header header;

	support_hex(echo_text, data, sizeof(data));
	for (unsigned version = 0; version < 16; version++) {
		data[0] = (uint8_t)(version << 4);
		CU_ASSERT_EQUAL(ipv6_header_parse(&header, data, sizeof(data)), version == 6);
	}
}

static void what_is_written_is_read_alike(void)
{
	uint64_t random = 3;

	for (int i = 0; i < 1000; i++) {
		struct ipv6_header header, again;
		uint8_t data[IPV6_HEADER_LENGTH];

		memset(&header, 0, sizeof(header));
		memset(&again, 0, sizeof(again));
		support_random_fill(&random, &header.source, sizeof(header.source));
		support_random_fill(&random, &header.destination, sizeof(header.destination));
		header.flow_label = support_random(&random) & 0xfffff;
		header.payload_length = (uint16_t)support_random(&random);
		header.traffic_class = (uint8_t)support_random(&random);
		header.next_header = (uint8_t)support_random(&random);
		header.hop_limit = (uint8_t)support_random(&random);
		CU_ASSERT_EQUAL(ipv6_header_emit(&header, data), IPV6_HEADER_LENGTH);
		CU_ASSERT_TRUE(ipv6_header_parse(&again, data, sizeof(data)));
		CU_ASSERT_EQUAL(memcmp(&header, &again, sizeof(header)), 0);
	}
}

static void a_fragment_header_is_written_as_linux_writes_it(void)
{
	static const struct ipv6_fragment first = {58, true, 0, 0xa8a1f8de}, last = {58, false, 1448, 0xa8a1f8de};
	uint8_t expected[8], written[8];

	support_hex("3a000001a8a1f8de", expected, sizeof(expected));
	CU_ASSERT_EQUAL(ipv6_fragment_emit(&first, written), IPV6_FRAGMENT_LENGTH);
	CU_ASSERT_EQUAL(memcmp(written, expected, sizeof(written)), 0);
	support_hex("3a0005a8a8a1f8de", expected, sizeof(expected));
	ipv6_fragment_emit(&last, written);
	CU_ASSERT_EQUAL(memcmp(written, expected, sizeof(written)), 0);
}

int main(void)
{
	return TESTS_RUN("IPv6 header", TEST(every_field_is_read), TEST(a_truncated_header_is_refused),
			 TEST(other_versions_are_refused), TEST(what_is_written_is_read_alike),
			 TEST(a_fragment_header_is_written_as_linux_writes_it));
}
