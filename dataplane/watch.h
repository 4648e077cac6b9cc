/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef DATAPLANE_WATCH_H
#define DATAPLANE_WATCH_H

/* What the main lcore looks at now and then, to log what changed: links, steering, workers that stand still. */

#include <config/gateway.h>

#include "worker.h"

#define WATCH_INTERVAL 250 /* milliseconds between two looks */

struct watch {
	struct {
		bool down;
		bool demoted;
	} ports[GATEWAY_PORTS];
	struct {
		uint64_t seen;	/* the report's time, when it last changed */
		unsigned looks; /* since then */
	} workers[GATEWAY_WORKERS];
};

/* Looks once. *watch is all zero at first. */
void watch_look(struct watch *watch, const struct worker_port *ports, unsigned port_count,
		const struct workers *workers);

#endif
