/* SPDX-License-Identifier: BSD-3-Clause */
/* A path narrower than anyone needs is not gone down to: packets to it may be cut on their way instead. */
#include <netinet/in.h>

#include <tcpstack/wire/icmp.h>

#include "packets.h"

#define PROTOCOL 99

/* Sends `length` octets that the transport does not want to be cut, from interface 0. */
static bool transmit(struct world *world, const char *destination, uint16_t length)
{
	struct ip_send send = {.destination = address_of(destination), .protocol = PROTOCOL};
	static const uint8_t data[1500];
	struct ip_path path;

	CU_ASSERT_TRUE_FATAL(ip_route(world->stack, &send.destination, &path));
	CU_ASSERT_TRUE_FATAL(ip_source(world->stack, &path, &send.destination, &send.source));
	return ip_output(world->stack, support_mbuf(world->pool, data, length), &send, &path);
}

static void learn(struct world *world, const char *destination, uint16_t mtu)
{
	struct ip_address address = address_of(destination);

	path_mtu_learn(world->stack, &address, mtu);
}

static struct seen sent(struct world *world, uint16_t length)
{
	static struct frame frame;
	struct seen seen;

	CU_ASSERT_TRUE(transmit(world, PEER, length - 20));
	seen = expect(world, 0, &frame);
	CU_ASSERT_EQUAL(seen.ip_length, length);
	return seen;
}

static void a_packet_that_is_not_to_be_cut_says_so(void)
{
	struct world world;

	world_open_resolved(&world);
	learn(&world, PEER, 552);
	CU_ASSERT_TRUE(sent(&world, 552).dont_fragment);
	CU_ASSERT_FALSE(transmit(&world, PEER, 533));
	CU_ASSERT_EQUAL(world_drops(&world, DROP_IP_TOO_BIG), 1);
	world_close(&world);
}

static void below_552_octets_routers_may_cut(void)
{
	struct world world;
	struct seen first;

	world_open_resolved(&world);
	learn(&world, PEER, 551);
	first = sent(&world, 552);
	CU_ASSERT_FALSE(first.dont_fragment);
	CU_ASSERT_EQUAL(first.offset, 0);
	CU_ASSERT_FALSE(first.more);
	/* RFC 6864: pieces of different packets must not meet. */
	CU_ASSERT_NOT_EQUAL(sent(&world, 552).identification, first.identification);
	CU_ASSERT_FALSE(transmit(&world, PEER, 533));
	/* A report that is less bad takes nothing back. */
	learn(&world, PEER, 552);
	CU_ASSERT_FALSE(sent(&world, 100).dont_fragment);
	world_pass(&world, 600 * SECOND);
	world_resolve(&world);
	CU_ASSERT_TRUE(sent(&world, 1500).dont_fragment);
	world_close(&world);
}

static void a_path_that_is_found_narrower_still_is_heard_of(void)
{
	struct world world;

	world_open_resolved(&world);
	learn(&world, PEER, 552);
	learn(&world, PEER, 68);
	CU_ASSERT_FALSE(sent(&world, 552).dont_fragment);
	world_close(&world);
}

int main(void)
{
	return PACKETS_RUN("path MTU", TEST(a_packet_that_is_not_to_be_cut_says_so),
			   TEST(below_552_octets_routers_may_cut),
			   TEST(a_path_that_is_found_narrower_still_is_heard_of));
}
