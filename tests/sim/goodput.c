/* SPDX-License-Identifier: BSD-3-Clause */
/* How much a bulk transfer delivers, against an independent model (cubic_model.h) and against the rate of the link. */
#include <stdio.h>

#include "cubic_model.h"
#include "scene.h"

#define SECONDS 60
#define SECOND UINT64_C(1000000) /* microseconds */
#define SEEDS 10

static struct rte_mempool *pools[2];

/* A path, both ways alike but for the loss, which only what the client sends meets. */
struct path {
	double loss;
	uint64_t rate;	/* bits a second */
	uint64_t delay; /* nanoseconds */
	uint64_t queue; /* octets */
};

struct delivery {
	uint64_t bytes; /* that the server has read */
	uint64_t lost;	/* frames of the client's that found the queue full */
};

/* Runs one bulk transfer for so many microseconds. */
static struct delivery bulk(uint64_t seed, const struct path *path, uint64_t duration, enum family family)
{
	static struct scene scene;
	struct conversation *conversation = &scene.application.conversations[0];
	struct delivery delivery;

	scene = (struct scene){.config.seed = seed};
	for (unsigned side = 0; side < 2; side++) {
		struct world_host_config *host = &scene.config.hosts[side];

		link_config_default(&scene.config.links[side]);
		scene.config.links[side].delay = path->delay;
		scene.config.links[side].rate = path->rate;
		scene.config.links[side].queue = path->queue;
		scene.config.links[side].loss = side == 0 ? path->loss : 0;
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
	world_run(&scene.world, scene.world.now + duration);
	delivery.bytes = conversation->ends[1].received;
	delivery.lost = link_counters(scene.world.links[0])->verdicts[LINK_QUEUE_FULL];
	CU_ASSERT_PTR_NULL(scene.world.fault);
	CU_ASSERT_PTR_NULL(world_stop(&scene.world));
	return delivery;
}

static void as_the_model_says_at_one_percent_loss(enum family family)
{
	const struct path path = {.loss = 0.01, .rate = 1000000000, .delay = 25000000, .queue = 1000000};
	double stack = 0, model = 0, payload = family == IPV4 ? 1448 : 1428;

	for (uint64_t seed = 1; seed <= SEEDS; seed++) {
		struct cubic_model parameters = {.loss = 0.01,
						 .round_trip = 0.05,
						 .minimum_rto = 0.2,
						 .duration = SECONDS,
						 .initial_window = 10,
						 .seed = seed};

		stack += (double)bulk(seed, &path, SECONDS * SECOND, family).bytes;
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
	const struct path path = {.rate = 100000000, .delay = 25000000, .queue = 1000000};
	double possible = 100e6 / 8 * SECONDS * 1448 / 1514;
	double bytes = (double)bulk(1, &path, SECONDS * SECOND, IPV4).bytes;

	printf("\n    %.1f %% of what the link can carry ", 100 * bytes / possible);
	CU_ASSERT(bytes > 0.95 * possible);
}

/* Of a narrow link in the first four seconds: so short that what slow start costs shows. */
static struct delivery begin_on_narrow_link(uint64_t queue, enum family family, double *share)
{
	const struct path path = {.rate = 50000000, .delay = 10000000, .queue = queue};
	struct delivery delivery = bulk(1, &path, 4 * SECOND, family);

	*share = (double)delivery.bytes / (50e6 / 8 * 4);
	printf("\n    %.1f %% of what the link carries, %llu frames found the queue full ", 100 * *share,
	       (unsigned long long)delivery.lost);
	return delivery;
}

/* A queue of 240 ms, which takes all that slow start sends too much. */
static void a_narrow_link_with_a_long_queue_is_filled_from_the_start(void)
{
	double share;

	begin_on_narrow_link(1500000, IPV4, &share);
	CU_ASSERT(share > 0.9);
	begin_on_narrow_link(1500000, IPV6, &share);
	CU_ASSERT(share > 0.9);
}

/* A queue of 40 ms: what slow start sends too much is lost at its end, and recovered without waiting for time-outs. */
static void a_queue_that_overflows_in_slow_start_costs_little(void)
{
	double share;

	CU_ASSERT(begin_on_narrow_link(250000, IPV4, &share).lost > 100);
	CU_ASSERT(share > 0.8);
	CU_ASSERT(begin_on_narrow_link(250000, IPV6, &share).lost > 100);
	CU_ASSERT(share > 0.8);
}

int main(void)
{
	pools[0] = support_pool("client", 5119);
	pools[1] = support_pool("server", 5119);
	return TESTS_RUN("goodput", TEST(one_percent_loss_and_50_ms_over_ipv4),
			 TEST(one_percent_loss_and_50_ms_over_ipv6), TEST(a_link_of_100_mbit_is_filled),
			 TEST(a_narrow_link_with_a_long_queue_is_filled_from_the_start),
			 TEST(a_queue_that_overflows_in_slow_start_costs_little));
}
