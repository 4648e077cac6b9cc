/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef DATAPLANE_WATCH_H
#define DATAPLANE_WATCH_H

/* What the main lcore looks at now and then, to log what changed: links, steering, workers that stand still. */

#include <config/gateway.h>

#include "worker.h"

#define WATCH_INTERVAL 250 /* milliseconds between two looks, at most */
#define WATCH_STILL 1000   /* milliseconds after which a worker that published nothing stands still */

struct watch {
	struct {
		bool down;
		bool demoted;
	} ports[GATEWAY_PORTS];
	struct {
		uint64_t seen;	/* the report's own time */
		uint64_t since; /* milliseconds: when that was first seen */
		bool still;	/* and told so */
	} workers[GATEWAY_WORKERS];
};

/* Looks once, at the time `now` in milliseconds from any origin. *watch is all zero at first. */
void watch_look(struct watch *watch, uint64_t now, const struct worker_port *ports, unsigned port_count,
		const struct workers *workers);

#endif
