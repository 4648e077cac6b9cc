/* SPDX-License-Identifier: BSD-3-Clause */
#include "scene.h"

#include <stdio.h>

#include "forger.h"

#define SECOND UINT64_C(1000000)
#define TIME_LIMIT (86400 * SECOND) /* much loss without SACK and timestamps leaves only the timer, at its slowest */
#define SETTLE_LIMIT (900 * SECOND)

static void show(const struct world *world, unsigned from, const uint8_t *frame, uint32_t length)
{
	struct packet_tcp packet;
	char text[320];

	if (packet_read(&packet, frame, length) != PACKET_TCP)
		return;
	printf("%12.6f %s %u > %u: %s\n", (double)(world->now - world->began) / 1e6, from ? "<" : ">",
	       packet.tcp.source_port, packet.tcp.destination_port, packet_describe(&packet, 0, 0, text, sizeof(text)));
}

static void show_leftovers(const struct world *world)
{
	for (unsigned i = 0; i < 2; i++) {
		struct stack_counters counters;

		stack_read_counters(world->hosts[i].stack, &counters);
		printf("host %u: %u mbufs, %u connections, %u half-open, %u in TIME-WAIT, %u buffers, %u for output\n",
		       i, host_mbufs_in_use(&world->hosts[i]), counters.connections, counters.half_open,
		       counters.time_wait, counters.buffers, counters.output_queued);
	}
}

static bool observe(struct world *world, unsigned from, const uint8_t *frame, uint32_t length)
{
	struct scene *scene = (struct scene *)world->config.context;

	if (scene->verbose)
		show(world, from, frame, length);
	if (scene->forgeries && judge_is_open(&scene->judge, from, frame, length))
		forge(world, &scene->application.random, scene->forgeries, from, frame, length);
	return judge_frame(&scene->judge, from, frame, length);
}

static const char *converse(struct scene *scene)
{
	struct world *world = &scene->world;
	const char *fault = NULL;

	application_start(&scene->application, world, &scene->server, scene->config.seed);
	while (!application_done(&scene->application) && world->now - world->began < TIME_LIMIT && world_turn(world) &&
	       !fault)
		fault = scene->inspect ? scene->inspect(scene) : NULL;
	if (fault)
		return fault;
	if (world->fault)
		return world->fault;
	if (!application_done(&scene->application))
		return "a conversation does not end";
	fault = application_verdict(&scene->application);
	if (fault)
		return fault;
	application_stop(&scene->application, world);
	if (world_settles(world, SETTLE_LIMIT) || world->fault)
		return world->fault;
	if (scene->verbose)
		show_leftovers(world);
	return "connections, records or mbufs are left over";
}

const char *scene_run(struct scene *scene, struct rte_mempool *pools[2])
{
	const char *fault, *leak;

	scene->config.context = &scene->application;
	scene->config.application = application_turn;
	scene->config.observer = observe;
	fault = world_start(&scene->world, &scene->config, pools);
	if (!fault)
		fault = converse(scene);
	if (scene->judge.objection)
		fault = scene->judge.objection;
	leak = world_stop(&scene->world);
	return fault ? fault : leak;
}
