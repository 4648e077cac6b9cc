/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef TESTS_UNIT_FLOW_LOG_SUPPORT_H
#define TESTS_UNIT_FLOW_LOG_SUPPORT_H

/* What the tests of the flow log have in common: a folder of their own, a log of one worker in virtual time, records,
 * and lines read back. A test that lacks what it needs from the system fails and ends there. */

#include <config/gateway.h>

#include "flow_log.h"

#define FLOW_LOG_TEXT_SIZE 4000000
#define FLOW_LOG_WALL UINT64_C(1767225600000000) /* 2026 began, in microseconds */

struct flow_log_scene {
	char folder[64];
	char path[80]; /* of the log */
	struct gateway_flow_log settings;
	struct flow_log *log;
	uint64_t clock; /* the workers', in microseconds; the wall's is FLOW_LOG_WALL ahead */
	int reader;	/* of a FIFO; -1: none */
};

/* A folder, and a log in it, 64 records and 16384 octets large. */
void flow_log_begin(struct flow_log_scene *scene);

/* As above with a FIFO, which is read, as far as flow_log_read is called. */
void flow_log_begin_fifo(struct flow_log_scene *scene);

/* A folder, and a log that is not open yet. */
void flow_log_prepare(struct flow_log_scene *scene);

/* Opens the log. */
void flow_log_start(struct flow_log_scene *scene);

/* Closes the log, if it is open, and removes all. */
void flow_log_end(struct flow_log_scene *scene);

/* Publishes a record of a flow with this number; false if the ring is full. */
bool flow_log_publish(struct flow_log_scene *scene, uint64_t flow);

/* `count` records, from `first` on, each written by a turn of its own. */
void flow_log_write(struct flow_log_scene *scene, uint64_t first, unsigned count);

/* A turn, `milliseconds` after the last one. */
void flow_log_pass(struct flow_log_scene *scene, unsigned milliseconds);

/* What is in the log: of a file all of it, of a FIFO what came since the last call. With a NUL; overwritten by the next
 * call. */
const char *flow_log_read(struct flow_log_scene *scene);

/* As flow_log_read, of any file. */
const char *flow_log_read_file(const char *path);

/* Asserts that the text is nothing but whole lines of whole JSON, and that the flows' numbers rise from line to line.
 * Returns the number of lines that tell a flow, and in *dropped, unless it is NULL, the sum of what the others say was
 * dropped; then the numbers rise by one, but where such lines stand, by as many more as these say. */
unsigned flow_log_count(const char *text, uint64_t *dropped);

/* What sluiced's own log says from now on, until flow_log_own_end, which returns it with a NUL. */
void flow_log_own_begin(void);
const char *flow_log_own_end(void);

#endif
