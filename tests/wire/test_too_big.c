/* SPDX-License-Identifier: BSD-3-Clause */
/* What the wire answers in the manner of a router when a frame exceeds its MTU. */
#include <string.h>

#include "support.h"
#include "too_big.h"

#define FRAME 1514

static uint8_t frame[FRAME];
static uint8_t answer[TOO_BIG_MAXIMUM];

static uint32_t ones_sum(const uint8_t *octets, size_t length)
{
	uint32_t total = 0;

	for (size_t i = 0; i < length; i++)
		total += i % 2 ? octets[i] : (uint32_t)octets[i] << 8;
	while (total >> 16)
		total = (total & 0xffff) + (total >> 16);
	return total;
}

static void make_ethernet(uint8_t type_high, uint8_t type_low)
{
	memset(frame, 0xab, sizeof(frame));
	memcpy(frame, "\x02\x00\x00\x00\x01\x01\x02\x00\x00\x00\x01\x02", 12);
	frame[12] = type_high;
	frame[13] = type_low;
}

static void make_ipv4(uint8_t protocol, uint8_t flags)
{
	static const uint8_t header[20] = {0x45, 0, 0x05, 0xdc, 1, 2, 0, 0, 64, 0, 0, 0, 10, 77, 1, 2, 10, 77, 2, 2};

	make_ethernet(0x08, 0x00);
	memcpy(frame + 14, header, sizeof(header));
	frame[14 + 6] = flags;
	frame[14 + 7] = 0;
	frame[14 + 9] = protocol;
}

static void make_ipv6(uint8_t next_header)
{
	static const uint8_t header[8] = {0x60, 0, 0, 0, 0x05, 0xb4, 0, 64};

	make_ethernet(0x86, 0xdd);
	memcpy(frame + 14, header, sizeof(header));
	frame[14 + 6] = next_header;
	memset(frame + 14 + 8, 0x11, 16);
	memset(frame + 14 + 24, 0x22, 16);
}

static void ipv4_is_answered_by_fragmentation_needed(void)
{
	size_t length;

	make_ipv4(6, 0x40);
	length = too_big_write(frame, FRAME, 1280, answer);
	CU_ASSERT_EQUAL_FATAL(length, 14 + 576);
	CU_ASSERT_EQUAL(memcmp(answer, frame + 6, 6), 0);
	CU_ASSERT_EQUAL(memcmp(answer + 6, frame, 6), 0);
	CU_ASSERT_EQUAL(memcmp(answer + 30, frame + 26, 4), 0); /* to the source of the packet */
	CU_ASSERT_EQUAL(memcmp(answer + 34, "\x03\x04", 2), 0);
	CU_ASSERT_EQUAL(memcmp(answer + 40, "\x05\x00", 2), 0);
	CU_ASSERT_EQUAL(memcmp(answer + 42, frame + 14, 548), 0);
	CU_ASSERT_EQUAL(ones_sum(answer + 14, 20), 0xffff);
	CU_ASSERT_EQUAL(ones_sum(answer + 34, length - 34), 0xffff);
}

static void ipv6_is_answered_by_packet_too_big(void)
{
	static uint8_t checked[40 + 1280];
	size_t length;

	make_ipv6(6);
	length = too_big_write(frame, FRAME, 1280, answer);
	CU_ASSERT_EQUAL_FATAL(length, 14 + 1280);
	CU_ASSERT_EQUAL(memcmp(answer + 38, frame + 22, 16), 0);
	CU_ASSERT_EQUAL(answer[54], 2);
	CU_ASSERT_EQUAL(memcmp(answer + 58, "\x00\x00\x05\x00", 4), 0);
	CU_ASSERT_EQUAL(memcmp(answer + 62, frame + 14, length - 62), 0);
	memcpy(checked, answer + 22, 32);
	memcpy(checked + 32, "\x00\x00\x04\xd8\x00\x00\x00\x3a", 8);
	memcpy(checked + 40, answer + 54, length - 54);
	CU_ASSERT_EQUAL(ones_sum(checked, 40 + length - 54), 0xffff);
}

static void a_tag_is_kept(void)
{
	uint8_t tagged[FRAME + 4];

	make_ipv4(6, 0x40);
	memcpy(tagged, frame, 12);
	memcpy(tagged + 12, "\x81\x00\x00\x07", 4);
	memcpy(tagged + 16, frame + 12, FRAME - 12);
	CU_ASSERT_EQUAL_FATAL(too_big_write(tagged, sizeof(tagged), 1280, answer), 18 + 576);
	CU_ASSERT_EQUAL(memcmp(answer + 12, "\x81\x00\x00\x07\x08\x00\x45", 7), 0);
}

static void what_a_router_would_not_answer_is_not_answered(void)
{
	make_ipv4(6, 0x00); /* may be fragmented */
	CU_ASSERT_EQUAL(too_big_write(frame, FRAME, 1280, answer), 0);
	make_ipv4(6, 0x40);
	frame[14 + 7] = 1; /* not the first fragment */
	CU_ASSERT_EQUAL(too_big_write(frame, FRAME, 1280, answer), 0);
	make_ipv4(1, 0x40);
	frame[34] = 3; /* an error */
	CU_ASSERT_EQUAL(too_big_write(frame, FRAME, 1280, answer), 0);
	frame[34] = 8; /* an echo request */
	CU_ASSERT_NOT_EQUAL(too_big_write(frame, FRAME, 1280, answer), 0);
	make_ipv6(58);
	frame[54] = 1;
	CU_ASSERT_EQUAL(too_big_write(frame, FRAME, 1280, answer), 0);
	frame[54] = 128;
	CU_ASSERT_NOT_EQUAL(too_big_write(frame, FRAME, 1280, answer), 0);
	make_ethernet(0x88, 0xb5);
	CU_ASSERT_EQUAL(too_big_write(frame, FRAME, 1280, answer), 0);
}

static void any_length_is_safe(void)
{
	for (int family = 0; family < 3; family++) {
		if (family == 0)
			make_ipv4(1, 0x40);
		else if (family == 1)
			make_ipv6(58);
		else
			make_ethernet(0x81, 0x00);
		for (size_t length = 0; length <= 74; length++) {
			uint8_t exact[74];

			memcpy(exact, frame, length);
			CU_ASSERT(too_big_write(exact, length, 1280, answer) <= TOO_BIG_MAXIMUM);
		}
	}
}

int main(void)
{
	return TESTS_RUN("too big", TEST(ipv4_is_answered_by_fragmentation_needed),
			 TEST(ipv6_is_answered_by_packet_too_big), TEST(a_tag_is_kept),
			 TEST(what_a_router_would_not_answer_is_not_answered), TEST(any_length_is_safe));
}
