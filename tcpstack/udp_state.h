/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef TCPSTACK_UDP_STATE_H
#define TCPSTACK_UDP_STATE_H

#include <sys/queue.h>

#include <tcpstack/udp.h>

#include "ip/table.h"

struct udp_socket {
	struct table_node node; /* by address and port */
	TAILQ_ENTRY(udp_socket) event;
	void *context;
	struct rte_mbuf *first, *last; /* datagrams that wait: payload alone, linked in their private areas */
	uint32_t waiting;
	uint16_t port;
	bool has_event; /* it is on the list of events */
	struct ip_address address;
};

TAILQ_HEAD(udp_socket_list, udp_socket);

struct udp_state {
	struct table sockets;
	struct udp_socket_list events;
	uint32_t queued; /* datagrams in all sockets */
	bool (*refuses)(void *context, uint16_t interface, const struct tuple *tuple);
	void *refuses_context;
};

#endif
