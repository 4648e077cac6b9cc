/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef DATAPLANE_GATEWAY_STACK_H
#define DATAPLANE_GATEWAY_STACK_H

/* A worker's stack as gateway.json describes it. */

#include <stdint.h>

#include <config/gateway.h>
#include <tcpstack/stack.h>

#include "fault.h"
#include "port.h"

/*
 * Makes a stack with all interfaces, addresses and routes of the gateway; `ports` are those of the open ports, in its
 * order. Of environment, allocate and release are filled in here. `buffers` is the default for limits.buffers. NULL,
 * with a reason, if it cannot be.
 */
struct stack *gateway_stack_create(const struct gateway *gateway, const struct port_description *const *ports,
				   const struct stack_environment *environment, struct rte_mempool *pool,
				   uint32_t buffers, uint64_t now, struct fault *fault);

/* How many connections, and how many listeners, its stack has room for. */
uint32_t gateway_stack_connections(const struct gateway *gateway);
uint32_t gateway_stack_listeners(const struct gateway *gateway);

/* The same address and prefix in the shape that tcpstack has. */
struct ip_address gateway_stack_address(const struct gateway_address *address);
struct ip_prefix gateway_stack_prefix(const struct gateway_prefix *prefix);

#endif
