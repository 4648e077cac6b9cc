/* SPDX-License-Identifier: BSD-3-Clause */
/* The frames of a flood are SYNs that no checksum, length or option gives away. */
#include <string.h>

#include "frame.h"
#include "support.h"

#define FRAMES 2000

static struct frame_plan plan;
static uint8_t frame[FRAME_MAXIMUM];

static void make_plan(const char *sources, const char *destination, size_t length)
{
	plan = (struct frame_plan){.port = 443, .seed = 7};
	memcpy(plan.source_mac, "\x02\x00\x00\x00\x01\x02", 6);
	memcpy(plan.destination_mac, "\x02\x00\x00\x00\x01\x01", 6);
	memcpy(plan.destination, destination, length);
	CU_ASSERT_NOT_EQUAL_FATAL(frame_read_sources(&plan, sources), 0);
}

static void plan_ipv4(const char *sources)
{
	make_plan(sources, "\x0a\x4d\x01\x01", 4);
}

static void plan_ipv6(const char *sources)
{
	make_plan(sources, "\xfd\x77\0\1\0\0\0\0\0\0\0\0\0\0\0\1", 16);
}

static uint32_t ones_sum(const uint8_t *octets, size_t length, uint32_t total)
{
	for (size_t i = 0; i < length; i++)
		total += i % 2 ? octets[i] : (uint32_t)octets[i] << 8;
	while (total >> 16)
		total = (total & 0xffff) + (total >> 16);
	return total;
}

static void expect_syn(const uint8_t *tcp, uint16_t mss)
{
	static const uint8_t fixed[] = {4, 2, 8, 10};

	CU_ASSERT((tcp[0] << 8 | tcp[1]) >= 1024);
	CU_ASSERT_EQUAL(tcp[2] << 8 | tcp[3], 443);
	CU_ASSERT_EQUAL(tcp[12], 0xa0);
	CU_ASSERT_EQUAL(tcp[13], 0x02);
	CU_ASSERT_EQUAL(tcp[20] << 8 | tcp[21], 0x0204);
	CU_ASSERT_EQUAL(tcp[22] << 8 | tcp[23], mss);
	CU_ASSERT_EQUAL(memcmp(tcp + 24, fixed, sizeof(fixed)), 0);
	CU_ASSERT_EQUAL(memcmp(tcp + 32, "\0\0\0\0\1\3\3\7", 8), 0);
}

static void ipv4_frames_are_whole_and_right(void)
{
	plan_ipv4("198.18.0.0/15");
	for (uint64_t number = 0; number < FRAMES; number++) {
		CU_ASSERT_EQUAL_FATAL(frame_write(&plan, number, frame), 74);
		CU_ASSERT_EQUAL(memcmp(frame, "\x02\0\0\0\x01\x01\x02\0\0\0\x01\x02\x08\x00\x45\x00\x00\x3c", 18), 0);
		CU_ASSERT_EQUAL(frame[20] << 8 | frame[21], 0x4000);
		CU_ASSERT_EQUAL(frame[22], 64);
		CU_ASSERT_EQUAL(frame[23], 6);
		CU_ASSERT_EQUAL(frame[26], 198);
		CU_ASSERT_EQUAL(frame[27] & 0xfe, 18);
		CU_ASSERT_EQUAL(memcmp(frame + 30, "\x0a\x4d\x01\x01", 4), 0);
		CU_ASSERT_EQUAL(ones_sum(frame + 14, 20, 0), 0xffff);
		CU_ASSERT_EQUAL(ones_sum(frame + 26, 48, 6 + 40), 0xffff);
		expect_syn(frame + 34, 1460);
	}
}

static void ipv6_frames_are_whole_and_right(void)
{
	plan_ipv6("fd77:5::/32");
	for (uint64_t number = 0; number < FRAMES; number++) {
		CU_ASSERT_EQUAL_FATAL(frame_write(&plan, number, frame), 94);
		CU_ASSERT_EQUAL(frame[12] << 8 | frame[13], 0x86dd);
		CU_ASSERT_EQUAL(frame[14] << 8 | (frame[15] & 0xf0), 0x6000);
		CU_ASSERT_EQUAL(memcmp(frame + 18, "\x00\x28\x06\x40\xfd\x77\x00\x05", 8), 0);
		CU_ASSERT_EQUAL(memcmp(frame + 38, plan.destination, 16), 0);
		CU_ASSERT_EQUAL(ones_sum(frame + 22, 72, 6 + 40), 0xffff);
		expect_syn(frame + 54, 1440);
	}
}

static void a_number_makes_the_same_frame_again_and_another_seed_another(void)
{
	uint8_t again[FRAME_MAXIMUM];

	plan_ipv6("fd77:5::/64");
	frame_write(&plan, 5, frame);
	frame_write(&plan, 6, again);
	CU_ASSERT_NOT_EQUAL(memcmp(frame, again, 94), 0);
	frame_write(&plan, 5, again);
	CU_ASSERT_EQUAL(memcmp(frame, again, 94), 0);
	plan.seed++;
	frame_write(&plan, 5, again);
	CU_ASSERT_NOT_EQUAL(memcmp(frame, again, 94), 0);
}

/* Of as many draws as there are addresses about 63 % of these are drawn. */
static void sources_are_spread_over_their_prefix(void)
{
	bool seen[1 << 11] = {false};
	unsigned int distinct = 0;

	plan_ipv4("10.9.64.0/21");
	for (uint64_t number = 0; number < 1 << 11; number++) {
		unsigned int place;

		frame_write(&plan, number, frame);
		place = (frame[28] & 7U) << 8 | frame[29];
		CU_ASSERT_EQUAL(memcmp(frame + 26, "\x0a\x09", 2), 0);
		CU_ASSERT_EQUAL(frame[28] & 0xf8, 64);
		distinct += !seen[place];
		seen[place] = true;
	}
	CU_ASSERT(distinct > 1150 && distinct < 1450);
	CU_ASSERT_FALSE(seen[0]);
	CU_ASSERT_FALSE(seen[(1 << 11) - 1]);
}

static void small_prefixes_leave_out_what_is_no_host(void)
{
	plan_ipv4("10.9.8.4/30");
	for (uint64_t number = 0; number < 100; number++) {
		frame_write(&plan, number, frame);
		CU_ASSERT(frame[29] == 5 || frame[29] == 6);
	}
	plan_ipv4("10.9.8.4/31");
	for (uint64_t number = 0; number < 100; number++) {
		frame_write(&plan, number, frame);
		CU_ASSERT(frame[29] == 4 || frame[29] == 5);
	}
	plan_ipv4("10.9.8.7");
	frame_write(&plan, 0, frame);
	CU_ASSERT_EQUAL(memcmp(frame + 26, "\x0a\x09\x08\x07", 4), 0);
	plan_ipv6("fd77::9");
	frame_write(&plan, 0, frame);
	CU_ASSERT_EQUAL(memcmp(frame + 22, "\xfd\x77\0\0\0\0\0\0\0\0\0\0\0\0\0\x09", 16), 0);
}

static void prefixes_are_read_strictly(void)
{
	static const char *const wrong[] = {
	    "",
	    "/",
	    "/8",
	    "10.0.0.0/",
	    "10.0.0.0/33",
	    "10.0.0.0/-1",
	    "10.0.0.0/8x",
	    "10.0.0/8",
	    "fd00::/129",
	    "fd00::/ 8",
	    "a name",
	    "1111:2222:3333:4444:5555:6666:7777:8888:9999:aaaa:bbbb:cccc/64",
	};
	static const uint8_t zeros[16];

	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		CU_ASSERT_EQUAL(frame_read_sources(&plan, wrong[i]), 0);
	CU_ASSERT_EQUAL(frame_read_sources(&plan, "255.255.255.255/9"), 4);
	CU_ASSERT_EQUAL(memcmp(plan.sources, "\xff\x80\0\0", 4), 0);
	CU_ASSERT_EQUAL(frame_read_sources(&plan, "ffff::ffff/0"), 6);
	CU_ASSERT_EQUAL(memcmp(plan.sources, zeros, 16), 0);
}

int main(void)
{
	return TESTS_RUN("flood frame", TEST(ipv4_frames_are_whole_and_right), TEST(ipv6_frames_are_whole_and_right),
			 TEST(a_number_makes_the_same_frame_again_and_another_seed_another),
			 TEST(sources_are_spread_over_their_prefix), TEST(small_prefixes_leave_out_what_is_no_host),
			 TEST(prefixes_are_read_strictly));
}
