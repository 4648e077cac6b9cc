/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef TCPSTACK_IP_FRAME_H
#define TCPSTACK_IP_FRAME_H

/* Bringing mbuf chains into the shape that is needed. */

#include <stdbool.h>
#include <stdint.h>

#include <rte_mbuf.h>

struct stack;

/* Flags of an mbuf that tell where its bytes lie; all others are gone when a packet turns round. */
#define FRAME_KEPT_FLAGS (RTE_MBUF_F_INDIRECT | RTE_MBUF_F_EXTERNAL)

/*
 * Each of these takes the mbuf and returns the one to go on with; NULL if mbufs ran out: then the packet was dropped
 * and counted.
 */

/* A frame whose first mbuf may be written to: copies the frame if it shares that with somebody. */
struct rte_mbuf *frame_writable(struct stack *stack, struct rte_mbuf *mbuf);

/* The first `length` octets contiguous in the first mbuf. The frame has that many. */
struct rte_mbuf *frame_pull(struct stack *stack, struct rte_mbuf *mbuf, uint32_t length);

/* `length` more octets, not yet written, in front of the frame, contiguous. */
struct rte_mbuf *frame_prepend(struct stack *stack, struct rte_mbuf *mbuf, uint16_t length);

/* The whole frame in one mbuf. */
struct rte_mbuf *frame_linear(struct stack *stack, struct rte_mbuf *mbuf);

/* Cuts the frame to its first `length` octets, at least one of which lies in the first mbuf. */
void frame_trim(struct rte_mbuf *mbuf, uint32_t length);

/* Whether two frames of the same length from the given offsets on hold the same octets. */
bool frame_equal(const struct rte_mbuf *a, uint32_t a_offset, const struct rte_mbuf *b, uint32_t b_offset,
		 uint32_t length);

#endif
