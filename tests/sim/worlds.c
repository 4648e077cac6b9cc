/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Random worlds: a seed makes a link, two stacks with their options, buffers and offloads, and conversations between
 * them. Whatever the link does, every byte that is written arrives once and in order, both ends come to their end,
 * neither stack does what no TCP may do (judge.h), nothing is left over, and all of it within a bounded virtual time.
 *
 *     worlds [--seed N] [--count N] [--verbose]
 *
 * runs the worlds N, N + 1, ... and says how to run the first bad one again. --verbose prints each packet.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "scene.h"

#define MBUFS 5119 /* of each host */
#define SECOND UINT64_C(1000000)

/* --- making a world from its seed --------------------------------------------------------------------------------- */

/* One of the values, each as likely as the others. */
#define PICK(random, ...)                                                                                              \
	pick(random, (const uint64_t[]){__VA_ARGS__}, sizeof((const uint64_t[]){__VA_ARGS__}) / sizeof(uint64_t))

static uint64_t pick(struct random *random, const uint64_t *values, size_t count)
{
	return values[random_below(random, count)];
}

static bool one_in(struct random *random, unsigned n)
{
	return random_below(random, n) == 0;
}

static void random_link(struct random *random, struct link_config *link)
{
	link_config_default(link);
	link->delay = PICK(random, 0, 100, 1000, 10000, 50000, 200000) * 1000;
	link->jitter = one_in(random, 2) ? link->delay / PICK(random, 1, 2, 10) : 0;
	if (one_in(random, 2)) {
		link->rate = PICK(random, 1, 5, 20, 100, 1000) * 1000000;
		link->queue = PICK(random, 10000, 30000, 100000, 500000);
	}
	if (one_in(random, 4))
		return;
	link->loss = (double)PICK(random, 0, 1, 10, 20, 50, 100) / 1000;
	link->burst = one_in(random, 4) ? 0.002 : 0;
	link->burst_length = (uint32_t)random_between(random, 2, 6);
	link->duplicate = (double)PICK(random, 0, 0, 1, 10) / 100;
	link->reorder = (double)PICK(random, 0, 0, 1, 10, 30) / 100;
	link->reorder_depth = (uint32_t)random_between(random, 1, 30);
	link->hold = random_between(random, 1, 50) * 1000000;
	link->corrupt = (double)PICK(random, 0, 0, 1, 20) / 1000;
	link->truncate = (double)PICK(random, 0, 0, 0, 5) / 1000;
	if (one_in(random, 5)) {
		link->mtu = (uint32_t)random_between(random, 1280, 1499);
		link->mtu_from = PICK(random, 0, 500, 3000) * 1000000;
		link->too_big_reply = true;
	}
	if (one_in(random, 20)) {
		link->blackhole = random_between(random, 10, 10000) * 1000000;
		link->blackhole_from = random_between(random, 0, 5000) * 1000000;
	}
}

static struct tcp_options random_options(struct random *random)
{
	return (struct tcp_options){
	    .window_scaling = !one_in(random, 4),
	    .timestamps = !one_in(random, 3),
	    .sack = !one_in(random, 3),
	    .withhold_sack = one_in(random, 10),
	    .window_scale = (uint8_t)PICK(random, 0, 2, 7, 7, 14),
	    .mss = (uint16_t)PICK(random, 0, 0, 0, 216, 536, 1000, 1360, 8960),
	};
}

static void random_host(struct random *random, struct world_host_config *host, uint16_t mtu)
{
	static const uint32_t checksums = INTERFACE_TX_IPV4_CHECKSUM | INTERFACE_TX_TCP_CHECKSUM;
	struct tcp_config *tcp = &host->stack.tcp;

	stack_defaults(&host->stack);
	host->mtu = mtu;
	host->offloads =
	    (uint32_t)PICK(random, INTERFACE_TX_CHAINS, INTERFACE_TX_CHAINS, checksums, checksums | INTERFACE_TX_CHAINS,
			   checksums | INTERFACE_TX_CHAINS | INTERFACE_TX_TCP_SEGMENTATION);
	if (mtu <= 1500 && one_in(random, 4))
		host->offloads &= ~(uint32_t)(INTERFACE_TX_CHAINS | INTERFACE_TX_TCP_SEGMENTATION);
	if (mtu > 1500)
		host->offloads |= INTERFACE_TX_CHAINS; /* or no such frame could be sent */
	host->split_frames = (uint32_t)PICK(random, 0, 0, 200000);
	host->stack.connections = 32;
	host->stack.half_open = 32;
	host->stack.time_wait = 64;
	tcp->receive_buffer = (uint32_t)PICK(random, 16384, 65536, 262144, 524288, 4194304);
	tcp->send_buffer = (uint32_t)PICK(random, 16384, 65536, 1048576, 4194304);
	tcp->initial_window = (uint32_t)PICK(random, 1, 3, 10, 10, 40);
	tcp->delayed_ack = (uint32_t)PICK(random, 1, 40, 40, 200, 500);
	tcp->rto_min = (uint32_t)PICK(random, 50, 200, 200, 1000);
	tcp->rto_max = (uint32_t)PICK(random, 10000, 60000);
	tcp->syn_retries = 10;
	tcp->syn_ack_retries = 7;
	tcp->retries = 15;
	tcp->keepalive_idle = 60000;
	tcp->keepalive_interval = 10000;
	tcp->keepalive_count = 9;
	tcp->time_wait = (uint32_t)PICK(random, 1000, 10000, 60000);
	tcp->orphan = 300000;
}

/* From 0 to about 2^bits, small ones as likely as large ones. */
static uint64_t random_size(struct random *random, unsigned bits)
{
	return random_below(random, (UINT64_C(1) << random_between(random, 0, bits)) + 1);
}

static void random_part(struct random *random, struct part *part)
{
	part->bytes = random_size(random, one_in(random, 20) ? 20 : 17);
	part->write_size = (uint32_t)random_size(random, 16) + 1;
	part->mbuf_size = (uint32_t)PICK(random, 1, 64, 500, 1460, 2048, 2048, 2048);
	part->bytes = RTE_MIN(part->bytes, (uint64_t)part->mbuf_size * 3000);
	part->write_pause = PICK(random, 0, 0, 0, 1000, 20000, 2000000);
	part->write_size = RTE_MAX(part->write_size, (uint32_t)(part->bytes / 3000));
	if (part->write_pause > 1000)
		part->write_size = RTE_MAX(part->write_size, (uint32_t)(part->bytes / 20) + 1);
	part->read_pause = PICK(random, 0, 0, 0, 1000, 100000, 5000000);
	part->ending = one_in(random, 16)   ? ENDING_RESET
		       : one_in(random, 16) ? ENDING_ABANDON
		       : one_in(random, 4)  ? ENDING_RELEASE
					    : ENDING_SHUTDOWN;
}

static void random_conversation(struct random *random, struct conversation *conversation)
{
	*conversation = (struct conversation){
	    .begins = one_in(random, 2) ? 0 : random_below(random, 5 * SECOND),
	    .family = one_in(random, 2) ? IPV4 : IPV6,
	    .options = random_options(random),
	};
	random_part(random, &conversation->parts[0]);
	random_part(random, &conversation->parts[1]);
	/* Somebody has to begin to end it. */
	if (conversation->parts[0].ending == ENDING_RELEASE && conversation->parts[1].ending == ENDING_RELEASE)
		conversation->parts[random_below(random, 2)].ending = ENDING_SHUTDOWN;
}

static void random_trouble(struct random *random, struct trouble_config *trouble)
{
	if (one_in(random, 12)) {
		trouble->drought_from = random_below(random, 5 * SECOND);
		trouble->drought_until = trouble->drought_from + random_below(random, 3 * SECOND);
	}
	if (one_in(random, 12)) {
		trouble->blocked_from = random_below(random, 5 * SECOND);
		trouble->blocked_until = trouble->blocked_from + random_below(random, 10 * SECOND);
	}
}

/* Near where a clock of 31 or 32 bits of milliseconds wraps, or anywhere in the first hundred years. */
static uint64_t random_origin(struct random *random)
{
	return PICK(random, SECOND, (UINT64_C(1) << 31) * 1000, (UINT64_C(1) << 32) * 1000,
		    random_below(random, UINT64_C(3155760000) * SECOND)) -
	       random_below(random, SECOND);
}

static void make_scene(struct scene *scene, uint64_t seed)
{
	struct random random = {seed};
	uint16_t mtu = one_in(&random, 8) ? 9000 : 1500;

	random_next(&random);
	*scene = (struct scene){.config.seed = seed};
	random_link(&random, &scene->config.links[0]);
	if (one_in(&random, 3))
		random_link(&random, &scene->config.links[1]);
	else
		scene->config.links[1] = scene->config.links[0];
	random_host(&random, &scene->config.hosts[0], mtu);
	random_host(&random, &scene->config.hosts[1], mtu);
	random_trouble(&random, &scene->config.troubles[0]);
	random_trouble(&random, &scene->config.troubles[1]);
	scene->config.origin = random_origin(&random);
	scene->forgeries = (uint32_t)PICK(&random, 0, 0, 0, 1000, 50000);
	scene->server = random_options(&random);
	scene->application.count = (unsigned)random_between(&random, 1, CONVERSATIONS);
	for (unsigned i = 0; i < scene->application.count; i++)
		random_conversation(&random, &scene->application.conversations[i]);
}

static void describe_end(const struct conversation *conversation, unsigned side)
{
	static const char *const endings[] = {"shutdown", "release", "reset", "abandon"};
	const struct end *end = &conversation->ends[side];

	printf("    %s: %" PRIu64 " of %" PRIu64 " bytes written, %" PRIu64 " received, to %s;%s%s%s%s reason %d\n",
	       side ? "server" : "client", end->written, end->part->bytes, end->received, endings[end->part->ending],
	       end->opened ? " opened" : "", end->end_seen ? " end" : "", end->closed ? " closed" : "",
	       end->released ? " released" : "", end->reason);
}

static void report(const struct scene *scene, const char *fault)
{
	const struct link_config *links = scene->config.links;

	printf("world %" PRIu64 ": %s (after %.3f s)\n", scene->config.seed, fault,
	       (double)(scene->world.now - scene->world.began) / 1e6);
	if (scene->judge.objection)
		printf("    packet: %s\n", scene->judge.text);
	for (unsigned i = 0; i < 2; i++)
		printf("    link %u: delay %.1f ms, rate %" PRIu64 ", loss %g, burst %g, duplicate %g, reorder %g, "
		       "corrupt %g, mtu %u\n",
		       i, (double)links[i].delay / 1e6, links[i].rate, links[i].loss, links[i].burst,
		       links[i].duplicate, links[i].reorder, links[i].corrupt, links[i].mtu);
	for (unsigned i = 0; i < scene->application.count; i++) {
		describe_end(&scene->application.conversations[i], 0);
		describe_end(&scene->application.conversations[i], 1);
	}
	printf("  again: worlds --seed %" PRIu64 " --count 1 --verbose\n", scene->config.seed);
}

static bool number(const char *text, uint64_t *value)
{
	char *end;

	*value = strtoull(text, &end, 0);
	return *text && !*end;
}

int main(int argc, char **argv)
{
	static struct scene scene;
	struct rte_mempool *pools[2];
	bool verbose = false;
	uint64_t seed = 1, count = 1, failures = 0, turns = 0, bytes = 0;

	setvbuf(stdout, NULL, _IOLBF, 0);
	for (int i = 1; i < argc; i++) {
		if (strcmp(argv[i], "--verbose") == 0) {
			verbose = true;
		} else if (!(i + 1 < argc && strcmp(argv[i], "--seed") == 0 && number(argv[++i], &seed)) &&
			   !(i + 1 < argc && strcmp(argv[i], "--count") == 0 && number(argv[++i], &count))) {
			fprintf(stderr, "usage: worlds [--seed N] [--count N] [--verbose]\n");
			return EXIT_FAILURE;
		}
	}
	pools[0] = support_pool("client", MBUFS);
	pools[1] = support_pool("server", MBUFS);
	for (uint64_t i = 0; i < count; i++) {
		const char *fault;

		make_scene(&scene, seed + i);
		scene.verbose = verbose;
		fault = scene_run(&scene, pools);
		turns += scene.world.turns;
		for (unsigned k = 0; k < scene.application.count; k++)
			bytes += scene.application.conversations[k].ends[0].received +
				 scene.application.conversations[k].ends[1].received;
		if (!fault)
			continue;
		report(&scene, fault);
		if (++failures == 10)
			break;
	}
	printf("%" PRIu64 " worlds, %" PRIu64 " failed; %" PRIu64 " turns, %" PRIu64 " bytes\n", count, failures, turns,
	       bytes);
	return failures ? EXIT_FAILURE : EXIT_SUCCESS;
}
