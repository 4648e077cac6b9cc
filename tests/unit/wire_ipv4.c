/* SPDX-License-Identifier: BSD-3-Clause */
/* IPv4 header: from the wire, to the wire, and what is refused. */
#include <stdlib.h>
#include <string.h>

#include <tcpstack/wire/ipv4.h>

#include "support.h"

/* headers as Linux sent them from 192.0.2.1 to 192.0.2.2 */
static const char echo_text[] = "45000054681240004001 4e93 c0000201c0000202";
static const char fragment_text[] = "45000094681300b94001 8d99 c0000201c0000202";
static const char source_route_text[] = "47000029eb8540004011 3f71 c0000201c0000202 830704c000020200";
static const char router_alert_text[] = "46000025eb8640004011 3639 c0000201c0000202 94040000";
static const char record_route_text[] = "4f00007c681540004001 5a57 c0000201c0000202 01 072708c0000201"
					"0000000000000000000000000000000000000000000000000000000000000000";
static const char timestamp_text[] = "4f00007c681640004001 82a9 c0000201c0000202 442809000205729000000000"
				     "00000000000000000000000000000000000000000000000000000000";

static enum ipv4_parse parse(struct ipv4_header *header, const char *text)
{
	uint8_t data[IPV4_HEADER_MAX], *copy;
	uint32_t length = support_hex(text, data, sizeof(data));
	enum ipv4_parse result;

	copy = support_copy(data, length);
	result = ipv4_header_parse(header, copy, length);
	CU_ASSERT_EQUAL(ipv4_checksum_good(copy, length), result == IPV4_PARSE_OK);
	free(copy);
	return result;
}

static void every_field_is_read(void)
{
	char text[ADDRESS_TEXT_SIZE];
	struct ipv4_header header;

	CU_ASSERT_EQUAL(parse(&header, echo_text), IPV4_PARSE_OK);
	CU_ASSERT_EQUAL(header.header_length, 20);
	CU_ASSERT_EQUAL(header.total_length, 84);
	CU_ASSERT_EQUAL(header.identification, 0x6812);
	CU_ASSERT_EQUAL(header.traffic_class, 0);
	CU_ASSERT_EQUAL(header.hop_limit, 64);
	CU_ASSERT_EQUAL(header.protocol, 1);
	CU_ASSERT_TRUE(header.dont_fragment);
	CU_ASSERT_FALSE(ipv4_is_fragment(&header));
	CU_ASSERT_FALSE(header.source_route);
	CU_ASSERT_STRING_EQUAL(address_format(&header.source, text), "192.0.2.1");
	CU_ASSERT_STRING_EQUAL(address_format(&header.destination, text), "192.0.2.2");
}

static void a_fragment_is_read(void)
{
	struct ipv4_header header;

	CU_ASSERT_EQUAL(parse(&header, fragment_text), IPV4_PARSE_OK);
	CU_ASSERT_EQUAL(header.fragment_offset, 1480);
	CU_ASSERT_FALSE(header.more_fragments);
	CU_ASSERT_FALSE(header.dont_fragment);
	CU_ASSERT_TRUE(ipv4_is_fragment(&header));
}

static void options_of_linux_are_good(void)
{
	struct ipv4_header header;

	CU_ASSERT_EQUAL(parse(&header, router_alert_text), IPV4_PARSE_OK);
	CU_ASSERT_EQUAL(header.header_length, 24);
	CU_ASSERT_EQUAL(parse(&header, record_route_text), IPV4_PARSE_OK);
	CU_ASSERT_EQUAL(header.header_length, 60);
	CU_ASSERT_FALSE(header.source_route);
	CU_ASSERT_EQUAL(parse(&header, timestamp_text), IPV4_PARSE_OK);
}

static void a_source_route_is_told(void)
{
	struct ipv4_header header;

	CU_ASSERT_EQUAL(parse(&header, source_route_text), IPV4_PARSE_OK);
	CU_ASSERT_EQUAL(header.header_length, 28);
	CU_ASSERT_TRUE(header.source_route);
}

/* The result for a header of 28 octets with these 8 octets of options. */
static enum ipv4_parse parse_options(struct ipv4_header *header, const char *options)
{
	uint8_t data[28], *copy;
	enum ipv4_parse result;

	support_hex(source_route_text, data, sizeof(data));
	CU_ASSERT_EQUAL(support_hex(options, data + 20, 8), 8);
	copy = support_copy(data, sizeof(data));
	result = ipv4_header_parse(header, copy, sizeof(data));
	free(copy);
	return result;
}

static void malformed_options_are_refused(void)
{
	static const char *const bad[] = {
	    "9900000000000000", /* length 0 */
	    "9901000000000000", /* length 1 */
	    "9909000000000000", /* past the header */
	    "99ff000000000000", /* far past it */
	    "0101010101010199", /* no length octet */
	    "0101010183030000", /* source route that points at itself */
	    "8306040000000000", /* source route of broken addresses */
	    "8902040000000000", /* strict source route without a pointer */
	    "0706040000000000", /* record route of broken addresses */
	    "4403000000000000", /* timestamp without its flags */
	    "4406050000000000", /* timestamp of broken stamps */
	    "4408040000000000", /* timestamp that points at itself */
	    "9403000000000000", /* router alert too short */
	    "9405000000000000", /* router alert too long */
	    "8803000000000000", /* stream identifier too short */
	    "8202000000000000", /* security without a level */
	    "0101019403000000", /* behind good ones */
	};
	struct ipv4_header header;

	for (size_t i = 0; i < RTE_DIM(bad); i++)
		CU_ASSERT_EQUAL_FATAL(parse_options(&header, bad[i]), IPV4_PARSE_OPTIONS);
}

static void well_formed_options_are_good(void)
{
	static const char *const good[] = {
	    "0000000000000000", "0101010101010101", "00ffffffffffffff", /* whatever stands behind the end */
	    "9908000000000000", "9902990299029902", "9404000000000000", "0707040000000000",
	    "4408050000000000", "4404050000000000", "8804000082030000",
	};
	struct ipv4_header header;

	for (size_t i = 0; i < RTE_DIM(good); i++) {
		CU_ASSERT_EQUAL_FATAL(parse_options(&header, good[i]), IPV4_PARSE_OK);
		CU_ASSERT_FALSE(header.source_route);
	}
}

static void strict_and_malformed_source_routes_are_told(void)
{
	struct ipv4_header header;

	CU_ASSERT_EQUAL(parse_options(&header, "0189070400000000"), IPV4_PARSE_OK);
	CU_ASSERT_TRUE(header.source_route);
	CU_ASSERT_EQUAL(parse_options(&header, "8309040000000000"), IPV4_PARSE_OPTIONS);
	CU_ASSERT_TRUE(header.source_route);
}

static void a_truncated_header_is_refused(void)
{
	static const char *const texts[] = {echo_text, source_route_text, record_route_text};

	for (size_t i = 0; i < RTE_DIM(texts); i++) {
		uint8_t data[IPV4_HEADER_MAX];
		uint32_t whole = support_hex(texts[i], data, sizeof(data));
		struct ipv4_header header;

		for (uint32_t length = 0; length <= whole; length++) {
			uint8_t *copy = support_copy(data, length);

			CU_ASSERT_EQUAL(ipv4_header_parse(&header, copy, length),
					length == whole ? IPV4_PARSE_OK : IPV4_PARSE_TRUNCATED);
			free(copy);
		}
	}
}

static void impossible_versions_and_lengths_are_refused(void)
{
	uint8_t data[IPV4_HEADER_MAX];
	struct ipv4_header header;

	for (unsigned first = 0; first < 256; first++) {
		enum ipv4_parse expected = first >> 4 != 4 || (first & 15) < 5 ? IPV4_PARSE_MALFORMED : IPV4_PARSE_OK;

		memset(data, 0, sizeof(data));
		support_hex(echo_text, data, sizeof(data));
		data[0] = (uint8_t)first;
		CU_ASSERT_EQUAL(ipv4_header_parse(&header, data, sizeof(data)), expected);
	}
	for (uint8_t total = 0; total < 40; total++) {
		support_hex(source_route_text, data, sizeof(data));
		data[3] = total;
		CU_ASSERT_EQUAL(ipv4_header_parse(&header, data, sizeof(data)),
				total < 28 ? IPV4_PARSE_MALFORMED : IPV4_PARSE_OK);
	}
}

static void a_flipped_bit_spoils_the_checksum(void)
{
	uint8_t data[28];

	support_hex(source_route_text, data, sizeof(data));
	CU_ASSERT_TRUE(ipv4_checksum_good(data, sizeof(data)));
	for (unsigned bit = 0; bit < sizeof(data) * 8; bit++) {
		data[bit / 8] ^= 1 << bit % 8;
		CU_ASSERT_FALSE(ipv4_checksum_good(data, sizeof(data)));
		data[bit / 8] ^= 1 << bit % 8;
	}
}

static void what_is_read_is_written_alike(void)
{
	static const char *const texts[] = {echo_text, fragment_text};

	for (size_t i = 0; i < RTE_DIM(texts); i++) {
		uint8_t data[IPV4_HEADER_LENGTH], written[IPV4_HEADER_LENGTH];
		struct ipv4_header header;

		support_hex(texts[i], data, sizeof(data));
		CU_ASSERT_EQUAL(ipv4_header_parse(&header, data, sizeof(data)), IPV4_PARSE_OK);
		CU_ASSERT_EQUAL(ipv4_header_emit(&header, written), IPV4_HEADER_LENGTH);
		CU_ASSERT_EQUAL(memcmp(data, written, sizeof(data)), 0);
	}
}

static void what_is_written_is_read_alike(void)
{
	uint64_t random = 2;

	for (int i = 0; i < 1000; i++) {
		struct ipv4_header header, again;
		uint8_t data[IPV4_HEADER_LENGTH];

		memset(&header, 0, sizeof(header));
		header.source = address_from_ipv4((uint32_t)support_random(&random));
		header.destination = address_from_ipv4((uint32_t)support_random(&random));
		header.total_length = (uint16_t)(20 + support_random(&random) % 65516);
		header.identification = (uint16_t)support_random(&random);
		header.fragment_offset = support_random(&random) & 0xfff8;
		header.header_length = IPV4_HEADER_LENGTH;
		header.traffic_class = (uint8_t)support_random(&random);
		header.hop_limit = (uint8_t)support_random(&random);
		header.protocol = (uint8_t)support_random(&random);
		header.dont_fragment = support_random(&random) & 1;
		header.more_fragments = support_random(&random) & 1;
		ipv4_header_emit(&header, data);
		CU_ASSERT_TRUE(ipv4_checksum_good(data, sizeof(data)));
		CU_ASSERT_EQUAL(ipv4_header_parse(&again, data, sizeof(data)), IPV4_PARSE_OK);
		CU_ASSERT_EQUAL(memcmp(&header, &again, sizeof(header)), 0);
	}
}

int main(void)
{
	return TESTS_RUN("IPv4 header", TEST(every_field_is_read), TEST(a_fragment_is_read),
			 TEST(options_of_linux_are_good), TEST(a_source_route_is_told),
			 TEST(malformed_options_are_refused), TEST(well_formed_options_are_good),
			 TEST(strict_and_malformed_source_routes_are_told), TEST(a_truncated_header_is_refused),
			 TEST(impossible_versions_and_lengths_are_refused), TEST(a_flipped_bit_spoils_the_checksum),
			 TEST(what_is_read_is_written_alike), TEST(what_is_written_is_read_alike));
}
