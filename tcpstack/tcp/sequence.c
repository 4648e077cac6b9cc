/* SPDX-License-Identifier: BSD-3-Clause */
/* Numbers that a peer sees and an outsider must not guess. */
#include "tcp_internal.h"

static uint64_t tuple_hash(const struct siphash_key *key, const struct tuple *tuple)
{
	uint64_t words[5] = {
	    tuple->local.halves[0],
	    tuple->local.halves[1],
	    tuple->remote.halves[0],
	    tuple->remote.halves[1],
	    (uint64_t)tuple->local_port << 16 | tuple->remote_port,
	};

	return siphash_2_4(key, words, 5);
}

uint32_t sequence_initial(const struct stack *stack, const struct tuple *tuple)
{
	/* RFC 6528: M, a clock of 4 microseconds, plus F of the tuple and a secret. */
	return (uint32_t)(stack->now / 4) + (uint32_t)tuple_hash(&stack->tcp.sequence_key, tuple);
}

uint32_t sequence_timestamp_offset(const struct stack *stack, const struct tuple *tuple)
{
	return (uint32_t)tuple_hash(&stack->tcp.timestamp_key, tuple);
}
