/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef DATAPLANE_FLOW_LOG_H
#define DATAPLANE_FLOW_LOG_H

/*
 * The flow log: workers publish records in rings of their own, the main lcore makes lines of them and writes these to
 * where gateway.json says. Nobody waits: a full ring drops records, a target that does not take them drops lines, each
 * is counted, and a line in the log stands where lines are missing.
 *
 * All functions are the main lcore's; only a ring's writer is its worker. A flow log of NULL is none: nothing is done.
 */

#include <stdint.h>

#include <config/gateway.h>

#include "fault.h"
#include "flow_line.h"
#include "flow_ring.h"

#define FLOW_LOG_INTERVAL_LEAST 5  /* milliseconds between two turns that have work */
#define FLOW_LOG_INTERVAL_MOST 100 /* while there is none */
#define FLOW_LOG_TURN 256	   /* records of one worker in one turn */
#define FLOW_LOG_PATIENCE 60000	   /* milliseconds between two messages in sluiced's own log on what is in the way */

struct flow_log;

struct flow_log_counters {
	uint64_t lines;		 /* given to the target, or waiting for it */
	uint64_t dropped_ring;	 /* records that found a worker's ring full */
	uint64_t dropped_target; /* lines that the target did not take in time */
};

/* Makes the rings of `workers` workers and opens the target. `reason_name` may be NULL: lines then have no reason. NULL
 * with a reason; or without one (an empty text) if gateway.json names no target. */
struct flow_log *flow_log_open(const struct gateway_flow_log *settings, unsigned workers, flow_reason_name reason_name,
			       struct fault *fault);

/* The ring of a worker; NULL if there is no flow log. */
struct flow_ring *flow_log_ring(struct flow_log *log, unsigned worker);

/* Takes records and writes lines, as many as a short turn allows. `clock`: the workers' clock now, `wall`: microseconds
 * since 1970, at the same moment. */
void flow_log_turn(struct flow_log *log, uint64_t clock, uint64_t wall);

/* Milliseconds from the last turn to the next: 0 if there is more to be done at once. */
unsigned flow_log_interval(const struct flow_log *log);

/* Opens the target anew, after the file was renamed, and says in sluiced's own log what came of it. */
void flow_log_reopen(struct flow_log *log, uint64_t clock);

void flow_log_read_counters(const struct flow_log *log, struct flow_log_counters *counters);

/* The last turn, of all records: no worker runs any more. Tells what could not be written, and frees all. */
void flow_log_close(struct flow_log *log, uint64_t clock, uint64_t wall);

#endif
