/* SPDX-License-Identifier: BSD-3-Clause */
#include <string.h>

#include "../stack_state.h"
#include "ip.h"
#include "route.h"

#define IPV4_PREFIX 96 /* bits before an IPv4 address in the 128-bit form */

/* Every prefix of every interface has its place beside the configured routes. */
#define ON_LINK_ROUTES (STACK_INTERFACES * (STACK_INTERFACE_ADDRESSES + 1))

bool route_init(struct stack *stack)
{
	struct route_table *table = &stack->ip.routes;

	table->capacity = stack->config.routes + ON_LINK_ROUTES;
	table->routes = stack_allocate(stack, table->capacity, sizeof(*table->routes));
	return table->routes != NULL;
}

void route_destroy(struct stack *stack)
{
	stack_release(stack, stack->ip.routes.routes);
}

static bool is_ipv4_prefix(const struct ip_prefix *prefix)
{
	return address_is_ipv4(&prefix->address) && prefix->length >= IPV4_PREFIX;
}

static void add(struct stack *stack, const struct ip_prefix *prefix, uint16_t interface,
		const struct ip_address *gateway)
{
	struct route_table *table = &stack->ip.routes;
	struct route route = {.interface = interface, .length = prefix->length, .ipv4 = is_ipv4_prefix(prefix)};
	uint32_t place = 0;

	route.gateway = *gateway;
	for (unsigned i = 0; i < 16; i++) {
		int bits = RTE_MIN(RTE_MAX((int)prefix->length - (int)i * 8, 0), 8);

		route.mask.octets[i] = (uint8_t)(0xff00 >> bits);
		route.value.octets[i] = prefix->address.octets[i] & route.mask.octets[i];
	}
	while (place < table->count && table->routes[place].length >= prefix->length)
		place++;
	memmove(&table->routes[place + 1], &table->routes[place], (table->count - place) * sizeof(route));
	table->routes[place] = route;
	table->count++;
}

void route_add_on_link(struct stack *stack, const struct ip_prefix *prefix, uint16_t interface)
{
	static const struct ip_address none;

	add(stack, prefix, interface, &none);
}

/* A gateway is a neighbour: on the link of the interface, and not ourselves. */
static bool gateway_possible(const struct stack *stack, uint16_t interface, const struct ip_prefix *destination,
			     const struct ip_address *gateway)
{
	if (address_is_unspecified(gateway))
		return true;
	return address_is_ipv4(gateway) == is_ipv4_prefix(destination) && !address_is_multicast(gateway) &&
	       interface_on_link(&stack->ip.interfaces[interface], gateway) && !stack_owns(stack, gateway);
}

bool stack_add_route(struct stack *stack, const struct ip_prefix *destination, uint16_t interface,
		     const struct ip_address *gateway)
{
	struct route_table *table = &stack->ip.routes;

	if (interface >= stack->ip.interface_count || destination->length > 128 ||
	    table->configured == stack->config.routes)
		return false;
	if (!gateway_possible(stack, interface, destination, gateway))
		return false;
	add(stack, destination, interface, gateway);
	table->configured++;
	return true;
}

static const struct route *find(const struct route_table *table, const struct ip_address *destination)
{
	bool ipv4 = address_is_ipv4(destination);

	for (uint32_t i = 0; i < table->count; i++) {
		const struct route *route = &table->routes[i];

		if (((destination->halves[0] ^ route->value.halves[0]) & route->mask.halves[0]) == 0 &&
		    ((destination->halves[1] ^ route->value.halves[1]) & route->mask.halves[1]) == 0 &&
		    route->ipv4 == ipv4)
			return route;
	}
	return NULL;
}

bool route_forward(const struct stack *stack, const struct ip_address *destination, struct ip_path *path)
{
	const struct route *route = find(&stack->ip.routes, destination);

	if (route == NULL)
		return false;
	path->interface = route->interface;
	path->next_hop = address_is_unspecified(&route->gateway) ? *destination : route->gateway;
	path->mtu = stack->ip.interfaces[route->interface].mtu;
	return true;
}

/* The interface on whose link a link-local destination is looked for when nobody says which. */
static uint16_t first_ipv6_interface(const struct stack *stack)
{
	uint16_t i = 0;

	while (i < stack->ip.interface_count && !stack->ip.interfaces[i].has_ipv6)
		i++;
	return i;
}

bool route_back(const struct stack *stack, const struct ip_address *destination, uint16_t interface,
		struct ip_path *path)
{
	if (address_is_unspecified(destination) || address_is_multicast(destination) ||
	    address_is_loopback(destination) || stack_owns(stack, destination))
		return false;
	if (!address_is_ipv4(destination) && address_is_link_local(destination)) {
		if (interface >= stack->ip.interface_count || !stack->ip.interfaces[interface].has_ipv6)
			return false;
		path->interface = interface;
		path->next_hop = *destination;
		path->mtu = stack->ip.interfaces[interface].mtu;
	} else if (!route_forward(stack, destination, path)) {
		return false;
	}
	if (interface_broadcast(&stack->ip.interfaces[path->interface], destination))
		return false;
	path_mtu_bound(stack, destination, path);
	return true;
}

bool ip_route(const struct stack *stack, const struct ip_address *destination, struct ip_path *path)
{
	return route_back(stack, destination, first_ipv6_interface(stack), path);
}

bool ip_route_between(const struct stack *stack, const struct ip_address *local, const struct ip_address *destination,
		      struct ip_path *path)
{
	uint16_t interface = 0;

	if (address_is_ipv4(destination) || !address_is_link_local(destination))
		return ip_route(stack, destination, path);
	while (interface < stack->ip.interface_count && !interface_owns(&stack->ip.interfaces[interface], local))
		interface++;
	if (interface == stack->ip.interface_count)
		interface = first_ipv6_interface(stack);
	return route_back(stack, destination, interface, path);
}

static unsigned common_prefix(const struct ip_address *a, const struct ip_address *b)
{
	for (unsigned i = 0; i < 16; i++) {
		uint8_t difference = a->octets[i] ^ b->octets[i];

		if (difference != 0)
			return i * 8 + (unsigned)__builtin_clz(difference) - 24;
	}
	return 128;
}

bool ip_source(const struct stack *stack, const struct ip_path *path, const struct ip_address *destination,
	       struct ip_address *source)
{
	const struct interface *interface = &stack->ip.interfaces[path->interface];
	bool local = address_is_link_local(destination);
	int best = -1;

	for (unsigned i = 0; i < interface->address_count; i++) {
		const struct ip_prefix *own = &interface->addresses[i];
		bool own_local = address_is_link_local(&own->address);
		int score;

		if (address_is_ipv4(&own->address) != address_is_ipv4(destination))
			continue;
		/* No router would carry an answer to a link-local address. */
		if (own_local && !local && !address_is_multicast(destination))
			continue;
		score = (own_local == local ? 512 : 0) + (prefix_covers(own, destination) ? 256 : 0) +
			(int)common_prefix(&own->address, destination);
		if (score > best) {
			best = score;
			*source = own->address;
		}
	}
	return best >= 0;
}
