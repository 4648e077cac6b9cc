/* SPDX-License-Identifier: BSD-3-Clause */
#include "listener.h"

#include "tcp_internal.h"

bool listener_init(struct stack *stack)
{
	struct listener_table *table = &stack->tcp.listeners;

	table->capacity = stack->config.listeners;
	table->listeners = stack_allocate(stack, table->capacity, sizeof(*table->listeners));
	return table->listeners != NULL;
}

void listener_destroy(struct stack *stack)
{
	stack_release(stack, stack->tcp.listeners.listeners);
}

/* How well a listener fits: exact address, any of ours, intercept; at each a port before every port. 0: not at all. */
static unsigned fit(const struct tcp_listener_config *config, uint16_t interface, const struct tuple *tuple, bool own)
{
	unsigned score;

	if (config->interfaces && !(config->interfaces & UINT32_C(1) << interface))
		return 0;
	if (config->port && config->port != tuple->local_port)
		return 0;
	if (!address_is_unspecified(&config->address)) {
		if (!address_equal(&config->address, &tuple->local))
			return 0;
		score = 6;
	} else if (own && !config->intercept) {
		score = 4;
	} else if (config->intercept && !own) {
		score = 2;
	} else {
		return 0;
	}
	if (config->claims && !config->claims(config->context, interface, tuple))
		return 0;
	return score + (config->port != 0);
}

struct tcp_listener *listener_find(const struct stack *stack, uint16_t interface, const struct tuple *tuple, bool own)
{
	struct tcp_listener *best = NULL;
	unsigned best_fit = 0;

	for (uint32_t i = 0; i < stack->tcp.listeners.capacity; i++) {
		struct tcp_listener *listener = &stack->tcp.listeners.listeners[i];
		unsigned score = listener->used ? fit(&listener->config, interface, tuple, own) : 0;

		if (score > best_fit) {
			best = listener;
			best_fit = score;
		}
	}
	return best;
}

bool listener_has_room(const struct tcp_listener *listener)
{
	return !listener->config.backlog || listener->waiting < listener->config.backlog;
}

static bool same_place(const struct tcp_listener_config *a, const struct tcp_listener_config *b)
{
	return a->port == b->port && a->intercept == b->intercept && a->interfaces == b->interfaces &&
	       address_equal(&a->address, &b->address);
}

enum tcp_error tcp_listen(struct stack *stack, const struct tcp_listener_config *config, struct tcp_listener **listener)
{
	struct tcp_listener *free = NULL;

	if (!config->port && !config->intercept)
		return TCP_ERROR_ADDRESS;
	if (!address_is_unspecified(&config->address) && !config->intercept && !stack_owns(stack, &config->address))
		return TCP_ERROR_ADDRESS;
	for (uint32_t i = 0; i < stack->tcp.listeners.capacity; i++) {
		struct tcp_listener *other = &stack->tcp.listeners.listeners[i];

		if (!other->used)
			free = free ? free : other;
		else if (same_place(&other->config, config))
			return TCP_ERROR_IN_USE;
	}
	if (!free)
		return TCP_ERROR_NO_CONNECTION;
	*free = (struct tcp_listener){.config = *config, .used = true};
	*listener = free;
	return TCP_OK;
}

void tcp_unlisten(struct stack *stack, struct tcp_listener *listener)
{
	for (uint32_t i = 0; i < stack->tcp.connections_ever; i++)
		if (stack->tcp.connections[i].listener == listener)
			stack->tcp.connections[i].listener = NULL;
	listener->used = false;
}
