/* SPDX-License-Identifier: BSD-3-Clause */
/* Ping is answered: both families, any size, in fragments or mbufs of any length. */
#include <stdlib.h>
#include <string.h>

#include "packets.h"

static const struct written from_peer = {.source = PEER, .destination = OWN};
static const struct written from_peer6 = {.source = PEER6, .destination = OWN6};

static void check_answer(struct world *world, const uint8_t *data, uint32_t length, bool ipv4)
{
	struct frame out;
	struct seen seen = expect_icmp(world, 0, &out, ipv4 ? ICMPV4_ECHO_REPLY : ICMPV6_ECHO_REPLY, 0);

	CU_ASSERT_TRUE(rte_is_same_ether_addr(&seen.ethernet.destination, &peer_mac));
	CU_ASSERT_TRUE(rte_is_same_ether_addr(&seen.ethernet.source, &own_mac));
	expect_address(&seen.source, ipv4 ? OWN : OWN6);
	expect_address(&seen.destination, ipv4 ? PEER : PEER6);
	CU_ASSERT_EQUAL(icmp_identifier(&seen.icmp), 7);
	CU_ASSERT_EQUAL(icmp_sequence(&seen.icmp), 9);
	CU_ASSERT_EQUAL_FATAL(seen.length, ICMP_HEADER_LENGTH + length);
	CU_ASSERT_EQUAL(memcmp(seen.payload + ICMP_HEADER_LENGTH, data, length), 0);
}

static void a_ping_is_answered(void)
{
	struct world world;
	struct frame frame;

	world_open_resolved(&world);
	write_icmp(&frame, &from_peer, ICMPV4_ECHO_REQUEST, 0, icmp_echo(7, 9), "hello", 5);
	world_input(&world, 0, &frame);
	check_answer(&world, (const uint8_t *)"hello", 5, true);
	write_icmp(&frame, &from_peer6, ICMPV6_ECHO_REQUEST, 0, icmp_echo(7, 9), "hello", 5);
	world_input(&world, 0, &frame);
	check_answer(&world, (const uint8_t *)"hello", 5, false);
	expect_nothing(&world);
	CU_ASSERT_EQUAL(world_all_drops(&world), 0);
	world_close(&world);
}

static void a_ping_in_mbufs_of_any_length_is_answered(void)
{
	uint8_t data[100];
	struct world world;
	struct frame frame;

	fill(data, sizeof(data));
	world_open_resolved(&world);
	for (uint16_t piece = 1; piece < 150; piece++) {
		write_icmp(&frame, &from_peer, ICMPV4_ECHO_REQUEST, 0, icmp_echo(7, 9), data, sizeof(data));
		world_input_pieces(&world, 0, &frame, piece);
		check_answer(&world, data, sizeof(data), true);
		write_icmp(&frame, &from_peer6, ICMPV6_ECHO_REQUEST, 0, icmp_echo(7, 9), data, sizeof(data));
		world_input_pieces(&world, 0, &frame, piece);
		check_answer(&world, data, sizeof(data), false);
	}
	CU_ASSERT_EQUAL(world_all_drops(&world), 0);
	world_close(&world);
}

/* Puts the fragments of an answer together; returns the length of its data. */
static uint32_t collect(struct world *world, uint8_t *data, unsigned *fragments)
{
	uint32_t end = 0;
	struct frame out;
	bool more = true;

	for (*fragments = 0; more; (*fragments)++) {
		struct seen seen = expect(world, 0, &out);

		CU_ASSERT_EQUAL(seen.offset, end);
		CU_ASSERT_TRUE(seen.ip_length <= 1500);
		memcpy(data + seen.offset, seen.payload, seen.length);
		end = seen.offset + seen.length;
		more = seen.more;
	}
	return end;
}

static void ping_long(const struct written *written, uint8_t type, uint32_t length)
{
	static uint8_t data[65536], answer[FRAME_MAX];
	struct world world;
	struct frame frame;
	unsigned fragments;

	fill(data, length);
	world_open_resolved(&world);
	write_icmp(&frame, written, type, 0, icmp_echo(7, 9), data, length);
	world_input_fragments(&world, 0, &frame, 1448, NULL);
	CU_ASSERT_EQUAL(collect(&world, answer, &fragments), length + ICMP_HEADER_LENGTH);
	CU_ASSERT_EQUAL(memcmp(answer + ICMP_HEADER_LENGTH, data, length), 0);
	CU_ASSERT_EQUAL(world_all_drops(&world), 0);
	CU_ASSERT_EQUAL(world_counters(&world).reassembled, 1);
	CU_ASSERT_EQUAL(world_counters(&world).fragmented, fragments);
	CU_ASSERT_EQUAL(world_counters(&world).buffers, 0);
	expect_nothing(&world);
	world_close(&world);
}

static void the_longest_ping_is_answered_in_fragments(void)
{
	ping_long(&from_peer, ICMPV4_ECHO_REQUEST, 65507);
	ping_long(&from_peer6, ICMPV6_ECHO_REQUEST, 65527);
}

static void an_answer_that_just_fits_is_not_cut(void)
{
	uint8_t data[1473];
	struct world world;
	struct frame frame, out;

	fill(data, sizeof(data));
	world_open_resolved(&world);
	write_icmp(&frame, &from_peer, ICMPV4_ECHO_REQUEST, 0, icmp_echo(7, 9), data, 1472);
	world_input(&world, 0, &frame);
	check_answer(&world, data, 1472, true);
	write_icmp(&frame, &from_peer, ICMPV4_ECHO_REQUEST, 0, icmp_echo(7, 9), data, 1473);
	world_input(&world, 0, &frame);
	CU_ASSERT_TRUE(expect(&world, 0, &out).more);
	CU_ASSERT_FALSE(expect(&world, 0, &out).more);
	world_close(&world);
}

static void a_ping_to_all_nodes_is_answered_from_an_own_address(void)
{
	static const struct rte_ether_addr all_nodes_mac = {{0x33, 0x33, 0, 0, 0, 1}};
	struct written written = {.source = PEER6, .destination = "ff02::1", .destination_mac = &all_nodes_mac};
	struct world world;
	struct frame frame, out;
	struct seen seen;

	world_open_resolved(&world);
	write_icmp(&frame, &written, ICMPV6_ECHO_REQUEST, 0, icmp_echo(7, 9), NULL, 0);
	world_input(&world, 0, &frame);
	seen = expect_icmp(&world, 0, &out, ICMPV6_ECHO_REPLY, 0);
	expect_address(&seen.source, OWN6);
	world_close(&world);
}

static void a_ping_with_a_wrong_checksum_is_dropped(void)
{
	struct world world;
	struct frame frame;

	world_open_resolved(&world);
	write_icmp(&frame, &from_peer, ICMPV4_ECHO_REQUEST, 0, icmp_echo(7, 9), "hello", 5);
	frame.octets[frame.length - 1] ^= 1;
	world_input(&world, 0, &frame);
	write_icmp(&frame, &from_peer6, ICMPV6_ECHO_REQUEST, 0, icmp_echo(7, 9), "hello", 5);
	frame.octets[frame.length - 1] ^= 1;
	world_input(&world, 0, &frame);
	expect_nothing(&world);
	CU_ASSERT_EQUAL(world_drops(&world, DROP_ICMP_CHECKSUM), 2);
	world_close(&world);
}

int main(void)
{
	return PACKETS_RUN("ping", TEST(a_ping_is_answered), TEST(a_ping_in_mbufs_of_any_length_is_answered),
			   TEST(the_longest_ping_is_answered_in_fragments), TEST(an_answer_that_just_fits_is_not_cut),
			   TEST(a_ping_to_all_nodes_is_answered_from_an_own_address),
			   TEST(a_ping_with_a_wrong_checksum_is_dropped));
}
