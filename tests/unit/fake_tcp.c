/* SPDX-License-Identifier: BSD-3-Clause */
#include "fake_tcp.h"
#include "stack_state.h"

struct fake_tcp fake_tcp;

bool tcp_init(struct stack *stack)
{
	return true;
}

void tcp_destroy(struct stack *stack)
{
}

void tcp_advance(struct stack *stack)
{
}

uint64_t tcp_deadline(const struct stack *stack)
{
	return UINT64_MAX;
}

void tcp_flush(struct stack *stack)
{
}

void tcp_input(struct stack *stack, struct packet *packet)
{
	fake_tcp.segments++;
	fake_tcp.segment = *packet;
	rte_pktmbuf_free(packet->mbuf);
}

bool tcp_icmp_error(struct stack *stack, const struct icmp_error *error)
{
	fake_tcp.errors++;
	fake_tcp.error = *error;
	return fake_tcp.knows;
}

bool tcp_intercepts(const struct stack *stack, uint16_t interface, const struct tuple *tuple)
{
	fake_tcp.intercepted = *tuple;
	return fake_tcp.intercepts;
}
