/* SPDX-License-Identifier: BSD-3-Clause */
/* ICMP errors about our packets are doubted, read, and told to the transport that sent them. */
#include <netinet/in.h>
#include <string.h>

#include <tcpstack/segment.h>
#include <tcpstack/udp.h>

#include "packets.h"

#define ROUTER "10.0.0.254"
#define ROUTER6 "fd00::254"

/* What the error quotes: a TCP segment of ours, 1500 octets long as its header says. */
static uint32_t write_quote(uint8_t *quote, const char *source, const char *destination, uint8_t protocol)
{
	static const uint8_t transport[8] = {0x12, 0x34, 0x00, 0x50, 1, 2, 3, 4};
	struct written written = {.source = source, .destination = destination, .protocol = protocol};
	struct frame frame;

	write_ip(&frame, &written, transport, sizeof(transport));
	if (frame.octets[14] >> 4 == 4) {
		frame.octets[16] = 1500 >> 8;
		frame.octets[17] = 1500 & 0xff;
	} else {
		frame.octets[18] = 1460 >> 8;
		frame.octets[19] = 1460 & 0xff;
	}
	memcpy(quote, frame.octets + 14, frame.length - 14);
	return frame.length - 14;
}

static void input_error(struct world *world, bool ipv4, uint8_t type, uint8_t code, uint32_t rest)
{
	struct written written = {.source = ipv4 ? ROUTER : ROUTER6, .destination = ipv4 ? OWN : OWN6};
	uint8_t quote[100];
	uint32_t length = write_quote(quote, ipv4 ? OWN : OWN6, ipv4 ? FAR : FAR6, IPPROTO_TCP);
	struct frame frame;

	write_icmp(&frame, &written, type, code, rest, quote, length);
	world_input(world, 0, &frame);
}

static void tcp_hears_of_its_segment(void)
{
	for (int ipv4 = 0; ipv4 < 2; ipv4++) {
		struct world world;

		world_open_resolved(&world);
		fake_tcp.knows = true;
		input_error(&world, ipv4, ipv4 ? ICMPV4_UNREACHABLE : ICMPV6_UNREACHABLE,
			    ipv4 ? ICMPV4_UNREACHABLE_PORT : ICMPV6_UNREACHABLE_PORT, 0);
		CU_ASSERT_EQUAL(fake_tcp.errors, 1);
		CU_ASSERT_EQUAL(fake_tcp.error.kind, ICMP_ERROR_HARD);
		expect_address(&fake_tcp.error.tuple.local, ipv4 ? OWN : OWN6);
		expect_address(&fake_tcp.error.tuple.remote, ipv4 ? FAR : FAR6);
		CU_ASSERT_EQUAL(fake_tcp.error.tuple.local_port, 0x1234);
		CU_ASSERT_EQUAL(fake_tcp.error.tuple.remote_port, 0x50);
		CU_ASSERT_EQUAL(fake_tcp.error.sequence, 0x01020304);
		CU_ASSERT_EQUAL(world_all_drops(&world), 0);
		/* What TCP does not know is counted. */
		fake_tcp.knows = false;
		input_error(&world, ipv4, ipv4 ? ICMPV4_UNREACHABLE : ICMPV6_UNREACHABLE, 0, 0);
		CU_ASSERT_EQUAL(fake_tcp.error.kind, ICMP_ERROR_SOFT);
		CU_ASSERT_EQUAL(world_drops(&world, DROP_ICMP_QUOTE), 1);
		expect_nothing(&world);
		world_close(&world);
	}
}

static void each_error_has_its_kind(void)
{
	static const struct {
		uint8_t type, code;
		enum icmp_error_kind kind;
	} v4[] =
	    {
		{3, 0, ICMP_ERROR_SOFT},  {3, 1, ICMP_ERROR_SOFT},  {3, 2, ICMP_ERROR_HARD},  {3, 3, ICMP_ERROR_HARD},
		{3, 5, ICMP_ERROR_SOFT},  {3, 9, ICMP_ERROR_HARD},  {3, 10, ICMP_ERROR_HARD}, {3, 13, ICMP_ERROR_HARD},
		{11, 0, ICMP_ERROR_SOFT}, {12, 0, ICMP_ERROR_SOFT},
	    },
	  v6[] = {
	      {1, 0, ICMP_ERROR_SOFT}, {1, 1, ICMP_ERROR_HARD}, {1, 3, ICMP_ERROR_SOFT}, {1, 4, ICMP_ERROR_HARD},
	      {3, 0, ICMP_ERROR_SOFT}, {4, 1, ICMP_ERROR_HARD}, {4, 0, ICMP_ERROR_SOFT},
	  };
	struct world world;

	world_open_resolved(&world);
	fake_tcp.knows = true;
	for (unsigned i = 0; i < RTE_DIM(v4); i++) {
		input_error(&world, true, v4[i].type, v4[i].code, 0);
		CU_ASSERT_EQUAL(fake_tcp.errors, i + 1);
		CU_ASSERT_EQUAL(fake_tcp.error.kind, v4[i].kind);
	}
	for (unsigned i = 0; i < RTE_DIM(v6); i++) {
		input_error(&world, false, v6[i].type, v6[i].code, 0);
		CU_ASSERT_EQUAL(fake_tcp.error.kind, v6[i].kind);
	}
	world_close(&world);
}

/* What TCP is told for a reported MTU; 0 if nothing. */
static uint16_t told_mtu(bool ipv4, uint32_t reported)
{
	struct world world;

	world_open_resolved(&world);
	fake_tcp.knows = true;
	if (ipv4)
		input_error(&world, true, ICMPV4_UNREACHABLE, ICMPV4_UNREACHABLE_TOO_BIG, reported);
	else
		input_error(&world, false, ICMPV6_TOO_BIG, 0, reported);
	CU_ASSERT_EQUAL(world_drops(&world, DROP_ICMP_BOGUS), fake_tcp.errors == 0);
	CU_ASSERT_TRUE(fake_tcp.errors == 0 || fake_tcp.error.kind == ICMP_ERROR_TOO_BIG);
	world_close(&world);
	return fake_tcp.errors != 0 ? fake_tcp.error.mtu : 0;
}

static void an_mtu_is_bounded(void)
{
	CU_ASSERT_EQUAL(told_mtu(true, 1400), 1400);
	CU_ASSERT_EQUAL(told_mtu(true, 0x12340000 | 1400), 1400); /* the upper half means nothing */
	CU_ASSERT_EQUAL(told_mtu(true, 0), 1492);		  /* the next plateau below 1500 */
	CU_ASSERT_EQUAL(told_mtu(true, 1), 0);
	CU_ASSERT_EQUAL(told_mtu(true, 67), 0);
	CU_ASSERT_EQUAL(told_mtu(true, 68), 68);
	CU_ASSERT_EQUAL(told_mtu(true, 1500), 0); /* not smaller than the packet was */
	CU_ASSERT_EQUAL(told_mtu(true, 9000), 0);
	CU_ASSERT_EQUAL(told_mtu(false, 1400), 1400);
	CU_ASSERT_EQUAL(told_mtu(false, 1280), 1280);
	CU_ASSERT_EQUAL(told_mtu(false, 1279), 0);
	CU_ASSERT_EQUAL(told_mtu(false, 0), 0);
	CU_ASSERT_EQUAL(told_mtu(false, UINT32_MAX), 65535);
}

static void a_quote_cut_short_is_refused(void)
{
	for (int ipv4 = 0; ipv4 < 2; ipv4++) {
		struct written written = {.source = ipv4 ? ROUTER : ROUTER6, .destination = ipv4 ? OWN : OWN6};
		uint8_t quote[100];
		uint32_t length = write_quote(quote, ipv4 ? OWN : OWN6, ipv4 ? FAR : FAR6, IPPROTO_TCP);
		struct world world;
		struct frame frame;

		world_open_resolved(&world);
		for (uint32_t cut = 0; cut < length; cut++) {
			write_icmp(&frame, &written, ipv4 ? 3 : 1, 1, 0, quote, cut);
			world_input(&world, 0, &frame);
		}
		CU_ASSERT_EQUAL(fake_tcp.errors, 0);
		CU_ASSERT_EQUAL(world_drops(&world, DROP_ICMP_MALFORMED), length);
		world_close(&world);
	}
}

/* Has a router complain about a datagram from `source`, port 0x1234, to FAR or FAR6; the MTU to that afterwards. */
static uint16_t mtu_after_complaint(struct world *world, bool ipv4, const char *source, uint16_t mtu)
{
	struct written written = {.source = ipv4 ? ROUTER : ROUTER6, .destination = ipv4 ? OWN : OWN6};
	struct ip_address far = address_of(ipv4 ? FAR : FAR6);
	uint8_t quote[100];
	uint32_t length = write_quote(quote, source, ipv4 ? FAR : FAR6, IPPROTO_UDP);
	struct ip_path path;
	struct frame frame;

	write_icmp(&frame, &written, ipv4 ? ICMPV4_UNREACHABLE : ICMPV6_TOO_BIG, ipv4 ? ICMPV4_UNREACHABLE_TOO_BIG : 0,
		   mtu, quote, length);
	world_input(world, 0, &frame);
	CU_ASSERT_TRUE(ip_route(world->stack, &far, &path));
	return path.mtu;
}

static void udp_learns_the_path_mtu(void)
{
	static const struct ip_address any;
	struct world world;

	world_open_resolved(&world);
	CU_ASSERT_EQUAL(mtu_after_complaint(&world, false, OWN6, 1300), 1500);
	CU_ASSERT_EQUAL(world_drops(&world, DROP_ICMP_QUOTE), 1); /* no such socket */
	CU_ASSERT_PTR_NOT_NULL(udp_bind(world.stack, &any, 0x1234, NULL));
	CU_ASSERT_EQUAL(mtu_after_complaint(&world, false, OWN6, 1300), 1300);
	CU_ASSERT_EQUAL(world_counters(&world).path_mtus, 1);
	world_close(&world);
}

/* Routers cut our datagrams themselves, so whoever complains has not seen one; and TCP would suffer for it. */
static void no_datagram_is_too_big_for_ipv4(void)
{
	static const struct ip_address any;
	struct world world;

	world_open_resolved(&world);
	CU_ASSERT_PTR_NOT_NULL(udp_bind(world.stack, &any, 0x1234, NULL));
	CU_ASSERT_EQUAL(mtu_after_complaint(&world, true, OWN, 1300), 1500);
	CU_ASSERT_EQUAL(world_drops(&world, DROP_ICMP_QUOTE), 1);
	world_close(&world);
}

static void the_quoted_packet_came_from_where_the_error_goes(void)
{
	static const struct ip_address any;
	struct world world;

	world_open_resolved(&world);
	fake_tcp.knows = true;
	CU_ASSERT_PTR_NOT_NULL(udp_bind(world.stack, &any, 0x1234, NULL));
	CU_ASSERT_EQUAL(mtu_after_complaint(&world, false, PEER6, 1300), 1500);
	CU_ASSERT_EQUAL(mtu_after_complaint(&world, false, "fd00:1::1", 1300), 1500);
	CU_ASSERT_EQUAL(world_drops(&world, DROP_ICMP_QUOTE), 2);
	world_close(&world);
}

static void a_later_fragment_tells_nothing(void)
{
	struct written written = {.source = ROUTER, .destination = OWN};
	uint8_t quote[100];
	uint32_t length = write_quote(quote, OWN, FAR, IPPROTO_TCP);
	struct world world;
	struct frame frame;

	world_open_resolved(&world);
	quote[7] = 10;
	write_icmp(&frame, &written, 3, 1, 0, quote, length);
	world_input(&world, 0, &frame);
	CU_ASSERT_EQUAL(fake_tcp.errors, 0);
	CU_ASSERT_EQUAL(world_drops(&world, DROP_ICMP_QUOTE), 1);
	world_close(&world);
}

static struct tuple steered_tuple;
static uint8_t steered_protocol;

static bool steer(void *context, struct rte_mbuf *frame, uint16_t interface, const struct tuple *tuple,
		  uint8_t protocol)
{
	steered_tuple = *tuple;
	steered_protocol = protocol;
	CU_ASSERT_TRUE(segment_of(frame)->flags & SEGMENT_STEERED);
	rte_pktmbuf_free(frame);
	return true;
}

static void an_error_goes_to_the_worker_that_has_the_connection(void)
{
	struct written written = {.source = ROUTER, .destination = OWN};
	uint8_t quote[100];
	uint32_t length = write_quote(quote, OWN, FAR, IPPROTO_TCP);
	struct world world;
	struct frame frame;
	struct rte_mbuf *mbuf;

	world_prepare(&world);
	world.config.environment.steer = steer;
	world_open(&world);
	write_icmp(&frame, &written, 3, 1, 0, quote, length);
	world_input(&world, 0, &frame);
	CU_ASSERT_EQUAL(fake_tcp.errors, 0);
	CU_ASSERT_EQUAL(steered_protocol, IPPROTO_TCP);
	CU_ASSERT_EQUAL(steered_tuple.local_port, 0x1234);
	expect_address(&steered_tuple.remote, FAR);
	/* Once is enough. */
	mbuf = world_mbuf(&world, &frame, 2048, SEGMENT_STEERED, 0);
	stack_input(world.stack, 0, &mbuf, 1);
	CU_ASSERT_EQUAL(fake_tcp.errors, 1);
	world_close(&world);
}

static void errors_are_never_answered(void)
{
	static const uint8_t types[] = {ICMPV4_UNREACHABLE, ICMPV4_TIME_EXCEEDED, 4, 5};
	struct world world;
	struct frame frame;
	uint8_t quote[100];
	uint32_t length;

	world_open_resolved(&world);
	length = write_quote(quote, OWN, FAR, IPPROTO_TCP);
	for (unsigned i = 0; i < RTE_DIM(types); i++) {
		struct written written = {.source = PEER, .destination = FAR, .hop_limit = 1};

		write_icmp(&frame, &written, types[i], 0, 0, quote, length);
		world_input(&world, 0, &frame);
	}
	expect_nothing(&world);
	CU_ASSERT_EQUAL(world_drops(&world, DROP_IP_TTL), RTE_DIM(types));
	world_close(&world);
}

static void later_fragments_are_not_answered(void)
{
	struct written written = {.source = PEER, .destination = FAR, .hop_limit = 1, .offset = 800, .protocol = 17};
	struct written written6 = {.source = PEER6, .destination = FAR6, .hop_limit = 1, .offset = 800, .protocol = 17};
	struct world world;
	struct frame frame;

	world_open_resolved(&world);
	write_ip(&frame, &written, "12345678", 8);
	world_input(&world, 0, &frame);
	write_ip(&frame, &written6, "12345678", 8);
	world_input(&world, 0, &frame);
	expect_nothing(&world);
	CU_ASSERT_EQUAL(world_drops(&world, DROP_IP_TTL), 2);
	world_close(&world);
}

int main(void)
{
	return PACKETS_RUN("ICMP errors", TEST(tcp_hears_of_its_segment), TEST(each_error_has_its_kind),
			   TEST(an_mtu_is_bounded), TEST(a_quote_cut_short_is_refused), TEST(udp_learns_the_path_mtu),
			   TEST(no_datagram_is_too_big_for_ipv4),
			   TEST(the_quoted_packet_came_from_where_the_error_goes), TEST(a_later_fragment_tells_nothing),
			   TEST(an_error_goes_to_the_worker_that_has_the_connection), TEST(errors_are_never_answered),
			   TEST(later_fragments_are_not_answered));
}
