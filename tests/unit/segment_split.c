/* SPDX-License-Identifier: BSD-3-Clause */
/* Moving bytes from one segment list to another: cut at every byte, with mbufs to do it and without. */
#include "segment_list.h"

static struct rte_mempool *pool, *indirect_pool, *empty_pool;

static struct segment_list small_list(void)
{
	struct segment_list list = {0};

	append_stream(&list, pool, 0, 5);
	append_stream(&list, pool, 5, 1);
	append_stream(&list, pool, 6, 8);
	append_stream(&list, pool, 14, 3);
	return list;
}

static bool at_an_edge(uint32_t byte)
{
	return byte == 0 || byte == 5 || byte == 6 || byte == 14 || byte >= 17;
}

static void a_list_is_cut_at_every_byte(void)
{
	for (uint32_t bytes = 0; bytes <= 19; bytes++) {
		struct segment_list from = small_list(), to = {0};
		uint32_t moved = RTE_MIN(bytes, 17U);
		unsigned before = rte_mempool_avail_count(indirect_pool);

		CU_ASSERT_EQUAL(segment_list_move_bytes(&to, &from, bytes, indirect_pool), moved);
		check_list(&to, 0, moved);
		check_list(&from, moved, 17 - moved);
		CU_ASSERT_EQUAL(before - rte_mempool_avail_count(indirect_pool), at_an_edge(bytes) ? 0 : 1);
		segment_list_free(bytes % 2 ? &to : &from);
		segment_list_free(bytes % 2 ? &from : &to);
	}
}

static void what_is_moved_comes_behind_what_was_there(void)
{
	struct segment_list from = {0}, to = {0};

	append_stream(&to, pool, 0, 10);
	append_stream(&from, pool, 10, 10);
	CU_ASSERT_EQUAL(segment_list_move_bytes(&to, &from, 4, indirect_pool), 4);
	check_list(&to, 0, 14);
	check_list(&from, 14, 6);
	segment_list_free(&to);
	segment_list_free(&from);
}

static void an_mbuf_is_cut_again_and_again(void)
{
	struct segment_list from = {0}, parts[12] = {0};

	append_stream(&from, pool, 0, 100);
	for (uint32_t i = 0; i < RTE_DIM(parts); i++) {
		CU_ASSERT_EQUAL(segment_list_move_bytes(&parts[i], &from, 8, indirect_pool), 8);
		check_list(&from, 8 * (i + 1), 100 - 8 * (i + 1));
	}
	/* a piece is cut once more, and then all are joined */
	CU_ASSERT_EQUAL(segment_list_move_bytes(&from, &parts[0], 3, indirect_pool), 3);
	check_list(&parts[0], 3, 5);
	segment_list_drop(&from, from.bytes);
	for (uint32_t i = 1; i < RTE_DIM(parts); i++)
		segment_list_move(&parts[0], &parts[i]);
	check_list(&parts[0], 3, 93);
	segment_list_free(&parts[0]);
}

static void the_buffer_lives_as_long_as_any_piece(void)
{
	struct segment_list from = {0}, to = {0};
	unsigned before = rte_mempool_avail_count(pool);

	append_stream(&from, pool, 0, 100);
	CU_ASSERT_EQUAL(segment_list_move_bytes(&to, &from, 50, indirect_pool), 50);
	CU_ASSERT_EQUAL(to.charge, RTE_MBUF_DEFAULT_BUF_SIZE);
	CU_ASSERT_EQUAL(from.charge, RTE_MBUF_DEFAULT_BUF_SIZE);
	segment_list_free(&from);
	CU_ASSERT_EQUAL(rte_mempool_avail_count(pool), before - 1);
	check_list(&to, 0, 50);
	segment_list_free(&to);
	CU_ASSERT_EQUAL(rte_mempool_avail_count(pool), before);
}

static void without_an_mbuf_the_cut_is_made_before(void)
{
	struct rte_mbuf *taken = rte_pktmbuf_alloc(empty_pool);

	CU_ASSERT_PTR_NOT_NULL_FATAL(taken);
	for (uint32_t bytes = 0; bytes <= 19; bytes++) {
		struct segment_list from = small_list(), to = {0};
		uint32_t moved = bytes >= 17 ? 17 : bytes >= 14 ? 14 : bytes >= 6 ? 6 : bytes >= 5 ? 5 : 0;

		CU_ASSERT_EQUAL(segment_list_move_bytes(&to, &from, bytes, empty_pool), moved);
		check_list(&to, 0, moved);
		check_list(&from, moved, 17 - moved);
		segment_list_free(&to);
		segment_list_free(&from);
	}
	rte_pktmbuf_free(taken);
}

static void random_cuts_keep_every_byte_in_order(void)
{
	uint64_t random = 12;

	for (int world = 0; world < 200; world++) {
		struct segment_list from = {0}, to = {0};
		uint32_t total = 0;

		while (total < 6000) {
			uint16_t length = (uint16_t)(1 + support_random(&random) % 1500);

			append_stream(&from, pool, total, length);
			total += length;
		}
		for (uint32_t done = 0; done < total;) {
			uint32_t moved =
			    segment_list_move_bytes(&to, &from, 1 + support_random(&random) % 900, indirect_pool);

			CU_ASSERT_TRUE_FATAL(moved > 0);
			done += moved;
			check_list(&from, done, total - done);
		}
		check_list(&to, 0, total);
		segment_list_free(&to);
	}
}

int main(void)
{
	pool = support_pool("direct", 127);
	indirect_pool = support_pool("indirect", 63);
	empty_pool = support_pool("empty", 1);
	return TESTS_RUN("segment list, cut", TEST(a_list_is_cut_at_every_byte),
			 TEST(what_is_moved_comes_behind_what_was_there), TEST(an_mbuf_is_cut_again_and_again),
			 TEST(the_buffer_lives_as_long_as_any_piece), TEST(without_an_mbuf_the_cut_is_made_before),
			 TEST(random_cuts_keep_every_byte_in_order));
}
