/* SPDX-License-Identifier: BSD-3-Clause */
/* Frames of the interface's own VLAN are taken, and no others; frames sent carry its tag. */
#include <string.h>

#include "packets.h"

static void open_with_vlan(struct world *world, uint16_t vlan)
{
	world_prepare(world);
	world->interfaces[0].vlan = vlan;
	world_open(world);
}

static void write_request(struct frame *frame, uint16_t vlan)
{
	struct arp_packet arp = {
	    .operation = ARP_REQUEST,
	    .sender_mac = peer_mac,
	    .sender = address_of(PEER),
	    .target = address_of(OWN),
	};

	write_arp(frame, &broadcast_mac, &arp);
	if (vlan == UINT16_MAX)
		return;
	memmove(frame->octets + 16, frame->octets + 12, frame->length - 12);
	memcpy(frame->octets + 12, "\x81\x00", 2);
	frame->octets[14] = (uint8_t)(vlan >> 8);
	frame->octets[15] = (uint8_t)vlan;
	frame->length += 4;
}

/* Whether a request with the tag (UINT16_MAX: none) is answered on an interface of the VLAN, with the right tag. */
static bool is_answered(uint16_t interface_vlan, uint16_t tag)
{
	struct world world;
	struct frame frame;
	bool answered;

	open_with_vlan(&world, interface_vlan);
	write_request(&frame, tag);
	world_input(&world, 0, &frame);
	answered = world_output(&world, 0, &frame);
	if (answered) {
		struct ethernet_header header;

		CU_ASSERT_TRUE(ethernet_header_parse(&header, frame.octets, frame.length));
		CU_ASSERT_EQUAL(header.tagged, interface_vlan != 0);
		CU_ASSERT_EQUAL(header.vlan, interface_vlan);
	} else {
		CU_ASSERT_EQUAL(world_drops(&world, DROP_VLAN_MISMATCH), 1);
	}
	world_close(&world);
	return answered;
}

static void only_the_right_vlan_is_taken(void)
{
	CU_ASSERT_TRUE(is_answered(0, UINT16_MAX));
	CU_ASSERT_TRUE(is_answered(0, 0)); /* a priority tag */
	CU_ASSERT_FALSE(is_answered(0, 5));
	CU_ASSERT_TRUE(is_answered(5, 5));
	CU_ASSERT_TRUE(is_answered(5, 0xe005)); /* with a priority */
	CU_ASSERT_FALSE(is_answered(5, 6));
	CU_ASSERT_FALSE(is_answered(5, 0));
	CU_ASSERT_FALSE(is_answered(5, UINT16_MAX));
}

static void stacked_tags_are_refused(void)
{
	static const char *const tags[] = {"\x81\x00\x00\x05\x81\x00\x00\x05", "\x88\xa8\x00\x05\x81\x00\x00\x05"};

	for (unsigned i = 0; i < RTE_DIM(tags); i++) {
		struct world world;
		struct frame frame;

		open_with_vlan(&world, 5);
		write_request(&frame, UINT16_MAX);
		memmove(frame.octets + 20, frame.octets + 12, frame.length - 12);
		memcpy(frame.octets + 12, tags[i], 8);
		frame.length += 8;
		world_input(&world, 0, &frame);
		expect_nothing(&world);
		CU_ASSERT_EQUAL(world_drops(&world, DROP_VLAN_MISMATCH), 1);
		world_close(&world);
	}
}

static void a_tag_that_the_port_has_taken_off_counts(void)
{
	static const uint16_t tags[] = {5, 6};

	for (unsigned i = 0; i < RTE_DIM(tags); i++) {
		struct world world;
		struct frame frame;
		struct rte_mbuf *mbuf;

		open_with_vlan(&world, 5);
		write_request(&frame, UINT16_MAX);
		mbuf = world_mbuf(&world, &frame, 2048, 0, RTE_MBUF_F_RX_VLAN | RTE_MBUF_F_RX_VLAN_STRIPPED);
		mbuf->vlan_tci = tags[i] | 0x2000;
		stack_input(world.stack, 0, &mbuf, 1);
		CU_ASSERT_EQUAL(world_output(&world, 0, &frame), tags[i] == 5);
		world_close(&world);
	}
}

static void a_routed_packet_changes_its_tag(void)
{
	struct written written = {.source = PEER, .destination = FAR, .vlan = 5};
	struct arp_packet arp = {
	    .operation = ARP_REQUEST,
	    .sender_mac = far_mac,
	    .sender = address_of(FAR),
	    .target = address_of("10.0.1.1"),
	};
	struct world world;
	struct frame frame;
	struct seen seen;

	open_with_vlan(&world, 5);
	write_arp(&frame, &broadcast_mac, &arp);
	world_input(&world, 1, &frame);
	world_discard(&world);
	write_udp(&frame, &written, 1, 2, "x", 1);
	world_input(&world, 0, &frame);
	seen = expect(&world, 1, &frame);
	CU_ASSERT_FALSE(seen.ethernet.tagged);
	written = (struct written){.source = FAR, .destination = PEER, .source_mac = &far_mac};
	written.destination_mac = &far_own_mac;
	write_udp(&frame, &written, 1, 2, "x", 1);
	world_input(&world, 1, &frame);
	seen = expect(&world, 0, &frame); /* it asks for the peer first */
	CU_ASSERT_TRUE(seen.is_arp && seen.ethernet.tagged && seen.ethernet.vlan == 5);
	world_close(&world);
}

int main(void)
{
	return PACKETS_RUN("VLAN", TEST(only_the_right_vlan_is_taken), TEST(stacked_tags_are_refused),
			   TEST(a_tag_that_the_port_has_taken_off_counts), TEST(a_routed_packet_changes_its_tag));
}
