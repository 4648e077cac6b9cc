/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef TESTS_UNIT_SEGMENT_LIST_H
#define TESTS_UNIT_SEGMENT_LIST_H

/* What the tests of segment lists share: lists with known content, and a check of all that a list promises. */

#include <tcpstack/segment.h>

#include "support.h"

/* Octet `index` of the stream that the tests put into lists; neighbours differ. */
static inline uint8_t stream_octet(uint32_t index)
{
	return (uint8_t)(index * 7 + (index >> 8));
}

/* Appends one mbuf with `length` octets of the stream from `from` on. */
static inline void append_stream(struct segment_list *list, struct rte_mempool *pool, uint32_t from, uint16_t length)
{
	uint8_t data[2048];

	for (uint16_t i = 0; i < length; i++)
		data[i] = stream_octet(from + i);
	segment_list_append(list, support_mbuf(pool, data, length));
}

/* Checks that the list holds `length` octets of the stream from `from` on, in single mbufs with payload, and that its
 * links and sums are right. */
static inline void check_list(const struct segment_list *list, uint32_t from, uint32_t length)
{
	uint32_t bytes = 0, charge = 0;
	const struct rte_mbuf *last = NULL;

	for (struct rte_mbuf *mbuf = list->head; mbuf != NULL; mbuf = segment_of(mbuf)->next) {
		const uint8_t *octets = rte_pktmbuf_mtod(mbuf, const uint8_t *);

		CU_ASSERT_EQUAL(mbuf->nb_segs, 1);
		CU_ASSERT_PTR_NULL(mbuf->next);
		CU_ASSERT_EQUAL(mbuf->pkt_len, mbuf->data_len);
		CU_ASSERT_TRUE(mbuf->data_len > 0);
		for (uint16_t i = 0; i < mbuf->data_len; i++) {
			if (octets[i] != stream_octet(from + bytes + i)) {
				CU_FAIL("the content is another");
				break;
			}
		}
		bytes += mbuf->data_len;
		charge += segment_charge(mbuf);
		last = mbuf;
	}
	CU_ASSERT_PTR_EQUAL(list->tail, last);
	CU_ASSERT_EQUAL(list->bytes, length);
	CU_ASSERT_EQUAL(bytes, length);
	CU_ASSERT_EQUAL(list->charge, charge);
	CU_ASSERT_EQUAL(segment_list_empty(list), length == 0);
}

#endif
