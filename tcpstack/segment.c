/* SPDX-License-Identifier: BSD-3-Clause */
#include <string.h>

#include <tcpstack/segment.h>

void segment_list_append(struct segment_list *list, struct rte_mbuf *mbuf)
{
	segment_of(mbuf)->next = NULL;
	if (list->tail != NULL)
		segment_of(list->tail)->next = mbuf;
	else
		list->head = mbuf;
	list->tail = mbuf;
	list->bytes += mbuf->data_len;
	list->charge += segment_charge(mbuf);
}

struct rte_mbuf *segment_list_pop(struct segment_list *list)
{
	struct rte_mbuf *mbuf = list->head;

	if (mbuf == NULL)
		return NULL;
	list->head = segment_of(mbuf)->next;
	if (list->head == NULL)
		list->tail = NULL;
	segment_of(mbuf)->next = NULL;
	list->bytes -= mbuf->data_len;
	list->charge -= segment_charge(mbuf);
	return mbuf;
}

void segment_list_move(struct segment_list *to, struct segment_list *from)
{
	if (from->head == NULL)
		return;
	if (to->tail != NULL)
		segment_of(to->tail)->next = from->head;
	else
		to->head = from->head;
	to->tail = from->tail;
	to->bytes += from->bytes;
	to->charge += from->charge;
	*from = (struct segment_list){0};
}

/* Takes `bytes` bytes off the first mbuf, which has more. */
static void trim_head(struct segment_list *list, uint32_t bytes)
{
	rte_pktmbuf_adj(list->head, (uint16_t)bytes);
	list->bytes -= bytes;
}

uint32_t segment_list_move_bytes(struct segment_list *to, struct segment_list *from, uint32_t bytes,
				 struct rte_mempool *pool)
{
	uint32_t left = bytes;
	struct rte_mbuf *front;

	while (from->head != NULL && from->head->data_len <= left) {
		left -= from->head->data_len;
		segment_list_append(to, segment_list_pop(from));
	}
	if (from->head == NULL || left == 0)
		return bytes - left;
	front = rte_pktmbuf_alloc(pool);
	if (front == NULL)
		return bytes - left;
	rte_pktmbuf_attach(front, from->head);
	front->data_len = (uint16_t)left;
	front->pkt_len = left;
	trim_head(from, left);
	segment_list_append(to, front);
	return bytes;
}

void segment_list_drop(struct segment_list *list, uint32_t bytes)
{
	while (list->head != NULL && list->head->data_len <= bytes) {
		bytes -= list->head->data_len;
		rte_pktmbuf_free(segment_list_pop(list));
	}
	if (list->head != NULL && bytes > 0)
		trim_head(list, bytes);
}

uint32_t segment_list_peek(const struct segment_list *list, uint32_t offset, void *buffer, uint32_t length)
{
	uint8_t *octets = buffer;
	uint32_t copied = 0;

	for (struct rte_mbuf *mbuf = list->head; mbuf != NULL && copied < length; mbuf = segment_of(mbuf)->next) {
		uint32_t part;

		if (offset >= mbuf->data_len) {
			offset -= mbuf->data_len;
			continue;
		}
		part = RTE_MIN(mbuf->data_len - offset, length - copied);
		memcpy(octets + copied, rte_pktmbuf_mtod_offset(mbuf, const void *, offset), part);
		copied += part;
		offset = 0;
	}
	return copied;
}

/* Room behind the last mbuf's payload, if nobody else refers to its buffer. */
static uint16_t own_tailroom(const struct segment_list *list)
{
	const struct rte_mbuf *tail = list->tail;

	if (tail == NULL || !RTE_MBUF_DIRECT(tail) || rte_mbuf_refcnt_read(tail) != 1)
		return 0;
	return rte_pktmbuf_tailroom(tail);
}

uint32_t segment_list_append_copy(struct segment_list *list, struct rte_mempool *pool, const void *data,
				  uint32_t length)
{
	const uint8_t *octets = data;
	uint32_t part = RTE_MIN(own_tailroom(list), length), copied = part;

	if (part > 0) {
		memcpy(rte_pktmbuf_append(list->tail, (uint16_t)part), octets, part);
		list->bytes += part;
	}
	while (copied < length) {
		struct rte_mbuf *mbuf = rte_pktmbuf_alloc(pool);

		if (mbuf == NULL)
			break;
		part = RTE_MIN(rte_pktmbuf_tailroom(mbuf), length - copied);
		if (part == 0) {
			rte_pktmbuf_free(mbuf);
			break;
		}
		memcpy(rte_pktmbuf_append(mbuf, (uint16_t)part), octets + copied, part);
		segment_list_append(list, mbuf);
		copied += part;
	}
	return copied;
}

bool segment_list_merge(struct segment_list *list, struct rte_mbuf *into, struct rte_mbuf *mbuf)
{
	if (!segment_has_room(into, mbuf->data_len))
		return false;
	memcpy(rte_pktmbuf_append(into, mbuf->data_len), rte_pktmbuf_mtod(mbuf, const void *), mbuf->data_len);
	list->bytes += mbuf->data_len;
	if (segment_has_room(mbuf, 0)) /* nobody else sees its buffer */
		explicit_bzero(rte_pktmbuf_mtod(mbuf, void *), mbuf->data_len);
	return true;
}

void segment_list_free(struct segment_list *list)
{
	struct rte_mbuf *mbuf;

	while ((mbuf = segment_list_pop(list)) != NULL)
		rte_pktmbuf_free(mbuf);
}

void segment_list_append_chain(struct segment_list *list, struct rte_mbuf *chain)
{
	while (chain != NULL) {
		struct rte_mbuf *mbuf = chain;

		chain = mbuf->next;
		mbuf->next = NULL;
		mbuf->nb_segs = 1;
		mbuf->pkt_len = mbuf->data_len;
		if (mbuf->data_len == 0)
			rte_pktmbuf_free(mbuf);
		else
			segment_list_append(list, mbuf);
	}
}
