/* SPDX-License-Identifier: BSD-3-Clause */
/* TCP header and options as they are written: byte for byte as Linux lays them. */
#include <string.h>

#include <tcpstack/wire/tcp.h>

#include "support.h"

static void what_linux_sends_is_written_alike(void)
{
	/* each with its checksum made zero */
	static const char *const texts[] = {
	    /* SYN with MSS, SACK-permitted, timestamps, window scale, and the answer to it */
	    "b0601f90a62ead5400000000a002faf000000000 020405b40402080abcd71153000000000103030a",
	    "1f90b06081b03531a62ead55a012fe8800000000 020405b40402080a624d5850bcd711530103030a",
	    /* without timestamps */
	    "b0701f907ccda453000000008002faf000000000 020405b4010104020103030a",
	    /* without SACK-permitted */
	    "b07c1f90886fa0c400000000a002faf000000000 020405b40101080aae5c095d000000000103030a",
	    /* without window scale and timestamps */
	    "1f900fa0b695f7b3000000657012faf000000000 020405b401010402",
	    /* timestamps alone, nothing at all, and the RST from a closed port */
	    "b0601f90a62ead5581b035328018003f00000000 0101080abcd71154624d5850",
	    "b0701f907ccda4545edbd37e5010003f00000000",
	    "005187c80000000081a126445014000000000000",
	    /* SACK with timestamps and without */
	    "1f900fa0aa3cb60300000065b010004000000000 0101080a251e99d7000003e80101050a0000006f00000079",
	    "1f900fa0aa3cb60300000065f010004000000000 0101080a251e99d7000003e8"
	    "0101051a00000097000000a1000000830000008d0000006f00000079",
	    "1f900fa0b695f7b4000000658010faf000000000 0101050a0000006f00000079",
	    "1f900fa0b695f7b400000065e010faf000000000 0101"
	    "0522000000ab000000b500000097000000a1000000830000008d0000006f00000079",
	};

	for (size_t i = 0; i < RTE_DIM(texts); i++) {
		uint8_t data[TCP_HEADER_MAX], written[TCP_HEADER_MAX];
		uint32_t length = support_hex(texts[i], data, sizeof(data));
		struct tcp_header header;

		CU_ASSERT_EQUAL(tcp_header_parse(&header, data, length), TCP_PARSE_OK);
		CU_ASSERT_EQUAL(tcp_header_length(&header), length);
		CU_ASSERT_EQUAL(tcp_header_emit(&header, written), length);
		CU_ASSERT_EQUAL(memcmp(data, written, length), 0);
	}
}

static void random_header(struct tcp_header *header, uint64_t *random)
{
	memset(header, 0, sizeof(*header));
	header->source_port = (uint16_t)support_random(random);
	header->destination_port = (uint16_t)support_random(random);
	header->sequence = (uint32_t)support_random(random);
	header->acknowledgement = (uint32_t)support_random(random);
	header->window = (uint16_t)support_random(random);
	header->urgent = (uint16_t)support_random(random);
	header->flags = (uint8_t)support_random(random);
	header->has_timestamps = support_random(random) & 1;
	if (header->has_timestamps) {
		header->timestamp_value = (uint32_t)support_random(random);
		header->timestamp_echo = (uint32_t)support_random(random);
	}
	if (header->flags & TCP_SYN) {
		header->has_mss = support_random(random) & 1;
		header->has_window_scale = support_random(random) & 1;
		header->sack_permitted = support_random(random) & 1;
		if (header->has_mss)
			header->mss = (uint16_t)support_random(random);
		if (header->has_window_scale)
			header->window_scale = support_random(random) % 15;
	} else {
		header->sack_count = support_random(random) % (header->has_timestamps ? 4 : 5);
		support_random_fill(random, header->sack, header->sack_count * sizeof(header->sack[0]));
	}
	header->length = tcp_header_length(header);
}

static void what_is_written_is_read_alike(void)
{
	uint64_t random = 5;

	for (int i = 0; i < 20000; i++) {
		struct tcp_header header, again;
		uint8_t data[TCP_HEADER_MAX + 1] = {[0 ... TCP_HEADER_MAX] = 0xa5};
		uint8_t length;

		random_header(&header, &random);
		length = tcp_header_emit(&header, data);
		CU_ASSERT_EQUAL(length, header.length);
		CU_ASSERT_TRUE(length % 4 == 0 && length <= TCP_HEADER_MAX);
		CU_ASSERT_EQUAL(data[length], 0xa5);
		memset(&again, 0, sizeof(again));
		CU_ASSERT_EQUAL(tcp_header_parse(&again, data, length), TCP_PARSE_OK);
		CU_ASSERT_EQUAL(memcmp(&header, &again, sizeof(header)), 0);
	}
}

static void blocks_that_do_not_fit_are_left_out(void)
{
	struct tcp_header header = {.flags = TCP_ACK, .has_timestamps = true, .sack_count = 4}, again;
	uint8_t data[TCP_HEADER_MAX];

	for (uint32_t i = 0; i < 4; i++)
		header.sack[i] = (struct tcp_sack_block){10 * i, 10 * i + 5};
	CU_ASSERT_EQUAL(tcp_header_length(&header), 60);
	CU_ASSERT_EQUAL(tcp_header_emit(&header, data), 60);
	CU_ASSERT_EQUAL(tcp_header_parse(&again, data, 60), TCP_PARSE_OK);
	CU_ASSERT_EQUAL(again.sack_count, 3);
	CU_ASSERT_EQUAL(memcmp(again.sack, header.sack, 3 * sizeof(header.sack[0])), 0);
}

static void options_stay_where_they_belong(void)
{
	struct tcp_header header = {
	    .flags = TCP_ACK, .has_mss = true, .mss = 1460, .has_window_scale = true, .sack_permitted = true};

	CU_ASSERT_EQUAL(tcp_header_length(&header), 20);
	header = (struct tcp_header){.flags = TCP_SYN, .sack_count = 1};
	CU_ASSERT_EQUAL(tcp_header_length(&header), 20);
}

static void sequence_numbers_compare_around_the_wrap(void)
{
	CU_ASSERT_TRUE(seq_lt(0xffffffff, 0));
	CU_ASSERT_TRUE(seq_gt(0, 0xffffffff));
	CU_ASSERT_TRUE(seq_le(5, 5) && seq_ge(5, 5));
	CU_ASSERT_FALSE(seq_lt(5, 5) || seq_gt(5, 5));
	CU_ASSERT_TRUE(seq_lt(0, 0x7fffffff));
	CU_ASSERT_EQUAL(seq_max(0xfffffff0, 0x10), 0x10);
	CU_ASSERT_EQUAL(seq_min(0xfffffff0, 0x10), 0xfffffff0);
}

int main(void)
{
	return TESTS_RUN("TCP header, written", TEST(what_linux_sends_is_written_alike),
			 TEST(what_is_written_is_read_alike), TEST(blocks_that_do_not_fit_are_left_out),
			 TEST(options_stay_where_they_belong), TEST(sequence_numbers_compare_around_the_wrap));
}
