/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef TCPSTACK_TCP_LISTENER_H
#define TCPSTACK_TCP_LISTENER_H

#include <stdbool.h>
#include <stdint.h>

#include <tcpstack/tcp.h>

struct stack;
struct tcp_connection;

#define LISTENER_CHAINS 256 /* by port; a power of two */

struct tcp_listener {
	struct tcp_listener_config config;
	struct tcp_listener *next; /* of its chain, or free */
	uint32_t waiting;	   /* accepted connections whose TCP_EVENT_ACCEPTED was not fetched */
	uint32_t life;		   /* how many were here before this one */
};

struct listener_table {
	struct tcp_listener *listeners;
	struct tcp_listener *free;
	struct tcp_listener *chains[LISTENER_CHAINS];
	uint32_t capacity;
};

bool listener_init(struct stack *stack);
void listener_destroy(struct stack *stack);

/* The listener for a SYN that came in on the interface for the tuple's local end; `own`: that address is ours. NULL:
 * none. */
struct tcp_listener *listener_find(const struct stack *stack, uint16_t interface, const struct tuple *tuple, bool own);

/* Whether one more accepted connection may wait. */
bool listener_has_room(const struct tcp_listener *listener);

/* Notes on a new connection who accepted it. */
void listener_accepts(struct tcp_listener *listener, struct tcp_connection *connection);

/* The listener that accepted a connection; NULL once that is gone, or for tcp_connect's. */
struct tcp_listener *listener_that_accepted(const struct tcp_connection *connection);

#endif
