/* SPDX-License-Identifier: BSD-3-Clause */
/* Frames and packets from or for addresses that cannot be are dropped, each counted once, and nobody is told. */
#include <netinet/in.h>
#include <string.h>

#include "packets.h"

static const struct rte_ether_addr other_mac = {{2, 0, 0, 0, 0, 0x66}};
static const struct rte_ether_addr group_mac = {{0x01, 0, 0x5e, 0, 0, 1}};
static const struct rte_ether_addr group_mac6 = {{0x33, 0x33, 0, 0, 0, 0xfb}};

static void check(const struct written *written, enum drop_reason reason)
{
	struct world world;
	struct frame frame;

	world_open_resolved(&world);
	write_udp(&frame, written, 1, 2, "x", 1);
	world_input(&world, 0, &frame);
	expect_nothing(&world);
	CU_ASSERT_EQUAL(world_drops(&world, reason), 1);
	CU_ASSERT_EQUAL(world_all_drops(&world), 1);
	world_close(&world);
}

static void impossible_sources_are_dropped(void)
{
	static const char *const sources[] = {
	    "0.0.0.0",
	    "0.1.2.3",
	    "127.0.0.1",
	    "224.0.0.1",
	    "240.0.0.1",
	    "255.255.255.255",
	    "10.0.0.255" /* broadcast */,
	    "10.0.0.0",
	    OWN /* LAND */,
	    "10.0.1.1" /* our other interface's */,
	};
	static const char *const sources6[] = {"::", "::1", "ff02::1", OWN6, "fd00:1::1"};

	for (unsigned i = 0; i < RTE_DIM(sources); i++) {
		struct written to_us = {.source = sources[i], .destination = OWN};
		struct written across = {.source = sources[i], .destination = FAR};

		check(&to_us, DROP_IP_SOURCE);
		check(&across, DROP_IP_SOURCE);
	}
	for (unsigned i = 0; i < RTE_DIM(sources6); i++) {
		struct written to_us = {.source = sources6[i], .destination = OWN6};
		struct written across = {.source = sources6[i], .destination = FAR6};

		check(&to_us, DROP_IP_SOURCE);
		check(&across, DROP_IP_SOURCE);
	}
}

static void impossible_destinations_are_dropped(void)
{
	static const char *const destinations[] = {
	    "0.0.0.0", "127.0.0.1", "224.0.0.1", "239.1.2.3", "240.0.0.1", "255.255.255.255", "10.0.0.255", "10.0.0.0",
	};
	static const char *const destinations6[] = {"::1", "::", "ff02::fb", "ff05::2", "fe80::99"};

	for (unsigned i = 0; i < RTE_DIM(destinations); i++) {
		struct written written = {.source = PEER, .destination = destinations[i]};

		check(&written, DROP_IP_DESTINATION);
	}
	for (unsigned i = 0; i < RTE_DIM(destinations6); i++) {
		struct written written = {.source = PEER6, .destination = destinations6[i]};

		check(&written, DROP_IP_DESTINATION);
	}
}

static void mapped_addresses_do_not_travel_in_ipv6(void)
{
	static const unsigned places[] = {8, 24};
	struct written written = {.source = PEER6, .destination = OWN6};
	static const enum drop_reason reasons[] = {DROP_IP_SOURCE, DROP_IP_DESTINATION};

	for (unsigned i = 0; i < 2; i++) {
		struct ip_address mapped = address_of(i == 0 ? PEER : OWN);
		struct world world;
		struct frame frame;

		world_open_resolved(&world);
		write_udp(&frame, &written, 1, 2, "x", 1);
		memcpy(frame.octets + 14 + places[i], mapped.octets, 16);
		world_input(&world, 0, &frame);
		expect_nothing(&world);
		CU_ASSERT_EQUAL(world_drops(&world, reasons[i]), 1);
		world_close(&world);
	}
}

static void nobody_is_not_answered(void)
{
	static const struct rte_ether_addr all_nodes_mac = {{0x33, 0x33, 0, 0, 0, 1}};
	struct written written = {.source = "::", .destination = "ff02::1", .destination_mac = &all_nodes_mac};
	struct world world;
	struct frame frame;

	world_open_resolved(&world);
	write_icmp(&frame, &written, ICMPV6_ECHO_REQUEST, 0, 0, NULL, 0);
	world_input(&world, 0, &frame);
	expect_nothing(&world);
	CU_ASSERT_EQUAL(world_drops(&world, DROP_IP_SOURCE), 1);
	world_close(&world);
}

static void frames_that_are_not_for_us_are_dropped(void)
{
	struct written written = {.source = PEER, .destination = OWN, .destination_mac = &other_mac};
	struct written written6 = {.source = PEER6, .destination = OWN6, .destination_mac = &other_mac};

	check(&written, DROP_ETHERNET_NOT_OURS);
	check(&written6, DROP_ETHERNET_NOT_OURS);
	/* RFC 1122 section 3.3.6: a unicast packet in a group frame */
	written.destination_mac = &broadcast_mac;
	check(&written, DROP_IP_DESTINATION);
	written.destination_mac = &group_mac;
	check(&written, DROP_IP_DESTINATION);
	written6.destination_mac = &broadcast_mac;
	check(&written6, DROP_IP_DESTINATION);
	written6.destination_mac = &group_mac6;
	check(&written6, DROP_IP_DESTINATION);
	written6.destination = FAR6; /* every router on the link would send a copy on */
	check(&written6, DROP_IP_DESTINATION);
	written6.destination = "ff02::fb";
	written6.destination_mac = &group_mac6;
	check(&written6, DROP_IP_DESTINATION);
}

static void impossible_source_macs_are_dropped(void)
{
	struct written written = {.source = PEER, .destination = OWN, .source_mac = &own_mac};

	check(&written, DROP_ETHERNET_SOURCE);
	written.source_mac = &group_mac;
	check(&written, DROP_ETHERNET_SOURCE);
	written.source_mac = &broadcast_mac;
	check(&written, DROP_ETHERNET_SOURCE);
}

static void other_ethertypes_are_dropped(void)
{
	struct written written = {.source = PEER, .destination = OWN};
	struct world world;
	struct frame frame;

	world_open_resolved(&world);
	write_udp(&frame, &written, 1, 2, "x", 1);
	memcpy(frame.octets + 12, "\x88\xcc", 2);
	world_input(&world, 0, &frame);
	CU_ASSERT_EQUAL(world_drops(&world, DROP_ETHERNET_TYPE), 1);
	world_close(&world);
}

static void an_interface_that_is_none_is_survived(void)
{
	struct written written = {.source = PEER, .destination = OWN};
	struct world world;
	struct frame frame;

	world_open_resolved(&world);
	write_udp(&frame, &written, 1, 2, "x", 1);
	world_input(&world, 2, &frame);
	CU_ASSERT_EQUAL(world_all_drops(&world), 1);
	CU_ASSERT_FALSE(world_output(&world, 2, &frame));
	world_close(&world);
}

static void a_source_route_is_refused(void)
{
	struct written written = {.source = PEER, .destination = OWN};
	static const uint8_t kinds[] = {0x83, 0x89};

	for (unsigned i = 0; i < RTE_DIM(kinds); i++) {
		uint8_t payload[16] = {kinds[i], 7, 4, 10, 0, 0, 9, 0};
		uint32_t sum = 0;
		struct world world;
		struct frame frame;

		world_open_resolved(&world);
		written.protocol = IPPROTO_UDP;
		write_ip(&frame, &written, payload, sizeof(payload));
		frame.octets[14] = 0x47;
		memset(frame.octets + 24, 0, 2);
		for (unsigned at = 14; at < 14 + 28; at += 2)
			sum += (uint32_t)frame.octets[at] << 8 | frame.octets[at + 1];
		sum = (sum & 0xffff) + (sum >> 16);
		frame.octets[24] = (uint8_t)(~sum >> 8);
		frame.octets[25] = (uint8_t)~sum;
		world_input(&world, 0, &frame);
		CU_ASSERT_EQUAL(world_drops(&world, DROP_IPV4_OPTIONS), 1);
		world_close(&world);
	}
}

static void an_unknown_protocol_is_answered(void)
{
	struct written written = {.source = PEER, .destination = OWN, .protocol = 200};
	struct written written6 = {.source = PEER6, .destination = OWN6, .protocol = 200};
	struct world world;
	struct frame frame;

	world_open_resolved(&world);
	write_ip(&frame, &written, "12345678", 8);
	world_input(&world, 0, &frame);
	expect_icmp(&world, 0, &frame, ICMPV4_UNREACHABLE, ICMPV4_UNREACHABLE_PROTOCOL);
	write_ip(&frame, &written6, "12345678", 8);
	world_input(&world, 0, &frame);
	CU_ASSERT_EQUAL(expect_icmp(&world, 0, &frame, ICMPV6_PARAMETER_PROBLEM, ICMPV6_PROBLEM_NEXT_HEADER).icmp.rest,
			6);
	CU_ASSERT_EQUAL(world_drops(&world, DROP_IP_PROTOCOL), 2);
	world_close(&world);
}

/* RFC 8200 section 4.7: nothing follows, so nothing lacks its protocol. */
static void what_has_no_next_header_is_ignored(void)
{
	struct written written = {.source = PEER6, .destination = OWN6, .protocol = IPPROTO_NONE};
	struct world world;
	struct frame frame;

	world_open_resolved(&world);
	write_ip(&frame, &written, "12345678", 8);
	world_input(&world, 0, &frame);
	expect_nothing(&world);
	CU_ASSERT_EQUAL(world_drops(&world, DROP_IP_PROTOCOL), 1);
	world_close(&world);
}

static void an_option_that_must_be_known_is_answered(void)
{
	/* Destination options: one of type 0x80 (discard, and say so). */
	static const uint8_t payload[] = {IPPROTO_UDP, 0, 0x80, 4, 0, 0, 0, 0, 0, 1, 0, 2, 0, 8, 0, 0};
	struct written written = {.source = PEER6, .destination = OWN6, .protocol = IPPROTO_DSTOPTS};
	struct world world;
	struct frame frame;

	world_open_resolved(&world);
	write_ip(&frame, &written, payload, sizeof(payload));
	world_input(&world, 0, &frame);
	CU_ASSERT_EQUAL(expect_icmp(&world, 0, &frame, ICMPV6_PARAMETER_PROBLEM, ICMPV6_PROBLEM_OPTION).icmp.rest, 42);
	CU_ASSERT_EQUAL(world_drops(&world, DROP_IPV6_EXTENSION), 1);
	world_close(&world);
}

int main(void)
{
	return PACKETS_RUN("martians", TEST(impossible_sources_are_dropped), TEST(impossible_destinations_are_dropped),
			   TEST(mapped_addresses_do_not_travel_in_ipv6), TEST(nobody_is_not_answered),
			   TEST(frames_that_are_not_for_us_are_dropped), TEST(impossible_source_macs_are_dropped),
			   TEST(other_ethertypes_are_dropped), TEST(an_interface_that_is_none_is_survived),
			   TEST(a_source_route_is_refused), TEST(an_unknown_protocol_is_answered),
			   TEST(what_has_no_next_header_is_ignored), TEST(an_option_that_must_be_known_is_answered));
}
