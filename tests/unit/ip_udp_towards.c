/* SPDX-License-Identifier: BSD-3-Clause */
/* A UDP socket that talks to one remote end: bound where the answers come back to this stack. */
#include <netinet/in.h>

#include <tcpstack/udp.h>

#include "packets.h"

static unsigned asked;		/* calls of returns_here */
static struct tuple last_asked; /* and the last one's tuple */
static uint16_t last_interface;
static uint8_t last_protocol;

static bool no_port_returns(void *context, uint16_t interface, const struct tuple *tuple, uint8_t protocol)
{
	asked++;
	last_asked = *tuple;
	last_interface = interface;
	last_protocol = protocol;
	return false;
}

static bool every_seventh_port_returns(void *context, uint16_t interface, const struct tuple *tuple, uint8_t protocol)
{
	no_port_returns(context, interface, tuple, protocol);
	return tuple->local_port % 7 == 3;
}

static void open_with(struct world *world, bool (*returns_here)(void *, uint16_t, const struct tuple *, uint8_t))
{
	asked = 0;
	world_prepare(world);
	world->config.environment.returns_here = returns_here;
	world_open(world);
	world_resolve(world);
}

static void its_port_is_one_whose_answers_return(void)
{
	const char *const remotes[] = {FAR, FAR6};
	const char *const locals[] = {"10.0.1.1", "fd00:1::1"};

	for (unsigned i = 0; i < 2; i++) {
		struct ip_address remote = address_of(remotes[i]);
		struct udp_socket *socket;
		struct world world;

		open_with(&world, every_seventh_port_returns);
		socket = udp_bind_towards(world.stack, &remote, 53, &world);
		CU_ASSERT_PTR_NOT_NULL_FATAL(socket);
		CU_ASSERT_EQUAL(udp_port(socket) % 7, 3);
		CU_ASSERT_PTR_EQUAL(udp_context(socket), &world);
		expect_address(&last_asked.local, locals[i]);
		expect_address(&last_asked.remote, remotes[i]);
		CU_ASSERT_EQUAL(last_asked.remote_port, 53);
		CU_ASSERT_EQUAL(last_asked.local_port, udp_port(socket));
		CU_ASSERT_EQUAL(last_interface, 1);
		CU_ASSERT_EQUAL(last_protocol, IPPROTO_UDP);
		world_close(&world);
	}
}

static void it_is_refused_where_no_port_returns_after_a_bounded_search(void)
{
	struct ip_address remote = address_of(PEER);
	struct world world;

	open_with(&world, no_port_returns);
	CU_ASSERT_PTR_NULL(udp_bind_towards(world.stack, &remote, 53, NULL));
	CU_ASSERT(asked > 500 && asked <= 1024);
	world_close(&world);
}

static void it_is_refused_where_no_way_leads(void)
{
	struct ip_address remote = address_of("192.0.2.1");
	struct world world;

	open_with(&world, NULL);
	CU_ASSERT_PTR_NULL(udp_bind_towards(world.stack, &remote, 53, NULL));
	world_close(&world);
}

static void it_never_takes_a_port_that_somebody_has_for_all_addresses(void)
{
	static const struct ip_address any;
	struct ip_address remote = address_of(PEER);
	struct udp_socket *socket;
	struct world world;

	world_prepare(&world);
	world.config.tcp.port_first = 40000;
	world.config.tcp.port_last = 40001;
	world_open(&world);
	CU_ASSERT_PTR_NOT_NULL(udp_bind(world.stack, &any, 40000, NULL));
	socket = udp_bind_towards(world.stack, &remote, 53, NULL);
	CU_ASSERT_PTR_NOT_NULL_FATAL(socket);
	CU_ASSERT_EQUAL(udp_port(socket), 40001);
	CU_ASSERT_PTR_NULL(udp_bind_towards(world.stack, &remote, 53, NULL));
	world_close(&world);
}

static void its_ports_are_spread_over_the_range(void)
{
	struct ip_address remote = address_of(PEER);
	unsigned low = UINT16_MAX, high = 0;
	struct world world;

	open_with(&world, NULL);
	for (unsigned i = 0; i < 60; i++) {
		struct udp_socket *socket = udp_bind_towards(world.stack, &remote, 53, NULL);

		CU_ASSERT_PTR_NOT_NULL_FATAL(socket);
		low = RTE_MIN(low, udp_port(socket));
		high = RTE_MAX(high, udp_port(socket));
	}
	CU_ASSERT(low >= 32768 && high <= 60999 && high - low > 20000);
	world_close(&world);
}

int main(void)
{
	return PACKETS_RUN(
	    "UDP towards one end", TEST(its_port_is_one_whose_answers_return),
	    TEST(it_is_refused_where_no_port_returns_after_a_bounded_search), TEST(it_is_refused_where_no_way_leads),
	    TEST(it_never_takes_a_port_that_somebody_has_for_all_addresses), TEST(its_ports_are_spread_over_the_range));
}
