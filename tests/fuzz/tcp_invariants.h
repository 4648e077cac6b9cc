/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef TESTS_FUZZ_TCP_INVARIANTS_H
#define TESTS_FUZZ_TCP_INVARIANTS_H

#include "../../tcpstack/stack_state.h"

#define INVARIANT_CONNECTIONS 16 /* the most that a stack under test may have */

/* What was seen of a connection last time: some things only ever grow. All zero before the first look. */
struct invariant_memory {
	struct {
		uint32_t initial_send, initial_receive, receive_edge, send_unacknowledged, send_next;
	} connections[INVARIANT_CONNECTIONS];
};

/* Ends the process if anything in TCP's tables, lists, queues, counts or timers contradicts the rest. */
void tcp_invariants(const struct stack *stack, struct invariant_memory *memory);

#endif
