/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef DATAPLANE_FLOW_FLOWS_H
#define DATAPLANE_FLOW_FLOWS_H

/*
 * All flows of one worker: where their memory is, what they ask, and the policy that new ones obey. All functions are
 * the worker's, flows_create and flows_destroy excepted, which the main lcore calls while the worker does not run.
 */

#include <stdbool.h>
#include <stdint.h>

#include <config/image.h>
#include <tcpstack/stack.h>
#include <tcpstack/tcp.h>
#include <tcpstack/timer_wheel.h>
#include <tls/hello.h>

#include "../basic_credentials.h"
#include "../client_counts.h"
#include "../fault.h"
#include "../flow_listing.h"
#include "../flow_ring.h"
#include "../http_answer.h"
#include "../reason.h"
#include "flow.h"

/* The policy in force, as the main lcore prepared it for this worker. */
struct flows_policy {
	const struct image_header *image;
	struct image_scratch *scratch;
	uint64_t *hits; /* image_counters() of them; NULL: they are not counted */
};

/*
 * Finds the addresses of a name. Answers come by flows_resolved, later, one for each family or one for both. What is
 * asked and not answered yet is taken back by `forget`.
 */
struct flows_resolver {
	void *context;
	/* False: it has no room for another question. NULL: there is nobody to ask. */
	bool (*ask)(void *context, const char *name, struct flow *flow);
	void (*forget)(void *context, struct flow *flow);
};

/*
 * Finds out whether a password is the one of which crypt(3) made `hash`; that takes milliseconds, and is for another
 * thread. `hash` NULL: there is no such user, and the answer is no, after as much time as if there were. The answer
 * comes by flows_verified, later or within `ask`, which copies what it needs of its arguments. What is asked and not
 * answered yet is taken back by `forget`.
 */
struct flows_verifier {
	void *context;
	/* False: it has no room for another question. */
	bool (*ask)(void *context, const struct basic_credentials *credentials, const char *hash, struct flow *flow,
		    uint64_t now);
	void (*forget)(void *context, struct flow *flow);
};

/* In the order in which one family's answer outweighs the other's. */
enum flows_answer {
	FLOWS_ANSWER_ADDRESSES,
	FLOWS_ANSWER_NONE,   /* the name does not exist, or has no address */
	FLOWS_ANSWER_FAILED, /* servers refuse or talk nonsense */
	FLOWS_ANSWER_TIMEOUT,
	FLOWS_ANSWER_DENIED, /* an alias of it is denied by a row */
};

#define FLOWS_PSEUDONYM_MAX 63

struct flows_config {
	struct stack *stack;
	uint32_t flows;		    /* the most at a time */
	uint32_t openings;	    /* of them, not yet spliced; the rest is refused */
	uint64_t held;		    /* octets of packet buffers that openings may hold, together */
	struct tcp_options options; /* of the connections to servers */
	const struct http_answers *answers;
	const char *pseudonym; /* of this gateway in Via, of up to FLOWS_PSEUDONYM_MAX octets */
	struct flows_resolver resolver;
	struct flows_verifier verifier;
	const struct ip_address *own; /* addresses of the gateway: never dialled */
	unsigned own_count;
	struct flow_ring *log;	       /* NULL: nobody wants to know */
	struct client_counts *clients; /* of all workers; NULL: connections are not counted by client */
	uint64_t first_flow;	       /* the first flow's number in the log; no other worker's come near */
};

/* What happens, counted. */
struct flows_counters {
	uint64_t opened, spliced, ended;
	uint64_t reasons[REASONS];	   /* of flows that ended */
	uint32_t open, opening, lingering; /* now */
	uint64_t held;			   /* now: octets of packet buffers, by openings */
};

#define FLOWS_PIECES 512 /* that a hello may lie in; small segments are put together, so it lies in fewer */

struct flows {
	struct flows_config config;
	struct flows_policy policy; /* image NULL: none, and every flow is refused */
	struct timer_wheel wheel;
	struct flow *all;
	struct flow *free;
	struct opening *openings;
	struct opening *free_openings;
	struct flows_counters counters;
	struct hello_buffer buffer; /* what hellos are read into */
	struct piece pieces[FLOWS_PIECES];
	uint32_t used; /* places of `all` from the first to the last that ever was taken */
	struct {
		uint32_t next, end; /* places of flows that are to be looked up again */
	} reevaluation;
	struct {
		bool begun;
		uint32_t next;	/* place that is looked at next */
		uint64_t since; /* when it began, and when the next look at all places begins */
		uint64_t again;
	} drain; /* once flows are to end in time */
	struct {
		uint32_t next;
		uint64_t count;
	} listing; /* of the question at hand: the next place, flows that were told */
	uint64_t now;
	uint64_t last_flow; /* numbers of flows, from `config.first_flow` on */
};

struct flows *flows_create(const struct flows_config *config, uint64_t now, struct fault *fault);

/* Resets all connections and frees everything. The stack lives on. */
void flows_destroy(struct flows *flows);

/* From now on new decisions are made by this policy; flows that are open go on. */
void flows_take_policy(struct flows *flows, const struct flows_policy *policy);

/* From now on flows_sweep looks up again what is open, by the policy in force, and ends what that denies. */
void flows_reevaluate(struct flows *flows);

/* From now on flows_sweep resets what is open for longer than its service's time to drain. */
void flows_drain(struct flows *flows, uint64_t now);

/* The next of the flows that are to be looked at one after the other: so many, and no more in a turn, that no packet
 * waits for them. Returns how many places it has come through; 0: nothing is left to be done. */
unsigned flows_sweep(struct flows *flows, uint64_t now);

/* A client's connection was accepted for a service (by its place in the policy in force). It is the flow's from now on;
 * where no more may be opening it is refused, and with no flow left reset. `now`: the stack's clock. */
void flows_accept(struct flows *flows, const struct flow_kind *kind, uint32_t service,
		  struct tcp_connection *connection, unsigned events, uint64_t now);

/* Acts on an event of a connection whose context is a flow. */
void flows_event(struct flows *flows, struct tcp_connection *connection, unsigned events, uint64_t now);

/* Whether a row of the policy denies an alias of the name that a flow asks for: that row is then what decided, is
 * counted, and told as it wants. The answer to the flow's question is to be FLOWS_ANSWER_DENIED. */
bool flows_deny_alias(struct flow *flow, const char *alias);

/* An answer to a flow's question; `more`: it is one family's, and the other's is still to come. The flow may be gone
 * afterwards; of one that has its answer before that, `forget` is called. */
void flows_resolved(struct flow *flow, enum flows_answer answer, const struct ip_address *addresses, unsigned count,
		    bool more, uint64_t now);

/* The verifier's answer to a flow's question: whether the credentials are right. */
void flows_verified(struct flow *flow, bool right, uint64_t now);

/* Tells of open flows what `listing` asks: a piece of the answer, and no more in a turn. Returns 0 if there
 * was nothing to be done. Costs one load while nothing is asked. */
unsigned flows_list(struct flows *flows, struct flow_listing *listing, uint64_t now);

/* Acts on times that are over; of many at once on some, and on the others when called again. Returns how many. */
unsigned flows_advance(struct flows *flows, uint64_t now);

/* A time before which flows_advance has nothing to do. */
uint64_t flows_deadline(const struct flows *flows);

#endif
