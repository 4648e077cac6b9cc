/* SPDX-License-Identifier: BSD-3-Clause */
#include "../stack_state.h"
#include "icmp.h"

bool ip_init(struct stack *stack)
{
	icmp_init(stack);
	return route_init(stack) && neighbour_init(stack) && path_mtu_init(stack) && reassembly_init(stack);
}

void ip_destroy(struct stack *stack)
{
	for (unsigned i = 0; i < stack->ip.interface_count; i++)
		interface_destroy(stack, &stack->ip.interfaces[i]);
	reassembly_destroy(stack);
	neighbour_destroy(stack);
	path_mtu_destroy(stack);
	route_destroy(stack);
}

void ip_advance(struct stack *stack)
{
	neighbour_advance(stack);
	reassembly_advance(stack);
	path_mtu_advance(stack);
}

uint64_t ip_deadline(const struct stack *stack)
{
	uint64_t deadline = neighbour_deadline(stack);

	deadline = RTE_MIN(deadline, reassembly_deadline(stack));
	return RTE_MIN(deadline, path_mtu_deadline(stack));
}
