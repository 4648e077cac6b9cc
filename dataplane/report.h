/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef DATAPLANE_REPORT_H
#define DATAPLANE_REPORT_H

/*
 * What the control socket answers: lines of JSON, made one at a time so that a long answer needs no long buffer.
 *
 * status: a line for the process, then one for each port.
 * stats:  a line "total" for all workers together, then one for each worker and each port.
 *
 * docs/operations.md says what the members mean.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <config/gateway.h>

#include "worker.h"

#define REPORT_LINE_SIZE 16384

/* What there is to report on; belongs to the main lcore. */
struct report_source {
	const struct gateway *gateway;
	const struct worker_port *ports;
	const struct workers *workers;
	const struct rte_mempool *pool;
	const struct flow_log *flow_log; /* NULL: none */
	uint64_t started;		 /* seconds since 1970 */
	uint64_t began;			 /* the same moment in seconds of CLOCK_MONOTONIC */
};

enum report_request {
	REPORT_STATUS,
	REPORT_STATS,
	REPORT_UNKNOWN,
};

/* Reads a request of `length` octets; one newline at its end is allowed. */
enum report_request report_request_parse(const char *text, size_t length);

/* Writes line `index` (0, 1, ...) of the answer, without a NUL, and returns its octets; 0 behind the last one. */
size_t report_line(const struct report_source *source, enum report_request request, unsigned index, char *text,
		   size_t size);

#endif
