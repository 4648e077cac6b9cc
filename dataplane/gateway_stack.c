/* SPDX-License-Identifier: BSD-3-Clause */
#include "gateway_stack.h"

#include <string.h>

#include <rte_malloc.h>

static void *allocate(void *context, size_t size)
{
	return rte_zmalloc("stack", size, RTE_CACHE_LINE_SIZE);
}

static void release(void *context, void *memory)
{
	rte_free(memory);
}

struct ip_address gateway_stack_address(const struct gateway_address *address)
{
	struct ip_address result;

	_Static_assert(sizeof(result.octets) == sizeof(address->octets), "one shape of address");
	memcpy(result.octets, address->octets, sizeof(result.octets));
	return result;
}

struct ip_prefix gateway_stack_prefix(const struct gateway_prefix *prefix)
{
	return (struct ip_prefix){.address = gateway_stack_address(&prefix->address), .length = prefix->length};
}

static void apply_limits(struct stack_config *config, const struct gateway *gateway)
{
	const struct gateway_limits *limits = &gateway->limits;

#define LIMIT(member)                                                                                                  \
	if (limits->member != 0)                                                                                       \
	config->member = limits->member
	LIMIT(connections);
	LIMIT(half_open);
	LIMIT(time_wait);
	LIMIT(buffers);
	LIMIT(listeners);
	LIMIT(udp_sockets);
	LIMIT(udp_queue);
	LIMIT(routes);
	LIMIT(neighbours);
	LIMIT(neighbour_queue);
	LIMIT(path_mtus);
	LIMIT(reassemblies);
	LIMIT(fragments);
	LIMIT(icmp_per_second);
	LIMIT(output_queue);
#undef LIMIT
	if (limits->routes == 0 && config->routes < gateway->route_count)
		config->routes = gateway->route_count;
	/* A question has two at most, towards the server that is asked and the one before. */
	if (limits->udp_sockets == 0 && gateway->dns.server_count > 0)
		config->udp_sockets += 2 * gateway->dns.questions;
}

static void apply_tcp(struct tcp_config *config, const struct gateway_tcp *tcp)
{
	config->options.timestamps = tcp->timestamps;
	config->options.sack = tcp->sack;
	config->options.window_scaling = tcp->window_scaling;
	config->options.window_scale = tcp->window_scale;
	config->options.mss = tcp->mss;

#define SETTING(member)                                                                                                \
	if (tcp->member != 0)                                                                                          \
	config->member = tcp->member
	SETTING(receive_buffer);
	SETTING(send_buffer);
	SETTING(initial_window);
	SETTING(rto_min);
	SETTING(rto_max);
	SETTING(syn_retries);
	SETTING(syn_ack_retries);
	SETTING(retries);
	SETTING(delayed_ack);
	SETTING(keepalive_idle);
	SETTING(keepalive_interval);
	SETTING(keepalive_count);
	SETTING(time_wait);
	SETTING(orphan);
	SETTING(port_first);
	SETTING(port_last);
#undef SETTING
}

static bool add_interface(struct stack *stack, const struct gateway_port *port,
			  const struct port_description *description, struct fault *fault)
{
	struct interface_config config = {
	    .mac = description->mac,
	    .mtu = description->mtu,
	    .vlan = port->vlan,
	    .offloads = description->offloads,
	};
	const char *error = "more addresses than an interface can have";
	unsigned i;

	if (port->address_count > STACK_INTERFACE_ADDRESSES)
		return fault_set(fault, "port %s: %s", port->name, error);
	for (i = 0; i < port->address_count; i++)
		config.addresses[config.address_count++] = gateway_stack_prefix(&port->addresses[i]);
	if (stack_add_interface(stack, &config, &error) < 0)
		return fault_set(fault, "port %s: %s", port->name, error);
	return true;
}

static bool add_parts(struct stack *stack, const struct gateway *gateway, const struct port_description *const *ports,
		      struct fault *fault)
{
	unsigned i;

	for (i = 0; i < gateway->port_count; i++)
		if (!add_interface(stack, &gateway->ports[i], ports[i], fault))
			return false;
	for (i = 0; i < gateway->route_count; i++) {
		const struct gateway_route *route = &gateway->routes[i];
		struct ip_prefix to = gateway_stack_prefix(&route->to);
		struct ip_address via = gateway_stack_address(&route->via);

		if (!stack_add_route(stack, &to, (uint16_t)route->port_index, &via))
			return fault_set(fault, "routes[%u]: the stack has no room for it; raise limits.routes", i);
	}
	return true;
}

struct stack *gateway_stack_create(const struct gateway *gateway, const struct port_description *const *ports,
				   const struct stack_environment *environment, struct rte_mempool *pool,
				   uint32_t buffers, uint64_t now, struct fault *fault)
{
	const char *error = "no reason was given";
	struct stack_config config;
	struct stack *stack;

	memset(&config, 0, sizeof(config));
	stack_defaults(&config);
	config.environment = *environment;
	config.environment.allocate = allocate;
	config.environment.release = release;
	config.pool = pool;
	config.buffers = buffers;
	config.forwarding = gateway->forwarding;
	apply_limits(&config, gateway);
	apply_tcp(&config.tcp, &gateway->tcp);
	stack = stack_create(&config, now, &error);
	if (stack == NULL) {
		fault_set(fault, "a worker's stack could not be made: %s; raise memory.megabytes, or lower limits",
			  error);
		return NULL;
	}
	if (!add_parts(stack, gateway, ports, fault)) {
		stack_destroy(stack);
		return NULL;
	}
	return stack;
}

uint32_t gateway_stack_connections(const struct gateway *gateway)
{
	struct stack_config defaults;

	stack_defaults(&defaults);
	return gateway->limits.connections != 0 ? gateway->limits.connections : defaults.connections;
}

uint32_t gateway_stack_listeners(const struct gateway *gateway)
{
	struct stack_config defaults;

	stack_defaults(&defaults);
	return gateway->limits.listeners != 0 ? gateway->limits.listeners : defaults.listeners;
}
