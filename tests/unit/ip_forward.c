/* SPDX-License-Identifier: BSD-3-Clause */
/* Packets for others are routed: one hop less, else unchanged; cut, or refused with a word to the sender. */
#include <netinet/in.h>
#include <string.h>

#include <tcpstack/udp.h>
#include <tcpstack/wire/checksum.h>
#include <tcpstack/wire/ipv4.h>

#include "packets.h"

static const struct written across = {.source = PEER, .destination = FAR, .identification = 77};
static const struct written across6 = {.source = PEER6, .destination = FAR6};

static void a_packet_goes_on_with_one_hop_less(void)
{
	for (int ipv4 = 0; ipv4 < 2; ipv4++) {
		struct written written = ipv4 ? across : across6;
		struct world world;
		struct frame in, out;
		struct seen seen;

		world_open_resolved(&world);
		written.hop_limit = 2;
		write_udp(&in, &written, 1, 2, "data", 4);
		world_input(&world, 0, &in);
		seen = expect(&world, 1, &out);
		CU_ASSERT_EQUAL(seen.hop_limit, 1);
		CU_ASSERT_TRUE(rte_is_same_ether_addr(&seen.ethernet.destination, &far_mac));
		CU_ASSERT_TRUE(rte_is_same_ether_addr(&seen.ethernet.source, &far_own_mac));
		/* All else is as it was. */
		written.hop_limit = 1;
		write_udp(&in, &written, 1, 2, "data", 4);
		CU_ASSERT_EQUAL(out.length, in.length);
		CU_ASSERT_EQUAL(memcmp(out.octets + 14, in.octets + 14, in.length - 14), 0);
		CU_ASSERT_EQUAL(world_counters(&world).packets_forwarded, 1);
		CU_ASSERT_EQUAL(world_all_drops(&world), 0);
		world_close(&world);
	}
}

static void a_packet_of_any_checksum_goes_on(void)
{
	struct world world;
	struct frame in, out;

	world_open_resolved(&world);
	/* The incremental update must hold for every value of the field. */
	for (uint32_t identification = 0; identification < 65536; identification += 251) {
		struct written written = across;

		written.identification = identification;
		write_udp(&in, &written, 1, 2, "data", 4);
		world_input(&world, 0, &in);
		CU_ASSERT_EQUAL(expect(&world, 1, &out).identification, identification);
	}
	world_close(&world);
}

static void the_last_hop_is_told(void)
{
	for (int ipv4 = 0; ipv4 < 2; ipv4++) {
		struct written written = ipv4 ? across : across6;
		struct world world;
		struct frame in, out;
		struct seen seen;

		world_open_resolved(&world);
		written.hop_limit = 1;
		write_udp(&in, &written, 1, 2, "data", 4);
		world_input(&world, 0, &in);
		seen = expect_icmp(&world, 0, &out, ipv4 ? ICMPV4_TIME_EXCEEDED : ICMPV6_TIME_EXCEEDED,
				   ICMP_EXCEEDED_HOPS);
		expect_address(&seen.source, ipv4 ? OWN : OWN6);
		expect_address(&seen.destination, ipv4 ? PEER : PEER6);
		CU_ASSERT_EQUAL(seen.length, ICMP_HEADER_LENGTH + in.length - 14);
		CU_ASSERT_EQUAL(memcmp(seen.payload + 8, in.octets + 14, in.length - 14), 0);
		CU_ASSERT_EQUAL(world_drops(&world, DROP_IP_TTL), 1);
		expect_nothing(&world);
		world_close(&world);
	}
}

static void without_a_route_the_sender_is_told(void)
{
	static const struct written written[] = {{.source = PEER, .destination = "192.0.2.1"},
						 {.source = PEER6, .destination = "2001:db8::1"}};
	struct world world;
	struct frame frame;

	world_open_resolved(&world);
	write_udp(&frame, &written[0], 1, 2, "x", 1);
	world_input(&world, 0, &frame);
	expect_icmp(&world, 0, &frame, ICMPV4_UNREACHABLE, ICMPV4_UNREACHABLE_NET);
	write_udp(&frame, &written[1], 1, 2, "x", 1);
	world_input(&world, 0, &frame);
	expect_icmp(&world, 0, &frame, ICMPV6_UNREACHABLE, ICMPV6_UNREACHABLE_ROUTE);
	CU_ASSERT_EQUAL(world_drops(&world, DROP_IP_NO_ROUTE), 2);
	world_close(&world);
}

static void without_forwarding_nothing_goes_on(void)
{
	struct world world;
	struct frame frame;

	world_prepare(&world);
	world.config.forwarding = false;
	world_open(&world);
	write_udp(&frame, &across, 1, 2, "x", 1);
	world_input(&world, 0, &frame);
	write_udp(&frame, &across6, 1, 2, "x", 1);
	world_input(&world, 0, &frame);
	expect_nothing(&world);
	CU_ASSERT_EQUAL(world_drops(&world, DROP_IP_NOT_ROUTED), 2);
	world_close(&world);
}

static void forwarding_can_be_given_and_taken_back(void)
{
	struct world world;
	struct frame frame, out;

	world_open_resolved(&world);
	stack_set_forwarding(world.stack, false);
	write_udp(&frame, &across, 1, 2, "x", 1);
	world_input(&world, 0, &frame);
	expect_nothing(&world);
	CU_ASSERT_EQUAL(world_drops(&world, DROP_IP_NOT_ROUTED), 1);
	stack_set_forwarding(world.stack, true);
	world_input(&world, 0, &frame);
	expect(&world, 1, &out);
	world_close(&world);
}

static bool refuses_443(void *context, uint16_t interface, const struct tuple *tuple)
{
	unsigned *asked = context;

	++*asked;
	CU_ASSERT_EQUAL(interface, 0);
	CU_ASSERT_EQUAL(tuple->remote_port, 1);
	return tuple->local_port == 443;
}

static void what_is_refused_does_not_go_on_and_its_sender_is_told(void)
{
	for (int ipv4 = 0; ipv4 < 2; ipv4++) {
		const struct written *written = ipv4 ? &across : &across6;
		struct frame frame;
		struct world world;
		unsigned asked = 0;
		struct seen seen;

		world_open_resolved(&world);
		udp_refuse_transit(world.stack, refuses_443, &asked);
		write_udp(&frame, written, 1, 443, "QUIC", 4);
		world_input(&world, 0, &frame);
		seen = expect_icmp(&world, 0, &frame, ipv4 ? ICMPV4_UNREACHABLE : ICMPV6_UNREACHABLE,
				   ipv4 ? ICMPV4_UNREACHABLE_PORT : ICMPV6_UNREACHABLE_PORT);
		expect_address(&seen.source, ipv4 ? OWN : OWN6);
		CU_ASSERT_EQUAL(world_drops(&world, DROP_UDP_REFUSED), 1);
		expect_nothing(&world);
		write_udp(&frame, written, 1, 444, "data", 4);
		world_input(&world, 0, &frame);
		expect(&world, 1, &frame);
		CU_ASSERT_EQUAL(asked, 2);
		udp_refuse_transit(world.stack, NULL, NULL);
		write_udp(&frame, written, 1, 443, "QUIC", 4);
		world_input(&world, 0, &frame);
		expect(&world, 1, &frame);
		world_close(&world);
	}
}

static void what_belongs_to_one_link_stays_there(void)
{
	static const struct written written[] = {
	    {.source = PEER, .destination = "169.254.1.1"}, {.source = "169.254.1.1", .destination = FAR},
	    {.source = "fe80::77", .destination = FAR6},    {.source = PEER6, .destination = "fe80::77"},
	    {.source = PEER, .destination = "10.0.1.255"}, /* directed broadcast */
	    {.source = PEER, .destination = "10.0.1.0"},
	};
	struct world world;
	struct frame frame;

	world_open_resolved(&world);
	for (unsigned i = 0; i < RTE_DIM(written); i++) {
		write_udp(&frame, &written[i], 1, 2, "x", 1);
		world_input(&world, 0, &frame);
	}
	expect_nothing(&world);
	CU_ASSERT_EQUAL(world_drops(&world, DROP_IP_DESTINATION), 4);
	CU_ASSERT_EQUAL(world_drops(&world, DROP_IP_SOURCE), 2);
	world_close(&world);
}

static void open_narrow(struct world *world, uint16_t mtu)
{
	world_prepare(world);
	world->interfaces[1].mtu = mtu;
	world_open(world);
	world_resolve(world);
}

static void what_must_not_be_cut_and_is_too_big_comes_back(void)
{
	for (int ipv4 = 0; ipv4 < 2; ipv4++) {
		struct written written = ipv4 ? across : across6;
		uint8_t data[1400];
		struct world world;
		struct frame in, out;
		struct seen seen;

		fill(data, sizeof(data));
		open_narrow(&world, 1280);
		written.dont_fragment = true;
		write_udp(&in, &written, 1, 2, data, sizeof(data));
		world_input(&world, 0, &in);
		seen = expect_icmp(&world, 0, &out, ipv4 ? ICMPV4_UNREACHABLE : ICMPV6_TOO_BIG,
				   ipv4 ? ICMPV4_UNREACHABLE_TOO_BIG : 0);
		CU_ASSERT_EQUAL(seen.icmp.rest, 1280);
		CU_ASSERT_EQUAL(seen.ip_length, ipv4 ? 576 : 1280);
		CU_ASSERT_EQUAL(memcmp(seen.payload + 8, in.octets + 14, seen.length - 8), 0);
		CU_ASSERT_EQUAL(world_drops(&world, DROP_IP_TOO_BIG), 1);
		expect_nothing(&world);
		world_close(&world);
	}
}

/* Collects the fragments of a packet on interface 1. */
static uint32_t collect(struct world *world, uint8_t *data, uint16_t mtu)
{
	uint32_t end = 0;
	bool more = true;

	while (more) {
		struct frame out;
		struct seen seen = expect(world, 1, &out);

		CU_ASSERT_TRUE(seen.ip_length <= mtu);
		CU_ASSERT_EQUAL(seen.offset, end);
		CU_ASSERT_EQUAL(seen.hop_limit, 63);
		CU_ASSERT_EQUAL(seen.identification, 77);
		memcpy(data + seen.offset, seen.payload, seen.length);
		end = seen.offset + seen.length;
		more = seen.more;
	}
	return end;
}

static void an_ipv4_packet_that_may_be_cut_is(void)
{
	static const uint16_t mtus[] = {1280, 1281, 1287, 1300, 1499};
	uint8_t data[1472], received[1600];

	fill(data, sizeof(data));
	for (unsigned i = 0; i < RTE_DIM(mtus); i++) {
		struct world world;
		struct frame in;

		open_narrow(&world, mtus[i]);
		write_udp(&in, &across, 1, 2, data, sizeof(data));
		world_input(&world, 0, &in);
		CU_ASSERT_EQUAL(collect(&world, received, mtus[i]), sizeof(data) + 8);
		CU_ASSERT_EQUAL(memcmp(received + 8, data, sizeof(data)), 0);
		expect_nothing(&world);
		CU_ASSERT_EQUAL(world_all_drops(&world), 0);
		world_close(&world);
	}
}

static void a_fragment_is_cut_again_in_its_place(void)
{
	struct written written = across;
	uint8_t data[1400] = {0};
	struct world world;
	struct frame frame;
	struct seen seen;

	open_narrow(&world, 1280);
	written.protocol = IPPROTO_UDP;
	written.offset = 2000;
	written.more = true;
	write_ip(&frame, &written, data, sizeof(data));
	world_input(&world, 0, &frame);
	seen = expect(&world, 1, &frame);
	CU_ASSERT_EQUAL(seen.offset, 2000);
	CU_ASSERT_TRUE(seen.more);
	CU_ASSERT_EQUAL(seen.length, 1256);
	seen = expect(&world, 1, &frame);
	CU_ASSERT_EQUAL(seen.offset, 3256);
	CU_ASSERT_TRUE(seen.more);
	world_close(&world);
}

/* An IPv4 header with router alert (copied), record route (not copied) and padding. */
static void options_are_copied_as_they_ask(void)
{
	static const uint8_t options[] = {0x94, 4, 0, 0, 7, 7, 4, 0, 0, 0, 0, 0};
	uint8_t data[1400] = {0};
	struct world world;
	struct frame frame;
	uint16_t checksum;
	struct seen seen;
	uint8_t *ip = frame.octets + 14;

	open_narrow(&world, 1280);
	write_udp(&frame, &across, 1, 2, data, sizeof(data));
	memmove(ip + 20 + sizeof(options), ip + 20, frame.length - 34);
	memcpy(ip + 20, options, sizeof(options));
	frame.length += sizeof(options);
	ip[0] = 0x48;
	ip[2] = (uint8_t)((frame.length - 14) >> 8);
	ip[3] = (uint8_t)(frame.length - 14);
	memset(ip + 10, 0, 2);
	checksum = checksum_finish(checksum_add(0, ip, 32));
	memcpy(ip + 10, &checksum, 2);
	world_input(&world, 0, &frame);
	seen = expect(&world, 1, &frame);
	CU_ASSERT_EQUAL(memcmp(seen.ip + 20, options, sizeof(options)), 0);
	seen = expect(&world, 1, &frame);
	CU_ASSERT_EQUAL(memcmp(seen.ip + 20, options, 4), 0);
	CU_ASSERT_EQUAL(memcmp(seen.ip + 24, "\x01\x01\x01\x01\x01\x01\x01", 7), 0);
	world_close(&world);
}

static void a_route_goes_by_its_gateway(void)
{
	struct ip_prefix prefix, prefix6;
	struct ip_address gateway = address_of(FAR), gateway6 = address_of(FAR6);
	static const struct written written = {.source = PEER, .destination = "192.0.2.1"};
	static const struct written written6 = {.source = PEER6, .destination = "2001:db8::1"};
	struct world world;
	struct frame frame;
	struct seen seen;

	world_open_resolved(&world);
	CU_ASSERT_TRUE(prefix_parse("0.0.0.0/0", &prefix) && prefix_parse("::/0", &prefix6));
	CU_ASSERT_TRUE(stack_add_route(world.stack, &prefix, 1, &gateway));
	CU_ASSERT_TRUE(stack_add_route(world.stack, &prefix6, 1, &gateway6));
	write_udp(&frame, &written, 1, 2, "x", 1);
	world_input(&world, 0, &frame);
	seen = expect(&world, 1, &frame);
	CU_ASSERT_TRUE(rte_is_same_ether_addr(&seen.ethernet.destination, &far_mac));
	write_udp(&frame, &written6, 1, 2, "x", 1);
	world_input(&world, 0, &frame);
	seen = expect(&world, 1, &frame);
	CU_ASSERT_TRUE(rte_is_same_ether_addr(&seen.ethernet.destination, &far_mac));
	world_close(&world);
}

static void a_checksum_that_the_sender_left_to_the_port_is_completed(void)
{
	struct world world;
	struct frame frame;
	struct rte_mbuf *mbuf;

	world_open_resolved(&world);
	write_udp(&frame, &across6, 1, 2, "data", 4);
	frame.octets[14 + 40 + 6] ^= 0x55;
	mbuf = world_mbuf(&world, &frame, 2048, 0, RTE_MBUF_F_RX_L4_CKSUM_NONE);
	stack_input(world.stack, 0, &mbuf, 1);
	expect(&world, 1, &frame);
	world_close(&world);
}

int main(void)
{
	return PACKETS_RUN(
	    "forwarding", TEST(a_packet_goes_on_with_one_hop_less), TEST(a_packet_of_any_checksum_goes_on),
	    TEST(the_last_hop_is_told), TEST(without_a_route_the_sender_is_told),
	    TEST(without_forwarding_nothing_goes_on), TEST(forwarding_can_be_given_and_taken_back),
	    TEST(what_belongs_to_one_link_stays_there), TEST(what_is_refused_does_not_go_on_and_its_sender_is_told),
	    TEST(what_must_not_be_cut_and_is_too_big_comes_back), TEST(an_ipv4_packet_that_may_be_cut_is),
	    TEST(a_fragment_is_cut_again_in_its_place), TEST(options_are_copied_as_they_ask),
	    TEST(a_route_goes_by_its_gateway), TEST(a_checksum_that_the_sender_left_to_the_port_is_completed));
}
