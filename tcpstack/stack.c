/* SPDX-License-Identifier: BSD-3-Clause */
#include <string.h>

#include <rte_mempool.h>

#include <tcpstack/segment.h>

#include "stack_state.h"

#define OUTPUT_QUEUE_MAX (1U << 20)
#define BOUND_MAX (1U << 24) /* of every other count: tables of more would overflow the sizes of their parts */

/* config.buffers is not here: it follows from the pool. */
static const struct stack_config defaults = {
    .connections = 16384,
    .half_open = 16384,
    .time_wait = 32768,
    .listeners = 64,
    .udp_sockets = 64,
    .udp_queue = 256,
    .routes = 64,
    .neighbours = 1024,
    .neighbour_queue = 16,
    .path_mtus = 1024,
    .reassemblies = 64,
    .fragments = 1024,
    .icmp_per_second = 1000,
    .output_queue = 2048,
    .tcp =
	{
	    .options = {.window_scaling = true, .timestamps = true, .sack = true, .window_scale = 7},
	    .receive_buffer = 524288,
	    .send_buffer = 1048576,
	    .initial_window = 10,
	    .rto_min = 200,
	    .rto_max = 60000,
	    .syn_retries = 5,
	    .syn_ack_retries = 4,
	    .retries = 12,
	    .delayed_ack = 40,
	    .keepalive_idle = 7200000,
	    .keepalive_interval = 75000,
	    .keepalive_count = 9,
	    .time_wait = 60000,
	    .orphan = 60000,
	    .port_first = 32768,
	    .port_last = 60999,
	},
};

void stack_defaults(struct stack_config *config)
{
	*config = defaults;
}

static void complete(uint32_t *value, uint32_t otherwise)
{
	if (*value == 0)
		*value = otherwise;
}

static void complete_tcp(struct tcp_config *tcp)
{
	const struct tcp_config *otherwise = &defaults.tcp;

	complete(&tcp->receive_buffer, otherwise->receive_buffer);
	complete(&tcp->send_buffer, otherwise->send_buffer);
	complete(&tcp->initial_window, otherwise->initial_window);
	complete(&tcp->rto_min, otherwise->rto_min);
	complete(&tcp->rto_max, otherwise->rto_max);
	complete(&tcp->syn_retries, otherwise->syn_retries);
	complete(&tcp->syn_ack_retries, otherwise->syn_ack_retries);
	complete(&tcp->retries, otherwise->retries);
	complete(&tcp->delayed_ack, otherwise->delayed_ack);
	complete(&tcp->keepalive_idle, otherwise->keepalive_idle);
	complete(&tcp->keepalive_interval, otherwise->keepalive_interval);
	complete(&tcp->keepalive_count, otherwise->keepalive_count);
	complete(&tcp->time_wait, otherwise->time_wait);
	complete(&tcp->orphan, otherwise->orphan);
	if (tcp->port_first == 0)
		tcp->port_first = otherwise->port_first;
	if (tcp->port_last == 0)
		tcp->port_last = otherwise->port_last;
}

static void complete_config(struct stack_config *config)
{
	complete(&config->connections, defaults.connections);
	complete(&config->half_open, defaults.half_open);
	complete(&config->time_wait, defaults.time_wait);
	complete(&config->buffers, RTE_MIN(config->pool->size - config->pool->size / 4, BOUND_MAX));
	complete(&config->listeners, defaults.listeners);
	complete(&config->udp_sockets, defaults.udp_sockets);
	complete(&config->udp_queue, defaults.udp_queue);
	complete(&config->routes, defaults.routes);
	complete(&config->neighbours, defaults.neighbours);
	complete(&config->neighbour_queue, defaults.neighbour_queue);
	complete(&config->path_mtus, defaults.path_mtus);
	complete(&config->reassemblies, defaults.reassemblies);
	complete(&config->fragments, defaults.fragments);
	complete(&config->icmp_per_second, defaults.icmp_per_second);
	complete(&config->output_queue, defaults.output_queue);
	complete_tcp(&config->tcp);
}

/* What the stack cannot do without and was not given, or NULL. */
static const char *config_lack(const struct stack_config *config)
{
	const struct stack_environment *environment = &config->environment;

	if (environment->random == NULL || environment->allocate == NULL || environment->release == NULL)
		return "the environment lacks random, allocate or release";
	if (config->pool == NULL)
		return "there is no mbuf pool";
	if (rte_pktmbuf_priv_size(config->pool) < SEGMENT_PRIVATE_SIZE)
		return "the private size of the pool's mbufs is below SEGMENT_PRIVATE_SIZE";
	return NULL;
}

/* What makes the configuration, complete with its defaults, impossible, or NULL. */
static const char *config_fault(const struct stack_config *config)
{
	const uint32_t bounds[] = {
	    config->connections, config->half_open,   config->time_wait, config->buffers,
	    config->listeners,	 config->udp_sockets, config->udp_queue, config->routes,
	    config->neighbours,	 config->path_mtus,   config->fragments, config->reassemblies,
	};

	for (unsigned i = 0; i < RTE_DIM(bounds); i++) {
		if (bounds[i] > BOUND_MAX)
			return "a bound is above 16777216";
	}
	if ((config->output_queue & (config->output_queue - 1)) != 0 || config->output_queue > OUTPUT_QUEUE_MAX)
		return "output_queue is not a power of two, or above 1048576";
	if (config->neighbour_queue > UINT16_MAX)
		return "neighbour_queue is above 65535";
	if (config->tcp.port_last < config->tcp.port_first)
		return "tcp.port_last is below tcp.port_first";
	return NULL;
}

void *stack_allocate(struct stack *stack, size_t count, size_t size)
{
	const struct stack_environment *environment = &stack->config.environment;
	void *memory;

	if (size != 0 && count > SIZE_MAX / size)
		return NULL;
	memory = environment->allocate(environment->context, count * size);
	if (memory != NULL)
		memset(memory, 0, count * size);
	return memory;
}

void stack_release(struct stack *stack, void *memory)
{
	if (memory != NULL)
		stack->config.environment.release(stack->config.environment.context, memory);
}

static struct stack *refuse(const char **error, const char *sentence)
{
	if (error != NULL)
		*error = sentence;
	return NULL;
}

struct stack *stack_create(const struct stack_config *config, uint64_t now, const char **error)
{
	const char *fault = config_lack(config);
	struct stack_config completed = *config;
	struct stack *stack;

	if (fault == NULL) {
		complete_config(&completed);
		fault = config_fault(&completed);
	}
	if (fault != NULL)
		return refuse(error, fault);
	stack = config->environment.allocate(config->environment.context, sizeof(*stack));
	if (stack == NULL)
		return refuse(error, "no memory for the stack");
	memset(stack, 0, sizeof(*stack));
	stack->now = now;
	stack->config = completed;
	stack->forwarding = completed.forwarding;
	if (!ip_init(stack) || !udp_init(stack) || !tcp_init(stack)) {
		stack_destroy(stack);
		return refuse(error, "no memory for the stack's tables");
	}
	return stack;
}

void stack_destroy(struct stack *stack)
{
	if (stack == NULL)
		return;
	tcp_destroy(stack);
	udp_destroy(stack);
	ip_destroy(stack);
	stack_release(stack, stack);
}

void stack_advance(struct stack *stack, uint64_t now)
{
	if (now > stack->now)
		stack->now = now;
	ip_advance(stack);
	tcp_advance(stack);
}

uint64_t stack_next_deadline(const struct stack *stack)
{
	return RTE_MIN(ip_deadline(stack), tcp_deadline(stack));
}

void stack_set_forwarding(struct stack *stack, bool forwarding)
{
	stack->forwarding = forwarding;
}

uint64_t stack_now(const struct stack *stack)
{
	return stack->now;
}

struct rte_mempool *stack_pool(const struct stack *stack)
{
	return stack->config.pool;
}

void stack_read_counters(const struct stack *stack, struct stack_counters *counters)
{
	*counters = stack->counters;
	counters->neighbours = stack->ip.neighbours.table.used;
	counters->reassemblies = stack->ip.reassembly.table.used;
	counters->fragments = stack->ip.reassembly.fragments;
	counters->path_mtus = stack->ip.path_mtus.table.used;
	counters->udp_queued = stack->udp.queued;
	counters->connections = stack->tcp.connections_used;
	counters->half_open = stack->tcp.half_open.table.used;
	counters->time_wait = stack->tcp.time_wait.table.used;
	counters->buffers =
	    stack->ip.buffers + (uint32_t)(stack->tcp.charge / rte_pktmbuf_data_room_size(stack->config.pool));
	for (unsigned i = 0; i < stack->ip.interface_count; i++)
		counters->output_queued += stack->ip.interfaces[i].tail - stack->ip.interfaces[i].head;
}
