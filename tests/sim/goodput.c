/* SPDX-License-Identifier: BSD-3-Clause */
/* How much a bulk transfer delivers, against an independent model (cubic_model.h) and against the rate of the link. */
#include <stdio.h>

#include "cubic_model.h"
#include "scene.h"

#define SECONDS 60
#define SEEDS 10

static struct rte_mempool *pools[2];

/* Runs one bulk transfer for SECONDS and returns the bytes that the server has read. */
static uint64_t bulk(uint64_t seed, double loss, uint64_t rate, enum family family)
{
	static struct scene scene;
	struct conversation *conversation = &scene.application.conversations[0];
	uint64_t bytes;

	scene = (struct scene){.config.seed = seed};
	for (unsigned side = 0; side < 2; side++) {
		struct world_host_config *host = &scene.config.hosts[side];

		link_config_default(&scene.config.links[side]);
		scene.config.links[side].delay = 25000000;
		scene.config.links[side].rate = rate;
		scene.config.links[side].queue = 1000000;
		scene.config.links[side].loss = side == 0 ? loss : 0;
		stack_defaults(&host->stack);
		host->stack.connections = host->stack.half_open = host->stack.time_wait = 8;
		host->stack.tcp.receive_buffer = 8 << 20;
		host->stack.tcp.send_buffer = 8 << 20;
		host->mtu = 1500;
		host->offloads = INTERFACE_TX_CHAINS;
	}
	scene.config.application = application_turn;
	scene.config.context = &scene.application;
	conversation->family = family;
	conversation->options = scene.config.hosts[0].stack.tcp.options;
	conversation->parts[0] = (struct part){.bytes = UINT64_C(1) << 40, .write_size = 65536, .mbuf_size = 2048};
	scene.application.count = 1;
	CU_ASSERT_PTR_NULL_FATAL(world_start(&scene.world, &scene.config, pools));
	application_start(&scene.application, &scene.world, &conversation->options, seed);
	world_run(&scene.world, scene.world.now + SECONDS * UINT64_C(1000000));
	bytes = conversation->ends[1].received;
	CU_ASSERT_PTR_NULL(scene.world.fault);
	CU_ASSERT_PTR_NULL(world_stop(&scene.world));
	return bytes;
}

static void as_the_model_says_at_one_percent_loss(enum family family)
{
	double stack = 0, model = 0, payload = family == IPV4 ? 1448 : 1428;

	for (uint64_t seed = 1; seed <= SEEDS; seed++) {
		struct cubic_model parameters = {.loss = 0.01,
						 .round_trip = 0.05,
						 .minimum_rto = 0.2,
						 .duration = SECONDS,
						 .initial_window = 10,
						 .seed = seed};

		stack += (double)bulk(seed, 0.01, 1000000000, family);
		model += (double)cubic_model_run(&parameters) * payload;
	}
	printf("\n    stack %.0f bytes/s, model %.0f bytes/s, ratio %.3f ", stack / SECONDS / SEEDS,
	       model / SECONDS / SEEDS, stack / model);
	CU_ASSERT(stack > 0.9 * model);
	CU_ASSERT(stack < 1.1 * model);
}

static void one_percent_loss_and_50_ms_over_ipv4(void)
{
	as_the_model_says_at_one_percent_loss(IPV4);
}

static void one_percent_loss_and_50_ms_over_ipv6(void)
{
	as_the_model_says_at_one_percent_loss(IPV6);
}

/* Of the octets on the wire (1514 a frame) the payload has its share. */
static void a_link_of_100_mbit_is_filled(void)
{
	double possible = 100e6 / 8 * SECONDS * 1448 / 1514;
	double bytes = (double)bulk(1, 0, 100000000, IPV4);

	printf("\n    %.1f %% of what the link can carry ", 100 * bytes / possible);
	CU_ASSERT(bytes > 0.95 * possible);
}

int main(void)
{
	pools[0] = support_pool("client", 5119);
	pools[1] = support_pool("server", 5119);
	return TESTS_RUN("goodput", TEST(one_percent_loss_and_50_ms_over_ipv4),
			 TEST(one_percent_loss_and_50_ms_over_ipv6), TEST(a_link_of_100_mbit_is_filled));
}
