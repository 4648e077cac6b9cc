/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Every combination of timestamps, SACK and window scale on either side, with small, usual and large MSS, over IPv4 and
 * IPv6: what is agreed is what both have, and data flows both ways through a link that loses, doubles and reorders.
 */
#include <stdio.h>

#include "scene.h"

#define BYTES 60000

static struct rte_mempool *pools[2];
static enum family family;
static uint16_t mss;

static struct tcp_options options_of(unsigned bits)
{
	return (struct tcp_options){
	    .timestamps = bits & 1, .sack = bits & 2, .window_scaling = bits & 4, .window_scale = 7, .mss = mss};
}

/* Both ends hold what both SYNs had. */
static const char *agreed(struct scene *scene)
{
	const struct conversation *conversation = &scene->application.conversations[0];

	for (unsigned side = 0; side < 2; side++) {
		const struct end *end = &conversation->ends[side];
		struct tcp_info info;

		if (!end->opened || !end->connection || end->closed)
			continue;
		tcp_get_info(scene->world.hosts[side].stack, end->connection, &info);
		if (info.options.timestamps != (conversation->options.timestamps && scene->server.timestamps))
			return "timestamps are not as agreed";
		if (info.options.sack != (conversation->options.sack && scene->server.sack))
			return "SACK is not as agreed";
		if (info.options.window_scaling !=
		    (conversation->options.window_scaling && scene->server.window_scaling))
			return "window scaling is not as agreed";
	}
	return NULL;
}

static const char *try_pair(unsigned client, unsigned server)
{
	static struct scene scene;
	struct conversation *conversation = &scene.application.conversations[0];

	scene = (struct scene){.config.seed = client * 8 + server + 1, .inspect = agreed};
	for (unsigned side = 0; side < 2; side++) {
		struct link_config *link = &scene.config.links[side];

		link_config_default(link);
		link->delay = 5000000;
		link->loss = 0.02;
		link->duplicate = 0.01;
		link->reorder = 0.02;
		link->reorder_depth = 3;
		link->hold = 5000000;
		stack_defaults(&scene.config.hosts[side].stack);
		scene.config.hosts[side].stack.connections = 8;
		scene.config.hosts[side].stack.half_open = 8;
		scene.config.hosts[side].stack.time_wait = 8;
		scene.config.hosts[side].mtu = 1500;
		scene.config.hosts[side].offloads = INTERFACE_TX_CHAINS;
		conversation->parts[side] = (struct part){.bytes = BYTES, .write_size = 20000, .mbuf_size = 2048};
	}
	conversation->family = family;
	conversation->options = options_of(client);
	scene.server = options_of(server);
	scene.application.count = 1;
	return scene_run(&scene, pools);
}

static void every_pair(enum family with_family, uint16_t with_mss)
{
	family = with_family;
	mss = with_mss;
	for (unsigned client = 0; client < 8; client++) {
		for (unsigned server = 0; server < 8; server++) {
			const char *fault = try_pair(client, server);

			if (fault)
				printf("\n    client options %u, server options %u: %s\n", client, server, fault);
			CU_ASSERT_PTR_NULL(fault);
		}
	}
}

static void over_ipv4_with_a_small_mss(void)
{
	every_pair(IPV4, 300);
}

static void over_ipv4_with_a_usual_mss(void)
{
	every_pair(IPV4, 1360);
}

static void over_ipv4_with_the_mss_of_the_interface(void)
{
	every_pair(IPV4, 0);
}

static void over_ipv6_with_a_small_mss(void)
{
	every_pair(IPV6, 300);
}

static void over_ipv6_with_a_usual_mss(void)
{
	every_pair(IPV6, 1360);
}

static void over_ipv6_with_the_mss_of_the_interface(void)
{
	every_pair(IPV6, 0);
}

int main(void)
{
	pools[0] = support_pool("client", 4095);
	pools[1] = support_pool("server", 4095);
	return TESTS_RUN("option matrix", TEST(over_ipv4_with_a_small_mss), TEST(over_ipv4_with_a_usual_mss),
			 TEST(over_ipv4_with_the_mss_of_the_interface), TEST(over_ipv6_with_a_small_mss),
			 TEST(over_ipv6_with_a_usual_mss), TEST(over_ipv6_with_the_mss_of_the_interface));
}
