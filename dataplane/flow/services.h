/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef DATAPLANE_FLOW_SERVICES_H
#define DATAPLANE_FLOW_SERVICES_H

/*
 * Where the services of a policy take connections: listeners on the gateway's addresses for explicit ones, and for each
 * intercepted port one listener that claims what a transparent service takes; UDP to that is refused, unless the
 * service allows it. A new policy adds and ends listeners; those that both have stay, and so does what is half open on
 * them. One for each worker, whose thread calls all but services_check.
 */

#include <stdbool.h>
#include <stdint.h>

#include <config/gateway.h>
#include <config/image.h>
#include <tcpstack/stack.h>
#include <tcpstack/tcp.h>

#include "../fault.h"

#define SERVICES_PLACES 1024 /* the most places where connections are taken */

struct services;

/*
 * Whether the gateway can serve a policy: listeners stand at its own addresses, intercepts name ports that it has, and
 * there are not more than `listeners` places in all. False with a reason that names the service. Pure: any thread.
 */
bool services_check(const struct image_header *image, const struct gateway *gateway, uint32_t listeners,
		    struct fault *fault);

/* Without a policy: takes nothing. `gateway` must outlive it; its ports are the stack's interfaces, in that order.
 * `options` are those of the connections with clients. NULL: no memory. */
struct services *services_create(struct stack *stack, const struct gateway *gateway, uint32_t listeners,
				 const struct tcp_options *options);
void services_destroy(struct services *services);

/* Obeys a policy from now on, which lives until the next one is taken. Of one that passed services_check, each place
 * is there afterwards. */
void services_take(struct services *services, const struct image_header *image);

/*
 * Takes no connection any more: what comes to the gateway's own addresses for a connection that is half open, or is to
 * be, gets RST. What the policy intercepts, and each later one, stays claimed, or its packets would be routed: what is
 * accepted there belongs to no service.
 */
void services_drain(struct services *services);

/* How many places of the policy the stack refused to listen at: somebody else listens there. */
uint32_t services_refused(const struct services *services);

/* The service that a connection belongs to, which one of these listeners accepted; false if there is none any more. */
bool services_find(const struct services *services, const struct tcp_connection *connection, uint32_t *service);

/* How many places there are where connections are taken. */
uint32_t services_listeners(const struct services *services);

#endif
