/* SPDX-License-Identifier: BSD-3-Clause */
/* Segment lists: append, pop, move, drop, peek, chains. No mbuf is lost, as the runner checks after each test. */
#include "segment_list.h"

#include <stdlib.h>
#include <string.h>

static struct rte_mempool *pool;

static void what_is_appended_is_popped_in_order(void)
{
	static const uint16_t lengths[] = {1, 700, 2048};
	struct segment_list list = {0};
	uint32_t from = 0;

	CU_ASSERT_PTR_NULL(segment_list_pop(&list));
	for (size_t i = 0; i < RTE_DIM(lengths); i++) {
		append_stream(&list, pool, from, lengths[i]);
		from += lengths[i];
		check_list(&list, 0, from);
	}
	from = 0;
	for (size_t i = 0; i < RTE_DIM(lengths); i++) {
		struct rte_mbuf *mbuf = segment_list_pop(&list);

		CU_ASSERT_PTR_NOT_NULL_FATAL(mbuf);
		CU_ASSERT_EQUAL(mbuf->data_len, lengths[i]);
		rte_pktmbuf_free(mbuf);
		from += lengths[i];
		check_list(&list, from, 2749 - from);
	}
	CU_ASSERT_PTR_NULL(segment_list_pop(&list));
}

static void an_mbuf_is_charged_by_its_buffer(void)
{
	static char buffer[512];
	struct rte_mbuf_ext_shared_info shared = {0};
	struct segment_list list = {0};
	struct rte_mbuf *mbuf, *clone;

	mbuf = support_mbuf(pool, "x", 1);
	CU_ASSERT_EQUAL(segment_charge(mbuf), RTE_MBUF_DEFAULT_BUF_SIZE);
	clone = rte_pktmbuf_alloc(pool);
	CU_ASSERT_PTR_NOT_NULL_FATAL(clone);
	rte_pktmbuf_attach(clone, mbuf);
	CU_ASSERT_EQUAL(segment_charge(clone), RTE_MBUF_DEFAULT_BUF_SIZE);
	segment_list_append(&list, mbuf);
	segment_list_append(&list, clone);
	CU_ASSERT_EQUAL(list.charge, 2 * RTE_MBUF_DEFAULT_BUF_SIZE);
	segment_list_free(&list);

	mbuf = support_mbuf(pool, "x", 0);
	shared.refcnt = 2; /* one is the test's own, so that nobody frees the buffer */
	rte_pktmbuf_attach_extbuf(mbuf, buffer, 0, sizeof(buffer), &shared);
	CU_ASSERT_EQUAL(segment_charge(mbuf), sizeof(buffer));
	rte_pktmbuf_free(mbuf);
}

static void a_moved_list_leaves_nothing_behind(void)
{
	for (int to_count = 0; to_count <= 2; to_count++) {
		for (int from_count = 0; from_count <= 2; from_count++) {
			struct segment_list to = {0}, from = {0};

			for (int i = 0; i < to_count; i++)
				append_stream(&to, pool, (uint32_t)i * 100, 100);
			for (int i = 0; i < from_count; i++)
				append_stream(&from, pool, (uint32_t)(to_count + i) * 100, 100);
			segment_list_move(&to, &from);
			check_list(&to, 0, (uint32_t)(to_count + from_count) * 100);
			check_list(&from, 0, 0);
			segment_list_free(&to);
			check_list(&to, 0, 0);
		}
	}
}

/* 17 octets in mbufs of 5, 1, 8 and 3. */
static struct segment_list small_list(void)
{
	struct segment_list list = {0};

	append_stream(&list, pool, 0, 5);
	append_stream(&list, pool, 5, 1);
	append_stream(&list, pool, 6, 8);
	append_stream(&list, pool, 14, 3);
	return list;
}

static void any_number_of_bytes_can_be_dropped(void)
{
	for (uint32_t bytes = 0; bytes <= 19; bytes++) {
		struct segment_list list = small_list();
		uint32_t dropped = RTE_MIN(bytes, 17U);

		segment_list_drop(&list, bytes);
		check_list(&list, dropped, 17 - dropped);
		segment_list_free(&list);
	}
}

static void any_range_can_be_peeked_at(void)
{
	struct segment_list list = small_list();

	for (uint32_t offset = 0; offset <= 19; offset++) {
		for (uint32_t length = 0; length <= 19; length++) {
			uint32_t expected = offset >= 17 ? 0 : RTE_MIN(length, 17 - offset);
			uint8_t *buffer = malloc(expected);

			/* As much is asked for as there may be; the buffer has room for what there is only. */
			CU_ASSERT_EQUAL(segment_list_peek(&list, offset, buffer, length), expected);
			for (uint32_t i = 0; i < expected; i++)
				CU_ASSERT_EQUAL(buffer[i], stream_octet(offset + i));
			free(buffer);
		}
	}
	check_list(&list, 0, 17);
	segment_list_free(&list);
}

static void a_chain_becomes_single_mbufs(void)
{
	static const uint16_t lengths[] = {0, 3, 0, 0, 2, 4, 0};
	uint8_t data[9];
	struct segment_list list = {0};
	struct rte_mbuf *chain = NULL;
	uint32_t from = 0;

	for (uint32_t i = 0; i < sizeof(data); i++)
		data[i] = stream_octet(10 + i);
	for (size_t i = 0; i < RTE_DIM(lengths); i++) {
		struct rte_mbuf *mbuf = support_mbuf(pool, data + from, lengths[i]);

		from += lengths[i];
		if (chain == NULL)
			chain = mbuf;
		else
			CU_ASSERT_EQUAL(rte_pktmbuf_chain(chain, mbuf), 0);
	}
	append_stream(&list, pool, 0, 10);
	segment_list_append_chain(&list, chain);
	check_list(&list, 0, 19);
	segment_list_free(&list);

	chain = support_mbuf(pool, data, 4);
	CU_ASSERT_EQUAL(rte_pktmbuf_chain(chain, support_mbuf(pool, data + 4, 5)), 0);
	append_stream(&list, pool, 0, 10);
	segment_list_append_chain(&list, chain);
	check_list(&list, 0, 19);
	segment_list_append_chain(&list, NULL);
	check_list(&list, 0, 19);
	segment_list_append_chain(&list, support_mbuf(pool, data, 0));
	check_list(&list, 0, 19);
	segment_list_free(&list);
}

static void links_of_an_earlier_life_do_no_harm(void)
{
	struct segment_list list = {0};
	struct rte_mbuf *mbuf = support_mbuf(pool, "\0", 1);

	memset(segment_of(mbuf), 0xa5, sizeof(struct segment));
	segment_list_append(&list, mbuf);
	check_list(&list, 0, 1);
	segment_list_free(&list);
}

int main(void)
{
	pool = support_pool("segments", 63);
	return TESTS_RUN("segment list", TEST(what_is_appended_is_popped_in_order),
			 TEST(an_mbuf_is_charged_by_its_buffer), TEST(a_moved_list_leaves_nothing_behind),
			 TEST(any_number_of_bytes_can_be_dropped), TEST(any_range_can_be_peeked_at),
			 TEST(a_chain_becomes_single_mbufs), TEST(links_of_an_earlier_life_do_no_harm));
}
