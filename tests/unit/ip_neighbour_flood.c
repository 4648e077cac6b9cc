/* SPDX-License-Identifier: BSD-3-Clause */
/* Neighbours that a machine on the link makes up do not keep the table from those that we want to reach. */
#include <netinet/in.h>
#include <stdio.h>

#include "packets.h"

static bool send_to(struct world *world, const char *destination)
{
	struct ip_send send = {.destination = address_of(destination), .protocol = IPPROTO_TCP};
	static const uint8_t header[20] = {[12] = 0x50};
	struct ip_path path;

	CU_ASSERT_TRUE_FATAL(ip_route(world->stack, &send.destination, &path));
	CU_ASSERT_TRUE_FATAL(ip_source(world->stack, &path, &send.destination, &send.source));
	return ip_output(world->stack, support_mbuf(world->pool, header, sizeof(header)), &send, &path);
}

static void input_arp(struct world *world, uint16_t operation, const char *sender)
{
	struct arp_packet arp = {
	    .operation = operation,
	    .sender_mac = peer_mac,
	    .sender = address_of(sender),
	    .target_mac = own_mac,
	    .target = address_of(OWN),
	};
	struct frame frame;

	write_arp(&frame, &own_mac, &arp);
	world_input(world, 0, &frame);
}

/* A stack of few neighbours, one of which is reachable. */
static void open_small(struct world *world, uint32_t neighbours)
{
	world_prepare(world);
	world->config.neighbours = neighbours;
	world_open(world);
	send_to(world, PEER);
	input_arp(world, ARP_REPLY, PEER);
	world_discard(world);
}

/* The neighbour that we want is asked for, and the reachable one still known. */
static void check_room(struct world *world)
{
	struct frame frame;

	world_discard(world);
	CU_ASSERT_TRUE(send_to(world, "10.0.0.9"));
	expect_arp(world, 0, ARP_REQUEST);
	send_to(world, PEER);
	CU_ASSERT_EQUAL(expect(world, 0, &frame).protocol, IPPROTO_TCP);
	expect_nothing(world);
}

static void idle_neighbours_give_way_behind_a_reachable_one(void)
{
	struct world world;

	open_small(&world, 4);
	for (unsigned i = 0; i < 3; i++) {
		char sender[20];

		snprintf(sender, sizeof(sender), "10.0.0.%u", 100 + i);
		input_arp(&world, ARP_REQUEST, sender);
	}
	CU_ASSERT_EQUAL(world_counters(&world).neighbours, 4);
	check_room(&world);
	world_close(&world);
}

static void solicit(struct world *world, unsigned i)
{
	struct nd_message message = {
	    .type = ICMPV6_NEIGHBOUR_SOLICITATION,
	    .has_link_layer = true,
	    .link_layer = peer_mac,
	    .target = address_of(OWN6),
	};
	struct written written = {.destination = OWN6, .hop_limit = 255};
	struct frame frame;
	char source[20];

	snprintf(source, sizeof(source), "fe80::%x", 0x100 + i);
	written.source = source;
	write_nd(&frame, &written, &message);
	world_input(world, 0, &frame);
}

static void neighbours_that_never_answer_give_way(void)
{
	struct world world;

	open_small(&world, 16);
	/* Each has an answer sent to it, so its entry is in use, and doubted. */
	for (unsigned i = 0; i < 20; i++)
		solicit(&world, i);
	CU_ASSERT_EQUAL(world_counters(&world).neighbours, 16);
	check_room(&world);
	world_close(&world);
}

static void neighbours_that_are_being_asked_give_way_first(void)
{
	struct world world;
	struct frame frame;

	open_small(&world, 16);
	for (unsigned i = 0; i < 7; i++)
		solicit(&world, i);
	world_pass(&world, 6 * SECOND);
	for (unsigned i = 7; i < 15; i++)
		solicit(&world, i);
	check_room(&world);
	/* One of the first seven has gone, and none of the others. */
	send_to(&world, "fe80::107");
	CU_ASSERT_EQUAL(expect(&world, 0, &frame).protocol, IPPROTO_TCP);
	send_to(&world, "fe80::100");
	CU_ASSERT_EQUAL(expect(&world, 0, &frame).protocol, IPPROTO_ICMPV6);
	world_close(&world);
}

/* What nobody has heard of may push out only an eighth of those in doubt: most of them will answer. */
static void a_scan_pushes_out_few_in_doubt(void)
{
	struct world world;

	open_small(&world, 16);
	for (unsigned i = 0; i < 15; i++)
		solicit(&world, i);
	for (unsigned i = 0; i < 10; i++) {
		char destination[20];

		snprintf(destination, sizeof(destination), "10.0.0.%u", 100 + i);
		CU_ASSERT_TRUE(send_to(&world, destination));
	}
	world_discard(&world);
	for (unsigned i = 2; i < 15; i++) {
		char destination[20];
		struct frame frame;

		snprintf(destination, sizeof(destination), "fe80::%x", 0x100 + i);
		send_to(&world, destination);
		CU_ASSERT_EQUAL(expect(&world, 0, &frame).protocol, IPPROTO_TCP);
	}
	world_close(&world);
}

/* RFC 6583: a scan from outside must not become a flood of questions to everybody on the link. */
static void a_scan_is_not_passed_on_as_questions(void)
{
	struct world world;
	struct frame frame;

	open_small(&world, 16);
	for (unsigned i = 0; i < 100; i++) {
		char destination[20];
		struct written written = {.source = PEER, .destination = destination};

		snprintf(destination, sizeof(destination), "10.0.1.%u", 100 + i);
		write_udp(&frame, &written, 1, 2, NULL, 0);
		world_input(&world, 0, &frame);
	}
	for (unsigned i = 0; i < 16; i++)
		expect_arp(&world, 1, ARP_REQUEST);
	expect_nothing(&world);
	CU_ASSERT_EQUAL(world_drops(&world, DROP_NEIGHBOUR_FULL), 85);
	/* Whom we ourselves want to reach is asked for. */
	check_room(&world);
	world_pass(&world, SECOND);
	world_discard(&world);
	world_input(&world, 0, &frame);
	expect_arp(&world, 1, ARP_REQUEST);
	world_close(&world);
}

int main(void)
{
	return PACKETS_RUN("a flood of neighbours", TEST(idle_neighbours_give_way_behind_a_reachable_one),
			   TEST(neighbours_that_never_answer_give_way),
			   TEST(neighbours_that_are_being_asked_give_way_first), TEST(a_scan_pushes_out_few_in_doubt),
			   TEST(a_scan_is_not_passed_on_as_questions));
}
