/* SPDX-License-Identifier: BSD-3-Clause */
/* UDP: sockets, their datagrams in and out, and what happens to datagrams that have none. */
#include <netinet/in.h>
#include <string.h>

#include <tcpstack/udp.h>

#include "packets.h"

#define PORT 4000

static const struct ip_address any;
static const struct written from_peer = {.source = PEER, .destination = OWN};
static const struct written from_peer6 = {.source = PEER6, .destination = OWN6};

static uint32_t receive(struct world *world, struct udp_socket *socket, char *text, struct udp_datagram *datagram)
{
	uint32_t length;

	CU_ASSERT_TRUE_FATAL(udp_receive(world->stack, socket, datagram));
	length = segment_list_peek(&datagram->payload, 0, text, 100);
	segment_list_free(&datagram->payload);
	return length;
}

static void a_datagram_arrives(void)
{
	struct udp_datagram datagram;
	struct udp_socket *socket;
	struct world world;
	struct frame frame;
	char text[100];

	world_open_resolved(&world);
	socket = udp_bind(world.stack, &any, PORT, &world);
	CU_ASSERT_PTR_EQUAL(udp_context(socket), &world);
	CU_ASSERT_EQUAL(udp_port(socket), PORT);
	CU_ASSERT_PTR_NULL(udp_next_event(world.stack));
	for (int ipv4 = 0; ipv4 < 2; ipv4++) {
		write_udp(&frame, ipv4 ? &from_peer : &from_peer6, 9, PORT, "hello", 5);
		world_input(&world, 0, &frame);
		CU_ASSERT_PTR_EQUAL(udp_next_event(world.stack), socket);
		CU_ASSERT_PTR_NULL(udp_next_event(world.stack));
		CU_ASSERT_EQUAL(receive(&world, socket, text, &datagram), 5);
		CU_ASSERT_EQUAL(memcmp(text, "hello", 5), 0);
		expect_address(&datagram.tuple.local, ipv4 ? OWN : OWN6);
		expect_address(&datagram.tuple.remote, ipv4 ? PEER : PEER6);
		CU_ASSERT_EQUAL(datagram.tuple.local_port, PORT);
		CU_ASSERT_EQUAL(datagram.tuple.remote_port, 9);
		CU_ASSERT_EQUAL(datagram.interface, 0);
		CU_ASSERT_FALSE(udp_receive(world.stack, socket, &datagram));
	}
	CU_ASSERT_EQUAL(world_counters(&world).udp_in, 2);
	CU_ASSERT_EQUAL(world_all_drops(&world), 0);
	world_close(&world);
}

static void an_empty_datagram_arrives(void)
{
	struct udp_datagram datagram;
	struct udp_socket *socket;
	struct world world;
	struct frame frame;
	char text[100];

	world_open_resolved(&world);
	socket = udp_bind(world.stack, &any, PORT, NULL);
	write_udp(&frame, &from_peer, 9, PORT, NULL, 0);
	world_input(&world, 0, &frame);
	CU_ASSERT_EQUAL(receive(&world, socket, text, &datagram), 0);
	world_close(&world);
}

static void padding_is_no_payload(void)
{
	struct udp_datagram datagram;
	struct udp_socket *socket;
	struct world world;
	struct frame frame;
	char text[100];

	world_open_resolved(&world);
	socket = udp_bind(world.stack, &any, PORT, NULL);
	for (uint16_t piece = 1; piece < 80; piece++) {
		write_udp(&frame, &from_peer, 9, PORT, "abc", 3);
		memset(frame.octets + frame.length, 0xee, 60);
		frame.length = 60;
		world_input_pieces(&world, 0, &frame, piece);
		CU_ASSERT_EQUAL(receive(&world, socket, text, &datagram), 3);
	}
	world_close(&world);
}

static void what_stands_behind_the_udp_length_is_no_payload(void)
{
	struct udp_datagram datagram;
	struct udp_socket *socket;
	struct world world;
	struct frame frame;
	char text[100];

	world_open_resolved(&world);
	socket = udp_bind(world.stack, &any, PORT, NULL);
	write_udp(&frame, &from_peer, 9, PORT, "abcdef", 6);
	frame.octets[14 + 20 + 5] = 11;
	memset(frame.octets + 14 + 20 + 6, 0, 2);
	world_input(&world, 0, &frame);
	CU_ASSERT_EQUAL(receive(&world, socket, text, &datagram), 3);
	world_close(&world);
}

static void a_closed_port_is_told(void)
{
	for (int ipv4 = 0; ipv4 < 2; ipv4++) {
		struct world world;
		struct frame in, out;
		struct seen seen;

		world_open_resolved(&world);
		write_udp(&in, ipv4 ? &from_peer : &from_peer6, 9, PORT, "hello", 5);
		world_input(&world, 0, &in);
		seen = expect_icmp(&world, 0, &out, ipv4 ? ICMPV4_UNREACHABLE : ICMPV6_UNREACHABLE,
				   ipv4 ? ICMPV4_UNREACHABLE_PORT : ICMPV6_UNREACHABLE_PORT);
		expect_address(&seen.source, ipv4 ? OWN : OWN6);
		CU_ASSERT_EQUAL(memcmp(seen.payload + 8, in.octets + 14, in.length - 14), 0);
		CU_ASSERT_EQUAL(world_drops(&world, DROP_UDP_NO_SOCKET), 1);
		world_close(&world);
	}
}

static void a_checksum_may_be_absent_in_ipv4_only(void)
{
	struct world world;
	struct frame frame;

	world_open_resolved(&world);
	udp_bind(world.stack, &any, PORT, NULL);
	write_udp(&frame, &from_peer, 9, PORT, "hello", 5);
	memset(frame.octets + 14 + 20 + 6, 0, 2);
	world_input(&world, 0, &frame);
	CU_ASSERT_EQUAL(world_counters(&world).udp_in, 1);
	write_udp(&frame, &from_peer6, 9, PORT, "hello", 5);
	memset(frame.octets + 14 + 40 + 6, 0, 2);
	world_input(&world, 0, &frame);
	CU_ASSERT_EQUAL(world_counters(&world).udp_in, 1);
	CU_ASSERT_EQUAL(world_drops(&world, DROP_UDP_CHECKSUM), 1);
	world_close(&world);
}

static void every_wrong_bit_is_found(void)
{
	struct world world;
	struct frame frame;

	world_open_resolved(&world);
	udp_bind(world.stack, &any, PORT, NULL);
	for (int ipv4 = 0; ipv4 < 2; ipv4++) {
		write_udp(&frame, ipv4 ? &from_peer : &from_peer6, 9, PORT, "hello", 5);
		for (uint32_t bit = (ipv4 ? 26 : 22) * 8; bit < frame.length * 8; bit++) {
			frame.octets[bit / 8] ^= 1 << bit % 8;
			world_input(&world, 0, &frame);
			frame.octets[bit / 8] ^= 1 << bit % 8;
		}
	}
	CU_ASSERT_EQUAL(world_counters(&world).udp_in, 0);
	world_close(&world);
}

static void a_wrong_length_is_refused(void)
{
	static const uint8_t lengths[] = {0, 7, 14, 255};
	struct world world;
	struct frame frame;

	world_open_resolved(&world);
	udp_bind(world.stack, &any, PORT, NULL);
	for (unsigned i = 0; i < RTE_DIM(lengths); i++) {
		write_udp(&frame, &from_peer, 9, PORT, "hello", 5);
		frame.octets[14 + 20 + 5] = lengths[i];
		memset(frame.octets + 14 + 20 + 6, 0, 2);
		world_input(&world, 0, &frame);
	}
	CU_ASSERT_EQUAL(world_drops(&world, DROP_UDP_MALFORMED), RTE_DIM(lengths));
	world_close(&world);
}

static void an_exact_address_goes_before_all_addresses(void)
{
	struct ip_address own = address_of(OWN), strange = address_of(PEER);
	struct udp_socket *exact, *general;
	struct world world;
	struct frame frame;

	world_open_resolved(&world);
	general = udp_bind(world.stack, &any, PORT, NULL);
	exact = udp_bind(world.stack, &own, PORT, NULL);
	CU_ASSERT_PTR_NOT_NULL_FATAL(exact);
	CU_ASSERT_PTR_NULL(udp_bind(world.stack, &own, PORT, NULL));
	CU_ASSERT_PTR_NULL(udp_bind(world.stack, &strange, PORT + 1, NULL));
	write_udp(&frame, &from_peer, 9, PORT, "hello", 5);
	world_input(&world, 0, &frame);
	CU_ASSERT_PTR_EQUAL(udp_next_event(world.stack), exact);
	write_udp(&frame, &from_peer6, 9, PORT, "hello", 5);
	world_input(&world, 0, &frame);
	CU_ASSERT_PTR_EQUAL(udp_next_event(world.stack), general);
	udp_close(world.stack, exact);
	write_udp(&frame, &from_peer, 9, PORT, "hello", 5);
	world_input(&world, 0, &frame);
	CU_ASSERT_PTR_EQUAL(udp_next_event(world.stack), general);
	world_close(&world);
}

static void the_queue_is_bounded(void)
{
	struct udp_socket *socket;
	struct world world;
	struct frame frame;

	world_prepare(&world);
	world.config.udp_queue = 3;
	world_open(&world);
	socket = udp_bind(world.stack, &any, PORT, NULL);
	write_udp(&frame, &from_peer, 9, PORT, "hello", 5);
	for (unsigned i = 0; i < 5; i++)
		world_input(&world, 0, &frame);
	CU_ASSERT_EQUAL(world_counters(&world).udp_queued, 3);
	CU_ASSERT_EQUAL(world_counters(&world).buffers, 3);
	CU_ASSERT_EQUAL(world_drops(&world, DROP_UDP_QUEUE_FULL), 2);
	udp_close(world.stack, socket);
	CU_ASSERT_EQUAL(world_counters(&world).udp_queued, 0);
	CU_ASSERT_EQUAL(world_counters(&world).buffers, 0);
	CU_ASSERT_PTR_NULL(udp_next_event(world.stack));
	world_close(&world);
}

static void what_waits_is_freed_with_the_stack(void)
{
	struct world world;
	struct frame frame;

	world_open_resolved(&world);
	udp_bind(world.stack, &any, PORT, NULL);
	write_udp(&frame, &from_peer, 9, PORT, "hello", 5);
	world_input_pieces(&world, 0, &frame, 7);
	world_close(&world);
}

static void sockets_are_bounded(void)
{
	struct udp_socket *socket = NULL;
	struct world world;

	world_prepare(&world);
	world.config.udp_sockets = 3;
	world_open(&world);
	for (uint16_t i = 0; i < 3; i++)
		CU_ASSERT_PTR_NOT_NULL(socket = udp_bind(world.stack, &any, PORT + i, NULL));
	CU_ASSERT_PTR_NULL(udp_bind(world.stack, &any, PORT + 3, NULL));
	udp_close(world.stack, socket);
	CU_ASSERT_PTR_NOT_NULL(udp_bind(world.stack, &any, PORT + 3, NULL));
	world_close(&world);
}

static void a_port_is_chosen_from_the_range(void)
{
	bool taken[4] = {0};
	struct world world;

	world_prepare(&world);
	world.config.tcp.port_first = 50000;
	world.config.tcp.port_last = 50003;
	world_open(&world);
	for (unsigned i = 0; i < 4; i++) {
		struct udp_socket *socket = udp_bind(world.stack, &any, 0, NULL);

		CU_ASSERT_PTR_NOT_NULL_FATAL(socket);
		CU_ASSERT_TRUE_FATAL(udp_port(socket) >= 50000 && udp_port(socket) <= 50003);
		CU_ASSERT_FALSE(taken[udp_port(socket) - 50000]);
		taken[udp_port(socket) - 50000] = true;
	}
	CU_ASSERT_PTR_NULL(udp_bind(world.stack, &any, 0, NULL));
	world_close(&world);
}

static bool transmit(struct world *world, struct udp_socket *socket, const char *remote, const void *data,
		     uint32_t length)
{
	struct ip_address address = address_of(remote);
	struct segment_list payload = {0};
	bool sent;

	CU_ASSERT_EQUAL(segment_list_append_copy(&payload, world->pool, data, length), length);
	sent = udp_send(world->stack, socket, &any, &address, 9, &payload);
	CU_ASSERT_TRUE(segment_list_empty(&payload));
	return sent;
}

static void a_datagram_is_sent(void)
{
	struct udp_socket *socket;
	struct world world;
	struct frame frame;
	struct seen seen;

	world_open_resolved(&world);
	socket = udp_bind(world.stack, &any, PORT, NULL);
	for (int ipv4 = 0; ipv4 < 2; ipv4++) {
		CU_ASSERT_TRUE(transmit(&world, socket, ipv4 ? PEER : PEER6, "hello", 5));
		seen = expect(&world, 0, &frame);
		expect_address(&seen.source, ipv4 ? OWN : OWN6);
		CU_ASSERT_EQUAL(seen.protocol, IPPROTO_UDP);
		CU_ASSERT_EQUAL(seen.length, 13);
		CU_ASSERT_EQUAL(memcmp(seen.payload, "\x0f\xa0\x00\x09\x00\x0d", 6), 0);
		CU_ASSERT_EQUAL(memcmp(seen.payload + 8, "hello", 5), 0);
	}
	CU_ASSERT_TRUE(transmit(&world, socket, PEER, NULL, 0));
	CU_ASSERT_EQUAL(expect(&world, 0, &frame).length, 8);
	CU_ASSERT_EQUAL(world_counters(&world).udp_out, 3);
	world_close(&world);
}

static void a_checksum_is_never_absent(void)
{
	unsigned changed = 0;
	struct udp_socket *socket;
	struct world world;

	world_open_resolved(&world);
	socket = udp_bind(world.stack, &any, PORT, NULL);
	for (uint32_t i = 0; i < 65536; i++) {
		uint8_t data[2] = {(uint8_t)(i >> 8), (uint8_t)i};
		struct frame frame;
		struct seen seen;

		transmit(&world, socket, PEER, data, sizeof(data));
		seen = expect(&world, 0, &frame);
		CU_ASSERT_FALSE(seen.payload[6] == 0 && seen.payload[7] == 0);
		CU_ASSERT_FALSE(seen.dont_fragment);
		changed += seen.payload[6] == 0xff && seen.payload[7] == 0xff;
	}
	CU_ASSERT_EQUAL(changed, 1);
	world_close(&world);
}

static void the_longest_datagram_is_sent_in_fragments(void)
{
	static uint8_t data[65528], received[65536];
	struct udp_socket *socket;
	struct world world;

	fill(data, sizeof(data));
	world_open_resolved(&world);
	socket = udp_bind(world.stack, &any, PORT, NULL);
	for (int ipv4 = 0; ipv4 < 2; ipv4++) {
		uint32_t length = ipv4 ? 65507 : 65527, end = 0;
		bool more = true;

		CU_ASSERT_TRUE(transmit(&world, socket, ipv4 ? PEER : PEER6, data, length));
		while (more) {
			struct frame frame;
			struct seen seen = expect(&world, 0, &frame);

			CU_ASSERT_EQUAL(seen.offset, end);
			memcpy(received + end, seen.payload, seen.length);
			end += seen.length;
			more = seen.more;
		}
		CU_ASSERT_EQUAL(end, length + 8);
		CU_ASSERT_EQUAL(memcmp(received + 8, data, length), 0);
		CU_ASSERT_FALSE(transmit(&world, socket, ipv4 ? PEER : PEER6, data, length + 1));
	}
	CU_ASSERT_EQUAL(world_drops(&world, DROP_IP_TOO_BIG), 2);
	expect_nothing(&world);
	world_close(&world);
}

static void where_no_way_leads_nothing_is_sent(void)
{
	static const char *const remotes[] = {"192.0.2.1", "2001:db8::1", OWN,	OWN6,	   "127.0.0.1",
					      "224.0.0.1", "0.0.0.0",	  "::", "ff02::1", "10.0.0.255"};
	struct udp_socket *socket;
	struct world world;

	world_open_resolved(&world);
	socket = udp_bind(world.stack, &any, PORT, NULL);
	for (unsigned i = 0; i < RTE_DIM(remotes); i++)
		CU_ASSERT_FALSE(transmit(&world, socket, remotes[i], "hello", 5));
	expect_nothing(&world);
	CU_ASSERT_EQUAL(world_drops(&world, DROP_IP_NO_ROUTE), RTE_DIM(remotes));
	world_close(&world);
}

static void nobody_sends_from_an_address_that_is_not_ours(void)
{
	struct ip_address strange = address_of("10.0.0.9"), other_family = address_of(OWN6), peer = address_of(PEER);
	struct segment_list payload = {0};
	struct udp_socket *socket;
	struct world world;

	world_open_resolved(&world);
	socket = udp_bind(world.stack, &any, PORT, NULL);
	CU_ASSERT_FALSE(udp_send(world.stack, socket, &strange, &peer, 9, &payload));
	CU_ASSERT_FALSE(udp_send(world.stack, socket, &other_family, &peer, 9, &payload));
	expect_nothing(&world);
	world_close(&world);
}

int main(void)
{
	return PACKETS_RUN(
	    "UDP", TEST(a_datagram_arrives), TEST(an_empty_datagram_arrives), TEST(padding_is_no_payload),
	    TEST(what_stands_behind_the_udp_length_is_no_payload), TEST(a_closed_port_is_told),
	    TEST(a_checksum_may_be_absent_in_ipv4_only), TEST(every_wrong_bit_is_found),
	    TEST(a_wrong_length_is_refused), TEST(an_exact_address_goes_before_all_addresses),
	    TEST(the_queue_is_bounded), TEST(what_waits_is_freed_with_the_stack), TEST(sockets_are_bounded),
	    TEST(a_port_is_chosen_from_the_range), TEST(a_datagram_is_sent), TEST(a_checksum_is_never_absent),
	    TEST(the_longest_datagram_is_sent_in_fragments), TEST(where_no_way_leads_nothing_is_sent),
	    TEST(nobody_sends_from_an_address_that_is_not_ours));
}
