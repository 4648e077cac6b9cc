/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef DATAPLANE_FLOW_FLOW_H
#define DATAPLANE_FLOW_FLOW_H

/*
 * A flow: a client's connection, and what becomes of it. Until both ends may talk untouched a flow is *opening*: it
 * goes through a table of steps, one for each kind of flow (explicit.c, forward.c, transparent.c), which read as the
 * kind is told of: read the ClientHello, check the name, resolve, dial, replay. A step is run when the one before it is
 * done, and again whenever something happened: more octets, an answer of DNS, a connection that came up or broke. It
 * must therefore find out by itself how far it has come. Behind the last step the flow is a splice.
 *
 * Everything of a flow belongs to one worker. Memory is taken once: a flow for each connection that may be, and an
 * opening for those under way. Both are counted, and with none left the client is refused.
 */

#include <stdbool.h>
#include <stdint.h>

#include <config/image.h>
#include <tcpstack/tcp.h>
#include <tcpstack/timer_wheel.h>
#include <tls/client_hello.h>
#include <tls/server_hello.h>

#include "../authority.h"
#include "../connect_request.h"
#include "../flow_record.h"
#include "../http_answer.h"
#include "../http_body.h"
#include "../next_hop_answer.h"
#include "../reason.h"
#include "dial.h"
#include "splice.h"

struct flow;
struct flows;

enum step_result {
	STEP_DONE,    /* on to the next one */
	STEP_WAIT,    /* for something to happen */
	STEP_REFUSED, /* flow->reason says why */
};

struct step {
	const char *name;
	void (*begin)(struct flow *flow); /* called once, before it is run; NULL: nothing to prepare */
	enum step_result (*run)(struct flow *flow);
	/* How long it may wait, in milliseconds, and what is then; NULL: it sees to that itself. */
	uint32_t (*patience)(const struct policy_timeouts *timeouts);
	enum step_result (*late)(struct flow *flow);
};

/* How a kind of flow goes, and how its client learns that it is refused. */
struct flow_kind {
	enum flow_type type;
	const struct step *steps; /* up to one without a name */
	/* Says to the client what flow->reason calls for. Returns how many milliseconds the client has to read it
	 * before the connection is reset; 0: at once. */
	uint32_t (*refuse)(struct flow *flow);
};

enum flow_phase {
	FLOW_FREE,
	FLOW_OPENING,
	FLOW_SPLICED,
	FLOW_LINGERING, /* refused; the client is reading why */
};

/* What a flow needs only until it is spliced. */
struct opening {
	struct opening *next;			/* among the free */
	struct segment_list held[SPLICE_SIDES]; /* read of each side, and not handed on to the other */
	uint32_t charge;			/* of what is held, as flows_counters.held has it */
	bool reread;				/* the step at work has to begin with what is held */
	unsigned events[SPLICE_SIDES];		/* TCP_EVENT_END and TCP_EVENT_CLOSED that have come */
	struct connect_request request;
	bool verifying;	 /* the verifier has our question */
	bool verified;	 /* it has answered: */
	bool recognised; /* the credentials are a user's */
	struct hello_reader readers[SPLICE_SIDES];
	uint32_t early[SPLICE_SIDES];  /* octets that a side sent behind its first hello before that was handed on */
	struct client_hello hello;     /* its pieces are void once another hello was read */
	uint16_t client_version;       /* legacy_version of the client's hello, or of its record; for alerts */
	bool retried;		       /* a HelloRetryRequest has come */
	bool tls;		       /* what the client sent begins as TLS does */
	bool tunnel;		       /* the client speaks no TLS, and may */
	struct authority target;       /* what is to be dialled, by name or address */
	bool next_hop;		       /* that is the proxy that the service names, and not what the client asks for */
	char sni[NAME_LENGTH_MAX + 1]; /* in its one form; empty: there is none */
	struct image_result verdict;   /* the strictest so far */
	char filter[64];	       /* its filter's name, which the next policy may not know */
	bool decided;		       /* there is one */
	bool hello_decided;	       /* it is of what the hello says, not of the CONNECT's host */
	struct ip_address addresses[DIAL_ADDRESSES];
	unsigned address_count;
	uint64_t route_began; /* when the resolver was asked, or the dialling began */
	bool asked;	      /* the resolver has our question, or a part of it */
	void *question;	      /* the resolver's */
	unsigned told;	      /* likewise */
	bool answered;	      /* it has told what is to be waited for */
	uint8_t worst_answer; /* enum flows_answer */
	enum reason unfit;    /* why addresses that came are not to be dialled */
	bool compared;	      /* DNS gave addresses of the family that the client of a transparent flow dialled */
	struct dial dial;
	bool dialling;
	struct next_hop_answer answer; /* of the next proxy */
	struct http_body body;	       /* of that */
};

struct flow {
	struct timer timer;
	struct flows *flows;
	struct flow *next; /* among the free */
	const struct flow_kind *kind;
	const struct step *step;
	struct opening *opening;       /* NULL once spliced */
	struct tcp_connection *client; /* NULL: given back, or the splice's */
	struct tcp_connection *server;
	struct splice splice;
	struct policy_timeouts timeouts;
	uint64_t active_at; /* microseconds: when data last came, while spliced */
	uint64_t began;
	uint64_t generation;	     /* of the policy that opening->verdict is of */
	uint64_t service_generation; /* of the policy in which `service` is its place; flow_service() */
	uint64_t ticket;	     /* of client_counts; 0: not counted */
	uint32_t service;
	uint8_t phase;		   /* enum flow_phase */
	uint8_t reason;		   /* enum reason */
	bool spoke;		   /* the client was told 200: HTTP is over */
	bool logged;		   /* a row that decided wants it in the log */
	uint8_t close;		   /* enum flow_close: how the client saw the end */
	struct flow_record record; /* what is known so far of what the log is to say */
};

#endif
