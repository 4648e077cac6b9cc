/* SPDX-License-Identifier: BSD-3-Clause */
/* Local ports by the double-hash algorithm of RFC 6056, section 3.3.4. */
#include <netinet/in.h>

#include "tcp_internal.h"

bool port_choose(struct stack *stack, struct tuple *tuple, uint16_t interface)
{
	uint32_t first = stack->config.tcp.port_first;
	uint32_t count = stack->config.tcp.port_last - first + 1u;
	uint64_t words[4] = {
	    tuple->local.halves[0] ^ tuple->local.halves[1],
	    tuple->remote.halves[0],
	    tuple->remote.halves[1],
	    tuple->remote_port,
	};
	uint64_t hash = siphash_2_4(&stack->tcp.port_key, words, 4);
	uint32_t offset = (uint32_t)hash;
	uint32_t *counter = &stack->tcp.port_counters[hash >> 32 & (TCP_PORT_COUNTERS - 1)];

	for (uint32_t i = 0; i < count; i++) {
		tuple->local_port = (uint16_t)(first + (offset + (*counter)++) % count);
		if (!flow_find(stack, tuple) && stack_returns_here(stack, interface, tuple, IPPROTO_TCP))
			return true;
	}
	return false;
}
