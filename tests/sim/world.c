/* SPDX-License-Identifier: BSD-3-Clause */
#include "world.h"

#include "../wire/too_big.h"

#define ORIGIN 1000000	      /* the stacks' clock at the beginning: not zero, so that "no time" differs from it */
#define TURNS_AT_A_TIME 10000 /* more of them without a step of time are a stack that spins */

const char *world_start(struct world *world, const struct world_config *config, struct rte_mempool *pools[2])
{
	*world = (struct world){.now = config->origin ? config->origin : ORIGIN, .config = *config};
	world->began = world->now;
	for (unsigned i = 0; i < 2; i++) {
		const struct world_host_config *host = &config->hosts[i];
		const char *error = host_start(&world->hosts[i], i + 1, &host->stack, host->mtu, host->offloads,
					       pools[i], config->seed * 4 + i, world->now);

		struct link_config link = config->links[i];

		link.seed = config->seed * 4 + 2 + i;
		world->links[i] = link_create(&link, world->now * 1000);
		world->wake[i] = world->now;
		world->hosts[i].split_frames = host->split_frames;
		if (error)
			return error;
		if (!world->links[i])
			return "no memory for the link";
	}
	return NULL;
}

struct sender {
	struct world *world;
	unsigned from;
};

static void transmit(void *context, const uint8_t *frame, uint32_t length)
{
	struct sender *sender = context;
	struct world *world = sender->world;
	const struct link_config *config = &world->config.links[sender->from];

	if (world->config.observer && !world->config.observer(world, sender->from, frame, length) && !world->fault)
		world->fault = "a frame broke a rule";
	if (link_send(world->links[sender->from], world->now * 1000, frame, length) == LINK_TOO_BIG &&
	    config->too_big_reply) {
		uint8_t answer[TOO_BIG_MAXIMUM];
		size_t size = too_big_write(frame, length, config->mtu, answer);

		if (size)
			host_deliver(&world->hosts[sender->from], answer, (uint32_t)size);
	}
}

/* One turn of a host's loop, as stack.h describes it. */
static void host_turn(struct world *world, unsigned i)
{
	struct host *host = &world->hosts[i];
	struct sender sender = {world, i};
	struct link_frame *frame;
	uint64_t change;

	change = trouble_turn(&world->troubles[i], &world->config.troubles[i], world->now - world->began, host->pool);
	stack_advance(host->stack, world->now);
	while ((frame = link_receive(world->links[1 - i], world->now * 1000))) {
		host_deliver(host, frame->octets, frame->length);
		link_frame_free(frame);
	}
	world->wake[i] = world->config.application(world, i);
	if (!world->troubles[i].blocked)
		host_collect(host, transmit, &sender);
	if (change != UINT64_MAX)
		world->wake[i] = RTE_MIN(world->wake[i], world->began + change);
	if (host->fault && !world->fault)
		world->fault = host->fault;
}

static uint64_t host_deadline(const struct world *world, unsigned i)
{
	uint64_t deadline = stack_next_deadline(world->hosts[i].stack);
	uint64_t arrival = link_deadline(world->links[1 - i]);

	if (arrival != LINK_NO_DEADLINE)
		arrival = (arrival + 999) / 1000;
	/* What is overdue while the port is blocked waits for the port. */
	if (world->troubles[i].blocked && deadline <= world->now)
		deadline = UINT64_MAX;
	deadline = RTE_MIN(deadline, world->wake[i]);
	return RTE_MIN(deadline, arrival);
}

void world_forge(struct world *world, unsigned to, const uint8_t *frame, uint32_t length)
{
	stack_advance(world->hosts[to].stack, world->now);
	host_deliver(&world->hosts[to], frame, length);
	world->wake[to] = world->now;
}

bool world_turn(struct world *world)
{
	uint64_t deadlines[2] = {host_deadline(world, 0), host_deadline(world, 1)};
	uint64_t next = RTE_MIN(deadlines[0], deadlines[1]);

	if (next == UINT64_MAX || world->fault)
		return false;
	if (next > world->now) {
		world->now = next;
		world->turns_at_time = 0;
	} else if (++world->turns_at_time > TURNS_AT_A_TIME) {
		world->fault = "a stack asks for its turn again and again without letting time pass";
		return false;
	}
	world->turns++;
	for (unsigned i = 0; i < 2; i++)
		if (deadlines[i] <= world->now)
			host_turn(world, i);
	return !world->fault;
}

void world_run(struct world *world, uint64_t until)
{
	while (RTE_MIN(host_deadline(world, 0), host_deadline(world, 1)) <= until)
		if (!world_turn(world))
			return;
	world->now = until;
}

unsigned host_mbufs_in_use(const struct host *host)
{
	return rte_mempool_in_use_count(host->pool);
}

static bool settled(const struct host *host)
{
	struct stack_counters counters;

	stack_read_counters(host->stack, &counters);
	return host_mbufs_in_use(host) == 0 && counters.connections == 0 && counters.half_open == 0 &&
	       counters.time_wait == 0 && counters.buffers == 0 && counters.reassemblies == 0;
}

bool world_settles(struct world *world, uint64_t patience)
{
	uint64_t until = world->now + patience;

	while (!settled(&world->hosts[0]) || !settled(&world->hosts[1])) {
		if (RTE_MIN(host_deadline(world, 0), host_deadline(world, 1)) > until || !world_turn(world))
			break;
	}
	return settled(&world->hosts[0]) && settled(&world->hosts[1]);
}

const char *world_stop(struct world *world)
{
	for (unsigned i = 0; i < 2; i++) {
		trouble_stop(&world->troubles[i]);
		host_stop(&world->hosts[i]);
		if (world->links[i])
			link_destroy(world->links[i]);
		if (world->hosts[i].pool && host_mbufs_in_use(&world->hosts[i]) && !world->fault)
			world->fault = "mbufs did not come back when the stack was destroyed";
	}
	return world->fault;
}
