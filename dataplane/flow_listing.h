/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef DATAPLANE_FLOW_LISTING_H
#define DATAPLANE_FLOW_LISTING_H

/*
 * How the main lcore asks one worker for its open flows: a place for one question, and a ring for the records that
 * answer it, as many as fit. The worker answers a piece in each turn, and never waits; what finds no room waits in the
 * flows themselves.
 */

#include <stdbool.h>
#include <stdint.h>

#include "fault.h"
#include "flow_ring.h"

#define FLOW_LISTING_RECORDS 64 /* on their way at a time */
#define FLOW_LISTING_SERVICE 63 /* octets of a service's name */

struct flow_listing;

/* Which flows are wanted. */
struct flow_query {
	uint64_t most;
	char service[FLOW_LISTING_SERVICE + 1]; /* of this one alone; empty: of all */
};

/* NULL with a reason. Main lcore, while the worker does not run. */
struct flow_listing *flow_listing_create(struct fault *fault);

/* NULL is nothing. */
void flow_listing_destroy(struct flow_listing *listing);

/* The main lcore. */

/* Asks. False while the worker has not ended the answer to the question before: it stands still. */
bool flow_listing_ask(struct flow_listing *listing, const struct flow_query *query);

/* Wants no more: the worker ends its answer at its next turn. */
void flow_listing_cancel(struct flow_listing *listing);

/* The oldest record of the answer that was not taken; NULL: there is none now. It stays as it is until it is taken. */
const struct flow_record *flow_listing_peek(struct flow_listing *listing);
void flow_listing_take(struct flow_listing *listing);

/* Whether the answer has ended; asked before flow_listing_peek, NULL there then means that all was taken. */
bool flow_listing_ended(const struct flow_listing *listing);

/* The worker. */

/* The question that waits for an answer or its rest; NULL: none. *fresh: nothing was answered to it before. One load
 * while there is none. */
const struct flow_query *flow_listing_query(struct flow_listing *listing, bool *fresh);

/* A record to be filled, begun; NULL: the ring is full. Published, it is the main lcore's. */
struct flow_record *flow_listing_claim(struct flow_listing *listing);
void flow_listing_publish(struct flow_listing *listing);

/* That was all. */
void flow_listing_end(struct flow_listing *listing);

#endif
