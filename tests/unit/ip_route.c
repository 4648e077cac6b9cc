/* SPDX-License-Identifier: BSD-3-Clause */
/* The way to a destination, the address to send from, and the path MTUs that bound it. */
#include <netinet/in.h>
#include <stdio.h>

#include <tcpstack/udp.h>

#include "packets.h"

static bool add_route(struct world *world, const char *prefix_text, uint16_t interface, const char *gateway_text)
{
	struct ip_address gateway = address_of(gateway_text);
	struct ip_prefix prefix;

	CU_ASSERT_TRUE_FATAL(prefix_parse(prefix_text, &prefix));
	return stack_add_route(world->stack, &prefix, interface, &gateway);
}

static void check_hop(struct world *world, const char *destination, const char *next_hop)
{
	struct ip_address address = address_of(destination);
	struct ip_path path;

	CU_ASSERT_EQUAL(ip_route(world->stack, &address, &path), next_hop != NULL);
	if (next_hop != NULL)
		expect_address(&path.next_hop, next_hop);
}

static void the_longest_prefix_leads(void)
{
	struct world world;

	world_open_resolved(&world);
	CU_ASSERT_TRUE(add_route(&world, "0.0.0.0/0", 0, "10.0.0.10"));
	CU_ASSERT_TRUE(add_route(&world, "192.0.2.128/25", 1, "10.0.1.11"));
	CU_ASSERT_TRUE(add_route(&world, "192.0.2.0/24", 0, "10.0.0.12"));
	CU_ASSERT_TRUE(add_route(&world, "192.0.2.200", 0, "10.0.0.13"));
	CU_ASSERT_TRUE(add_route(&world, "2001:db8::/32", 1, "fd00:1::11"));
	CU_ASSERT_TRUE(add_route(&world, "2001:db8:1::/48", 0, "fe80::12"));
	check_hop(&world, "198.51.100.1", "10.0.0.10");
	check_hop(&world, "192.0.2.1", "10.0.0.12");
	check_hop(&world, "192.0.2.127", "10.0.0.12");
	check_hop(&world, "192.0.2.128", "10.0.1.11");
	check_hop(&world, "192.0.2.200", "10.0.0.13");
	check_hop(&world, FAR, FAR);
	check_hop(&world, "2001:db8::1", "fd00:1::11");
	check_hop(&world, "2001:db8:1::1", "fe80::12");
	check_hop(&world, "2001:db9::1", NULL); /* the IPv4 default is not for IPv6 */
	CU_ASSERT_TRUE(add_route(&world, "::/0", 1, "fd00:1::13"));
	check_hop(&world, "2001:db9::1", "fd00:1::13");
	check_hop(&world, "198.51.100.1", "10.0.0.10");
	world_close(&world);
}

static void an_ipv6_default_is_not_for_ipv4(void)
{
	struct world world;

	world_open_resolved(&world);
	CU_ASSERT_TRUE(add_route(&world, "::/0", 1, "fd00:1::13"));
	check_hop(&world, "198.51.100.1", NULL);
	world_close(&world);
}

static void impossible_routes_are_refused(void)
{
	struct world world;

	world_open_resolved(&world);
	CU_ASSERT_FALSE(add_route(&world, "192.0.2.0/24", 2, "10.0.0.10")); /* no such interface */
	CU_ASSERT_FALSE(add_route(&world, "192.0.2.0/24", 1, "10.0.0.10")); /* not on its link */
	CU_ASSERT_FALSE(add_route(&world, "192.0.2.0/24", 0, OWN));
	CU_ASSERT_FALSE(add_route(&world, "192.0.2.0/24", 0, "fd00::5"));
	CU_ASSERT_FALSE(add_route(&world, "2001:db8::/32", 0, "10.0.0.10"));
	world_close(&world);
}

static void routes_are_bounded(void)
{
	struct world world;

	world_prepare(&world);
	world.config.routes = 3;
	world_open(&world);
	for (unsigned i = 0; i < 5; i++) {
		char prefix[24];

		snprintf(prefix, sizeof(prefix), "192.0.%u.0/24", i);
		CU_ASSERT_EQUAL(add_route(&world, prefix, 0, "10.0.0.10"), i < 3);
	}
	world_close(&world);
}

static void check_source(struct world *world, uint16_t interface, const char *destination, const char *source)
{
	struct ip_address to = address_of(destination), from;
	struct ip_path path = {.interface = interface};

	CU_ASSERT_TRUE_FATAL(ip_source(world->stack, &path, &to, &from));
	expect_address(&from, source);
}

static void the_source_fits_the_destination(void)
{
	struct ip_address to = address_of("192.0.2.1"), from;
	struct ip_path path = {.interface = 1};
	struct world world;

	world_prepare(&world);
	CU_ASSERT_TRUE(prefix_parse("10.9.0.1", &world.interfaces[0].addresses[2]));
	world.interfaces[0].addresses[2].length = 112;
	CU_ASSERT_TRUE(prefix_parse("2001:db8::1", &world.interfaces[0].addresses[3]));
	world.interfaces[0].addresses[3].length = 64;
	world.interfaces[0].address_count = 4;
	world.interfaces[1].address_count = 0;
	world_open(&world);
	check_source(&world, 0, "10.0.0.77", OWN);
	check_source(&world, 0, "10.9.3.3", "10.9.0.1");
	check_source(&world, 0, "fd00::77", OWN6);
	check_source(&world, 0, "2001:db8:ffff::1", "2001:db8::1");
	check_source(&world, 0, "fe80::77", "fe80::ff:fe00:1");
	CU_ASSERT_FALSE(ip_source(world.stack, &path, &to, &from));
	world_close(&world);
}

static uint16_t mtu_to(struct world *world, const char *destination)
{
	struct ip_address address = address_of(destination);
	struct ip_path path = {.mtu = 0};

	CU_ASSERT_TRUE(ip_route(world->stack, &address, &path));
	return path.mtu;
}

static void a_path_mtu_is_remembered_for_ten_minutes(void)
{
	struct ip_address far = address_of(FAR);
	struct world world;

	world_open_resolved(&world);
	CU_ASSERT_EQUAL(mtu_to(&world, FAR), 1500);
	path_mtu_learn(world.stack, &far, 1400);
	CU_ASSERT_EQUAL(mtu_to(&world, FAR), 1400);
	CU_ASSERT_EQUAL(mtu_to(&world, "10.0.1.3"), 1500);
	path_mtu_learn(world.stack, &far, 1450); /* never raises it */
	CU_ASSERT_EQUAL(mtu_to(&world, FAR), 1400);
	world_pass(&world, 400 * SECOND);
	path_mtu_learn(world.stack, &far, 1300);
	CU_ASSERT_EQUAL(mtu_to(&world, FAR), 1300);
	world_pass(&world, 600 * SECOND - 1);
	CU_ASSERT_EQUAL(mtu_to(&world, FAR), 1300);
	CU_ASSERT_EQUAL(world_counters(&world).path_mtus, 1);
	world_pass(&world, 1);
	CU_ASSERT_EQUAL(mtu_to(&world, FAR), 1500);
	CU_ASSERT_EQUAL(world_counters(&world).path_mtus, 0);
	world_close(&world);
}

static void of_too_many_path_mtus_the_oldest_gives_way(void)
{
	struct ip_address first = address_of("10.0.1.3"), second = address_of("10.0.1.4"), third = address_of(FAR);
	struct world world;

	world_prepare(&world);
	world.config.path_mtus = 2;
	world_open(&world);
	path_mtu_learn(world.stack, &first, 1400);
	path_mtu_learn(world.stack, &second, 1400);
	path_mtu_learn(world.stack, &first, 1400); /* heard of again */
	path_mtu_learn(world.stack, &third, 1400);
	CU_ASSERT_EQUAL(mtu_to(&world, "10.0.1.3"), 1400);
	CU_ASSERT_EQUAL(mtu_to(&world, "10.0.1.4"), 1500);
	CU_ASSERT_EQUAL(mtu_to(&world, FAR), 1400);
	CU_ASSERT_EQUAL(world_counters(&world).path_mtus, 2);
	world_close(&world);
}

static void an_answer_to_a_link_local_address_stays_on_its_link(void)
{
	struct written written = {
	    .source = "fe80::77",
	    .destination = "fe80::ff:fe00:101",
	    .source_mac = &far_mac,
	    .destination_mac = &far_own_mac,
	};
	struct world world;
	struct frame frame;
	struct seen seen;

	world_open_resolved(&world);
	write_icmp(&frame, &written, ICMPV6_ECHO_REQUEST, 0, 0, NULL, 0);
	world_input(&world, 1, &frame);
	seen = expect_icmp(&world, 1, &frame, ICMPV6_NEIGHBOUR_SOLICITATION, 0);
	expect_address(&seen.source, "fe80::ff:fe00:101");
	world_close(&world);
}

static bool send_datagram(struct world *world, const char *local_text, const char *remote_text)
{
	struct ip_address local = address_of(local_text), remote = address_of(remote_text);
	static const struct ip_address any;
	struct segment_list payload = {0};
	struct udp_socket *socket = udp_bind(world->stack, &any, 4000, NULL);
	bool sent = udp_send(world->stack, socket, &local, &remote, 9, &payload);

	udp_close(world->stack, socket);
	return sent;
}

static void a_link_local_peer_is_on_the_link_of_our_address(void)
{
	static const char *const own[] = {"fe80::ff:fe00:1", "fe80::ff:fe00:101", OWN6, "fd00:1::1"};
	struct ip_address peer = address_of("fe80::77");
	struct world world;
	struct frame frame;

	world_open_resolved(&world);
	for (unsigned i = 0; i < RTE_DIM(own); i++) {
		struct ip_address local = address_of(own[i]);
		struct ip_path path;

		CU_ASSERT_TRUE(ip_route_between(world.stack, &local, &peer, &path));
		CU_ASSERT_EQUAL(path.interface, i % 2);
	}
	CU_ASSERT_TRUE(send_datagram(&world, "fe80::ff:fe00:101", "fe80::77"));
	expect_icmp(&world, 1, &frame, ICMPV6_NEIGHBOUR_SOLICITATION, 0);
	CU_ASSERT_TRUE(send_datagram(&world, "::", "fe80::77"));
	expect_icmp(&world, 0, &frame, ICMPV6_NEIGHBOUR_SOLICITATION, 0);
	expect_nothing(&world);
	world_close(&world);
}

/* RFC 4007: on another link it means somebody else, or nobody. */
static void a_link_local_address_of_ours_stays_on_its_link(void)
{
	struct written written = {.source = FAR6, .destination = "fe80::ff:fe00:1"};
	struct world world;
	struct frame frame;

	world_open_resolved(&world);
	CU_ASSERT_FALSE(send_datagram(&world, "fe80::ff:fe00:1", FAR6));
	CU_ASSERT_EQUAL(world_drops(&world, DROP_IP_NO_ROUTE), 1);
	write_icmp(&frame, &written, ICMPV6_ECHO_REQUEST, 0, 0, NULL, 0);
	world_input(&world, 0, &frame);
	write_udp(&frame, &written, 1, 2, NULL, 0);
	world_input(&world, 0, &frame);
	CU_ASSERT_EQUAL(world_drops(&world, DROP_IP_NO_ROUTE), 3);
	expect_nothing(&world);
	CU_ASSERT_TRUE(send_datagram(&world, "fe80::ff:fe00:101", FAR6));
	CU_ASSERT_EQUAL(expect(&world, 1, &frame).protocol, IPPROTO_UDP);
	world_close(&world);
}

int main(void)
{
	return PACKETS_RUN("routes", TEST(the_longest_prefix_leads), TEST(an_ipv6_default_is_not_for_ipv4),
			   TEST(impossible_routes_are_refused), TEST(routes_are_bounded),
			   TEST(the_source_fits_the_destination), TEST(a_path_mtu_is_remembered_for_ten_minutes),
			   TEST(of_too_many_path_mtus_the_oldest_gives_way),
			   TEST(an_answer_to_a_link_local_address_stays_on_its_link),
			   TEST(a_link_local_peer_is_on_the_link_of_our_address),
			   TEST(a_link_local_address_of_ours_stays_on_its_link));
}
