/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef DATAPLANE_FLOW_SPLICE_H
#define DATAPLANE_FLOW_SPLICE_H

/*
 * Two connections, each of which gets what the other one brings, untouched and without a copy. Windows are the
 * back-pressure: what one side cannot take now stays unread on the other. Ends are passed on as they came: FIN as FIN
 * after all data, so that half-closed connections work; RST as RST, once the other side has all that came before it;
 * a peer that is gone as RST too.
 *
 * A splice owns both connections from splice_begin until it is over. All functions are for the worker of the stack.
 */

#include <stdbool.h>
#include <stdint.h>

#include <tcpstack/tcp.h>

enum splice_side {
	SPLICE_CLIENT,
	SPLICE_SERVER,
	SPLICE_SIDES,
};

struct splice_leg {
	struct tcp_connection *connection; /* NULL: given back */
	uint64_t bytes;			   /* of payload that this leg brought and the other was given */
	bool ended;			   /* the peer's FIN has come */
	bool shut;			   /* our FIN follows what the leg was given */
	bool closed;			   /* TCP_EVENT_CLOSED has come; unread data may be left */
	enum tcp_end end;		   /* why */
};

struct splice {
	struct splice_leg legs[SPLICE_SIDES];
	enum splice_side first; /* the leg that broke, while `broken`; else the one that ended first */
	bool broken;		/* one leg ended otherwise than by FIN: the other one gets RST once it has all */
};

enum splice_state {
	SPLICE_OPEN,	    /* both directions may bring data */
	SPLICE_HALF_CLOSED, /* at least one FIN has come */
	SPLICE_BREAKING,    /* waits until the other leg has acknowledged all: see splice_poll */
	SPLICE_OVER,	    /* both connections are given back */
};

/*
 * Joins two established connections. `from_client` and `from_server` are what was read of each and belongs to the
 * other; the lists are empty afterwards. What happened to a connection before (its FIN, that it is closed) is told by
 * `events`, the union of what tcp_next_event gave and was not acted on. Returns the state.
 */
enum splice_state splice_begin(struct splice *splice, struct stack *stack, struct tcp_connection *client,
			       struct segment_list *from_client, unsigned client_events, struct tcp_connection *server,
			       struct segment_list *from_server, unsigned server_events);

/* Acts on the events (a set of enum tcp_event) of one leg. */
enum splice_state splice_events(struct splice *splice, struct stack *stack, enum splice_side side, unsigned events);

/* While SPLICE_BREAKING, to be called time and again, as the stack tells nobody that all was acknowledged. */
enum splice_state splice_poll(struct splice *splice, struct stack *stack);

/* Ends it: RST to both peers, or, `in_order`, FIN to both after what they were given; connections are given back. */
void splice_end(struct splice *splice, struct stack *stack, bool in_order);

/* How it ended or is ending: TCP_END_FIN, or what broke a leg first; and which leg ended or broke first. */
enum tcp_end splice_reason(const struct splice *splice, enum splice_side *side);

#endif
