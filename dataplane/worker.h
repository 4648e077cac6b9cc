/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef DATAPLANE_WORKER_H
#define DATAPLANE_WORKER_H

/*
 * A worker: a stack of its own, a queue of each port, and a loop that runs on a core of its own and waits for nobody.
 * Workers share the ports' steering, the rings between them and the pool of mbufs; everything else is theirs alone.
 *
 * The main lcore makes all workers, starts them, reads what they publish, stops them and frees them.
 */

#include <stdbool.h>
#include <stdint.h>

#include <config/gateway.h>
#include <tcpstack/stack.h>

#include "application.h"
#include "fault.h"
#include "flow_log.h"
#include "port.h"
#include "steering.h"

enum worker_counter {
#define COUNTER(identifier, name, meaning) WORKER_##identifier,
#include "worker_counter.def"
#undef COUNTER
	WORKER_COUNTERS
};

/* The stable name of a counter. */
const char *worker_counter_name(enum worker_counter counter);

/* What a worker tells of itself, some hundred times a second. Whole numbers of 64 bits throughout: it is copied as
 * such. */
struct worker_report {
	uint64_t now; /* microseconds since the workers were made */
	uint64_t counters[WORKER_COUNTERS];
	struct stack_counters stack;
	uint64_t application[APPLICATION_COUNTERS]; /* in the application's order */
} __attribute__((aligned(8)));

/* The ports with their steering, in the order of gateway.json; port i is interface i of every stack. */
struct worker_port {
	const char *name;
	struct port port;
	struct steering steering;
};

struct workers;
struct client_counts;
struct credential_desk;

/* What the workers share, NULL each if there is none; all of it outlives them. */
struct workers_shared {
	struct flow_log *flow_log;    /* in whose rings they tell of their flows */
	struct policy_feed *feed;     /* where policies come from; desk and clients are there where it is */
	struct credential_desk *desk; /* where credentials are checked */
	struct client_counts *clients;
};

/*
 * Makes the workers of a gateway on the pool's mbufs: stacks, interfaces, routes, rings, and the application's
 * instances (`application` may be NULL: then they only route). The ports are open, with their steering prepared; they
 * and the gateway stay the caller's and outlive the workers.
 */
struct workers *workers_create(const struct gateway *gateway, struct worker_port *ports, struct rte_mempool *pool,
			       const struct application *application, const struct workers_shared *shared,
			       struct fault *fault);

/* Starts each on its lcore. */
bool workers_start(struct workers *workers, struct fault *fault);

/* Tells the workers to take no new clients, and to go on for those that they have. */
void workers_drain(struct workers *workers);

/* Whether, after that, no worker has clients any more; one that has not run for a second has none that could be waited
 * for. */
bool workers_drained(const struct workers *workers);

/* Tells the workers to stop and waits for them. False if one did not within `milliseconds`; nothing may be freed then.
 */
bool workers_stop(struct workers *workers, unsigned milliseconds);

/* Frees the workers, which have stopped or never started. */
void workers_destroy(struct workers *workers);

uint16_t workers_count(const struct workers *workers);

/* The workers' clock: microseconds since they were made. Any thread. */
uint64_t workers_now(const struct workers *workers);

/* Copies what worker `index` published last, however long ago that is (report->now). Never waits for the worker: false,
 * with *report as it was, if it has published nothing yet. Any thread. */
bool workers_report(const struct workers *workers, uint16_t index, struct worker_report *report);

/* Where the main lcore asks worker `index` for its open flows; NULL if there is no application to have some. */
struct flow_listing *workers_listing(const struct workers *workers, uint16_t index);

/* Adds a worker's report to a sum; `now` becomes the latest. */
void worker_report_add(struct worker_report *sum, const struct worker_report *report);

#endif
