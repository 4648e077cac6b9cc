/* SPDX-License-Identifier: BSD-3-Clause */
#include "trouble.h"

#include <stdlib.h>

static void begin_drought(struct trouble *trouble, struct rte_mempool *pool)
{
	unsigned free_now = rte_mempool_avail_count(pool);

	trouble->hoard = calloc(free_now + 1, sizeof(*trouble->hoard));
	if (!trouble->hoard)
		abort();
	while (trouble->hoarded < free_now && (trouble->hoard[trouble->hoarded] = rte_pktmbuf_alloc(pool)))
		trouble->hoarded++;
}

static void end_drought(struct trouble *trouble)
{
	for (unsigned i = 0; i < trouble->hoarded; i++)
		rte_pktmbuf_free(trouble->hoard[i]);
	free(trouble->hoard);
	trouble->hoard = NULL;
	trouble->hoarded = 0;
}

static uint64_t next_change(uint64_t time, uint64_t from, uint64_t until)
{
	if (time < from && from < until)
		return from;
	return time < until && from < until ? until : UINT64_MAX;
}

uint64_t trouble_turn(struct trouble *trouble, const struct trouble_config *config, uint64_t time,
		      struct rte_mempool *pool)
{
	uint64_t drought = next_change(time, config->drought_from, config->drought_until);
	uint64_t blocked = next_change(time, config->blocked_from, config->blocked_until);
	bool dry = time >= config->drought_from && time < config->drought_until;

	if (dry && !trouble->hoard)
		begin_drought(trouble, pool);
	else if (!dry && trouble->hoard)
		end_drought(trouble);
	trouble->blocked = time >= config->blocked_from && time < config->blocked_until;
	return RTE_MIN(drought, blocked);
}

void trouble_stop(struct trouble *trouble)
{
	if (trouble->hoard)
		end_drought(trouble);
}
