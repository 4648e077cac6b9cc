/* SPDX-License-Identifier: BSD-3-Clause */
/* Rings between workers: in order, to the right one, bounded, and nothing is lost in them. */
#include "handover.h"
#include "support.h"

#define WORKERS 3
#define SIZE 8

static struct rte_mempool *pool;

static struct handover *create(void)
{
	struct fault fault = {""};
	struct handover *handover = handover_create("handover", WORKERS, SIZE, &fault);

	CU_ASSERT_PTR_NOT_NULL_FATAL(handover);
	return handover;
}

static void what_is_given_is_taken_in_order_by_the_one_it_is_for(void)
{
	struct handover *handover = create();
	struct rte_mbuf *given[3], *taken[SIZE];

	for (unsigned i = 0; i < 3; i++) {
		given[i] = support_mbuf(pool, &i, sizeof(i));
		CU_ASSERT_TRUE(handover_give(handover, 0, 2, given[i]));
	}
	CU_ASSERT_EQUAL(handover_take(handover, 0, 1, taken, SIZE), 0);
	CU_ASSERT_EQUAL(handover_take(handover, 1, 2, taken, SIZE), 0);
	CU_ASSERT_EQUAL(handover_take(handover, 2, 0, taken, SIZE), 0);
	CU_ASSERT_EQUAL(handover_take(handover, 0, 2, taken, 2), 2);
	CU_ASSERT_EQUAL(handover_take(handover, 0, 2, taken + 2, SIZE), 1);
	for (unsigned i = 0; i < 3; i++) {
		CU_ASSERT_PTR_EQUAL(taken[i], given[i]);
		rte_pktmbuf_free(taken[i]);
	}
	handover_destroy(handover);
}

static void a_full_ring_refuses_and_the_giver_keeps_the_mbuf(void)
{
	struct handover *handover = create();
	struct rte_mbuf *mbuf, *taken[SIZE];
	unsigned given = 0;

	while (mbuf = support_mbuf(pool, &given, sizeof(given)), handover_give(handover, 1, 0, mbuf))
		given++;
	CU_ASSERT_EQUAL(given, SIZE - 1);
	CU_ASSERT_EQUAL(handover_take(handover, 1, 0, taken, 1), 1);
	CU_ASSERT_TRUE(handover_give(handover, 1, 0, mbuf));
	rte_pktmbuf_free(taken[0]);
	handover_destroy(handover);
}

static void destroying_frees_what_is_in_the_rings(void)
{
	struct handover *handover = create();

	for (uint16_t from = 0; from < WORKERS; from++)
		for (uint16_t to = 0; to < WORKERS; to++)
			if (from != to)
				CU_ASSERT_TRUE(handover_give(handover, from, to, support_mbuf(pool, "x", 1)));
	CU_ASSERT_EQUAL(rte_mempool_in_use_count(pool), WORKERS * (WORKERS - 1));
	handover_destroy(handover);
	CU_ASSERT_EQUAL(rte_mempool_in_use_count(pool), 0);
	handover_destroy(NULL);
}

int main(void)
{
	pool = support_pool("handover", 64);
	return TESTS_RUN("handover", TEST(what_is_given_is_taken_in_order_by_the_one_it_is_for),
			 TEST(a_full_ring_refuses_and_the_giver_keeps_the_mbuf),
			 TEST(destroying_frees_what_is_in_the_rings));
}
