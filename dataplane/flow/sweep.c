/* SPDX-License-Identifier: BSD-3-Clause */
/* What is done to all open flows one after the other, a piece of it in each turn. */
#include <string.h>

#include "inside.h"

#define SWEEP_PLACES 256 /* flows that one turn looks at */
#define LIST_RECORDS 16	 /* flows that one turn tells of: each is a kilooctet to be copied */

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

unsigned flows_sweep(struct flows *flows, uint64_t now)
{
	unsigned count = 0;

	flows->now = now;
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
