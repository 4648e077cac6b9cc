/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef DATAPLANE_FLOW_DIAL_H
#define DATAPLANE_FLOW_DIAL_H

/*
 * Connecting to the first of several addresses that answers: Happy Eyeballs (RFC 8305) in the order that is given. The
 * next address is tried when the one before has failed, or has been silent for a while; whoever connects first wins,
 * and the others are reset. All functions are for the worker of the stack.
 */

#include <stdbool.h>
#include <stdint.h>

#include <tcpstack/tcp.h>

#define DIAL_ADDRESSES 8 /* more are not tried */
#define DIAL_ATTEMPTS 3	 /* at the same time */

#define DIAL_ATTEMPT_DELAY 250000 /* microseconds; RFC 8305 section 5 */

enum dial_state {
	DIAL_WAITING,
	DIAL_CONNECTED, /* dial->connection; it is the caller's from then on */
	DIAL_FAILED,	/* dial->failure */
};

/* Why none connected: the last failure that tells the most. */
enum dial_failure {
	DIAL_NO_ADDRESS,  /* there was none to try */
	DIAL_UNREACHABLE, /* no route, ICMP, or no neighbour */
	DIAL_REFUSED,
	DIAL_TIMEOUT,
	DIAL_EXHAUSTED, /* no local port, or the bound on connections */
};

struct dial_request {
	struct ip_address local;    /* unspecified: the gateway's own, by route */
	uint16_t local_port;	    /* 0: chosen */
	bool foreign;		    /* local is the client's */
	uint16_t remote_port;	    /* host byte order */
	struct tcp_options options; /* of the SYN */
	uint64_t deadline;	    /* microseconds, the stack's clock: all addresses together */
	void *context;		    /* of each connection */
};

struct dial {
	struct dial_request request;
	struct ip_address addresses[DIAL_ADDRESSES];
	uint8_t count, next;
	struct tcp_connection *attempts[DIAL_ATTEMPTS]; /* NULL: free */
	struct tcp_connection *connection;
	enum dial_failure failure;
	uint64_t next_at; /* when the next address is due */
};

/* Tries the first address. The addresses are copied; of both families where `local` is unspecified, else of its own. */
enum dial_state dial_begin(struct dial *dial, struct stack *stack, const struct dial_request *request,
			   const struct ip_address *addresses, unsigned count, uint64_t now);

/* Adds addresses to those that are to be tried; the first of them at once if no other is under way. */
enum dial_state dial_add(struct dial *dial, struct stack *stack, const struct ip_address *addresses, unsigned count,
			 uint64_t now);

/* Acts on the events of one of its connections. */
enum dial_state dial_events(struct dial *dial, struct stack *stack, struct tcp_connection *connection, unsigned events,
			    uint64_t now);

/* When dial_poll has something to do; before that nothing happens without events. */
uint64_t dial_deadline(const struct dial *dial);

enum dial_state dial_poll(struct dial *dial, struct stack *stack, uint64_t now);

/* Gives up: resets what is under way. Not for DIAL_CONNECTED, whose connection is the caller's. */
void dial_end(struct dial *dial, struct stack *stack);

#endif
