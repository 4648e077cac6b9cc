/* SPDX-License-Identifier: BSD-3-Clause */
/* Fragments are put together in any order, and nothing else is: overlaps, tiny and impossible ones, too many, too late.
 */
#include <netinet/in.h>
#include <string.h>

#include <tcpstack/segment.h>
#include <tcpstack/udp.h>
#include <tcpstack/wire/checksum.h>

#include "packets.h"

#define PORT 4000

/* A fragment of a UDP datagram for us, of zeros but for `mark`. The first one has a header that says `total`. */
struct piece {
	const char *source;
	uint16_t offset, length;
	bool more;
	uint32_t identification;
	uint8_t mark;
};

static void input_piece(struct world *world, bool ipv4, const struct piece *piece)
{
	uint8_t data[2000] = {0};
	struct written written = {
	    .source = piece->source != NULL ? piece->source : (ipv4 ? PEER : PEER6),
	    .destination = ipv4 ? OWN : OWN6,
	    .protocol = IPPROTO_UDP,
	    .identification = piece->identification,
	    .offset = piece->offset,
	    .more = piece->more,
	    .fragment_header = true,
	};
	struct frame frame;

	data[piece->length > 0 ? piece->length - 1 : 0] = piece->mark;
	write_ip(&frame, &written, data, piece->length);
	world_input(world, 0, &frame);
}

static struct udp_socket *open_socket(struct world *world)
{
	static const struct ip_address any;
	struct udp_socket *socket;

	world_open_resolved(world);
	socket = udp_bind(world->stack, &any, PORT, NULL);
	CU_ASSERT_PTR_NOT_NULL_FATAL(socket);
	return socket;
}

/* Receives a datagram and compares it. */
static void check_datagram(struct world *world, struct udp_socket *socket, const uint8_t *data, uint32_t length)
{
	static uint8_t received[FRAME_MAX];
	struct udp_datagram datagram;

	CU_ASSERT_TRUE_FATAL(udp_receive(world->stack, socket, &datagram));
	CU_ASSERT_EQUAL(datagram.payload.bytes, length);
	CU_ASSERT_EQUAL(segment_list_peek(&datagram.payload, 0, received, length), length);
	CU_ASSERT_EQUAL(memcmp(received, data, length), 0);
	segment_list_free(&datagram.payload);
	CU_ASSERT_EQUAL(world_counters(world).buffers, 0);
	CU_ASSERT_EQUAL(world_counters(world).reassemblies, 0);
	CU_ASSERT_EQUAL(world_counters(world).fragments, 0);
}

static void any_order_will_do(void)
{
	static const struct written written[] = {{.source = PEER, .destination = OWN},
						 {.source = PEER6, .destination = OWN6}};
	static uint8_t data[5000];
	struct udp_socket *socket;
	unsigned order[16];
	struct world world;
	struct frame frame;

	fill(data, sizeof(data));
	socket = open_socket(&world);
	for (unsigned round = 0; round < 200; round++) {
		uint16_t step = (uint16_t)(8 * (40 + support_random(&world.random) % 100));
		uint32_t length = 1 + (uint32_t)(support_random(&world.random) % sizeof(data));
		unsigned count = (length + 8 + step - 1) / step;

		for (unsigned i = 0; i < count; i++) {
			unsigned j = (unsigned)(support_random(&world.random) % (i + 1));

			order[i] = order[j];
			order[j] = i;
		}
		write_udp(&frame, &written[round % 2], 9, PORT, data, length);
		CU_ASSERT_EQUAL(world_input_fragments(&world, 0, &frame, step, order), count);
		check_datagram(&world, socket, data, length);
	}
	CU_ASSERT_EQUAL(world_all_drops(&world), 0);
	world_close(&world);
}

static void an_overlap_ends_the_datagram_for_good(void)
{
	for (int ipv4 = 0; ipv4 < 2; ipv4++) {
		static const struct piece pieces[] = {
		    {.offset = 0, .length = 80, .more = true},
		    {.offset = 72, .length = 80, .more = true}, /* overlaps */
		    {.offset = 80, .length = 8},		/* would have made it whole */
		};
		struct world world;

		open_socket(&world);
		for (unsigned i = 0; i < RTE_DIM(pieces); i++)
			input_piece(&world, ipv4, &pieces[i]);
		CU_ASSERT_EQUAL(world_drops(&world, DROP_FRAGMENT_OVERLAP), 3);
		CU_ASSERT_EQUAL(world_counters(&world).fragments, 0);
		CU_ASSERT_EQUAL(world_counters(&world).buffers, 0);
		CU_ASSERT_EQUAL(world_counters(&world).reassembled, 0);
		/* No word to the sender, but the place is free again. */
		world_pass(&world, 31 * SECOND);
		expect_nothing(&world);
		CU_ASSERT_EQUAL(world_counters(&world).reassemblies, 0);
		world_close(&world);
	}
}

static void each_kind_of_overlap_is_seen(void)
{
	static const struct piece cases[][3] = {
	    {{.offset = 80, .length = 80, .more = true}, {.offset = 72, .length = 16, .more = true}},
	    {{.offset = 80, .length = 80, .more = true}, {.offset = 152, .length = 16, .more = true}},
	    {{.offset = 80, .length = 80, .more = true}, {.offset = 88, .length = 16, .more = true}},
	    {{.offset = 80, .length = 16, .more = true}, {.offset = 72, .length = 80, .more = true}},
	    {{.offset = 80, .length = 16, .more = true}, {.offset = 80, .length = 24, .more = true}},
	    {{.offset = 80, .length = 16}, {.offset = 160, .length = 16, .more = true}}, /* behind the end */
	    {{.offset = 80, .length = 16}, {.offset = 160, .length = 16}},		 /* two ends */
	    {{.offset = 160, .length = 16, .more = true}, {.offset = 80, .length = 16}}, /* an end that is none */
	    {{.offset = 80, .length = 16, .more = true}, {.offset = 80, .length = 16, .more = true, .mark = 1}},
	};

	for (unsigned i = 0; i < 2 * RTE_DIM(cases); i++) {
		struct world world;

		open_socket(&world);
		input_piece(&world, i % 2, &cases[i / 2][0]);
		input_piece(&world, i % 2, &cases[i / 2][1]);
		CU_ASSERT_EQUAL(world_drops(&world, DROP_FRAGMENT_OVERLAP), 2);
		CU_ASSERT_EQUAL(world_counters(&world).fragments, 0);
		world_close(&world);
	}
}

static void an_exact_duplicate_does_no_harm(void)
{
	for (int ipv4 = 0; ipv4 < 2; ipv4++) {
		struct written written = {.source = ipv4 ? PEER : PEER6, .destination = ipv4 ? OWN : OWN6};
		static const unsigned order[] = {0, 1, 0, 1, 3, 3, 2};
		struct udp_socket *socket;
		uint8_t data[400];
		struct world world;
		struct frame frame;

		fill(data, sizeof(data));
		socket = open_socket(&world);
		write_udp(&frame, &written, 9, PORT, data, 300);
		for (unsigned i = 0; i < RTE_DIM(order); i++) {
			struct written piece = written;
			uint32_t header = frame.length - 308;
			uint32_t part = RTE_MIN(80U, 308 - order[i] * 80);
			struct frame fragment;

			piece.protocol = IPPROTO_UDP;
			piece.identification = 5;
			piece.offset = (uint16_t)(order[i] * 80);
			piece.more = order[i] != 3;
			write_ip(&fragment, &piece, frame.octets + header + order[i] * 80, part);
			world_input(&world, 0, &fragment);
		}
		check_datagram(&world, socket, data, 300);
		CU_ASSERT_EQUAL(world_drops(&world, DROP_FRAGMENT_OVERLAP), 3);
		world_close(&world);
	}
}

static void what_is_late_is_given_up_and_the_sender_told(void)
{
	for (int ipv4 = 0; ipv4 < 2; ipv4++) {
		struct piece piece = {.length = 80, .more = true};
		struct world world;
		struct frame frame;
		struct seen seen;

		open_socket(&world);
		input_piece(&world, ipv4, &piece);
		world_pass(&world, 30 * SECOND - 1);
		expect_nothing(&world);
		CU_ASSERT_EQUAL(world_counters(&world).fragments, 1);
		world_pass(&world, 1);
		seen = expect_icmp(&world, 0, &frame, ipv4 ? ICMPV4_TIME_EXCEEDED : ICMPV6_TIME_EXCEEDED,
				   ICMP_EXCEEDED_REASSEMBLY);
		expect_address(&seen.destination, ipv4 ? PEER : PEER6);
		expect_address(&seen.source, ipv4 ? OWN : OWN6);
		CU_ASSERT_EQUAL(world_drops(&world, DROP_FRAGMENT_TIMEOUT), 1);
		CU_ASSERT_EQUAL(world_counters(&world).fragments, 0);
		CU_ASSERT_EQUAL(world_counters(&world).reassemblies, 0);
		world_close(&world);
	}
}

static void without_the_first_fragment_nobody_is_told(void)
{
	struct piece piece = {.offset = 80, .length = 80, .more = true};
	struct world world;

	open_socket(&world);
	input_piece(&world, true, &piece);
	input_piece(&world, false, &piece);
	world_pass(&world, 31 * SECOND);
	expect_nothing(&world);
	CU_ASSERT_EQUAL(world_drops(&world, DROP_FRAGMENT_TIMEOUT), 2);
	world_close(&world);
}

static void impossible_fragments_are_refused(void)
{
	static const struct piece pieces[] = {
	    {.offset = 80, .length = 0},
	    {.offset = 80, .length = 81, .more = true},
	    {.offset = 65528, .length = 80},
	    {.offset = 0, .length = 0, .more = true},
	};
	struct world world;

	open_socket(&world);
	for (unsigned i = 0; i < RTE_DIM(pieces); i++) {
		input_piece(&world, true, &pieces[i]);
		CU_ASSERT_EQUAL(world_drops(&world, DROP_FRAGMENT_MALFORMED), i + 1);
	}
	expect_nothing(&world);
	CU_ASSERT_EQUAL(world_counters(&world).reassemblies, 0);
	world_close(&world);
}

static void ipv6_says_what_is_wrong_with_a_fragment(void)
{
	struct piece odd = {.offset = 80, .length = 81, .more = true}, beyond = {.offset = 65528, .length = 80};
	struct world world;
	struct frame frame;

	open_socket(&world);
	input_piece(&world, false, &odd);
	CU_ASSERT_EQUAL(expect_icmp(&world, 0, &frame, ICMPV6_PARAMETER_PROBLEM, ICMPV6_PROBLEM_FIELD).icmp.rest, 4);
	input_piece(&world, false, &beyond);
	CU_ASSERT_EQUAL(expect_icmp(&world, 0, &frame, ICMPV6_PARAMETER_PROBLEM, ICMPV6_PROBLEM_FIELD).icmp.rest, 42);
	CU_ASSERT_EQUAL(world_drops(&world, DROP_FRAGMENT_MALFORMED), 2);
	world_close(&world);
}

static void a_first_fragment_without_its_transport_header_is_refused(void)
{
	struct written written = {.source = PEER, .destination = OWN, .protocol = IPPROTO_TCP, .more = true};
	uint8_t data[16] = {0};
	struct world world;
	struct frame frame;

	world_open_resolved(&world);
	write_ip(&frame, &written, data, 16);
	world_input(&world, 0, &frame);
	CU_ASSERT_EQUAL(world_drops(&world, DROP_FRAGMENT_TINY), 1);
	written.source = PEER6;
	written.destination = OWN6;
	write_ip(&frame, &written, data, 16);
	world_input(&world, 0, &frame);
	CU_ASSERT_EQUAL(world_drops(&world, DROP_FRAGMENT_TINY), 2);
	/* Its chain goes on in the next fragment. */
	written.protocol = IPPROTO_DSTOPTS;
	data[1] = 5;
	write_ip(&frame, &written, data, 16);
	world_input(&world, 0, &frame);
	CU_ASSERT_EQUAL(world_drops(&world, DROP_FRAGMENT_TINY), 3);
	CU_ASSERT_EQUAL(world_counters(&world).reassemblies, 0);
	world_close(&world);
}

static void one_source_takes_at_most_half_of_the_datagrams(void)
{
	struct piece piece = {.offset = 80, .length = 80, .more = true};
	struct world world;

	world_prepare(&world);
	world.config.reassemblies = 8;
	world_open(&world);
	for (piece.identification = 0; piece.identification < 10; piece.identification++)
		input_piece(&world, true, &piece);
	CU_ASSERT_EQUAL(world_counters(&world).reassemblies, 4);
	CU_ASSERT_EQUAL(world_drops(&world, DROP_FRAGMENT_TOO_MANY), 6);
	piece.source = "10.0.0.3";
	for (piece.identification = 0; piece.identification < 10; piece.identification++)
		input_piece(&world, true, &piece);
	CU_ASSERT_EQUAL(world_counters(&world).reassemblies, 8);
	piece.source = "10.0.0.4";
	input_piece(&world, true, &piece);
	CU_ASSERT_EQUAL(world_counters(&world).reassemblies, 8);
	world_pass(&world, 31 * SECOND);
	CU_ASSERT_EQUAL(world_counters(&world).reassemblies, 0);
	input_piece(&world, true, &piece);
	CU_ASSERT_EQUAL(world_counters(&world).reassemblies, 1);
	world_close(&world);
}

static void one_source_takes_at_most_half_of_the_fragments(void)
{
	struct piece piece = {.length = 8, .more = true};
	struct world world;

	world_prepare(&world);
	world.config.fragments = 20;
	world_open(&world);
	for (piece.offset = 8; piece.offset < 8 * 20; piece.offset += 8)
		input_piece(&world, true, &piece);
	CU_ASSERT_EQUAL(world_counters(&world).fragments, 10);
	CU_ASSERT_EQUAL(world_counters(&world).buffers, 10);
	CU_ASSERT_EQUAL(world_drops(&world, DROP_FRAGMENT_TOO_MANY), 9);
	piece.source = "10.0.0.3";
	for (piece.offset = 8; piece.offset < 8 * 20; piece.offset += 8)
		input_piece(&world, true, &piece);
	CU_ASSERT_EQUAL(world_counters(&world).fragments, 20);
	world_close(&world);
}

static void one_source_takes_at_most_half_of_the_mbufs(void)
{
	struct piece piece = {.length = 8, .more = true};
	struct world world;

	world_prepare(&world);
	world.config.buffers = 80; /* of which a quarter may wait below the transports */
	world_open(&world);
	for (piece.offset = 8; piece.offset < 8 * 20; piece.offset += 8)
		input_piece(&world, true, &piece);
	CU_ASSERT_EQUAL(world_counters(&world).buffers, 10);
	CU_ASSERT_EQUAL(world_drops(&world, DROP_FRAGMENT_TOO_MANY), 9);
	piece.source = "10.0.0.3";
	for (piece.offset = 8; piece.offset < 8 * 20; piece.offset += 8)
		input_piece(&world, true, &piece);
	CU_ASSERT_EQUAL(world_counters(&world).buffers, 20);
	/* What the source has had given up counts no more. */
	world_pass(&world, 31 * SECOND);
	CU_ASSERT_EQUAL(world_counters(&world).buffers, 0);
	input_piece(&world, true, &piece);
	CU_ASSERT_EQUAL(world_counters(&world).buffers, 1);
	world_close(&world);
}

#define STEP 1400

/* The first fragment, of STEP octets, with a longer header than the others have. */
static void input_long_header(struct world *world, bool ipv4)
{
	static const uint8_t headers[16] = {IPPROTO_FRAGMENT, 0, 1, 4, 0, 0, 0, 0, IPPROTO_UDP, 0, 0, 1};
	struct written written = {
	    .source = ipv4 ? PEER : PEER6,
	    .destination = ipv4 ? OWN : OWN6,
	    .protocol = ipv4 ? IPPROTO_UDP : IPPROTO_DSTOPTS,
	    .more = ipv4,
	};
	uint8_t data[sizeof(headers) + STEP] = {0};
	uint32_t before = ipv4 ? 4 : sizeof(headers);
	struct frame frame;

	if (!ipv4)
		memcpy(data, headers, sizeof(headers));
	write_ip(&frame, &written, data, before + STEP);
	if (ipv4) {
		uint8_t *header = frame.octets + 14;
		uint16_t checksum = 0;

		/* The first octets behind the header become options. */
		header[0] = 4 << 4 | 6;
		memset(header + 20, 1, 4);
		memcpy(header + 10, &checksum, 2);
		checksum = checksum_finish(checksum_add(0, header, 24));
		memcpy(header + 10, &checksum, 2);
	}
	world_input(world, 0, &frame);
}

static void no_datagram_is_put_together_beyond_65535_octets(void)
{
	for (int ipv4 = 0; ipv4 < 2; ipv4++) {
		uint32_t total = ipv4 ? UINT16_MAX - 20 : UINT16_MAX;
		struct world world;

		world_open_resolved(&world);
		input_long_header(&world, ipv4);
		for (uint32_t offset = STEP; offset < total; offset += STEP) {
			uint16_t length = (uint16_t)RTE_MIN(total - offset, (uint32_t)STEP);
			struct piece piece = {.offset = (uint16_t)offset, .length = length};

			CU_ASSERT_EQUAL(world_all_drops(&world), 0);
			piece.more = offset + length < total;
			input_piece(&world, ipv4, &piece);
		}
		CU_ASSERT_EQUAL(world_drops(&world, DROP_FRAGMENT_MALFORMED), (total + STEP - 1) / STEP);
		CU_ASSERT_EQUAL(world_all_drops(&world), world_drops(&world, DROP_FRAGMENT_MALFORMED));
		CU_ASSERT_EQUAL(world_counters(&world).reassembled, 0);
		CU_ASSERT_EQUAL(world_counters(&world).reassemblies, 0);
		world_close(&world);
	}
}

static void an_atomic_fragment_is_a_packet_of_its_own(void)
{
	struct written written = {.source = PEER6, .destination = OWN6, .fragment_header = true};
	struct piece waiting = {.offset = 80, .length = 80, .more = true};
	struct udp_socket *socket = NULL;
	struct world world;
	struct frame frame;

	socket = open_socket(&world);
	input_piece(&world, false, &waiting);
	write_udp(&frame, &written, 9, PORT, "whole", 5);
	world_input(&world, 0, &frame);
	CU_ASSERT_EQUAL(world_counters(&world).fragments, 1);
	world_pass(&world, 31 * SECOND);
	check_datagram(&world, socket, (const uint8_t *)"whole", 5);
	CU_ASSERT_EQUAL(world_counters(&world).reassembled, 0);
	world_close(&world);
}

static struct {
	unsigned count;
	struct tuple tuple;
	uint8_t protocol;
	struct rte_mbuf *frame;
} steered;

static bool steer(void *context, struct rte_mbuf *frame, uint16_t interface, const struct tuple *tuple,
		  uint8_t protocol)
{
	steered.count++;
	steered.tuple = *tuple;
	steered.protocol = protocol;
	steered.frame = frame;
	CU_ASSERT_TRUE(segment_of(frame)->flags & SEGMENT_STEERED);
	return true;
}

static void a_whole_datagram_goes_to_the_worker_that_has_it(void)
{
	for (int ipv4 = 0; ipv4 < 2; ipv4++) {
		struct written written = {.source = ipv4 ? PEER : PEER6, .destination = ipv4 ? OWN : OWN6};
		static const struct ip_address any;
		struct world here, there;
		struct udp_socket *socket;
		uint8_t data[3000];
		struct frame frame;

		memset(&steered, 0, sizeof(steered));
		fill(data, sizeof(data));
		world_prepare(&here);
		here.config.environment.steer = steer;
		world_open(&here);
		socket = open_socket(&there);
		udp_close(there.stack, socket);
		socket = udp_bind(there.stack, &any, PORT, NULL);
		write_udp(&frame, &written, 9, PORT, data, sizeof(data));
		world_input_fragments(&here, 0, &frame, 1000, NULL);
		CU_ASSERT_EQUAL_FATAL(steered.count, 1);
		CU_ASSERT_EQUAL(steered.protocol, IPPROTO_UDP);
		CU_ASSERT_EQUAL(steered.tuple.local_port, PORT);
		CU_ASSERT_EQUAL(steered.tuple.remote_port, 9);
		expect_address(&steered.tuple.local, ipv4 ? OWN : OWN6);
		CU_ASSERT_EQUAL(steered.frame->pkt_len, frame.length);
		stack_input(there.stack, 0, &steered.frame, 1);
		check_datagram(&there, socket, data, sizeof(data));
		CU_ASSERT_EQUAL(world_all_drops(&here) + world_all_drops(&there), 0);
		world_close(&here);
		world_close(&there);
	}
}

int main(void)
{
	return PACKETS_RUN(
	    "reassembly", TEST(any_order_will_do), TEST(an_overlap_ends_the_datagram_for_good),
	    TEST(each_kind_of_overlap_is_seen), TEST(an_exact_duplicate_does_no_harm),
	    TEST(what_is_late_is_given_up_and_the_sender_told), TEST(without_the_first_fragment_nobody_is_told),
	    TEST(impossible_fragments_are_refused), TEST(ipv6_says_what_is_wrong_with_a_fragment),
	    TEST(a_first_fragment_without_its_transport_header_is_refused),
	    TEST(one_source_takes_at_most_half_of_the_datagrams), TEST(one_source_takes_at_most_half_of_the_fragments),
	    TEST(one_source_takes_at_most_half_of_the_mbufs), TEST(no_datagram_is_put_together_beyond_65535_octets),
	    TEST(an_atomic_fragment_is_a_packet_of_its_own), TEST(a_whole_datagram_goes_to_the_worker_that_has_it));
}
