/* SPDX-License-Identifier: BSD-3-Clause */
/* The header of ICMP and ICMPv6: from the wire, to the wire, and what is refused. */
#include <stdlib.h>
#include <string.h>

#include <tcpstack/wire/checksum.h>
#include <tcpstack/wire/icmp.h>

#include "support.h"

/* echo request and reply of Linux over IPv4 and port unreachable */
static const char request_text[] = "0800ecd3126400017706046b00000000b882060000000000"
				   "101112131415161718191a1b1c1d1e1f202122232425262728292a2b2c2d2e2f3031323334353637";
static const char unreachable_text[] = "0303811d000000004500001fd4b140004011e218c0000201c0000202"
				       "87d20009000b818f68690a";

static void an_echo_of_linux_is_read(void)
{
	uint8_t data[64];
	uint32_t length = support_hex(request_text, data, sizeof(data));
	struct icmp_header header;

	CU_ASSERT_TRUE(icmp_header_parse(&header, data, length));
	CU_ASSERT_EQUAL(header.type, ICMPV4_ECHO_REQUEST);
	CU_ASSERT_EQUAL(header.code, 0);
	CU_ASSERT_EQUAL(icmp_identifier(&header), 4708);
	CU_ASSERT_EQUAL(icmp_sequence(&header), 1);
	CU_ASSERT_EQUAL(header.rest, icmp_echo(4708, 1));
	CU_ASSERT_EQUAL(checksum_finish(checksum_add(0, data, length)), 0);
}

static void an_error_of_linux_is_read(void)
{
	uint8_t data[64];
	uint32_t length = support_hex(unreachable_text, data, sizeof(data));
	struct icmp_header header;

	CU_ASSERT_TRUE(icmp_header_parse(&header, data, length));
	CU_ASSERT_EQUAL(header.type, ICMPV4_UNREACHABLE);
	CU_ASSERT_EQUAL(header.code, ICMPV4_UNREACHABLE_PORT);
	CU_ASSERT_EQUAL(header.rest, 0);
}

static void an_mtu_is_read(void)
{
	uint8_t data[8];
	struct icmp_header header;

	support_hex("0304 0000 0000 0514", data, sizeof(data));
	CU_ASSERT_TRUE(icmp_header_parse(&header, data, sizeof(data)));
	CU_ASSERT_EQUAL(header.rest, 1300);
	support_hex("0200 0000 00010500", data, sizeof(data));
	CU_ASSERT_TRUE(icmp_header_parse(&header, data, sizeof(data)));
	CU_ASSERT_EQUAL(header.type, ICMPV6_TOO_BIG);
	CU_ASSERT_EQUAL(header.rest, 66816);
}

static void what_is_read_is_written_alike(void)
{
	uint64_t random = 4;

	for (int i = 0; i < 1000; i++) {
		uint8_t data[ICMP_HEADER_LENGTH], written[ICMP_HEADER_LENGTH];
		struct icmp_header header;

		support_random_fill(&random, data, sizeof(data));
		CU_ASSERT_TRUE(icmp_header_parse(&header, data, sizeof(data)));
		CU_ASSERT_EQUAL(icmp_header_emit(&header, written), ICMP_HEADER_LENGTH);
		CU_ASSERT_EQUAL(memcmp(data, written, sizeof(data)), 0);
	}
}

static void a_truncated_header_is_refused(void)
{
	uint8_t data[9] = {0};
	struct icmp_header header;

	for (uint32_t length = 0; length <= sizeof(data); length++) {
		uint8_t *copy = support_copy(data, length);

		CU_ASSERT_EQUAL(icmp_header_parse(&header, copy, length), length >= 8);
		free(copy);
	}
}

/* An answer to a ping is the request with another type: the checksum may be updated instead of made anew. */
static void a_request_becomes_a_reply_by_its_type(void)
{
	uint8_t data[64], reply[64];
	uint32_t length = support_hex(request_text, data, sizeof(data));
	struct icmp_header header;
	uint16_t old, new;

	memcpy(reply, data, sizeof(reply));
	CU_ASSERT_TRUE(icmp_header_parse(&header, data, length));
	memcpy(&old, data, 2);
	header.type = ICMPV4_ECHO_REPLY;
	icmp_header_emit(&header, reply);
	memcpy(&new, reply, 2);
	header.checksum = checksum_update16(header.checksum, old, new);
	icmp_header_emit(&header, reply);
	CU_ASSERT_EQUAL(checksum_finish(checksum_add(0, reply, length)), 0);
	/* as Linux answered it */
	CU_ASSERT_EQUAL(reply[2] << 8 | reply[3], 0xf4d3);
}

int main(void)
{
	return TESTS_RUN("ICMP header", TEST(an_echo_of_linux_is_read), TEST(an_error_of_linux_is_read),
			 TEST(an_mtu_is_read), TEST(what_is_read_is_written_alike), TEST(a_truncated_header_is_refused),
			 TEST(a_request_becomes_a_reply_by_its_type));
}
