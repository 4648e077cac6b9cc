/* SPDX-License-Identifier: BSD-3-Clause */
/* The life of a neighbour's entry, in both families: asked for, used, doubted, asked again, given up; and its bounds.
 */
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

#include <tcpstack/segment.h>

#include "packets.h"

/* Sends a bare transport packet of ours, as TCP would. */
static bool send_to(struct world *world, const char *destination, uint8_t protocol)
{
	static const uint8_t header[20] = {0x12, 0x34, 0x00, 0x50, 1, 2, 3, 4, [12] = 0x50};
	struct ip_send send = {.destination = address_of(destination), .protocol = protocol};
	struct ip_path path;

	CU_ASSERT_TRUE_FATAL(ip_route(world->stack, &send.destination, &path));
	CU_ASSERT_TRUE_FATAL(ip_source(world->stack, &path, &send.destination, &send.source));
	return ip_output(world->stack, support_mbuf(world->pool, header, sizeof(header)), &send, &path);
}

/* The MAC address that the stack asks next for a neighbour; asserts that it asks. */
static struct rte_ether_addr asked(struct world *world, bool ipv4)
{
	struct frame frame;
	struct seen seen = expect(world, 0, &frame);

	CU_ASSERT_EQUAL(seen.is_arp, ipv4);
	CU_ASSERT_TRUE(ipv4 || seen.icmp.type == ICMPV6_NEIGHBOUR_SOLICITATION);
	return seen.ethernet.destination;
}

/* The peer answers what it was asked. */
static void answer(struct world *world, bool ipv4)
{
	struct arp_packet arp = {
	    .operation = ARP_REPLY,
	    .sender_mac = peer_mac,
	    .sender = address_of(PEER),
	    .target_mac = own_mac,
	    .target = address_of(OWN),
	};
	struct nd_message nd = {
	    .type = ICMPV6_NEIGHBOUR_ADVERTISEMENT,
	    .solicited = true,
	    .override = true,
	    .has_link_layer = true,
	    .link_layer = peer_mac,
	    .target = address_of(PEER6),
	};
	struct written written = {.source = PEER6, .destination = OWN6, .hop_limit = 255};
	struct frame frame;

	if (ipv4)
		write_arp(&frame, &own_mac, &arp);
	else
		write_nd(&frame, &written, &nd);
	world_input(world, 0, &frame);
}

static void a_neighbour_is_asked_three_times(void)
{
	for (int ipv4 = 0; ipv4 < 2; ipv4++) {
		struct world world;

		world_prepare(&world);
		world_open(&world);
		send_to(&world, ipv4 ? PEER : PEER6, IPPROTO_TCP);
		for (int i = 0; i < 3; i++) {
			struct rte_ether_addr mac = asked(&world, ipv4);

			CU_ASSERT_TRUE(rte_is_multicast_ether_addr(&mac));
			expect_nothing(&world);
			world_pass(&world, SECOND - 1);
			expect_nothing(&world);
			CU_ASSERT_EQUAL(fake_tcp.errors, 0);
			world_pass(&world, 1);
		}
		expect_nothing(&world);
		CU_ASSERT_EQUAL(world_counters(&world).neighbours, 0);
		CU_ASSERT_EQUAL(world_counters(&world).buffers, 0);
		CU_ASSERT_EQUAL(world_drops(&world, DROP_NEIGHBOUR_UNREACHABLE), 1);
		CU_ASSERT_EQUAL(stack_next_deadline(world.stack), UINT64_MAX);
		/* TCP is told about its own segment. */
		CU_ASSERT_EQUAL(fake_tcp.errors, 1);
		CU_ASSERT_EQUAL(fake_tcp.error.kind, ICMP_ERROR_NEIGHBOUR);
		expect_address(&fake_tcp.error.tuple.local, ipv4 ? OWN : OWN6);
		expect_address(&fake_tcp.error.tuple.remote, ipv4 ? PEER : PEER6);
		CU_ASSERT_EQUAL(fake_tcp.error.tuple.local_port, 0x1234);
		CU_ASSERT_EQUAL(fake_tcp.error.tuple.remote_port, 0x50);
		CU_ASSERT_EQUAL(fake_tcp.error.sequence, 0x01020304);
		world_close(&world);
	}
}

static void a_late_answer_still_counts(void)
{
	struct world world;
	struct frame frame;

	world_prepare(&world);
	world_open(&world);
	send_to(&world, PEER, IPPROTO_TCP);
	world_pass(&world, 2 * SECOND + SECOND / 2);
	CU_ASSERT_EQUAL(world_discard(&world), 3);
	answer(&world, true);
	CU_ASSERT_EQUAL(expect(&world, 0, &frame).protocol, IPPROTO_TCP);
	CU_ASSERT_EQUAL(world_all_drops(&world), 0);
	world_close(&world);
}

static void a_reachable_neighbour_is_not_asked_again(void)
{
	struct world world;

	world_prepare(&world);
	world_open(&world);
	send_to(&world, PEER, IPPROTO_TCP);
	answer(&world, true);
	CU_ASSERT_EQUAL(world_discard(&world), 2);
	world_pass(&world, 14 * SECOND);
	send_to(&world, PEER, IPPROTO_TCP);
	CU_ASSERT_EQUAL(world_discard(&world), 1);
	CU_ASSERT_EQUAL(stack_next_deadline(world.stack), UINT64_MAX);
	world_close(&world);
}

/* A neighbour that was resolved a long time ago, and to which a packet has just gone. */
static void open_with_doubtful_neighbour(struct world *world, bool ipv4)
{
	world_open_resolved(world);
	world_pass(world, 60 * SECOND);
	send_to(world, ipv4 ? PEER : PEER6, IPPROTO_TCP);
	CU_ASSERT_EQUAL(world_discard(world), 1);
}

static void a_stale_neighbour_is_asked_in_person_and_given_up(void)
{
	for (int ipv4 = 0; ipv4 < 2; ipv4++) {
		struct world world;

		open_with_doubtful_neighbour(&world, ipv4);
		world_pass(&world, 5 * SECOND - 1);
		expect_nothing(&world);
		world_pass(&world, 1);
		for (int i = 0; i < 3; i++) {
			struct rte_ether_addr mac = asked(&world, ipv4);

			CU_ASSERT_TRUE(rte_is_same_ether_addr(&mac, &peer_mac));
			CU_ASSERT_EQUAL(world_counters(&world).neighbours, 4);
			world_pass(&world, SECOND);
		}
		expect_nothing(&world);
		CU_ASSERT_EQUAL(world_counters(&world).neighbours, 3);
		world_close(&world);
	}
}

static void a_stale_neighbour_that_answers_stays(void)
{
	for (int ipv4 = 0; ipv4 < 2; ipv4++) {
		struct world world;

		open_with_doubtful_neighbour(&world, ipv4);
		world_pass(&world, 5 * SECOND);
		asked(&world, ipv4);
		answer(&world, ipv4);
		world_pass(&world, 10 * SECOND);
		expect_nothing(&world);
		CU_ASSERT_EQUAL(world_counters(&world).neighbours, 4);
		CU_ASSERT_EQUAL(stack_next_deadline(world.stack), UINT64_MAX);
		world_close(&world);
	}
}

static void progress_of_a_transport_spares_the_question(void)
{
	struct ip_address peer = address_of(PEER);
	struct ip_path path;
	struct world world;

	open_with_doubtful_neighbour(&world, true);
	CU_ASSERT_TRUE(ip_route(world.stack, &peer, &path));
	world_pass(&world, 4 * SECOND);
	ip_confirm(world.stack, &path);
	world_pass(&world, 10 * SECOND);
	expect_nothing(&world);
	world_close(&world);
}

static void an_idle_neighbour_is_left_alone(void)
{
	struct world world;

	world_open_resolved(&world);
	world_pass(&world, 3600 * SECOND);
	expect_nothing(&world);
	CU_ASSERT_EQUAL(world_counters(&world).neighbours, 4);
	world_close(&world);
}

static void the_newest_packets_wait(void)
{
	struct world world;
	struct frame frame;

	world_prepare(&world);
	world.config.neighbour_queue = 3;
	world_open(&world);
	for (uint8_t protocol = 200; protocol < 205; protocol++)
		CU_ASSERT_TRUE(send_to(&world, PEER, protocol));
	CU_ASSERT_EQUAL(world_drops(&world, DROP_NEIGHBOUR_QUEUE), 2);
	CU_ASSERT_EQUAL(world_counters(&world).buffers, 3);
	expect_arp(&world, 0, ARP_REQUEST);
	answer(&world, true);
	for (uint8_t protocol = 202; protocol < 205; protocol++)
		CU_ASSERT_EQUAL(expect(&world, 0, &frame).protocol, protocol);
	expect_nothing(&world);
	CU_ASSERT_EQUAL(world_counters(&world).buffers, 0);
	world_close(&world);
}

static void no_more_packets_wait_in_all_than_an_eighth_of_the_buffers(void)
{
	struct world world;

	world_prepare(&world);
	world.config.buffers = 80;
	world_open(&world);
	for (unsigned i = 0; i < 30; i++) {
		char destination[20];

		snprintf(destination, sizeof(destination), "10.0.0.%u", 100 + i);
		CU_ASSERT_EQUAL(send_to(&world, destination, IPPROTO_TCP), i < 10);
	}
	CU_ASSERT_EQUAL(world_counters(&world).buffers, 10);
	CU_ASSERT_EQUAL(world_drops(&world, DROP_NEIGHBOUR_QUEUE), 20);
	world_close(&world);
}

static void a_scan_pushes_out_its_own_kind(void)
{
	struct world world;

	world_prepare(&world);
	world.config.neighbours = 16;
	world_open(&world);
	send_to(&world, PEER, IPPROTO_TCP);
	answer(&world, true);
	for (unsigned i = 0; i < 100; i++) {
		char destination[20];

		snprintf(destination, sizeof(destination), "10.0.0.%u", 100 + i);
		CU_ASSERT_TRUE(send_to(&world, destination, IPPROTO_TCP));
	}
	CU_ASSERT_EQUAL(world_counters(&world).neighbours, 16);
	CU_ASSERT_EQUAL(world_drops(&world, DROP_NEIGHBOUR_FULL), 85);
	world_discard(&world);
	send_to(&world, PEER, IPPROTO_TCP);
	CU_ASSERT_EQUAL(world_discard(&world), 1);
	CU_ASSERT_EQUAL(world_drops(&world, DROP_NEIGHBOUR_FULL), 85);
	world_close(&world);
}

static void a_full_table_of_reachable_neighbours_refuses(void)
{
	struct world world;

	world_prepare(&world);
	world.config.neighbours = 1;
	world_open(&world);
	send_to(&world, PEER, IPPROTO_TCP);
	answer(&world, true);
	CU_ASSERT_FALSE(send_to(&world, "10.0.0.9", IPPROTO_TCP));
	CU_ASSERT_EQUAL(world_drops(&world, DROP_NEIGHBOUR_FULL), 1);
	/* After its time, it gives way. */
	world_pass(&world, 60 * SECOND);
	CU_ASSERT_TRUE(send_to(&world, "10.0.0.9", IPPROTO_TCP));
	CU_ASSERT_EQUAL(world_drops(&world, DROP_NEIGHBOUR_FULL), 1);
	world_close(&world);
}

static void of_idle_neighbours_the_one_used_longest_ago_gives_way(void)
{
	struct arp_packet arp = {
	    .operation = ARP_REQUEST,
	    .sender_mac = peer_mac,
	    .sender = address_of("10.0.0.3"),
	    .target = address_of(OWN),
	};
	struct world world;
	struct frame frame;

	world_prepare(&world);
	world.config.neighbours = 2;
	world_open(&world);
	send_to(&world, PEER, IPPROTO_TCP);
	answer(&world, true);
	write_arp(&frame, &broadcast_mac, &arp);
	world_input(&world, 0, &frame);
	world_pass(&world, 10 * SECOND);
	send_to(&world, PEER, IPPROTO_TCP);
	world_pass(&world, 60 * SECOND);
	world_discard(&world);
	send_to(&world, "10.0.0.9", IPPROTO_TCP);
	expect_arp(&world, 0, ARP_REQUEST);
	send_to(&world, PEER, IPPROTO_TCP);
	CU_ASSERT_EQUAL(expect(&world, 0, &frame).protocol, IPPROTO_TCP);
	world_close(&world);
}

static void a_new_mac_address_that_nobody_asked_for_is_asked_soon(void)
{
	struct arp_packet arp = {
	    .operation = ARP_REPLY,
	    .sender_mac = far_mac,
	    .sender = address_of(PEER),
	    .target_mac = own_mac,
	    .target = address_of(OWN),
	};
	struct world world;
	struct frame frame;
	struct rte_ether_addr mac;

	world_open_resolved(&world);
	write_arp(&frame, &own_mac, &arp);
	world_input(&world, 0, &frame);
	send_to(&world, PEER, IPPROTO_TCP);
	CU_ASSERT_EQUAL(world_discard(&world), 1);
	world_pass(&world, 5 * SECOND);
	mac = asked(&world, true);
	CU_ASSERT_TRUE(rte_is_same_ether_addr(&mac, &far_mac));
	world_close(&world);
}

static void the_sender_of_a_routed_packet_is_told(void)
{
	struct written written = {.source = PEER, .destination = "10.0.1.77"};
	struct written written6 = {.source = PEER6, .destination = "fd00:1::77"};
	struct world world;
	struct frame frame;
	struct seen seen;

	world_open_resolved(&world);
	write_udp(&frame, &written, 1, 2, "x", 1);
	world_input(&world, 0, &frame);
	write_udp(&frame, &written6, 1, 2, "x", 1);
	world_input(&world, 0, &frame);
	world_pass(&world, 2 * SECOND);
	CU_ASSERT_FALSE(world_output(&world, 0, &frame));
	world_pass(&world, SECOND);
	seen = expect_icmp(&world, 0, &frame, ICMPV4_UNREACHABLE, ICMPV4_UNREACHABLE_HOST);
	expect_address(&seen.source, OWN);
	expect_address(&seen.destination, PEER);
	/* The quotation is the packet as we routed it. */
	CU_ASSERT_EQUAL(seen.length, ICMP_HEADER_LENGTH + 20 + 8 + 1);
	seen = expect_icmp(&world, 0, &frame, ICMPV6_UNREACHABLE, ICMPV6_UNREACHABLE_ADDRESS);
	expect_address(&seen.destination, PEER6);
	CU_ASSERT_EQUAL(world_drops(&world, DROP_NEIGHBOUR_UNREACHABLE), 2);
	CU_ASSERT_EQUAL(fake_tcp.errors, 0);
	world_close(&world);
}

int main(void)
{
	return PACKETS_RUN(
	    "neighbours", TEST(a_neighbour_is_asked_three_times), TEST(a_late_answer_still_counts),
	    TEST(a_reachable_neighbour_is_not_asked_again), TEST(a_stale_neighbour_is_asked_in_person_and_given_up),
	    TEST(a_stale_neighbour_that_answers_stays), TEST(progress_of_a_transport_spares_the_question),
	    TEST(an_idle_neighbour_is_left_alone), TEST(the_newest_packets_wait),
	    TEST(no_more_packets_wait_in_all_than_an_eighth_of_the_buffers), TEST(a_scan_pushes_out_its_own_kind),
	    TEST(a_full_table_of_reachable_neighbours_refuses),
	    TEST(of_idle_neighbours_the_one_used_longest_ago_gives_way),
	    TEST(a_new_mac_address_that_nobody_asked_for_is_asked_soon), TEST(the_sender_of_a_routed_packet_is_told));
}
