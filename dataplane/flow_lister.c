/* SPDX-License-Identifier: BSD-3-Clause */
#include "flow_lister.h"

bool flow_lister_begin(struct flow_lister *lister, const struct flow_query *query)
{
	if (lister->busy)
		return false;
	*lister = (struct flow_lister){.workers = lister->workers, .busy = true, .query = *query};
	return true;
}

static void next_worker(struct flow_lister *lister)
{
	lister->worker++;
	lister->asked = false;
}

/* Asks the worker whose turn it is. One more than is wanted tells that there are more. */
static bool ask(struct flow_lister *lister, struct flow_listing *listing, uint64_t now)
{
	struct flow_query query = lister->query;

	query.most = query.most - lister->listed + 1;
	lister->asked = flow_listing_ask(listing, &query);
	lister->heard = now;
	return lister->asked;
}

enum flow_lister_state flow_lister_look(struct flow_lister *lister, uint64_t now, const struct flow_record **record)
{
	while (lister->worker < workers_count(lister->workers) && !lister->more) {
		struct flow_listing *listing = workers_listing(lister->workers, lister->worker);
		bool ended;

		if (listing == NULL || (!lister->asked && !ask(lister, listing, now))) {
			lister->missing += listing != NULL;
			next_worker(lister);
			continue;
		}
		ended = flow_listing_ended(listing);
		*record = flow_listing_peek(listing);
		if (*record != NULL) {
			lister->heard = now;
			lister->more = lister->listed == lister->query.most;
			if (!lister->more)
				return FLOW_LISTER_RECORD;
		} else if (ended) {
			next_worker(lister);
		} else if (now - lister->heard < FLOW_LISTER_PATIENCE) {
			return FLOW_LISTER_WAITS;
		} else {
			flow_listing_cancel(listing);
			lister->missing++;
			next_worker(lister);
		}
	}
	return FLOW_LISTER_OVER;
}

void flow_lister_take(struct flow_lister *lister)
{
	flow_listing_take(workers_listing(lister->workers, lister->worker));
	lister->listed++;
}

void flow_lister_end(struct flow_lister *lister)
{
	if (lister->asked)
		flow_listing_cancel(workers_listing(lister->workers, lister->worker));
	lister->asked = false;
	lister->busy = false;
}
