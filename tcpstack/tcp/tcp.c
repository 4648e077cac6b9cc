/* SPDX-License-Identifier: BSD-3-Clause */
/* TCP as a part of the stack: its tables and its clock. */
#include "tcp_internal.h"

static struct siphash_key random_key(struct stack *stack)
{
	return (struct siphash_key){{stack_random(stack), stack_random(stack)}};
}

bool tcp_init(struct stack *stack)
{
	struct tcp_state_tables *tcp = &stack->tcp;
	const struct stack_config *config = &stack->config;
	uint32_t flows = config->connections + config->half_open + config->time_wait;

	TAILQ_INIT(&tcp->events);
	TAILQ_INIT(&tcp->due);
	tcp->flow_key = random_key(stack);
	tcp->sequence_key = random_key(stack);
	tcp->timestamp_key = random_key(stack);
	tcp->port_key = random_key(stack);
	tcp->cookie_key = random_key(stack);
	for (unsigned i = 0; i < TCP_PORT_COUNTERS; i++)
		tcp->port_counters[i] = (uint32_t)stack_random(stack);
	tcp->charge_limit = (uint64_t)config->buffers * rte_pktmbuf_data_room_size(config->pool);
	timer_wheel_init(&tcp->wheel, stack->now);
	tcp->connection_capacity = config->connections;
	tcp->connections = stack_allocate(stack, config->connections, sizeof(*tcp->connections));
	return tcp->connections && flow_table_init(stack, &tcp->flows, flows) && half_open_init(stack) &&
	       time_wait_init(stack) && listener_init(stack);
}

static void empty(struct stack *stack, struct tcp_connection *connection)
{
	receive_free(stack, connection);
	output_free(stack, connection);
}

void tcp_destroy(struct stack *stack)
{
	struct tcp_state_tables *tcp = &stack->tcp;

	/* Free slots have empty queues. */
	for (uint32_t i = 0; tcp->connections && i < tcp->connections_ever; i++)
		empty(stack, &tcp->connections[i]);
	stack_release(stack, tcp->connections);
	flow_table_destroy(stack, &tcp->flows);
	half_open_destroy(stack);
	time_wait_destroy(stack);
	listener_destroy(stack);
}

void tcp_advance(struct stack *stack)
{
	struct timer *timer;

	while ((timer = timer_wheel_next(&stack->tcp.wheel, stack->now)) != NULL)
		timers_fire(stack, (struct tcp_connection *)((char *)timer - offsetof(struct tcp_connection, timer)));
	half_open_advance(stack);
	time_wait_advance(stack);
}

uint64_t tcp_deadline(const struct stack *stack)
{
	uint64_t deadline = timer_wheel_deadline(&stack->tcp.wheel);

	deadline = RTE_MIN(deadline, half_open_deadline(stack));
	deadline = RTE_MIN(deadline, time_wait_deadline(stack));
	return TAILQ_EMPTY(&stack->tcp.due) ? deadline : RTE_MIN(deadline, stack->now);
}
