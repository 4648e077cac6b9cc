/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef TCPSTACK_IP_ROUTE_H
#define TCPSTACK_IP_ROUTE_H

/* Static routes of both families in one table, the longest prefix first. */

#include <stdbool.h>
#include <stdint.h>

#include <tcpstack/address.h>

#include "ip.h"

struct route {
	struct ip_address value; /* the prefix's bits */
	struct ip_address mask;
	struct ip_address gateway; /* unspecified: the destination itself */
	uint16_t interface;
	uint8_t length;
	bool ipv4;
};

struct route_table {
	struct route *routes; /* ordered by length, falling; of equal ones the first added goes first */
	uint32_t count, capacity;
	uint32_t configured; /* of these: by stack_add_route */
};

bool route_init(struct stack *stack);
void route_destroy(struct stack *stack);

/* Adds the route to a prefix of the interface's own; there is always room. */
void route_add_on_link(struct stack *stack, const struct ip_prefix *prefix, uint16_t interface);

/* As ip_route, but an IPv6 link-local destination is on the link of the interface given, where the packet that is
 * answered came from. */
bool route_back(const struct stack *stack, const struct ip_address *destination, uint16_t interface,
		struct ip_path *path);

/* As ip_route, with the MTU of the interface, whatever is known about the path: the way of packets that are not ours.
 */
bool route_forward(const struct stack *stack, const struct ip_address *destination, struct ip_path *path);

#endif
