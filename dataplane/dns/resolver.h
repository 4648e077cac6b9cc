/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef DATAPLANE_DNS_RESOLVER_H
#define DATAPLANE_DNS_RESOLVER_H

/*
 * A resolver: asks the configured servers over the worker's own stack, by UDP, and by TCP what does not fit. One for
 * each worker, one thread; time is the stack's.
 *
 * Every question (a name and a family) is asked once, however many flows wait for it. A query goes out with an id and
 * from a port that nobody can guess (RFC 5452), and only what comes from the server that was asked, with that id and
 * question, is an answer; all else is ignored, and the wait goes on. Servers are asked in turn, three rounds with
 * longer and longer waits, all within the time-out; the answer to an earlier query is still taken while a later one is
 * on its way. A server that says that it cannot answer is not asked again for this question.
 *
 *     request = resolver_ask(resolver, "www.a.test", DNS_BOTH, flow);      NULL: overload
 *     ...
 *     each turn:  resolver_advance(resolver);
 *                 for each event of the stack: resolver_meet_socket, resolver_meet_connection
 *                 while ((request = resolver_next_event(resolver))) ... dns_request_outcome(request, family) ...
 *     ...
 *     resolver_release(resolver, request);
 *
 * All memory is taken at creation, but for what dns/message.h says of ldns.
 */

#include <stdbool.h>
#include <stdint.h>

#include <config/gateway.h>
#include <tcpstack/stack.h>
#include <tcpstack/tcp.h>
#include <tcpstack/udp.h>

#include "cache.h"
#include "environment.h"
#include "message.h"

#define DNS_STREAMS 8 /* TCP connections at a time, of 64 KiB each */

/* Families to ask for. */
#define DNS_ONLY_IPV4 (1u << DNS_IPV4)
#define DNS_ONLY_IPV6 (1u << DNS_IPV6)
#define DNS_BOTH (DNS_ONLY_IPV4 | DNS_ONLY_IPV6)

struct resolver;
struct dns_request;

enum dns_counter {
#define COUNTER(identifier, name, meaning) DNS_COUNT_##identifier,
#include "dns_counter.def"
#undef COUNTER
	DNS_COUNTERS
};

/* The stable name of a counter. */
const char *dns_counter_name(enum dns_counter counter);

struct resolver_counters {
	uint64_t counters[DNS_COUNTERS];
	struct dns_cache_counters cache;
	/* in use now */
	uint32_t requests, questions, streams;
};

struct resolver_config {
	struct dns_environment environment;
	struct stack *stack;
	const struct gateway_dns *dns;	/* servers, bounds and the time-out; copied */
	struct tcp_options tcp_options; /* of connections to servers */
};

/* Makes a resolver. NULL if memory is lacking. */
struct resolver *resolver_create(const struct resolver_config *config);

/* Ends all questions and gives back what it holds of the stack, which lives on. Requests are void. */
void resolver_destroy(struct resolver *resolver);

/*
 * Asks for the addresses of a name (config/name.h's one form) of the families in the mask. The request is the caller's
 * until resolver_release; resolver_next_event gives it back each time that one of its families has an outcome, also
 * when that is known at once. NULL, with nothing asked, if the bounds on waiters or questions are reached.
 */
struct dns_request *resolver_ask(struct resolver *resolver, const char *name, unsigned families, void *context);

/* The next request with news; NULL if there is none. */
struct dns_request *resolver_next_event(struct resolver *resolver);

void *dns_request_context(const struct dns_request *request);

/* DNS_PENDING until the family's question ended, and for families that were not asked for. */
enum dns_outcome dns_request_outcome(const struct dns_request *request, enum dns_family family);

/* What the servers said: addresses, and the aliases that lead to them or to nothing. NULL while it is pending, and
 * where nothing was said. Good until the request is released. */
const struct dns_answer *dns_request_answer(const struct dns_request *request, enum dns_family family);

/* Gives the request back, answered or not. Its questions go on, for the cache. */
void resolver_release(struct resolver *resolver, struct dns_request *request);

/* Runs what is due at the stack's time. Once a turn, after stack_advance. */
void resolver_advance(struct resolver *resolver);

/* The time at which resolver_advance has something to do next, or UINT64_MAX. */
uint64_t resolver_deadline(const struct resolver *resolver);

/* Takes a stack's event if it is the resolver's; false, and nothing done, if it is somebody else's. */
bool resolver_meet_socket(struct resolver *resolver, struct udp_socket *socket);
bool resolver_meet_connection(struct resolver *resolver, struct tcp_connection *connection, unsigned events);

void resolver_read_counters(const struct resolver *resolver, struct resolver_counters *counters);

#endif
