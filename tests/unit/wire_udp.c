/* SPDX-License-Identifier: BSD-3-Clause */
/* UDP header: from the wire, to the wire, and what is refused. */
#include <stdlib.h>
#include <string.h>

#include <tcpstack/wire/checksum.h>
#include <tcpstack/wire/udp.h>

#include "support.h"

/* "hi\n" from port 34770 to 9, as Linux sent it from 192.0.2.1 to 192.0.2.2 */
static const char datagram_text[] = "87d20009000b818f 68690a";

static void a_datagram_of_linux_is_read(void)
{
	uint8_t datagram[11];
	uint32_t length = support_hex(datagram_text, datagram, sizeof(datagram));
	struct ip_address source, destination;
	struct udp_header header;
	uint32_t sum;

	CU_ASSERT_TRUE(udp_header_parse(&header, datagram, length));
	CU_ASSERT_EQUAL(header.source_port, 34770);
	CU_ASSERT_EQUAL(header.destination_port, 9);
	CU_ASSERT_EQUAL(header.length, 11);
	CU_ASSERT_EQUAL(memcmp(&header.checksum, datagram + 6, 2), 0);

	CU_ASSERT_TRUE(address_parse("192.0.2.1", &source));
	CU_ASSERT_TRUE(address_parse("192.0.2.2", &destination));
	sum = checksum_pseudo(&source, &destination, 17, length);
	CU_ASSERT_EQUAL(checksum_finish(checksum_add(sum, datagram, length)), 0);
}

static void what_is_read_is_written_alike(void)
{
	uint8_t datagram[11], written[UDP_HEADER_LENGTH];
	struct udp_header header;

	support_hex(datagram_text, datagram, sizeof(datagram));
	CU_ASSERT_TRUE(udp_header_parse(&header, datagram, sizeof(datagram)));
	CU_ASSERT_EQUAL(udp_header_emit(&header, written), UDP_HEADER_LENGTH);
	CU_ASSERT_EQUAL(memcmp(written, datagram, sizeof(written)), 0);
}

static void a_truncated_header_is_refused(void)
{
	uint8_t datagram[11];
	struct udp_header header;

	support_hex(datagram_text, datagram, sizeof(datagram));
	for (uint32_t length = 0; length <= sizeof(datagram); length++) {
		uint8_t *copy = support_copy(datagram, length);

		CU_ASSERT_EQUAL(udp_header_parse(&header, copy, length), length >= UDP_HEADER_LENGTH);
		free(copy);
	}
}

static void a_length_below_the_header_is_refused(void)
{
	uint8_t datagram[11];
	struct udp_header header;

	support_hex(datagram_text, datagram, sizeof(datagram));
	for (uint8_t length = 0; length < 16; length++) {
		datagram[5] = length;
		CU_ASSERT_EQUAL(udp_header_parse(&header, datagram, sizeof(datagram)), length >= UDP_HEADER_LENGTH);
	}
}

int main(void)
{
	return TESTS_RUN("UDP header", TEST(a_datagram_of_linux_is_read), TEST(what_is_read_is_written_alike),
			 TEST(a_truncated_header_is_refused), TEST(a_length_below_the_header_is_refused));
}
