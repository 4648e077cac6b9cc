/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef DATAPLANE_REPORT_H
#define DATAPLANE_REPORT_H

/*
 * What the control socket answers: lines of JSON, made one at a time so that a long answer needs no long buffer.
 *
 * status:  a line for the process, then one for each port.
 * stats:   a line "total" for all workers together, then one for each worker and each port, and one for each row and
 *	    default of the policy in force that ever decided, then a line "end".
 * flows [limit=NUMBER] [service=NAME]:
 *	    a line for each open flow, up to so many (1000), then a line "total".
 *
 * docs/operations.md says what the members mean. All functions are the main lcore's.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <config/control_socket.h>
#include <config/gateway.h>

#include "flow_lister.h"
#include "worker.h"

#define REPORT_FLOWS_USUAL 1000

/* What there is to report on; belongs to the main lcore. */
struct report_source {
	const struct gateway *gateway;
	const struct worker_port *ports;
	const struct workers *workers;
	const struct rte_mempool *pool;
	const struct flow_log *flow_log;       /* NULL: none */
	const struct policy_feed *feed;	       /* NULL: none */
	const struct application *application; /* NULL: none */
	struct flow_lister *lister;
	uint64_t started; /* seconds since 1970 */
	uint64_t began;	  /* the same moment in seconds of CLOCK_MONOTONIC */
};

enum report_request {
	REPORT_STATUS,
	REPORT_STATS,
	REPORT_FLOWS,
	REPORT_UNKNOWN,
};

enum report_progress {
	REPORT_LINE,  /* there is a line */
	REPORT_LATER, /* there is none yet; it is to be asked for again in a millisecond or so */
	REPORT_OVER,
};

/* An answer, as far as it has come. */
struct report_answer {
	enum report_request request;
	unsigned index;		 /* of the line at hand */
	uint64_t generation;	 /* of the policy whose rows are told of */
	uint32_t filter, place;	 /* the row or default at hand */
	bool ending, ended;	 /* the line "end" is at hand, and was sent */
	struct flow_query query; /* for which flows it was asked */
	bool listing;		 /* the lister works for this answer; else it is another's turn */
};

/* Reads a request of `length` octets; one newline at its end is allowed. */
void report_answer_begin(struct report_answer *answer, const char *text, size_t length);

/* Writes the line at hand, without a NUL, with its octets in *length; the same until report_answer_next. */
enum report_progress report_answer_line(const struct report_source *source, struct report_answer *answer, char *text,
					size_t size, size_t *length);

/* The line at hand was sent. */
void report_answer_next(const struct report_source *source, struct report_answer *answer);

/* Nobody wants more of it, be it over or not. */
void report_answer_end(const struct report_source *source, struct report_answer *answer);

#endif
