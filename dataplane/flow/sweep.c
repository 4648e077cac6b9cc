/* SPDX-License-Identifier: BSD-3-Clause */
/* What is done to all open flows one after the other, a piece of it in each turn. */
#include "inside.h"

#define SWEEP_PLACES 256 /* flows that one turn looks at */

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
