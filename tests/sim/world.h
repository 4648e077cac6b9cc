/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef SIM_WORLD_H
#define SIM_WORLD_H

/*
 * Two hosts joined by a link, and the clock. Time jumps from one thing to happen to the next: an arrival, a deadline
 * of a stack, a time that the application asked for. The same seed gives the same world, to the bit.
 *
 *     struct world world;
 *     world_start(&world, &config, pools);
 *     while (!done && world_turn(&world)) ...
 *     fault = world_stop(&world);
 */

#include <stdbool.h>
#include <stdint.h>

#include "host.h"
#include "trouble.h"
#include "../wire/link.h"

struct world;

/* Called after each batch of input and timers of a host: fetches the events, reads and writes. Returns the time at
 * which it wants to be called though nothing happens; UINT64_MAX: never. */
typedef uint64_t world_application(struct world *world, unsigned host);

/* Sees each frame as it leaves host `from`, before the link has its way with it. Returns false if it breaks a rule. */
typedef bool world_observer(struct world *world, unsigned from, const uint8_t *frame, uint32_t length);

struct world_host_config {
	struct stack_config stack;
	uint16_t mtu;
	uint32_t offloads;
	uint32_t split_frames; /* as in struct host */
};

struct world_config {
	uint64_t seed;
	uint64_t origin; /* the stacks' clock at the beginning, microseconds; 0: one second */
	struct world_host_config hosts[2];
	struct link_config links[2]; /* links[i] carries what host i sends; their seeds come from `seed` */
	struct trouble_config troubles[2];
	world_application *application;
	world_observer *observer; /* may be NULL */
	void *context;
};

struct world {
	uint64_t now;
	struct world_config config;
	uint64_t began; /* `now` at the beginning */
	struct host hosts[2];
	struct link *links[2];
	uint64_t wake[2]; /* when the application wants to be called */
	struct trouble troubles[2];
	const char *fault;
	uint64_t turns, turns_at_time;
};

/* Pools are full when given. Returns NULL, or what is wrong with the configuration. */
const char *world_start(struct world *world, const struct world_config *config, struct rte_mempool *pools[2]);

/* Goes to the next time at which something happens, and lets it happen. False if nothing ever will, or if something is
 * wrong (world->fault). */
bool world_turn(struct world *world);

/* A frame arrives at host `to` at once, past the link and the observer, as from an attacker. */
void world_forge(struct world *world, unsigned to, const uint8_t *frame, uint32_t length);

/* Turns until `until`, or until something is wrong. */
void world_run(struct world *world, uint64_t until);

/* Ends it all. Returns what went wrong, mbufs that did not come back to the pools included; NULL: nothing. */
const char *world_stop(struct world *world);

/* Waits until the stacks have let go of everything by themselves (TIME-WAIT, neighbours, fragments): true if mbufs,
 * connections, half-open records and buffers are back at zero after at most `patience` microseconds. */
bool world_settles(struct world *world, uint64_t patience);

/* Mbufs that are not in the pool. */
unsigned host_mbufs_in_use(const struct host *host);

#endif
