/* SPDX-License-Identifier: BSD-3-Clause */
#include <string.h>

#include <tcpstack/segment.h>

#include "../stack_state.h"
#include "frame.h"
#include "ip.h"

static struct rte_mbuf *out_of_mbufs(struct stack *stack, struct rte_mbuf *mbuf)
{
	packet_drop(stack, mbuf, DROP_NO_MBUF);
	return NULL;
}

/* Single, and nobody else reads its bytes. */
static bool is_own(const struct rte_mbuf *mbuf)
{
	return RTE_MBUF_DIRECT(mbuf) && rte_mbuf_refcnt_read(mbuf) == 1;
}

/* What is known about a frame beside its bytes, for a new first mbuf. */
static void copy_knowledge(struct rte_mbuf *to, const struct rte_mbuf *from)
{
	to->ol_flags = from->ol_flags & ~FRAME_KEPT_FLAGS;
	to->port = from->port;
	to->vlan_tci = from->vlan_tci;
	to->tx_offload = from->tx_offload;
	memcpy(to + 1, from + 1, sizeof(struct segment));
}

struct rte_mbuf *frame_writable(struct stack *stack, struct rte_mbuf *mbuf)
{
	struct rte_mbuf *copy;

	if (likely(is_own(mbuf)))
		return mbuf;
	copy = rte_pktmbuf_copy(mbuf, stack->config.pool, 0, UINT32_MAX);
	if (copy == NULL)
		return out_of_mbufs(stack, mbuf);
	copy_knowledge(copy, mbuf);
	rte_pktmbuf_free(mbuf);
	return copy;
}

/* Puts a new, empty mbuf in front of the frame; NULL, with the frame untouched, if there is none of `room` octets. */
static struct rte_mbuf *new_head(struct stack *stack, struct rte_mbuf *mbuf, uint32_t room)
{
	struct rte_mbuf *head;

	if (mbuf->nb_segs == RTE_MBUF_MAX_NB_SEGS)
		return NULL;
	head = rte_pktmbuf_alloc(stack->config.pool);
	if (head == NULL)
		return NULL;
	if (rte_pktmbuf_tailroom(head) < room) {
		rte_pktmbuf_free(head);
		return NULL;
	}
	copy_knowledge(head, mbuf);
	head->next = mbuf;
	head->nb_segs = (uint16_t)(mbuf->nb_segs + 1);
	head->pkt_len = mbuf->pkt_len;
	return head;
}

struct rte_mbuf *frame_pull(struct stack *stack, struct rte_mbuf *mbuf, uint32_t length)
{
	if (likely(mbuf->data_len >= length))
		return mbuf;
	if (!is_own(mbuf) || rte_pktmbuf_tailroom(mbuf) < length - mbuf->data_len) {
		struct rte_mbuf *head = new_head(stack, mbuf, length);

		if (head == NULL)
			return out_of_mbufs(stack, mbuf);
		mbuf = head;
	}
	while (mbuf->data_len < length) {
		struct rte_mbuf *next = mbuf->next;
		uint16_t part = (uint16_t)RTE_MIN(length - mbuf->data_len, (uint32_t)next->data_len);

		memcpy(rte_pktmbuf_mtod_offset(mbuf, uint8_t *, mbuf->data_len), rte_pktmbuf_mtod(next, uint8_t *),
		       part);
		mbuf->data_len += part;
		next->data_off += part;
		next->data_len -= part;
		if (next->data_len == 0) {
			mbuf->next = next->next;
			mbuf->nb_segs--;
			rte_pktmbuf_free_seg(next);
		}
	}
	return mbuf;
}

struct rte_mbuf *frame_prepend(struct stack *stack, struct rte_mbuf *mbuf, uint16_t length)
{
	struct rte_mbuf *head;

	if (likely(is_own(mbuf) && rte_pktmbuf_headroom(mbuf) >= length)) {
		rte_pktmbuf_prepend(mbuf, length);
		return mbuf;
	}
	head = new_head(stack, mbuf, 0);
	if (head == NULL)
		return out_of_mbufs(stack, mbuf);
	if (rte_pktmbuf_prepend(head, length) == NULL)
		return out_of_mbufs(stack, head);
	return head;
}

struct rte_mbuf *frame_linear(struct stack *stack, struct rte_mbuf *mbuf)
{
	struct rte_mbuf *copy;
	uint32_t offset = 0;

	if (likely(mbuf->nb_segs == 1))
		return mbuf;
	if (is_own(mbuf) && rte_pktmbuf_linearize(mbuf) == 0)
		return mbuf;
	copy = rte_pktmbuf_alloc(stack->config.pool);
	if (copy == NULL || rte_pktmbuf_tailroom(copy) < mbuf->pkt_len) {
		rte_pktmbuf_free(copy);
		return out_of_mbufs(stack, mbuf);
	}
	copy_knowledge(copy, mbuf);
	for (const struct rte_mbuf *segment = mbuf; segment != NULL; segment = segment->next) {
		memcpy(rte_pktmbuf_mtod_offset(copy, uint8_t *, offset), rte_pktmbuf_mtod(segment, const uint8_t *),
		       segment->data_len);
		offset += segment->data_len;
	}
	copy->data_len = (uint16_t)offset;
	copy->pkt_len = offset;
	rte_pktmbuf_free(mbuf);
	return copy;
}

void frame_trim(struct rte_mbuf *mbuf, uint32_t length)
{
	struct rte_mbuf *last = mbuf;
	uint32_t left = length;
	uint16_t count = 1;

	if (likely(mbuf->pkt_len == length))
		return;
	while (left > last->data_len) {
		left -= last->data_len;
		last = last->next;
		count++;
	}
	last->data_len = (uint16_t)left;
	rte_pktmbuf_free(last->next);
	last->next = NULL;
	mbuf->nb_segs = count;
	mbuf->pkt_len = length;
}

/* Goes to the mbuf that holds the octet at *offset, which becomes an offset into that. */
static const struct rte_mbuf *seek(const struct rte_mbuf *mbuf, uint32_t *offset)
{
	while (*offset >= mbuf->data_len && mbuf->next != NULL) {
		*offset -= mbuf->data_len;
		mbuf = mbuf->next;
	}
	return mbuf;
}

bool frame_equal(const struct rte_mbuf *a, uint32_t a_offset, const struct rte_mbuf *b, uint32_t b_offset,
		 uint32_t length)
{
	while (length > 0) {
		uint32_t part;

		a = seek(a, &a_offset);
		b = seek(b, &b_offset);
		part = RTE_MIN(length, RTE_MIN(a->data_len - a_offset, b->data_len - b_offset));
		if (memcmp(rte_pktmbuf_mtod_offset(a, const uint8_t *, a_offset),
			   rte_pktmbuf_mtod_offset(b, const uint8_t *, b_offset), part) != 0)
			return false;
		a_offset += part;
		b_offset += part;
		length -= part;
	}
	return true;
}
