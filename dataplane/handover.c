/* SPDX-License-Identifier: BSD-3-Clause */
#include "handover.h"

#include <stdio.h>
#include <stdlib.h>

#include <rte_errno.h>
#include <rte_ring.h>

struct handover {
	uint16_t workers;
	struct rte_ring *rings[]; /* [from * workers + to]; NULL on the diagonal */
};

static struct rte_ring *ring_of(const struct handover *handover, uint16_t from, uint16_t to)
{
	return handover->rings[from * handover->workers + to];
}

struct handover *handover_create(const char *name, uint16_t workers, uint32_t size, struct fault *fault)
{
	struct handover *handover =
	    calloc(1, sizeof(*handover) + (size_t)workers * workers * sizeof(struct rte_ring *));
	char ring_name[RTE_RING_NAMESIZE];
	unsigned i;

	if (handover == NULL) {
		fault_set(fault, "no memory for the rings between workers");
		return NULL;
	}
	handover->workers = workers;
	for (i = 0; i < (unsigned)workers * workers; i++) {
		if (i / workers == i % workers)
			continue;
		snprintf(ring_name, sizeof(ring_name), "%s_%u_%u", name, i / workers, i % workers);
		handover->rings[i] = rte_ring_create(ring_name, size, SOCKET_ID_ANY, RING_F_SP_ENQ | RING_F_SC_DEQ);
		if (handover->rings[i] == NULL) {
			fault_set(fault, "no memory for the rings between workers (%s); raise memory.megabytes",
				  rte_strerror(rte_errno));
			handover_destroy(handover);
			return NULL;
		}
	}
	return handover;
}

void handover_destroy(struct handover *handover)
{
	struct rte_mbuf *mbuf;
	unsigned i;

	if (handover == NULL)
		return;
	for (i = 0; i < (unsigned)handover->workers * handover->workers; i++) {
		if (handover->rings[i] == NULL)
			continue;
		while (rte_ring_sc_dequeue(handover->rings[i], (void **)&mbuf) == 0)
			rte_pktmbuf_free(mbuf);
		rte_ring_free(handover->rings[i]);
	}
	free(handover);
}

bool handover_give(struct handover *handover, uint16_t from, uint16_t to, struct rte_mbuf *mbuf)
{
	return rte_ring_sp_enqueue(ring_of(handover, from, to), mbuf) == 0;
}

unsigned handover_take(struct handover *handover, uint16_t from, uint16_t to, struct rte_mbuf **mbufs, unsigned room)
{
	return rte_ring_sc_dequeue_burst(ring_of(handover, from, to), (void **)mbufs, room, NULL);
}
