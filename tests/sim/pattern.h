/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef SIM_PATTERN_H
#define SIM_PATTERN_H

/* The bytes that streams carry: fixed by a seed and the offset in the stream, so that any part can be judged. */

#include <stdbool.h>
#include <stdint.h>

#include <tcpstack/segment.h>

void pattern_copy(uint32_t seed, uint64_t offset, uint8_t *to, uint32_t length);
bool pattern_matches(uint32_t seed, uint64_t offset, const uint8_t *bytes, uint32_t length);

/* Appends bytes of the pattern in mbufs of up to `piece` octets each. False if the pool ran out: then as many as
 * list->bytes has grown by. */
bool pattern_append(uint32_t seed, uint64_t offset, struct segment_list *list, struct rte_mempool *pool,
		    uint32_t length, uint32_t piece);

/* Whether the whole list is the pattern from the offset on, and is shaped as segment.h promises: single mbufs, none of
 * them empty, sums right. */
bool pattern_list_matches(uint32_t seed, uint64_t offset, const struct segment_list *list);

#endif
