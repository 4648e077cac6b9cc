/* SPDX-License-Identifier: BSD-3-Clause */
/* TCP header and options, read from what Linux sent, and what is refused. */
#include <stdlib.h>
#include <string.h>

#include <tcpstack/wire/tcp.h>

#include "support.h"

static const char syn_text[] = "b0601f90a62ead5400000000a002faf0d7690000 020405b4 0402080abcd7115300000000 0103030a";
static const char bare_text[] = "b0701f907ccda4545edbd37e5010003f08150000";
static const char data_text[] = "b0601f90a62ead5581b035328018003f4b6f0000 0101080abcd71154624d5850";
static const char sack_text[] = "1f900fa0aa3cb60300000065f0100040265700000101080a251e99d7000003e8"
				"0101051a00000097000000a1000000830000008d0000006f00000079";
static const char four_sacks_text[] = "1f900fa0b695f7b400000065e010faf0b82100000101"
				      "0522000000ab000000b500000097000000a1000000830000008d0000006f00000079";

static enum tcp_parse parse(struct tcp_header *header, const char *text)
{
	uint8_t data[TCP_HEADER_MAX], *copy;
	uint32_t length = support_hex(text, data, sizeof(data));
	enum tcp_parse result;

	copy = support_copy(data, length);
	result = tcp_header_parse(header, copy, length);
	free(copy);
	return result;
}

/* The result for a header with these flags and options, padded by ends of list to a multiple of 4. */
static enum tcp_parse parse_options(struct tcp_header *header, uint8_t flags, const char *options)
{
	uint8_t data[TCP_HEADER_MAX] = {0}, *copy;
	uint32_t length = 20 + support_hex(options, data + 20, 40);
	enum tcp_parse result;

	length = (length + 3) & ~3U;
	data[12] = (uint8_t)(length / 4 << 4);
	data[13] = flags;
	copy = support_copy(data, length);
	result = tcp_header_parse(header, copy, length);
	free(copy);
	return result;
}

static void a_syn_of_linux_is_read(void)
{
	struct tcp_header header;

	CU_ASSERT_EQUAL(parse(&header, syn_text), TCP_PARSE_OK);
	CU_ASSERT_EQUAL(header.source_port, 45152);
	CU_ASSERT_EQUAL(header.destination_port, 8080);
	CU_ASSERT_EQUAL(header.sequence, 2788076884);
	CU_ASSERT_EQUAL(header.acknowledgement, 0);
	CU_ASSERT_EQUAL(header.flags, TCP_SYN);
	CU_ASSERT_EQUAL(header.window, 64240);
	CU_ASSERT_EQUAL(header.urgent, 0);
	CU_ASSERT_EQUAL(header.length, 40);
	CU_ASSERT_TRUE(header.has_mss && header.has_window_scale && header.has_timestamps && header.sack_permitted);
	CU_ASSERT_EQUAL(header.mss, 1460);
	CU_ASSERT_EQUAL(header.window_scale, 10);
	CU_ASSERT_EQUAL(header.timestamp_value, 3168211283);
	CU_ASSERT_EQUAL(header.timestamp_echo, 0);
	CU_ASSERT_EQUAL(header.sack_count, 0);
}

static void segments_of_linux_are_read(void)
{
	struct tcp_header header;

	CU_ASSERT_EQUAL(parse(&header, bare_text), TCP_PARSE_OK);
	CU_ASSERT_EQUAL(header.flags, TCP_ACK);
	CU_ASSERT_EQUAL(header.acknowledgement, 1591464830);
	CU_ASSERT_EQUAL(header.length, 20);
	CU_ASSERT_FALSE(header.has_mss || header.has_window_scale || header.has_timestamps || header.sack_permitted);

	CU_ASSERT_EQUAL(parse(&header, data_text), TCP_PARSE_OK);
	CU_ASSERT_EQUAL(header.flags, TCP_ACK | TCP_PSH);
	CU_ASSERT_EQUAL(header.length, 32);
	CU_ASSERT_TRUE(header.has_timestamps);
	CU_ASSERT_EQUAL(header.timestamp_value, 3168211284);
	CU_ASSERT_EQUAL(header.timestamp_echo, 1649236048);
}

static void sack_blocks_of_linux_are_read(void)
{
	static const struct tcp_sack_block blocks[] = {{171, 181}, {151, 161}, {131, 141}, {111, 121}};
	struct tcp_header header;

	CU_ASSERT_EQUAL(parse(&header, sack_text), TCP_PARSE_OK);
	CU_ASSERT_TRUE(header.has_timestamps);
	CU_ASSERT_EQUAL(header.sack_count, 3);
	CU_ASSERT_EQUAL(memcmp(header.sack, blocks + 1, 3 * sizeof(*blocks)), 0);

	CU_ASSERT_EQUAL(parse(&header, four_sacks_text), TCP_PARSE_OK);
	CU_ASSERT_EQUAL(header.sack_count, 4);
	CU_ASSERT_EQUAL(memcmp(header.sack, blocks, sizeof(blocks)), 0);
}

static void a_truncated_header_is_refused(void)
{
	static const char *const texts[] = {bare_text, syn_text, sack_text};

	for (size_t i = 0; i < RTE_DIM(texts); i++) {
		uint8_t data[TCP_HEADER_MAX];
		uint32_t whole = support_hex(texts[i], data, sizeof(data));
		struct tcp_header header;

		for (uint32_t length = 0; length <= whole; length++) {
			uint8_t *copy = support_copy(data, length);

			CU_ASSERT_EQUAL(tcp_header_parse(&header, copy, length),
					length == whole ? TCP_PARSE_OK : TCP_PARSE_TRUNCATED);
			free(copy);
		}
	}
}

static void a_data_offset_below_the_header_is_refused(void)
{
	uint8_t data[TCP_HEADER_MAX];
	struct tcp_header header;

	memset(data, 1, sizeof(data));
	for (unsigned words = 0; words < 16; words++) {
		data[12] = (uint8_t)(words << 4 | 0xf); /* the reserved bits say nothing */
		CU_ASSERT_EQUAL(tcp_header_parse(&header, data, sizeof(data)),
				words < 5 ? TCP_PARSE_TRUNCATED : TCP_PARSE_OK);
	}
}

static void malformed_options_are_refused(void)
{
	static const char *const bad[] = {
	    /* an unknown one: of length 0 and 1, past the header, without a length */
	    "fe000000",
	    "fe010000",
	    "fe050000",
	    "feff0000",
	    "010101fe",
	    /* maximum segment size: length 0, too short, too long (past the header, and within) */
	    "02000000",
	    "02030500",
	    "020505b4",
	    "02050505b4000000",
	    /* window scale: without its value, too short, too long */
	    "01010303",
	    "03020000",
	    "03040a00",
	    /* SACK-permitted: length 0, too long, too short */
	    "04000000",
	    "04030000",
	    "0401",
	    /* SACK: no block, no whole block, more than a block, past the header */
	    "0502",
	    "05030000",
	    "05090000000000000000",
	    "050b0000000000000000000000",
	    "05120000000000000000",
	    /* timestamps: too short, too long, past the header */
	    "080900000000000000",
	    "080b000000000000000000",
	    "080a000000000000",
	    /* behind a good option */
	    "020405b4fe000000",
	};
	struct tcp_header header;

	for (size_t i = 0; i < RTE_DIM(bad); i++) {
		CU_ASSERT_EQUAL(parse_options(&header, TCP_SYN, bad[i]), TCP_PARSE_OPTIONS);
		CU_ASSERT_EQUAL(parse_options(&header, TCP_ACK, bad[i]), TCP_PARSE_OPTIONS);
	}
}

static void unknown_options_are_skipped(void)
{
	struct tcp_header header;

	/* TCP Fast Open, MD5, an experiment, and whatever stands behind the end of the list */
	CU_ASSERT_EQUAL(parse_options(&header, TCP_SYN, "2202 fd04f989 020405b4"), TCP_PARSE_OK);
	CU_ASSERT_EQUAL(header.mss, 1460);
	CU_ASSERT_EQUAL(parse_options(&header, TCP_SYN, "131200112233445566778899aabbccddeeff 0402"), TCP_PARSE_OK);
	CU_ASSERT_TRUE(header.sack_permitted);
	CU_ASSERT_EQUAL(parse_options(&header, TCP_SYN, "00 0204 05b4 0400"), TCP_PARSE_OK);
	CU_ASSERT_FALSE(header.has_mss || header.sack_permitted);
}

static void options_of_a_syn_count_in_syns_only(void)
{
	struct tcp_header header;

	CU_ASSERT_EQUAL(parse_options(&header, TCP_ACK, "020405b4 0402 03030a 01"), TCP_PARSE_OK);
	CU_ASSERT_FALSE(header.has_mss || header.sack_permitted || header.has_window_scale);
	CU_ASSERT_EQUAL(header.mss, 0);
	CU_ASSERT_EQUAL(header.window_scale, 0);
	CU_ASSERT_EQUAL(parse_options(&header, TCP_SYN | TCP_ACK, "020405b4 0402 03030a 01"), TCP_PARSE_OK);
	CU_ASSERT_TRUE(header.has_mss && header.sack_permitted && header.has_window_scale);
}

static void sack_blocks_count_in_others_only(void)
{
	struct tcp_header header;

	CU_ASSERT_EQUAL(parse_options(&header, TCP_ACK, "050a0000000100000002"), TCP_PARSE_OK);
	CU_ASSERT_EQUAL(header.sack_count, 1);
	CU_ASSERT_EQUAL(parse_options(&header, TCP_SYN, "050a0000000100000002"), TCP_PARSE_OK);
	CU_ASSERT_EQUAL(header.sack_count, 0);
}

static void of_repeated_options_the_first_counts(void)
{
	struct tcp_header header;

	CU_ASSERT_EQUAL(parse_options(&header, TCP_SYN,
				      "020405b4 02040001 030307 030301 080a0000000100000002 080a0000000300000004"),
			TCP_PARSE_OK);
	CU_ASSERT_EQUAL(header.mss, 1460);
	CU_ASSERT_EQUAL(header.window_scale, 7);
	CU_ASSERT_EQUAL(header.timestamp_value, 1);
	CU_ASSERT_EQUAL(header.timestamp_echo, 2);
	CU_ASSERT_EQUAL(parse_options(&header, TCP_ACK, "050a0000000100000002 05120000000300000004 0000000500000006"),
			TCP_PARSE_OK);
	CU_ASSERT_EQUAL(header.sack_count, 1);
	CU_ASSERT_EQUAL(header.sack[0].left, 1);
}

static void a_window_scale_is_at_most_14(void)
{
	struct tcp_header header;

	CU_ASSERT_EQUAL(parse_options(&header, TCP_SYN, "03030e"), TCP_PARSE_OK);
	CU_ASSERT_EQUAL(header.window_scale, 14);
	CU_ASSERT_EQUAL(parse_options(&header, TCP_SYN, "03030f"), TCP_PARSE_OK);
	CU_ASSERT_EQUAL(header.window_scale, 14);
	CU_ASSERT_EQUAL(parse_options(&header, TCP_SYN, "0303ff"), TCP_PARSE_OK);
	CU_ASSERT_EQUAL(header.window_scale, 14);
}

int main(void)
{
	return TESTS_RUN("TCP header, read", TEST(a_syn_of_linux_is_read), TEST(segments_of_linux_are_read),
			 TEST(sack_blocks_of_linux_are_read), TEST(a_truncated_header_is_refused),
			 TEST(a_data_offset_below_the_header_is_refused), TEST(malformed_options_are_refused),
			 TEST(unknown_options_are_skipped), TEST(options_of_a_syn_count_in_syns_only),
			 TEST(sack_blocks_count_in_others_only), TEST(of_repeated_options_the_first_counts),
			 TEST(a_window_scale_is_at_most_14));
}
