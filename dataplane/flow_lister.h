/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef DATAPLANE_FLOW_LISTER_H
#define DATAPLANE_FLOW_LISTER_H

/*
 * The open flows of all workers, one worker after the other, as the main lcore asks for them; it waits for none: a
 * worker that stands still is left out, and counted. One list at a time. All functions are the main lcore's.
 */

#include <stdbool.h>
#include <stdint.h>

#include "flow_listing.h"
#include "worker.h"

#define FLOW_LISTER_PATIENCE 500 /* milliseconds without a record of a worker */

/* Zero, but for `workers`, is a lister that is free. */
struct flow_lister {
	const struct workers *workers;
	bool busy;
	struct flow_query query;
	uint16_t worker; /* the one that is asked, or the next */
	bool asked;	 /* it is */
	bool more;	 /* there were more flows than were asked for */
	uint64_t listed;
	uint64_t heard;	  /* milliseconds: when something last came */
	unsigned missing; /* workers that did not answer, or not to the end */
};

enum flow_lister_state {
	FLOW_LISTER_RECORD,
	FLOW_LISTER_WAITS, /* for a worker, a millisecond or so */
	FLOW_LISTER_OVER,
};

/* Begins a list; false if one is under way. */
bool flow_lister_begin(struct flow_lister *lister, const struct flow_query *query);

/* What comes next: with FLOW_LISTER_RECORD it is in *record, until it is taken. `now`: milliseconds of a clock. */
enum flow_lister_state flow_lister_look(struct flow_lister *lister, uint64_t now, const struct flow_record **record);
void flow_lister_take(struct flow_lister *lister);

/* Wants no more, be it over or not. */
void flow_lister_end(struct flow_lister *lister);

#endif
