/* SPDX-License-Identifier: BSD-3-Clause */
/* TCP for others' addresses goes to a listener that intercepts it: whole, in fragments, and with its ICMP errors. */
#include <netinet/in.h>
#include <string.h>

#include "packets.h"

static const struct written across = {.source = PEER, .destination = FAR};
static const struct written across6 = {.source = PEER6, .destination = FAR6};

static void check_intercepted(bool ipv4)
{
	CU_ASSERT_EQUAL(fake_tcp.segments, 1);
	expect_address(&fake_tcp.intercepted.local, ipv4 ? FAR : FAR6);
	expect_address(&fake_tcp.intercepted.remote, ipv4 ? PEER : PEER6);
	CU_ASSERT_EQUAL(fake_tcp.intercepted.local_port, 443);
	CU_ASSERT_EQUAL(fake_tcp.intercepted.remote_port, 5555);
	expect_address(&fake_tcp.segment.destination, ipv4 ? FAR : FAR6);
	CU_ASSERT_EQUAL(fake_tcp.segment.transport_length, 24);
}

static void tcp_that_is_wanted_is_taken(void)
{
	for (int ipv4 = 0; ipv4 < 2; ipv4++) {
		struct world world;
		struct frame frame;

		world_open_resolved(&world);
		fake_tcp.intercepts = true;
		write_tcp(&frame, ipv4 ? &across : &across6, 5555, 443, 1);
		world_input(&world, 0, &frame);
		check_intercepted(ipv4);
		expect_nothing(&world);
		world_close(&world);
	}
}

static void tcp_that_is_not_wanted_is_routed(void)
{
	struct world world;
	struct frame frame;

	world_open_resolved(&world);
	write_tcp(&frame, &across, 5555, 443, 1);
	world_input(&world, 0, &frame);
	CU_ASSERT_EQUAL(fake_tcp.segments, 0);
	CU_ASSERT_EQUAL(expect(&world, 1, &frame).protocol, IPPROTO_TCP);
	world_close(&world);
}

static void tcp_in_fragments_does_not_slip_past(void)
{
	for (int ipv4 = 0; ipv4 < 2; ipv4++) {
		struct world world;
		struct frame frame;

		world_open_resolved(&world);
		fake_tcp.intercepts = true;
		write_tcp(&frame, ipv4 ? &across : &across6, 5555, 443, 1);
		/* 24 octets of header leave nothing for a second fragment: so data, whatever their checksum. */
		memset(frame.octets + frame.length, 0, 40);
		frame.length += 40;
		world_input_fragments(&world, 0, &frame, 32, NULL);
		CU_ASSERT_EQUAL(fake_tcp.segments, 1);
		CU_ASSERT_EQUAL(fake_tcp.segment.transport_length, 64);
		expect_nothing(&world);
		world_close(&world);
	}
}

static void tcp_in_fragments_that_is_not_wanted_is_routed_whole(void)
{
	struct world world;
	struct frame frame;

	world_open_resolved(&world);
	write_tcp(&frame, &across, 5555, 443, 1);
	world_input_fragments(&world, 0, &frame, 24, NULL);
	CU_ASSERT_EQUAL(expect(&world, 1, &frame).length, 24);
	world_close(&world);
}

/* Its sender has cut it to fit: were it told that the whole is too big, it could do no more. */
static void long_tcp_in_fragments_that_is_not_wanted_is_cut_again(void)
{
	static uint8_t data[3000];
	struct world world;
	struct frame frame;

	world_open_resolved(&world);
	fill(data, sizeof(data));
	for (int ipv4 = 0; ipv4 < 2; ipv4++) {
		struct written written = ipv4 ? across : across6;
		uint32_t received = 0;

		written.protocol = IPPROTO_TCP;
		write_ip(&frame, &written, data, sizeof(data));
		world_input_fragments(&world, 0, &frame, 1400, NULL);
		while (received < sizeof(data)) {
			struct seen seen = expect(&world, 1, &frame);

			CU_ASSERT_TRUE(seen.ip_length <= (ipv4 ? 1500 : 1280));
			CU_ASSERT_EQUAL(seen.offset, received);
			CU_ASSERT_TRUE_FATAL(seen.length > 0 && received + seen.length <= sizeof(data));
			CU_ASSERT_EQUAL(memcmp(seen.payload, data + received, seen.length), 0);
			received += seen.length;
			CU_ASSERT_EQUAL(seen.more, received < sizeof(data));
		}
		expect_nothing(&world);
	}
	CU_ASSERT_EQUAL(world_counters(&world).reassembled, 2);
	CU_ASSERT_EQUAL(world_all_drops(&world), 0);
	world_close(&world);
}

static void fragments_of_others_are_routed_as_they_are(void)
{
	static uint8_t data[2000];
	struct world world;
	struct frame frame;

	world_open_resolved(&world);
	for (int ipv4 = 0; ipv4 < 2; ipv4++) {
		write_udp(&frame, ipv4 ? &across : &across6, 1, 2, data, sizeof(data));
		world_input_fragments(&world, 0, &frame, 1000, NULL);
		CU_ASSERT_EQUAL(expect(&world, 1, &frame).length, 1000);
		CU_ASSERT_EQUAL(expect(&world, 1, &frame).length, 1000);
		CU_ASSERT_EQUAL(expect(&world, 1, &frame).length, 8);
	}
	CU_ASSERT_EQUAL(world_counters(&world).reassembled, 0);
	world_close(&world);
}

static void an_error_about_an_intercepted_connection_is_ours(void)
{
	static const uint8_t transport[8] = {0x01, 0xbb, 0x15, 0xb3, 1, 2, 3, 4};
	struct written written = {.source = "10.0.0.254", .destination = FAR};
	struct written quoted = {.source = FAR, .destination = PEER, .protocol = IPPROTO_TCP};
	uint8_t quote[28];
	struct world world;
	struct frame frame;

	world_open_resolved(&world);
	fake_tcp.intercepts = true;
	fake_tcp.knows = true;
	write_ip(&frame, &quoted, transport, sizeof(transport));
	memcpy(quote, frame.octets + 14, sizeof(quote));
	write_icmp(&frame, &written, ICMPV4_UNREACHABLE, ICMPV4_UNREACHABLE_HOST, 0, quote, sizeof(quote));
	world_input(&world, 0, &frame);
	CU_ASSERT_EQUAL(fake_tcp.errors, 1);
	CU_ASSERT_EQUAL(fake_tcp.error.tuple.local_port, 443);
	expect_nothing(&world);
	/* One about a connection that only passes goes on. */
	fake_tcp.intercepts = false;
	world_input(&world, 0, &frame);
	CU_ASSERT_EQUAL(fake_tcp.errors, 1);
	expect_icmp(&world, 1, &frame, ICMPV4_UNREACHABLE, ICMPV4_UNREACHABLE_HOST);
	world_close(&world);
}

int main(void)
{
	return PACKETS_RUN(
	    "intercepting", TEST(tcp_that_is_wanted_is_taken), TEST(tcp_that_is_not_wanted_is_routed),
	    TEST(tcp_in_fragments_does_not_slip_past), TEST(tcp_in_fragments_that_is_not_wanted_is_routed_whole),
	    TEST(long_tcp_in_fragments_that_is_not_wanted_is_cut_again),
	    TEST(fragments_of_others_are_routed_as_they_are), TEST(an_error_about_an_intercepted_connection_is_ours));
}
