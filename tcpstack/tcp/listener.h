/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef TCPSTACK_TCP_LISTENER_H
#define TCPSTACK_TCP_LISTENER_H

#include <stdbool.h>
#include <stdint.h>

#include <tcpstack/tcp.h>

struct stack;

struct tcp_listener {
	struct tcp_listener_config config;
	uint32_t waiting; /* accepted connections whose TCP_EVENT_ACCEPTED was not fetched */
	bool used;
};

struct listener_table {
	struct tcp_listener *listeners;
	uint32_t capacity;
};

bool listener_init(struct stack *stack);
void listener_destroy(struct stack *stack);

/* The listener for a SYN that came in on the interface for the tuple's local end; `own`: that address is ours. NULL:
 * none. */
struct tcp_listener *listener_find(const struct stack *stack, uint16_t interface, const struct tuple *tuple, bool own);

/* Whether one more accepted connection may wait. */
bool listener_has_room(const struct tcp_listener *listener);

#endif
