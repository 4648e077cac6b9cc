/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef DATAPLANE_FLOW_LINE_H
#define DATAPLANE_FLOW_LINE_H

/*
 * The lines of the flow log, as docs/reference/flow-log.schema.json describes them: JSON in ASCII, with a newline at
 * the end and none elsewhere, whatever octets a peer sent. Pure functions.
 */

#include <stddef.h>
#include <stdint.h>

#include "flow_record.h"

/* The longest line. A pipe takes so much whole or not at all (PIPE_BUF). */
#define FLOW_LINE_SIZE 4096

/* The stable name of a record's `reason`, in ASCII; NULL: it has none. */
typedef const char *(*flow_reason_name)(unsigned reason);

/*
 * (Those of flows that are open are for the control socket, and have more: `kind` and `phase`.)
 *
 * Writes the line of a record that happened `wall` microseconds after 1970 began; there is no NUL. Returns its octets.
 * Texts of peers that are full of octets to be escaped are cut where the line would be too long else.
 */
size_t flow_line_format(const struct flow_record *record, uint64_t wall, flow_reason_name reason_name,
			char text[FLOW_LINE_SIZE]);

/* The line that stands where lines are missing: how many were lost in the workers' rings, and how many because the log
 * did not take them. */
size_t flow_line_format_dropped(uint64_t wall, uint64_t ring, uint64_t target, char text[FLOW_LINE_SIZE]);

#endif
