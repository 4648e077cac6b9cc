/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef TCPSTACK_STACK_STATE_H
#define TCPSTACK_STACK_STATE_H

/* The stack's inside: the state of each of its parts, in the part's own shape. */

#include <tcpstack/stack.h>

#include "ip/state.h"
#include "tcp/state.h"
#include "udp_state.h"

struct stack {
	uint64_t now; /* microseconds */
	struct stack_config config;
	bool forwarding; /* now; config.forwarding is how it begins */
	struct ip_state ip;
	struct udp_state udp;
	struct tcp_state_tables tcp;
	struct stack_counters counters;
};

static inline void count_drop(struct stack *stack, enum drop_reason reason)
{
	stack->counters.drops[reason]++;
}

static inline uint64_t stack_random(struct stack *stack)
{
	return stack->config.environment.random(stack->config.environment.context);
}

/* Whether this worker will see the answers: what they look like decides that. */
static inline bool stack_returns_here(const struct stack *stack, uint16_t interface, const struct tuple *tuple,
				      uint8_t protocol)
{
	const struct stack_environment *environment = &stack->config.environment;

	return environment->returns_here == NULL ||
	       environment->returns_here(environment->context, interface, tuple, protocol);
}

/* Counts mbufs of IP's and UDP's queues in, which together may hold a quarter of config.buffers; false, and nothing
 * counted, beyond that. */
static inline bool ip_buffers_take(struct stack *stack, uint32_t count)
{
	if (stack->ip.buffers + count > stack->config.buffers / 4)
		return false;
	stack->ip.buffers += count;
	return true;
}

static inline void ip_buffers_give(struct stack *stack, uint32_t count)
{
	stack->ip.buffers -= count;
}

/* Zeroed memory for `count` objects of `size`, or NULL. */
void *stack_allocate(struct stack *stack, size_t count, size_t size);
void stack_release(struct stack *stack, void *memory);

/* Life of the parts. init returns false if memory is lacking; destroy copes with a part that was never initialised (all
 * zero). */
bool ip_init(struct stack *stack);
void ip_destroy(struct stack *stack);
void ip_advance(struct stack *stack);
uint64_t ip_deadline(const struct stack *stack);

bool udp_init(struct stack *stack);
void udp_destroy(struct stack *stack);

bool tcp_init(struct stack *stack);
void tcp_destroy(struct stack *stack);
void tcp_advance(struct stack *stack);
uint64_t tcp_deadline(const struct stack *stack);

/* Makes the segments that connections have become due to send, as far as the output queues have room. */
void tcp_flush(struct stack *stack);

#endif
