/* SPDX-License-Identifier: BSD-3-Clause */
/* What is done to all open flows one after the other, a piece of it in each turn. */
#include <string.h>

#include "inside.h"

#define SWEEP_PLACES 256     /* flows that one turn looks at */
#define DRAIN_INTERVAL 10000 /* microseconds between two looks at all flows that have their time to end */
#define LIST_RECORDS 16	     /* flows that one turn tells of: each is a kilooctet to be copied */

void flows_reevaluate(struct flows *flows)
{
	flows->reevaluation.next = 0;
	flows->reevaluation.end = flows->used;
}

/* A flow that was refused is about to end as it is. */
static void reevaluate(struct flow *flow)
{
	if ((flow->phase == FLOW_OPENING || flow->phase == FLOW_SPLICED) && decision_denies_now(flow))
		flow_break(flow, REASON_POLICY_REEVALUATED);
}

void flows_drain(struct flows *flows, uint64_t now)
{
	flows->drain.begun = true;
	flows->drain.next = 0;
	flows->drain.since = flows->drain.again = now;
}

/* Looks at some places, and at all of them now and then. */
static unsigned drain(struct flows *flows)
{
	unsigned count = 0;

	if (!flows->drain.begun || flows->now < flows->drain.again)
		return 0;
	for (; count < SWEEP_PLACES && flows->drain.next < flows->used; count++) {
		struct flow *flow = &flows->all[flows->drain.next++];

		if (flow->phase != FLOW_FREE &&
		    flows->now - flows->drain.since >= (uint64_t)flow->timeouts.drain * 1000)
			flow_break(flow, REASON_DRAIN);
	}
	if (flows->drain.next >= flows->used) {
		flows->drain.next = 0;
		flows->drain.again = flows->now + DRAIN_INTERVAL;
	}
	return count;
}

unsigned flows_sweep(struct flows *flows, uint64_t now)
{
	unsigned count;

	flows->now = now;
	count = drain(flows);
	while (count < SWEEP_PLACES && flows->reevaluation.next < flows->reevaluation.end) {
		reevaluate(&flows->all[flows->reevaluation.next++]);
		count++;
	}
	return count;
}

static bool is_wanted(const struct flow *flow, const struct flow_query *query)
{
	const struct flow_record *record = &flow->record;
	const size_t length = record->texts[FLOW_TEXT_SERVICE].length;

	if (flow->phase == FLOW_FREE)
		return false;
	return query->service[0] == '\0' ||
	       (strlen(query->service) == length &&
		memcmp(query->service, record->octets + record->texts[FLOW_TEXT_SERVICE].first, length) == 0);
}

unsigned flows_list(struct flows *flows, struct flow_listing *listing, uint64_t now)
{
	struct flow_record *record;
	unsigned count = 0;
	bool fresh = false;
	const struct flow_query *query = flow_listing_query(listing, &fresh);

	if (query == NULL)
		return 0;
	flows->now = now;
	if (fresh)
		memset(&flows->listing, 0, sizeof(flows->listing));
	for (unsigned place = 0; place < SWEEP_PLACES && count < LIST_RECORDS; place++) {
		const struct flow *flow = &flows->all[flows->listing.next];

		if (flows->listing.next == flows->used || flows->listing.count == query->most) {
			flow_listing_end(listing);
			return count + 1;
		}
		if (is_wanted(flow, query)) {
			record = flow_listing_claim(listing);
			if (record == NULL)
				return count;
			report_open(flow, record);
			flow_listing_publish(listing);
			flows->listing.count++;
			count++;
		}
		flows->listing.next++;
	}
	return count + 1;
}
