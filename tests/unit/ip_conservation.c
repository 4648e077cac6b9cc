/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Whatever comes in is either used or dropped under exactly one reason, and no mbuf is lost: frames cut at every
 * length, changed at every octet, in mbufs of odd lengths, and with no mbufs left.
 */
#include <netinet/in.h>
#include <string.h>

#include <tcpstack/udp.h>

#include "packets.h"

#define FRAMES 16

static const struct ip_address any;

/* One frame of each kind that the stack takes in; all of them, whole, are used and not dropped. */
static unsigned write_frames(struct frame *frames)
{
	static const struct written us = {.source = PEER, .destination = OWN};
	static const struct written us6 = {.source = PEER6, .destination = OWN6};
	static const struct written far = {.source = PEER, .destination = FAR};
	static const struct written far6 = {.source = PEER6, .destination = FAR6};
	struct written nd = {.source = PEER6, .destination = OWN6, .hop_limit = 255};
	struct arp_packet arp = {
	    .operation = ARP_REQUEST,
	    .sender_mac = peer_mac,
	    .sender = address_of(PEER),
	    .target = address_of(OWN),
	};
	struct nd_message message = {
	    .type = ICMPV6_NEIGHBOUR_SOLICITATION,
	    .has_link_layer = true,
	    .link_layer = peer_mac,
	    .target = address_of(OWN6),
	};
	uint8_t options[] = {IPPROTO_UDP, 0, 1, 4, 0, 0, 0, 0, 0, 9, 15, 160, 0, 10, 0, 0, 1, 2};
	struct written extended = {.source = PEER6, .destination = FAR6, .protocol = IPPROTO_DSTOPTS};
	unsigned n = 0;

	write_arp(&frames[n++], &broadcast_mac, &arp);
	write_nd(&frames[n++], &nd, &message);
	write_icmp(&frames[n++], &us, ICMPV4_ECHO_REQUEST, 0, icmp_echo(1, 2), "echo", 4);
	write_icmp(&frames[n++], &us6, ICMPV6_ECHO_REQUEST, 0, icmp_echo(1, 2), "echo", 4);
	write_udp(&frames[n++], &us, 9, 4000, "datagram", 8);
	write_udp(&frames[n++], &us6, 9, 4000, "datagram", 8);
	write_tcp(&frames[n++], &us, 9, 4000, 1);
	write_tcp(&frames[n++], &us6, 9, 4000, 1);
	write_udp(&frames[n++], &far, 9, 4000, "datagram", 8);
	write_tcp(&frames[n++], &far6, 9, 4000, 1);
	write_ip(&frames[n++], &extended, options, sizeof(options));
	return n;
}

static void open_world(struct world *world)
{
	world_prepare(world);
	world->config.icmp_per_second = 1000000;
	world_open(world);
	world_resolve(world);
	CU_ASSERT_PTR_NOT_NULL_FATAL(udp_bind(world->stack, &any, 4000, NULL));
}

/* Everything that the stack has to give away. */
static unsigned drain(struct world *world)
{
	struct udp_datagram datagram;
	struct udp_socket *socket;
	unsigned count = world_discard(world) + fake_tcp.segments;

	fake_tcp.segments = 0;
	while ((socket = udp_next_event(world->stack)) != NULL) {
		while (udp_receive(world->stack, socket, &datagram)) {
			segment_list_free(&datagram.payload);
			count++;
		}
	}
	return count;
}

static void whole_frames_are_used(void)
{
	static struct frame frames[FRAMES];
	unsigned n = write_frames(frames);
	struct world world;

	open_world(&world);
	for (unsigned i = 0; i < n; i++) {
		world_input(&world, 0, &frames[i]);
		CU_ASSERT_EQUAL(drain(&world), 1);
	}
	CU_ASSERT_EQUAL(world_all_drops(&world), 0);
	world_close(&world);
}

static void a_frame_cut_short_is_dropped_once(void)
{
	static struct frame frames[FRAMES];
	unsigned n = write_frames(frames);
	struct world world;

	open_world(&world);
	for (unsigned i = 0; i < n; i++) {
		for (uint32_t length = 0; length < frames[i].length; length++) {
			uint64_t before = world_all_drops(&world);
			struct frame cut = frames[i];

			cut.length = length;
			world_input(&world, 0, &cut);
			CU_ASSERT_EQUAL(world_all_drops(&world), before + 1);
			CU_ASSERT_EQUAL(drain(&world), 0);
			world_input_pieces(&world, 0, &cut, 13);
			CU_ASSERT_EQUAL(world_all_drops(&world), before + 2);
		}
	}
	world_close(&world);
}

static void a_frame_that_lies_about_its_length_is_dropped_or_used(void)
{
	static struct frame frames[FRAMES];
	unsigned n = write_frames(frames);
	struct world world;

	open_world(&world);
	for (unsigned i = 0; i < n; i++) {
		for (uint32_t at = 0; at < frames[i].length; at++) {
			for (unsigned value = 0; value < 256; value += 15) {
				uint64_t before = world_all_drops(&world), dropped;
				struct frame changed;

				changed.length = frames[i].length;
				memcpy(changed.octets, frames[i].octets, changed.length);
				changed.octets[at] = (uint8_t)value;
				world_input_pieces(&world, 0, &changed, value % 2 ? 2048 : 33);
				dropped = world_all_drops(&world) - before;
				CU_ASSERT_TRUE(dropped <= 1);
				/* Dropped ones may be answered by an error; used ones give something, or are learnt. */
				CU_ASSERT_TRUE(drain(&world) <= 1);
			}
		}
	}
	world_pass(&world, 60 * SECOND);
	drain(&world);
	CU_ASSERT_EQUAL(world_counters(&world).fragments, 0);
	CU_ASSERT_EQUAL(world_counters(&world).buffers, 0);
	world_close(&world);
}

/* Leaves `left` mbufs in the pool; returns how many were taken. */
static unsigned take_all(struct world *world, struct rte_mbuf **taken, unsigned left)
{
	unsigned count = 0;

	while (rte_mempool_avail_count(world->pool) > left)
		taken[count++] = rte_pktmbuf_alloc(world->pool);
	return count;
}

/* With so few mbufs left beside those of the frame, whatever needs one more fails, and is counted. */
static void check_without_mbufs(unsigned left, uint16_t piece)
{
	static struct frame frames[FRAMES];
	static struct rte_mbuf *taken[8192];
	unsigned n = write_frames(frames);
	struct world world;

	open_world(&world);
	for (unsigned i = 0; i < n; i++) {
		struct rte_mbuf *mbuf = world_mbuf(&world, &frames[i], piece, 0, 0);
		unsigned count = take_all(&world, taken, left);
		uint64_t before = world_all_drops(&world);
		unsigned used;

		stack_input(world.stack, 0, &mbuf, 1);
		used = drain(&world);
		CU_ASSERT_TRUE(used + world_all_drops(&world) - before >= 1);
		for (unsigned j = 0; j < count; j++)
			rte_pktmbuf_free(taken[j]);
	}
	world_close(&world);
}

static void without_mbufs_nothing_breaks(void)
{
	for (unsigned left = 0; left < 3; left++) {
		check_without_mbufs(left, 2048);
		check_without_mbufs(left, 40);
	}
}

static void without_mbufs_fragments_and_neighbours_do_not_break(void)
{
	static const struct written us = {.source = PEER, .destination = OWN};
	static struct rte_mbuf *taken[8192];
	static uint8_t data[4000];
	struct rte_mbuf *mbuf;
	unsigned count;
	struct world world;
	struct frame frame;

	open_world(&world);
	/* The answer needs three fragments, and there is an mbuf for one. */
	write_icmp(&frame, &us, ICMPV4_ECHO_REQUEST, 0, 0, data, sizeof(data));
	mbuf = world_mbuf(&world, &frame, 2048, 0, 0);
	count = take_all(&world, taken, 1);
	stack_input(world.stack, 0, &mbuf, 1);
	CU_ASSERT_EQUAL(drain(&world), 1);
	CU_ASSERT_EQUAL(world_drops(&world, DROP_NO_MBUF), 1);
	while (count > 0)
		rte_pktmbuf_free(taken[--count]);
	/* Questions for neighbours cannot be asked, nor failures told. */
	world_pass(&world, 60 * SECOND);
	write_icmp(&frame, &us, ICMPV4_ECHO_REQUEST, 0, 0, data, 100);
	world_input(&world, 0, &frame);
	drain(&world);
	count = take_all(&world, taken, 0);
	world_pass(&world, 60 * SECOND);
	CU_ASSERT_EQUAL(world_counters(&world).neighbours, 3);
	CU_ASSERT_EQUAL(world_drops(&world, DROP_NO_MBUF), 4);
	while (count > 0)
		rte_pktmbuf_free(taken[--count]);
	world_close(&world);
}

int main(void)
{
	return PACKETS_RUN("conservation", TEST(whole_frames_are_used), TEST(a_frame_cut_short_is_dropped_once),
			   TEST(a_frame_that_lies_about_its_length_is_dropped_or_used),
			   TEST(without_mbufs_nothing_breaks),
			   TEST(without_mbufs_fragments_and_neighbours_do_not_break));
}
