/* SPDX-License-Identifier: BSD-3-Clause */
/* ARP: who has our addresses, who has theirs, and who claims what. */
#include <tcpstack/segment.h>

#include "packets.h"

static const struct rte_ether_addr other_mac = {{2, 0, 0, 0, 0, 0x66}};

static struct arp_packet request(const char *sender, const char *target)
{
	struct arp_packet arp = {
	    .operation = ARP_REQUEST,
	    .sender_mac = peer_mac,
	    .sender = address_of(sender),
	    .target = address_of(target),
	};

	return arp;
}

/* Has the stack send a packet to the peer: the answer to a ping. */
static void ping(struct world *world)
{
	struct written written = {.source = PEER, .destination = OWN};
	struct frame frame;

	write_icmp(&frame, &written, ICMPV4_ECHO_REQUEST, 0, icmp_echo(1, 1), NULL, 0);
	world_input(world, 0, &frame);
}

static void answer(struct world *world, const struct rte_ether_addr *mac)
{
	struct arp_packet reply = {
	    .operation = ARP_REPLY,
	    .sender_mac = *mac,
	    .sender = address_of(PEER),
	    .target_mac = own_mac,
	    .target = address_of(OWN),
	};
	struct frame frame;

	write_arp(&frame, &own_mac, &reply);
	world_input(world, 0, &frame);
}

static void a_request_for_our_address_is_answered(void)
{
	struct arp_packet arp = request(PEER, OWN);
	struct world world;
	struct frame frame;
	struct seen seen;

	world_prepare(&world);
	world_open(&world);
	write_arp(&frame, &broadcast_mac, &arp);
	world_input(&world, 0, &frame);
	seen = expect_arp(&world, 0, ARP_REPLY);
	CU_ASSERT_TRUE(rte_is_same_ether_addr(&seen.ethernet.destination, &peer_mac));
	CU_ASSERT_TRUE(rte_is_same_ether_addr(&seen.arp.sender_mac, &own_mac));
	expect_address(&seen.arp.sender, OWN);
	expect_address(&seen.arp.target, PEER);
	CU_ASSERT_EQUAL(world_counters(&world).neighbours, 1);
	world_close(&world);
}

static void a_request_for_another_address_is_not(void)
{
	/* The other interface's address is not on this link. */
	static const char *const targets[] = {"10.0.0.9", "10.0.1.1"};
	struct world world;
	struct frame frame;

	world_prepare(&world);
	world_open(&world);
	for (unsigned i = 0; i < RTE_DIM(targets); i++) {
		struct arp_packet arp = request(PEER, targets[i]);

		write_arp(&frame, &broadcast_mac, &arp);
		world_input(&world, 0, &frame);
	}
	expect_nothing(&world);
	CU_ASSERT_EQUAL(world_drops(&world, DROP_ARP_NOT_OURS), 2);
	CU_ASSERT_EQUAL(world_counters(&world).neighbours, 0);
	world_close(&world);
}

static void a_probe_is_answered_and_teaches_nothing(void)
{
	struct arp_packet arp = request("0.0.0.0", OWN);
	struct world world;
	struct frame frame;

	world_prepare(&world);
	world_open(&world);
	write_arp(&frame, &broadcast_mac, &arp);
	world_input(&world, 0, &frame);
	expect_arp(&world, 0, ARP_REPLY);
	CU_ASSERT_EQUAL(world_counters(&world).neighbours, 0);
	world_close(&world);
}

static void packets_wait_until_the_neighbour_answers(void)
{
	struct world world;
	struct frame out;
	struct seen seen;

	world_prepare(&world);
	world_open(&world);
	ping(&world);
	ping(&world);
	seen = expect_arp(&world, 0, ARP_REQUEST);
	CU_ASSERT_TRUE(rte_is_broadcast_ether_addr(&seen.ethernet.destination));
	expect_address(&seen.arp.sender, OWN);
	expect_address(&seen.arp.target, PEER);
	expect_nothing(&world);
	CU_ASSERT_EQUAL(world_counters(&world).buffers, 2);
	answer(&world, &peer_mac);
	seen = expect_icmp(&world, 0, &out, ICMPV4_ECHO_REPLY, 0);
	CU_ASSERT_TRUE(rte_is_same_ether_addr(&seen.ethernet.destination, &peer_mac));
	expect_icmp(&world, 0, &out, ICMPV4_ECHO_REPLY, 0);
	expect_nothing(&world);
	CU_ASSERT_EQUAL(world_counters(&world).buffers, 0);
	CU_ASSERT_EQUAL(world_all_drops(&world), 0);
	world_close(&world);
}

static void waiting_packets_are_freed_with_the_stack(void)
{
	struct world world;

	world_prepare(&world);
	world_open(&world);
	ping(&world);
	world_close(&world);
}

static void gratuitous_arp_creates_no_entry(void)
{
	struct arp_packet arp = request(PEER, PEER);
	struct world world;
	struct frame frame;

	world_prepare(&world);
	world_open(&world);
	write_arp(&frame, &broadcast_mac, &arp);
	world_input(&world, 0, &frame);
	arp.operation = ARP_REPLY;
	write_arp(&frame, &broadcast_mac, &arp);
	world_input(&world, 0, &frame);
	CU_ASSERT_EQUAL(world_counters(&world).neighbours, 0);
	CU_ASSERT_EQUAL(world_drops(&world, DROP_ARP_NOT_OURS), 2);
	world_close(&world);
}

static void gratuitous_arp_updates_an_entry(void)
{
	struct arp_packet arp = request(PEER, PEER);
	struct world world;
	struct frame frame;
	struct seen seen;

	world_open_resolved(&world);
	arp.sender_mac = other_mac;
	write_arp(&frame, &broadcast_mac, &arp);
	world_input(&world, 0, &frame);
	ping(&world);
	seen = expect_icmp(&world, 0, &frame, ICMPV4_ECHO_REPLY, 0);
	CU_ASSERT_TRUE(rte_is_same_ether_addr(&seen.ethernet.destination, &other_mac));
	CU_ASSERT_EQUAL(world_all_drops(&world), 0);
	world_close(&world);
}

static void a_claim_of_our_address_is_counted_and_ignored(void)
{
	struct arp_packet arp = request(OWN, OWN);
	struct world world;
	struct frame frame;

	world_prepare(&world);
	world_open(&world);
	write_arp(&frame, &broadcast_mac, &arp);
	world_input(&world, 0, &frame);
	expect_nothing(&world);
	CU_ASSERT_EQUAL(world_drops(&world, DROP_ARP_CONFLICT), 1);
	CU_ASSERT_EQUAL(world_counters(&world).neighbours, 0);
	world_close(&world);
}

static void a_neighbour_that_is_not_on_the_link_is_not_learnt(void)
{
	struct arp_packet arp = request("192.0.2.7", OWN);
	struct world world;
	struct frame frame;

	world_prepare(&world);
	world_open(&world);
	write_arp(&frame, &broadcast_mac, &arp);
	world_input(&world, 0, &frame);
	CU_ASSERT_EQUAL(world_counters(&world).neighbours, 0);
	world_discard(&world);
	world_close(&world);
}

static void group_mac_addresses_are_refused(void)
{
	struct arp_packet arp = request(PEER, OWN);
	struct world world;
	struct frame frame;

	world_prepare(&world);
	world_open(&world);
	arp.sender_mac = broadcast_mac;
	write_arp(&frame, &broadcast_mac, &arp);
	rte_ether_addr_copy(&peer_mac, (struct rte_ether_addr *)(frame.octets + 6));
	world_input(&world, 0, &frame);
	expect_nothing(&world);
	CU_ASSERT_EQUAL(world_drops(&world, DROP_ARP_MALFORMED), 1);
	world_close(&world);
}

static void what_another_worker_saw_is_learnt_and_not_answered(void)
{
	struct arp_packet arp = request(PEER, OWN);
	struct world world;
	struct frame frame;
	struct rte_mbuf *mbuf;

	world_prepare(&world);
	world_open(&world);
	write_arp(&frame, &broadcast_mac, &arp);
	mbuf = world_mbuf(&world, &frame, 2048, SEGMENT_OBSERVE, 0);
	stack_input(world.stack, 0, &mbuf, 1);
	expect_nothing(&world);
	CU_ASSERT_EQUAL(world_counters(&world).neighbours, 1);
	world_close(&world);
}

int main(void)
{
	return PACKETS_RUN(
	    "ARP", TEST(a_request_for_our_address_is_answered), TEST(a_request_for_another_address_is_not),
	    TEST(a_probe_is_answered_and_teaches_nothing), TEST(packets_wait_until_the_neighbour_answers),
	    TEST(waiting_packets_are_freed_with_the_stack), TEST(gratuitous_arp_creates_no_entry),
	    TEST(gratuitous_arp_updates_an_entry), TEST(a_claim_of_our_address_is_counted_and_ignored),
	    TEST(a_neighbour_that_is_not_on_the_link_is_not_learnt), TEST(group_mac_addresses_are_refused),
	    TEST(what_another_worker_saw_is_learnt_and_not_answered));
}
