/* SPDX-License-Identifier: BSD-3-Clause */
#include "pattern.h"

#include <string.h>

#include "random.h"

#define PERIOD 65521 /* a prime: no power of two of bytes repeats */
#define REACH 16384  /* longest piece looked at in one go */

static const uint8_t *table(void)
{
	static uint8_t bytes[PERIOD + REACH];
	static bool filled;

	if (!filled) {
		struct random random = {42};

		for (uint32_t i = 0; i < PERIOD; i++)
			bytes[i] = (uint8_t)random_next(&random);
		memcpy(bytes + PERIOD, bytes, REACH);
		filled = true;
	}
	return bytes;
}

static const uint8_t *piece_at(uint32_t seed, uint64_t offset)
{
	return table() + (offset + seed) % PERIOD;
}

void pattern_copy(uint32_t seed, uint64_t offset, uint8_t *to, uint32_t length)
{
	for (uint32_t done = 0, n; done < length; done += n) {
		n = RTE_MIN(length - done, (uint32_t)REACH);
		memcpy(to + done, piece_at(seed, offset + done), n);
	}
}

bool pattern_matches(uint32_t seed, uint64_t offset, const uint8_t *bytes, uint32_t length)
{
	for (uint32_t done = 0, n; done < length; done += n) {
		n = RTE_MIN(length - done, (uint32_t)REACH);
		if (memcmp(bytes + done, piece_at(seed, offset + done), n) != 0)
			return false;
	}
	return true;
}

bool pattern_append(uint32_t seed, uint64_t offset, struct segment_list *list, struct rte_mempool *pool,
		    uint32_t length, uint32_t piece)
{
	for (uint32_t done = 0, n; done < length; done += n) {
		struct rte_mbuf *mbuf = rte_pktmbuf_alloc(pool);

		if (!mbuf)
			return false;
		n = RTE_MIN(length - done, piece);
		n = RTE_MIN(n, (uint32_t)rte_pktmbuf_tailroom(mbuf));
		pattern_copy(seed, offset + done, (uint8_t *)rte_pktmbuf_append(mbuf, (uint16_t)n), n);
		segment_list_append(list, mbuf);
	}
	return true;
}

bool pattern_list_matches(uint32_t seed, uint64_t offset, const struct segment_list *list)
{
	uint32_t bytes = 0, charge = 0;
	const struct rte_mbuf *last = NULL;

	for (const struct rte_mbuf *mbuf = list->head; mbuf;) {
		const struct segment *segment = (const struct segment *)(mbuf + 1);

		if (mbuf->nb_segs != 1 || mbuf->next || mbuf->data_len == 0 || mbuf->pkt_len != mbuf->data_len)
			return false;
		if (!pattern_matches(seed, offset + bytes, rte_pktmbuf_mtod(mbuf, const uint8_t *), mbuf->data_len))
			return false;
		bytes += mbuf->data_len;
		charge += segment_charge(mbuf);
		last = mbuf;
		mbuf = segment->next;
	}
	return bytes == list->bytes && charge == list->charge && last == list->tail;
}
