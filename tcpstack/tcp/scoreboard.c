/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What the peer has and what is lost (RFC 2018, RFC 6675), as marks on the segments of the send queue. The hints keep a
 * transfer with much in flight from walking its whole queue for each ACK; they are hints only, and NULL is always
 * right.
 */
#include <string.h>

#include "tcp_internal.h"

#define DUPLICATE_THRESHOLD 3

static struct rte_mbuf *next_of(struct rte_mbuf *mbuf)
{
	return segment_of(mbuf)->next;
}

static uint32_t end_of(struct rte_mbuf *mbuf)
{
	return segment_of(mbuf)->sequence + mbuf->data_len;
}

static void mark_sacked(struct tcp_connection *connection, struct rte_mbuf *mbuf)
{
	struct segment *segment = segment_of(mbuf);

	if (segment->flags & SEGMENT_LOST)
		connection->lost_bytes -= mbuf->data_len;
	segment->flags = (segment->flags & ~SEGMENT_LOST) | SEGMENT_SACKED;
	connection->sack_hint = mbuf;
	connection->sacked_bytes += mbuf->data_len;
	/* The count of SACKed bytes before the hint must stay true. */
	if (connection->lost_hint && seq_lt(segment->sequence, segment_of(connection->lost_hint)->sequence))
		connection->lost_hint_sacked += mbuf->data_len;
}

static void mark_lost(struct tcp_connection *connection, struct rte_mbuf *mbuf)
{
	struct segment *segment = segment_of(mbuf);

	segment->flags |= SEGMENT_LOST;
	connection->lost_bytes += mbuf->data_len;
	if (connection->retransmit_hint && seq_lt(segment->sequence, segment_of(connection->retransmit_hint)->sequence))
		connection->retransmit_hint = mbuf;
}

/* Marks what lies wholly within the block and does not end before `from`: what straddles that was not wholly reported
 * before. A block that covers a segment in part says nothing about it. */
static uint32_t apply_block(struct tcp_connection *connection, const struct tcp_sack_block *block, uint32_t from)
{
	struct rte_mbuf *mbuf = connection->sack_hint;
	uint32_t newly = 0;

	if (!mbuf || seq_gt(segment_of(mbuf)->sequence, from))
		mbuf = connection->send_queue.head;
	for (; mbuf && mbuf != connection->unsent; mbuf = next_of(mbuf)) {
		if (seq_ge(segment_of(mbuf)->sequence, block->right))
			break;
		if (seq_lt(segment_of(mbuf)->sequence, block->left) || seq_le(end_of(mbuf), from) ||
		    seq_gt(end_of(mbuf), block->right))
			continue;
		if (segment_of(mbuf)->flags & SEGMENT_SACKED)
			continue;
		mark_sacked(connection, mbuf);
		newly += mbuf->data_len;
	}
	return newly;
}

/* A block is believed if it speaks of data that is in flight (RFC 2018 section 4; the D-SACK of RFC 2883 is not). */
static bool block_plausible(const struct tcp_connection *connection, const struct tcp_sack_block *block)
{
	return seq_lt(block->left, block->right) && seq_gt(block->left, connection->send_unacknowledged) &&
	       seq_le(block->right, connection->send_next);
}

/* Where the news of a block begins: an ACK repeats the blocks of those before it, and extends the latest. */
static uint32_t block_news(const struct tcp_connection *connection, const struct tcp_sack_block *block)
{
	for (unsigned i = 0; i < TCP_SACK_BLOCKS; i++)
		if (connection->sack_seen[i].left == block->left &&
		    seq_le(connection->sack_seen[i].right, block->right) &&
		    seq_gt(connection->sack_seen[i].right, block->left))
			return connection->sack_seen[i].right;
	return block->left;
}

uint32_t scoreboard_sack(struct tcp_connection *connection, const struct tcp_header *header)
{
	struct tcp_sack_block seen[TCP_SACK_BLOCKS] = {0};
	uint32_t newly = 0;

	for (unsigned i = 0; i < header->sack_count; i++) {
		const struct tcp_sack_block *block = &header->sack[i];
		uint32_t from;

		if (!block_plausible(connection, block))
			continue;
		from = block_news(connection, block);
		if (from != block->right)
			newly += apply_block(connection, block, from);
		seen[i] = *block;
	}
	memcpy(connection->sack_seen, seen, sizeof(seen));
	return newly;
}

/*
 * RFC 6675 IsLost(): more than two full segments' worth of bytes SACKed above it. What was sent again is not judged
 * anew: that is the business of the retransmission timer.
 */
bool scoreboard_mark_lost(struct tcp_connection *connection)
{
	const uint32_t threshold = (DUPLICATE_THRESHOLD - 1) * (uint32_t)connection->mss;
	struct rte_mbuf *mbuf = connection->lost_hint;
	uint32_t before = connection->lost_hint_sacked;
	bool newly = false;

	if (!mbuf) {
		mbuf = connection->send_queue.head;
		before = 0;
	}
	while (mbuf && mbuf != connection->unsent && connection->sacked_bytes - before > threshold) {
		struct segment *segment = segment_of(mbuf);

		if (segment->flags & SEGMENT_SACKED) {
			before += mbuf->data_len;
		} else if (!(segment->flags & (SEGMENT_LOST | SEGMENT_RETRANSMITTED))) {
			mark_lost(connection, mbuf);
			newly = true;
		}
		mbuf = segment->next;
	}
	connection->lost_hint = mbuf == connection->unsent ? NULL : mbuf;
	connection->lost_hint_sacked = connection->lost_hint ? before : 0;
	return newly;
}

void scoreboard_mark_first(struct tcp_connection *connection)
{
	struct rte_mbuf *mbuf = connection->send_queue.head;
	uint32_t bytes = 0;

	for (; mbuf && mbuf != connection->unsent && bytes < connection->mss; mbuf = next_of(mbuf)) {
		if (segment_of(mbuf)->flags & SEGMENT_SACKED)
			break;
		if (!(segment_of(mbuf)->flags & SEGMENT_LOST))
			mark_lost(connection, mbuf);
		bytes += mbuf->data_len;
	}
	connection->retransmit_hint = NULL;
}

void scoreboard_mark_too_big(struct tcp_connection *connection)
{
	for (struct rte_mbuf *mbuf = connection->send_queue.head; mbuf && mbuf != connection->unsent;
	     mbuf = next_of(mbuf))
		if (mbuf->data_len > connection->mss && !(segment_of(mbuf)->flags & (SEGMENT_LOST | SEGMENT_SACKED)))
			mark_lost(connection, mbuf);
	connection->retransmit_hint = NULL;
}

void scoreboard_mark_all(struct tcp_connection *connection)
{
	struct rte_mbuf *head = connection->send_queue.head;
	/* The first segment is what the peer says it lacks: if it once said it had it, it has given data up (RFC 2018
	 * section 8), and nothing it reported can be relied on. */
	bool reneged = !connection->sack || (head && (segment_of(head)->flags & SEGMENT_SACKED));

	if (reneged)
		connection->sacked_bytes = 0;
	connection->lost_bytes = 0;
	for (struct rte_mbuf *mbuf = head; mbuf && mbuf != connection->unsent; mbuf = next_of(mbuf)) {
		struct segment *segment = segment_of(mbuf);

		if (reneged)
			segment->flags &= ~SEGMENT_SACKED;
		segment->flags &= ~(SEGMENT_LOST | SEGMENT_RETRANSMITTED);
		if (!(segment->flags & SEGMENT_SACKED)) {
			segment->flags |= SEGMENT_LOST;
			connection->lost_bytes += mbuf->data_len;
		}
	}
	connection->retransmit_hint = NULL;
	connection->lost_hint = NULL;
	connection->lost_hint_sacked = 0;
	connection->sack_hint = NULL;
	memset(connection->sack_seen, 0, sizeof(connection->sack_seen));
}

void scoreboard_forget(struct tcp_connection *connection, struct rte_mbuf *mbuf)
{
	struct segment *segment = segment_of(mbuf);

	if (segment->flags & SEGMENT_SACKED) {
		connection->sacked_bytes -= RTE_MIN(connection->sacked_bytes, (uint32_t)mbuf->data_len);
		connection->lost_hint_sacked -= RTE_MIN(connection->lost_hint_sacked, (uint32_t)mbuf->data_len);
	}
	if (segment->flags & SEGMENT_LOST)
		connection->lost_bytes -= mbuf->data_len;
	if (connection->retransmit_hint == mbuf)
		connection->retransmit_hint = NULL;
	if (connection->sack_hint == mbuf)
		connection->sack_hint = NULL;
	if (connection->lost_hint == mbuf) {
		connection->lost_hint = NULL;
		connection->lost_hint_sacked = 0;
	}
}

struct rte_mbuf *scoreboard_next_lost(struct tcp_connection *connection)
{
	struct rte_mbuf *mbuf = connection->retransmit_hint ? connection->retransmit_hint : connection->send_queue.head;

	if (!connection->lost_bytes)
		return NULL;
	while (mbuf && mbuf != connection->unsent && !(segment_of(mbuf)->flags & SEGMENT_LOST))
		mbuf = next_of(mbuf);
	if (mbuf == connection->unsent)
		mbuf = NULL;
	connection->retransmit_hint = mbuf;
	return mbuf;
}
