/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef TCPSTACK_UDP_H
#define TCPSTACK_UDP_H

/* UDP (RFC 768) for the stack's holder: datagrams in mbufs, in and out. */

#include <stdbool.h>
#include <stdint.h>

#include <tcpstack/address.h>
#include <tcpstack/segment.h>

struct stack;
struct udp_socket;

/* A datagram that arrived. The payload list is the receiver's. */
struct udp_datagram {
	struct tuple tuple; /* local: where it was sent to; remote: who sent it */
	uint16_t interface;
	struct segment_list payload;
};

/* Binds a socket to an own address (unspecified: every own address) and port (0: one is chosen at random, RFC 6056).
 * NULL if the port is taken or there are too many sockets. */
struct udp_socket *udp_bind(struct stack *stack, const struct ip_address *address, uint16_t port, void *context);

/*
 * Binds a socket to talk to one remote end: to the own address that the route to it gives, and to a port chosen at
 * random from which its answers come to this stack (stack_environment.returns_here). Datagrams of others to that port
 * are given too. NULL if there is no route, no such port or too many sockets.
 */
struct udp_socket *udp_bind_towards(struct stack *stack, const struct ip_address *remote, uint16_t remote_port,
				    void *context);

/* Unbinds and frees what waits in the socket. */
void udp_close(struct stack *stack, struct udp_socket *socket);

/* The next socket that has datagrams waiting, each once per arrival; NULL if there is none. */
struct udp_socket *udp_next_event(struct stack *stack);

/* Takes the oldest datagram; false if none waits. */
bool udp_receive(struct stack *stack, struct udp_socket *socket, struct udp_datagram *datagram);

/*
 * Sends *payload (up to 65507 octets over IPv4, 65527 over IPv6; may be empty) to the remote end; fragments it if need
 * be. An unspecified local address is chosen by route. The list is taken in any case, and empty afterwards. False if it
 * could not be sent: no route, no mbuf, too long; the reason is counted.
 */
bool udp_send(struct stack *stack, struct udp_socket *socket, const struct ip_address *local,
	      const struct ip_address *remote, uint16_t remote_port, struct segment_list *payload);

/*
 * Refuses datagrams that are on their way through, those of which `refuses` says so: they are dropped, and their
 * senders told that the port is unreachable. `tuple` is as the destination sees it. It is asked for each, but for what
 * has no UDP header: later fragments. NULL: none are refused.
 */
void udp_refuse_transit(struct stack *stack,
			bool (*refuses)(void *context, uint16_t interface, const struct tuple *tuple), void *context);

uint16_t udp_port(const struct udp_socket *socket);
void *udp_context(const struct udp_socket *socket);

#endif
