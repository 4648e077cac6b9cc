/* SPDX-License-Identifier: BSD-3-Clause */
#include "listener.h"

#include "tcp_internal.h"

bool listener_init(struct stack *stack)
{
	struct listener_table *table = &stack->tcp.listeners;

	table->capacity = stack->config.listeners;
	table->listeners = stack_allocate(stack, table->capacity, sizeof(*table->listeners));
	if (!table->listeners)
		return false;
	for (uint32_t i = table->capacity; i > 0; i--) {
		table->listeners[i - 1].next = table->free;
		table->free = &table->listeners[i - 1];
	}
	return true;
}

void listener_destroy(struct stack *stack)
{
	stack_release(stack, stack->tcp.listeners.listeners);
}

/* The listeners at a port, or at every port (0), are on one chain, with those at other ports. */
static struct tcp_listener *chain_of(const struct stack *stack, uint16_t port)
{
	return stack->tcp.listeners.chains[port % LISTENER_CHAINS];
}

/* How well a listener at the port, or at every port, fits: exact address, any of ours, intercept; at each a port before
 * every port. 0: not at all. */
static unsigned fit(const struct tcp_listener_config *config, uint16_t interface, const struct tuple *tuple, bool own)
{
	unsigned score;

	if (config->interfaces && !(config->interfaces & UINT32_C(1) << interface))
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
	const uint16_t ports[] = {tuple->local_port, 0};
	struct tcp_listener *best = NULL;
	unsigned best_fit = 0;

	for (unsigned i = 0; i < RTE_DIM(ports); i++) {
		for (struct tcp_listener *listener = chain_of(stack, ports[i]); listener; listener = listener->next) {
			unsigned score =
			    listener->config.port == ports[i] ? fit(&listener->config, interface, tuple, own) : 0;

			if (score > best_fit) {
				best = listener;
				best_fit = score;
			}
		}
	}
	return best;
}

bool listener_has_room(const struct tcp_listener *listener)
{
	return !listener->config.backlog || listener->waiting < listener->config.backlog;
}

void listener_accepts(struct tcp_listener *listener, struct tcp_connection *connection)
{
	connection->listener = listener;
	connection->listener_life = listener->life;
	listener->waiting++;
}

struct tcp_listener *listener_that_accepted(const struct tcp_connection *connection)
{
	struct tcp_listener *listener = connection->listener;

	/* Its place may be another's by now: that of connections is not looked for when a listener goes. */
	return listener && listener->life == connection->listener_life ? listener : NULL;
}

static bool same_place(const struct tcp_listener_config *a, const struct tcp_listener_config *b)
{
	return a->port == b->port && a->intercept == b->intercept && a->interfaces == b->interfaces &&
	       address_equal(&a->address, &b->address);
}

enum tcp_error tcp_listen(struct stack *stack, const struct tcp_listener_config *config, struct tcp_listener **listener)
{
	struct listener_table *table = &stack->tcp.listeners;
	struct tcp_listener *new = table->free;

	if (!config->port && !config->intercept)
		return TCP_ERROR_ADDRESS;
	if (!address_is_unspecified(&config->address) && !config->intercept && !stack_owns(stack, &config->address))
		return TCP_ERROR_ADDRESS;
	for (const struct tcp_listener *other = chain_of(stack, config->port); other; other = other->next)
		if (same_place(&other->config, config))
			return TCP_ERROR_IN_USE;
	if (!new)
		return TCP_ERROR_NO_CONNECTION;
	table->free = new->next;
	*new = (struct tcp_listener){.config = *config, .next = chain_of(stack, config->port), .life = new->life};
	table->chains[config->port % LISTENER_CHAINS] = new;
	*listener = new;
	return TCP_OK;
}

void tcp_unlisten(struct stack *stack, struct tcp_listener *listener)
{
	struct listener_table *table = &stack->tcp.listeners;
	struct tcp_listener **link = &table->chains[listener->config.port % LISTENER_CHAINS];

	while (*link != listener)
		link = &(*link)->next;
	*link = listener->next;
	listener->next = table->free;
	table->free = listener;
	listener->waiting = 0;
	listener->life++;
}
