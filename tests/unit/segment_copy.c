/* SPDX-License-Identifier: BSD-3-Clause */
/* Appending copies to a segment list: the tail is filled where it is ours alone, and an empty pool is no disaster. */
#include "segment_list.h"

static struct rte_mempool *pool, *small_pool;
static uint8_t stream[20000];

static void a_copy_fills_one_mbuf_after_the_other(void)
{
	for (uint32_t length = 0; length < 7000; length += 333) {
		struct segment_list list = {0};

		CU_ASSERT_EQUAL(segment_list_append_copy(&list, pool, stream, length), length);
		check_list(&list, 0, length);
		CU_ASSERT_EQUAL(list.charge, (length + 2047) / 2048 * RTE_MBUF_DEFAULT_BUF_SIZE);
		segment_list_free(&list);
	}
}

static void small_copies_share_an_mbuf(void)
{
	struct segment_list list = {0};

	for (uint32_t i = 0; i < 3000; i++)
		CU_ASSERT_EQUAL(segment_list_append_copy(&list, pool, stream + i, 1), 1);
	check_list(&list, 0, 3000);
	CU_ASSERT_EQUAL(list.charge, 2 * RTE_MBUF_DEFAULT_BUF_SIZE);
	segment_list_free(&list);
}

static void the_tail_of_an_appended_mbuf_is_filled(void)
{
	struct segment_list list = {0};

	append_stream(&list, pool, 0, 2000);
	CU_ASSERT_EQUAL(segment_list_append_copy(&list, pool, stream + 2000, 100), 100);
	check_list(&list, 0, 2100);
	CU_ASSERT_EQUAL(list.head->data_len, 2048);
	segment_list_free(&list);
}

static void a_buffer_that_others_refer_to_is_left_alone(void)
{
	struct segment_list list = {0}, front = {0};
	unsigned before;

	/* the direct mbuf with a piece cut off it, and the piece itself */
	append_stream(&list, pool, 0, 100);
	CU_ASSERT_EQUAL(segment_list_move_bytes(&front, &list, 40, pool), 40);
	before = rte_mempool_avail_count(pool);
	CU_ASSERT_EQUAL(segment_list_append_copy(&list, pool, stream + 100, 10), 10);
	CU_ASSERT_EQUAL(before - rte_mempool_avail_count(pool), 1);
	check_list(&list, 40, 70);
	CU_ASSERT_EQUAL(segment_list_append_copy(&front, pool, stream + 40, 10), 10);
	CU_ASSERT_EQUAL(before - rte_mempool_avail_count(pool), 2);
	check_list(&front, 0, 50);
	check_list(&list, 40, 70);
	segment_list_free(&front);
	segment_list_free(&list);

	/* an mbuf that is being sent as well */
	append_stream(&list, pool, 0, 100);
	rte_mbuf_refcnt_update(list.head, 1);
	CU_ASSERT_EQUAL(segment_list_append_copy(&list, pool, stream + 100, 10), 10);
	CU_ASSERT_EQUAL(list.head->data_len, 100);
	check_list(&list, 0, 110);
	rte_pktmbuf_free(list.head);
	segment_list_free(&list);
}

static void an_exhausted_pool_ends_the_copy_early(void)
{
	struct segment_list list = {0};

	/* three mbufs */
	CU_ASSERT_EQUAL(segment_list_append_copy(&list, small_pool, stream, 10000), 3 * 2048);
	check_list(&list, 0, 3 * 2048);
	CU_ASSERT_EQUAL(segment_list_append_copy(&list, small_pool, stream + 3 * 2048, 1), 0);
	check_list(&list, 0, 3 * 2048);
	segment_list_free(&list);

	/* the tail is filled first */
	append_stream(&list, pool, 0, 48);
	CU_ASSERT_EQUAL(segment_list_append_copy(&list, small_pool, stream + 48, 10000), 4 * 2048 - 48);
	check_list(&list, 0, 4 * 2048);
	segment_list_free(&list);
}

static void mbufs_without_room_hold_no_copy(void)
{
	struct rte_mempool *bare =
	    rte_pktmbuf_pool_create("bare", 7, 0, SEGMENT_PRIVATE_SIZE, RTE_PKTMBUF_HEADROOM, SOCKET_ID_ANY);
	struct segment_list list = {0};

	CU_ASSERT_PTR_NOT_NULL_FATAL(bare);
	CU_ASSERT_EQUAL(segment_list_append_copy(&list, bare, stream, 10), 0);
	check_list(&list, 0, 0);
	CU_ASSERT_EQUAL(rte_mempool_avail_count(bare), 7);
	rte_mempool_free(bare);
}

/* It may be a secret: moved, it is in one place alone, unless it is not ours to overwrite. */
static void what_is_merged_leaves_nothing_behind_that_is_ours(void)
{
	for (unsigned shared = 0; shared < 2; shared++) {
		struct segment_list list = {0}, other = {0}, front = {0};
		const uint8_t *octets;
		struct rte_mbuf *mbuf;

		append_stream(&list, pool, 0, 60);
		append_stream(&other, pool, 20, 80);
		CU_ASSERT_EQUAL(segment_list_move_bytes(&front, &other, 40, pool), 40);
		if (!shared)
			segment_list_free(&front);
		mbuf = segment_list_pop(&other);
		CU_ASSERT_TRUE(segment_list_merge(&list, list.head, mbuf));
		check_list(&list, 0, 100);
		octets = rte_pktmbuf_mtod(mbuf, const uint8_t *);
		for (uint32_t i = 0; i < 40; i++)
			CU_ASSERT_EQUAL(octets[i], shared ? stream_octet(60 + i) : 0);
		rte_pktmbuf_free(mbuf);
		segment_list_free(&front);
		segment_list_free(&list);
	}
}

int main(void)
{
	for (uint32_t i = 0; i < sizeof(stream); i++)
		stream[i] = stream_octet(i);
	pool = support_pool("segments", 63);
	small_pool = support_pool("small", 3);
	return TESTS_RUN("segment list, copies", TEST(a_copy_fills_one_mbuf_after_the_other),
			 TEST(small_copies_share_an_mbuf), TEST(the_tail_of_an_appended_mbuf_is_filled),
			 TEST(a_buffer_that_others_refer_to_is_left_alone), TEST(an_exhausted_pool_ends_the_copy_early),
			 TEST(mbufs_without_room_hold_no_copy),
			 TEST(what_is_merged_leaves_nothing_behind_that_is_ours));
}
