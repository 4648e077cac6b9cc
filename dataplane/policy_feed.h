/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef DATAPLANE_POLICY_FEED_H
#define DATAPLANE_POLICY_FEED_H

/*
 * How policies come from the region to the workers. The main lcore looks for a new one, judges it, and prepares what
 * each worker needs to ask it; a worker finds it ready at the beginning of a turn and takes it by a pointer. One policy
 * at a time: the next is looked for when every worker has taken the one before.
 */

#include <stdbool.h>
#include <stdint.h>

#include <config/gateway.h>
#include <config/region.h>

#include "fault.h"

struct policy_feed;

/* A policy as one worker uses it. */
struct worker_policy {
	const struct image_header *image;
	struct image_scratch *scratch; /* this worker's */
	uint64_t *hits;		       /* its counters: image_counters() of them, at zero */
	bool reevaluate;	       /* flows that are open are to be looked up again */
};

/*
 * Main lcore, before workers run. Opens the region; the settings' check is set here. `listeners`: at how many places a
 * worker can take connections. NULL with a reason. What was found or restored is logged.
 */
struct policy_feed *policy_feed_open(const struct region_settings *settings, const struct gateway *gateway,
				     unsigned workers, uint32_t listeners, struct fault *fault);

/* Main lcore: looks for a new policy and offers it to the workers. Costs a few loads and two
 * system calls while there is none. Logs it once if the region's files were removed. */
void policy_feed_turn(struct policy_feed *feed);

/* Main lcore: the generation that was offered last; 0: none. */
uint64_t policy_feed_generation(const struct policy_feed *feed);

/* Main lcore: the policy that was offered last, until the next policy_feed_turn; NULL: none. */
const struct image_header *policy_feed_image(const struct policy_feed *feed);

/* Main lcore: how often a row or default of that policy has decided, by its place among the hit counters, on all
 * workers that have taken it. */
uint64_t policy_feed_hits(const struct policy_feed *feed, uint32_t counter);

/* Main lcore: the generation that a worker obeys; 0: none. */
uint64_t policy_feed_obeyed(const struct policy_feed *feed, unsigned worker);

/* Main lcore, when no worker runs any more. NULL is allowed. */
void policy_feed_close(struct policy_feed *feed);

/* A worker: copies the policy that is offered to it and that it has not taken; false: there is none. Costs one load. */
bool policy_feed_offer(const struct policy_feed *feed, unsigned worker, struct worker_policy *policy);

/* A worker: it obeys what was offered, and looks at nothing older any more. */
void policy_feed_taken(struct policy_feed *feed, unsigned worker);

#endif
