/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef SIM_TROUBLE_H
#define SIM_TROUBLE_H

/* Times in which a host lacks something that it usually has. */

#include <stdbool.h>
#include <stdint.h>

#include <rte_mbuf.h>

/* Microseconds since the world's beginning; from == until: never. */
struct trouble_config {
	uint64_t drought_from, drought_until; /* all mbufs that were free at its beginning are gone */
	uint64_t blocked_from, blocked_until; /* the port takes no frames */
};

struct trouble {
	struct rte_mbuf **hoard;
	unsigned hoarded;
	bool blocked;
};

/* Begins and ends what is due; returns the time of the next change, or UINT64_MAX. */
uint64_t trouble_turn(struct trouble *trouble, const struct trouble_config *config, uint64_t time,
		      struct rte_mempool *pool);

/* Ends it all. */
void trouble_stop(struct trouble *trouble);

#endif
