/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef TESTS_FUZZ_SUPPORT_H
#define TESTS_FUZZ_SUPPORT_H

/* What targets that drive a whole stack have in common: input read octet by octet, a pool, and what a stack asks for.
 */

#include <rte_mbuf.h>

#include <tcpstack/stack.h>

#include "target.h"

struct input {
	const uint8_t *data;
	size_t size;
};

/* The next octet; 0 once there are no more. */
uint8_t input_next(struct input *input);

/* Starts the EAL at the first call. The pool of the process: `mbufs` of them, without a cache. */
struct rte_mempool *support_pool(unsigned mbufs);

/* Memory of the C library; random numbers that are the same in every run, from a state that begins with 1. */
struct stack_environment support_environment(uint64_t *random);

/* One frame in mbufs of up to `piece` octets each. NULL if the pool has none. */
struct rte_mbuf *support_frame(struct rte_mempool *pool, const uint8_t *frame, size_t length, size_t piece);

#endif
