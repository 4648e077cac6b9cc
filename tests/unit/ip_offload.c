/* SPDX-License-Identifier: BSD-3-Clause */
/* What a port can do is left to it, and what it cannot is done in software; what it says of frames is believed. */
#include <netinet/in.h>
#include <string.h>

#include <tcpstack/udp.h>
#include <tcpstack/wire/checksum.h>

#include "packets.h"

static const struct ip_address any;

static struct rte_mbuf *take(struct world *world)
{
	struct rte_mbuf *mbuf;

	CU_ASSERT_EQUAL_FATAL(stack_output(world->stack, 0, &mbuf, 1), 1);
	return mbuf;
}

static void open_with(struct world *world, uint32_t offloads)
{
	world_prepare(world);
	world->interfaces[0].offloads = offloads;
	world_open(world);
	world_resolve(world);
}

/* Sends a transport packet in a chain of two mbufs, an odd length in the first. */
static bool transmit(struct world *world, const char *destination, uint8_t protocol, uint32_t length, uint16_t tso)
{
	struct ip_send send = {.destination = address_of(destination), .protocol = protocol};
	static uint8_t data[8000];
	struct rte_mbuf *mbuf;
	struct ip_path path;
	uint32_t at = 61;

	fill(data, sizeof(data));
	data[12] = 0x50; /* a TCP header of 20 octets */
	CU_ASSERT_TRUE_FATAL(ip_route(world->stack, &send.destination, &path));
	CU_ASSERT_TRUE_FATAL(ip_source(world->stack, &path, &send.destination, &send.source));
	mbuf = support_mbuf(world->pool, data, 61);
	while (at < length) {
		uint16_t part = (uint16_t)RTE_MIN(length - at, 1999U);

		rte_pktmbuf_chain(mbuf, support_mbuf(world->pool, data + at, part));
		at += part;
	}
	mbuf->tso_segsz = tso;
	return ip_output(world->stack, mbuf, &send, &path);
}

static void without_offloads_all_is_done_in_software(void)
{
	struct world world;
	struct rte_mbuf *mbuf;
	struct frame frame;

	open_with(&world, 0);
	for (int ipv4 = 0; ipv4 < 2; ipv4++) {
		transmit(&world, ipv4 ? PEER : PEER6, IPPROTO_TCP, 700, 0);
		mbuf = take(&world);
		CU_ASSERT_EQUAL(mbuf->nb_segs, 1);
		CU_ASSERT_EQUAL(mbuf->ol_flags & (RTE_MBUF_F_TX_L4_MASK | RTE_MBUF_F_TX_IP_CKSUM), 0);
		rte_pktmbuf_free(mbuf);
		transmit(&world, ipv4 ? PEER : PEER6, IPPROTO_TCP, 700, 0);
		CU_ASSERT_EQUAL(expect(&world, 0, &frame).dont_fragment, ipv4); /* checks the sums, too */
	}
	world_close(&world);
}

static void what_the_port_offers_is_left_to_it(void)
{
	static const uint8_t protocols[] = {IPPROTO_TCP, IPPROTO_UDP};
	static const uint64_t flags[] = {RTE_MBUF_F_TX_TCP_CKSUM, RTE_MBUF_F_TX_UDP_CKSUM};
	static const uint16_t fields[] = {16, 6};

	for (unsigned i = 0; i < 4; i++) {
		bool ipv4 = i / 2;
		struct ip_address source = address_of(ipv4 ? OWN : OWN6), destination = address_of(ipv4 ? PEER : PEER6);
		uint16_t partial =
		    (uint16_t)~checksum_finish(checksum_pseudo(&source, &destination, protocols[i % 2], 700));
		uint32_t transport = 14 + (ipv4 ? 20 : 40);
		struct rte_mbuf *mbuf;
		struct world world;

		open_with(&world, INTERFACE_TX_IPV4_CHECKSUM | INTERFACE_TX_TCP_CHECKSUM | INTERFACE_TX_UDP_CHECKSUM |
				      INTERFACE_TX_CHAINS);
		transmit(&world, ipv4 ? PEER : PEER6, protocols[i % 2], 700, 0);
		mbuf = take(&world);
		CU_ASSERT_EQUAL(mbuf->nb_segs, 2);
		CU_ASSERT_EQUAL(mbuf->ol_flags & RTE_MBUF_F_TX_L4_MASK, flags[i % 2]);
		CU_ASSERT_EQUAL(!!(mbuf->ol_flags & RTE_MBUF_F_TX_IP_CKSUM), ipv4);
		CU_ASSERT_EQUAL(!!(mbuf->ol_flags & RTE_MBUF_F_TX_IPV4), ipv4);
		CU_ASSERT_EQUAL(!!(mbuf->ol_flags & RTE_MBUF_F_TX_IPV6), !ipv4);
		CU_ASSERT_EQUAL(mbuf->l2_len, 14);
		CU_ASSERT_EQUAL(mbuf->l3_len, transport - 14);
		CU_ASSERT_EQUAL(
		    memcmp(rte_pktmbuf_mtod_offset(mbuf, uint8_t *, transport + fields[i % 2]), &partial, 2), 0);
		if (ipv4)
			CU_ASSERT_EQUAL(memcmp(rte_pktmbuf_mtod_offset(mbuf, uint8_t *, 24), "\0\0", 2), 0);
		rte_pktmbuf_free(mbuf);
		world_close(&world);
	}
}

static void a_long_segment_is_left_to_the_port_to_cut(void)
{
	struct rte_mbuf *mbuf;
	struct world world;

	open_with(&world, INTERFACE_TX_TCP_SEGMENTATION | INTERFACE_TX_TCP_CHECKSUM | INTERFACE_TX_CHAINS);
	for (int ipv4 = 0; ipv4 < 2; ipv4++) {
		CU_ASSERT_TRUE(transmit(&world, ipv4 ? PEER : PEER6, IPPROTO_TCP, 8000, 1400));
		mbuf = take(&world);
		CU_ASSERT_NOT_EQUAL(mbuf->ol_flags & RTE_MBUF_F_TX_TCP_SEG, 0);
		CU_ASSERT_EQUAL(mbuf->tso_segsz, 1400);
		CU_ASSERT_EQUAL(mbuf->l4_len, 20);
		CU_ASSERT_EQUAL(mbuf->pkt_len, 8000U + 14 + (ipv4 ? 20 : 40));
		rte_pktmbuf_free(mbuf);
	}
	CU_ASSERT_EQUAL(world_all_drops(&world), 0);
	world_close(&world);
}

static void a_long_segment_for_a_port_that_cannot_cut_is_refused(void)
{
	struct world world;

	open_with(&world, INTERFACE_TX_CHAINS);
	CU_ASSERT_FALSE(transmit(&world, PEER, IPPROTO_TCP, 8000, 1400));
	CU_ASSERT_FALSE(transmit(&world, PEER6, IPPROTO_TCP, 8000, 0));
	CU_ASSERT_EQUAL(world_drops(&world, DROP_IP_TOO_BIG), 2);
	expect_nothing(&world);
	world_close(&world);
}

/* Gives a UDP datagram whose checksum is wrong, with the port's verdict. Returns whether it was taken. */
static bool is_taken(uint64_t verdict, bool wrong_transport, bool wrong_header)
{
	static const struct written written = {.source = PEER, .destination = OWN};
	struct udp_socket *socket;
	struct udp_datagram datagram;
	struct rte_mbuf *mbuf;
	struct world world;
	struct frame frame;
	bool taken;

	world_open_resolved(&world);
	socket = udp_bind(world.stack, &any, 2, NULL);
	write_udp(&frame, &written, 1, 2, "hello", 5);
	frame.octets[14 + 10] ^= wrong_header;
	frame.octets[14 + 20 + 6] ^= wrong_transport;
	mbuf = world_mbuf(&world, &frame, 2048, 0, verdict);
	stack_input(world.stack, 0, &mbuf, 1);
	taken = udp_receive(world.stack, socket, &datagram);
	if (taken)
		segment_list_free(&datagram.payload);
	CU_ASSERT_EQUAL(world_all_drops(&world), !taken);
	world_close(&world);
	return taken;
}

static void the_ports_verdict_is_believed(void)
{
	CU_ASSERT_TRUE(is_taken(0, false, false));
	CU_ASSERT_FALSE(is_taken(0, true, false));
	CU_ASSERT_FALSE(is_taken(0, false, true));
	CU_ASSERT_TRUE(is_taken(RTE_MBUF_F_RX_L4_CKSUM_GOOD, true, false));
	CU_ASSERT_TRUE(is_taken(RTE_MBUF_F_RX_L4_CKSUM_NONE, true, false));
	CU_ASSERT_TRUE(is_taken(RTE_MBUF_F_RX_IP_CKSUM_GOOD, false, true));
	CU_ASSERT_FALSE(is_taken(RTE_MBUF_F_RX_L4_CKSUM_BAD, false, false));
	CU_ASSERT_FALSE(is_taken(RTE_MBUF_F_RX_IP_CKSUM_BAD, false, false));
	CU_ASSERT_FALSE(is_taken(RTE_MBUF_F_RX_IP_CKSUM_GOOD, true, false));
}

static void a_shared_frame_is_not_written_to(void)
{
	static const struct written written = {.source = PEER, .destination = OWN};
	struct rte_mbuf *original, *clone;
	struct world world;
	struct frame frame;

	world_open_resolved(&world);
	write_icmp(&frame, &written, ICMPV4_ECHO_REQUEST, 0, icmp_echo(1, 2), "hello", 5);
	original = world_mbuf(&world, &frame, 2048, 0, 0);
	clone = rte_pktmbuf_clone(original, world.pool);
	memset(clone + 1, 0, SEGMENT_PRIVATE_SIZE);
	stack_input(world.stack, 0, &clone, 1);
	CU_ASSERT_EQUAL(memcmp(rte_pktmbuf_mtod(original, uint8_t *), frame.octets, frame.length), 0);
	rte_pktmbuf_free(original);
	expect_icmp(&world, 0, &frame, ICMPV4_ECHO_REPLY, 0);
	world_close(&world);
}

static void padding_leaves_the_chain_in_order(void)
{
	static const struct written written = {.source = PEER, .destination = OWN};
	const char *reason = NULL;
	struct rte_mbuf *mbuf;
	struct world world;
	struct frame frame;

	open_with(&world, INTERFACE_TX_CHAINS);
	for (uint16_t piece = 1; piece < 60; piece++) {
		uint8_t data[400];

		fill(data, sizeof(data));
		write_icmp(&frame, &written, ICMPV4_ECHO_REQUEST, 0, 0, data, sizeof(data));
		memset(frame.octets + frame.length, 0xee, 100);
		frame.length += 100;
		world_input_pieces(&world, 0, &frame, piece);
		mbuf = take(&world);
		CU_ASSERT_EQUAL(rte_mbuf_check(mbuf, 1, &reason), 0);
		CU_ASSERT_EQUAL(mbuf->pkt_len, frame.length - 100);
		rte_pktmbuf_free(mbuf);
	}
	world_close(&world);
}

static void a_full_output_queue_refuses(void)
{
	struct world world;

	world_prepare(&world);
	world.config.output_queue = 4;
	world_open(&world);
	world_resolve(&world);
	CU_ASSERT_EQUAL(ip_output_room(world.stack, 0), 4);
	for (unsigned i = 0; i < 6; i++)
		CU_ASSERT_EQUAL(transmit(&world, PEER, IPPROTO_TCP, 100, 0), i < 4);
	CU_ASSERT_EQUAL(ip_output_room(world.stack, 0), 0);
	CU_ASSERT_EQUAL(world_counters(&world).output_queued, 4);
	CU_ASSERT_EQUAL(world_drops(&world, DROP_OUTPUT_FULL), 2);
	/* What is still there goes with the stack. */
	world_close(&world);
}

int main(void)
{
	return PACKETS_RUN("offloads", TEST(without_offloads_all_is_done_in_software),
			   TEST(what_the_port_offers_is_left_to_it), TEST(a_long_segment_is_left_to_the_port_to_cut),
			   TEST(a_long_segment_for_a_port_that_cannot_cut_is_refused),
			   TEST(the_ports_verdict_is_believed), TEST(a_shared_frame_is_not_written_to),
			   TEST(padding_leaves_the_chain_in_order), TEST(a_full_output_queue_refuses));
}
