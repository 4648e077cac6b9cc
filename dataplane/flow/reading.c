/* SPDX-License-Identifier: BSD-3-Clause */
#include "inside.h"

static struct tcp_connection *connection_of(const struct flow *flow, enum splice_side side)
{
	return side == SPLICE_CLIENT ? flow->client : flow->server;
}

void reading_begin(struct flow *flow)
{
	flow->opening->reread = true;
}

/* Small segments are put together: else a peer that sends octet by octet would have us hold an mbuf for each. */
static void hold(struct segment_list *held, struct rte_mbuf *mbuf)
{
	struct rte_mbuf *last = held->tail;

	if (last != NULL && segment_list_merge(held, last, mbuf))
		rte_pktmbuf_free(mbuf);
	else
		segment_list_append(held, mbuf);
}

static bool feed_held(struct flow *flow, enum splice_side side, reading_feed *feed)
{
	struct rte_mbuf *mbuf = flow->opening->held[side].head;
	bool enough = false;

	for (; mbuf != NULL && !enough; mbuf = segment_of(mbuf)->next)
		enough = feed(flow, rte_pktmbuf_mtod(mbuf, const uint8_t *), mbuf->data_len);
	return enough;
}

static bool feed_fresh(struct flow *flow, enum splice_side side, reading_feed *feed)
{
	struct segment_list fresh = {0};
	struct rte_mbuf *mbuf;
	bool enough = false;

	tcp_receive(flow->flows->config.stack, connection_of(flow, side), &fresh);
	while ((mbuf = segment_list_pop(&fresh)) != NULL) {
		enough = enough || feed(flow, rte_pktmbuf_mtod(mbuf, const uint8_t *), mbuf->data_len);
		hold(&flow->opening->held[side], mbuf);
	}
	return enough;
}

bool reading_go_on(struct flow *flow, enum splice_side side, reading_feed *feed)
{
	bool enough = flow->opening->reread && feed_held(flow, side, feed);

	flow->opening->reread = false;
	return enough || feed_fresh(flow, side, feed);
}

bool reading_ended(const struct flow *flow, enum splice_side side)
{
	const struct tcp_connection *connection = connection_of(flow, side);

	return (flow->opening->events[side] & TCP_EVENT_END) && tcp_receivable(connection) == 0;
}

const struct piece *reading_pieces(struct flow *flow, enum splice_side side, uint64_t skip, size_t *count)
{
	struct piece *pieces = flow->flows->pieces;
	const struct rte_mbuf *mbuf = flow->opening->held[side].head;

	for (*count = 0; mbuf != NULL; mbuf = segment_of((struct rte_mbuf *)(uintptr_t)mbuf)->next) {
		if (skip >= mbuf->data_len) {
			skip -= mbuf->data_len;
			continue;
		}
		if (*count == FLOWS_PIECES)
			return NULL;
		pieces[(*count)++] = (struct piece){
		    .data = rte_pktmbuf_mtod_offset(mbuf, const uint8_t *, skip),
		    .length = mbuf->data_len - skip,
		};
		skip = 0;
	}
	return pieces;
}

bool reading_hand_on(struct flow *flow, enum splice_side side)
{
	struct segment_list *held = &flow->opening->held[side];
	struct tcp_connection *to = side == SPLICE_CLIENT ? flow->server : flow->client;
	uint32_t bytes = held->bytes;

	if (bytes > 0 && !tcp_send(flow->flows->config.stack, to, held))
		return false;
	*(side == SPLICE_CLIENT ? &flow->record.bytes_c2s : &flow->record.bytes_s2c) += bytes;
	return true;
}
