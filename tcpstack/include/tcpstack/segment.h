/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef TCPSTACK_SEGMENT_H
#define TCPSTACK_SEGMENT_H

#include <stdbool.h>
#include <stdint.h>

#include <rte_mbuf.h>

/*
 * Payload stays in the mbufs it arrived in. Between the stack and its user it travels as a list of single mbufs
 * (nb_segs 1, next NULL), each holding at least one byte of payload and nothing else between data_off and
 * data_off + data_len. What the stack must know about an mbuf beside its bytes stands in the mbuf's private area:
 * every pool whose mbufs may meet a stack is created with a private size of SEGMENT_PRIVATE_SIZE.
 *
 * An mbuf has one owner at any time: whoever holds the list that it is on.
 */
struct segment {
	struct rte_mbuf *next; /* in a segment_list or a queue of the stack */
	uint32_t sequence;     /* of the first byte; the stack's own, while on one of its queues */
	uint32_t sent_at;      /* when it was last transmitted: microseconds, modulo 2^32 */
	uint8_t flags;	       /* SEGMENT_... */
	uint8_t transmissions; /* how often it was sent, saturating */
	uint8_t reserved[6];
};

#define SEGMENT_PRIVATE_SIZE 64

_Static_assert(sizeof(struct segment) <= SEGMENT_PRIVATE_SIZE, "the private area holds a segment");

/* Flags of a segment on a send queue. */
#define SEGMENT_SACKED 0x01	   /* the peer reported it (RFC 2018) */
#define SEGMENT_LOST 0x02	   /* deemed lost, and not sent again since (RFC 6675) */
#define SEGMENT_RETRANSMITTED 0x04 /* sent again in this recovery: not judged anew */

/* Flags of a frame on its way into a stack, set by whoever brings it. */
#define SEGMENT_OBSERVE 0x10 /* a copy of another worker's ARP or ND frame: learn from it, never answer it */
#define SEGMENT_STEERED 0x20 /* already handed over by its tuple: the stack that has it keeps it */

static inline struct segment *segment_of(struct rte_mbuf *mbuf)
{
	return (struct segment *)(mbuf + 1);
}

/* What an mbuf is charged for: the buffer that it pins, however few bytes of it are payload. An indirect mbuf and one
 * with an external buffer carry that buffer's length as their own. */
static inline uint32_t segment_charge(const struct rte_mbuf *mbuf)
{
	return mbuf->buf_len;
}

/* A list of payload mbufs in order. All zero is the empty list. The holder of the list owns the mbufs. */
struct segment_list {
	struct rte_mbuf *head;
	struct rte_mbuf *tail;
	uint32_t bytes;	 /* payload */
	uint32_t charge; /* sum of segment_charge */
};

static inline bool segment_list_empty(const struct segment_list *list)
{
	return list->head == NULL;
}

/* Appends one single mbuf with payload; the list owns it from now on. */
void segment_list_append(struct segment_list *list, struct rte_mbuf *mbuf);

/* Takes the first mbuf off the list; the caller owns it. NULL if the list is empty. */
struct rte_mbuf *segment_list_pop(struct segment_list *list);

/* Moves all of *from to the end of *to; *from is empty afterwards. Constant time. */
void segment_list_move(struct segment_list *to, struct segment_list *from);

/* Moves the first `bytes` bytes (or all, if there are fewer) of *from to the end of *to. The mbuf at the cut is split
 * by an indirect mbuf from `pool`. Returns the bytes moved: fewer than asked where the pool was empty at the cut. */
uint32_t segment_list_move_bytes(struct segment_list *to, struct segment_list *from, uint32_t bytes,
				 struct rte_mempool *pool);

/* Drops the first `bytes` bytes (or all, if there are fewer), freeing mbufs that become empty. */
void segment_list_drop(struct segment_list *list, uint32_t bytes);

/* Copies up to `length` bytes, from `offset` bytes into the list on, to `buffer`. Returns how many were copied. */
uint32_t segment_list_peek(const struct segment_list *list, uint32_t offset, void *buffer, uint32_t length);

/* Appends a copy of `length` bytes in new mbufs from `pool`, filling the last mbuf's tail first where that is ours
 * alone. Returns the bytes appended: fewer than `length` where the pool ran out. */
uint32_t segment_list_append_copy(struct segment_list *list, struct rte_mempool *pool, const void *data,
				  uint32_t length);

/* Frees every mbuf; the list is empty afterwards. */
void segment_list_free(struct segment_list *list);

/* Whether `bytes` bytes can be written behind the payload of an mbuf: it has the room, and nobody else sees its buffer.
 */
static inline bool segment_has_room(const struct rte_mbuf *mbuf, uint32_t bytes)
{
	return RTE_MBUF_DIRECT(mbuf) && rte_mbuf_refcnt_read(mbuf) == 1 && rte_pktmbuf_tailroom(mbuf) >= bytes;
}

/* Moves the payload of an mbuf, which is left to be freed, behind that of `into`, which is on the list. It may be a
 * secret, which is to be in one place alone: where nobody else sees the buffer that it leaves it is overwritten there.
 * False, and nothing done, without room. */
bool segment_list_merge(struct segment_list *list, struct rte_mbuf *into, struct rte_mbuf *mbuf);

/* Breaks an mbuf chain into single mbufs and appends those with payload; empty ones are freed. The list owns all. */
void segment_list_append_chain(struct segment_list *list, struct rte_mbuf *chain);

#endif
