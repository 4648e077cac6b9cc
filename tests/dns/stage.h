/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef TESTS_DNS_STAGE_H
#define TESTS_DNS_STAGE_H

/*
 * A resolver over its stack on one side of a link, and scripted name servers over a second stack on the other, in
 * virtual time. The servers differ by their ports: 53, 54, ... A test says what they do with a query, and when.
 *
 *     stage_open((struct stage_config){.servers = 2, .serve = answer_all});
 *     request = stage_ask("a.test", DNS_BOTH);
 *     stage_run(100);
 *     CU_ASSERT_EQUAL(dns_request_outcome(request, DNS_IPV4), DNS_ADDRESSES);
 *     stage_close();
 */

#include <stdbool.h>
#include <stdint.h>

#include "dns/resolver.h"
#include "dns_environment.h"
#include "dns_writer.h"
#include "world.h"

#define STAGE_PORT 53 /* of the first server */
#define STAGE_QUERIES 4096
#define STAGE_DELAY 1 /* milliseconds of the link, one way */

/* A query that came to a server. */
struct stage_query {
	unsigned server;
	uint64_t at; /* microseconds */
	bool tcp;
	bool edns;
	uint16_t id;
	uint16_t type;
	uint16_t flags;
	uint16_t payload; /* that EDNS says */
	char name[256];
	struct tuple tuple; /* as the server sees it */
	struct udp_socket *socket;
	struct tcp_connection *connection;
};

/* What the servers do with a query. */
typedef void stage_server(const struct stage_query *query);

struct stage_config {
	unsigned servers;
	enum family family;  /* of the servers' addresses */
	stage_server *serve; /* NULL: nothing */
	bool no_tcp;	     /* nobody listens */
	/* Of the resolver; 0: 5000 ms, 64 entries, 64 questions, 64 waiters. */
	uint32_t timeout, cache_entries, questions, waiters;
	uint32_t udp_sockets; /* of its stack; 0: enough */
	uint32_t connections; /* likewise */
	double loss;	      /* on the way to the servers and back */
	double duplicate;
};

extern struct stage {
	struct world world;
	struct resolver *resolver;
	struct dns_ground ground;
	struct stage_config config;
	struct stage_query queries[STAGE_QUERIES]; /* all that came */
	unsigned query_count;
	struct udp_socket *sockets[GATEWAY_DNS_SERVERS];
	struct tcp_listener *listeners[GATEWAY_DNS_SERVERS];
	struct rte_mempool *pools[2];
} stage;

/* For main, before TESTS_RUN. */
#define STAGE_RUN(suite, ...) (stage_start(), TESTS_RUN(suite, __VA_ARGS__))
void stage_start(void);

void stage_open(struct stage_config config);

/* Lets everything come to rest, and expects that nothing is left: no question, socket, connection, buffer, memory.
 * Requests must have been released. */
void stage_close(void);

/* Lets so many milliseconds pass. */
void stage_run(uint64_t milliseconds);

/* Asks, with `stage` as context. */
struct dns_request *stage_ask(const char *name, unsigned families);

/* Releases the request after expecting these outcomes. */
void stage_end(struct dns_request *request, enum dns_outcome ipv4, enum dns_outcome ipv6);

/* The last octet of the family's address number `place`; -1 if there is none. */
int stage_address(const struct dns_request *request, enum dns_family family, unsigned place);

/* A counter of the resolver; and all. */
uint64_t stage_count(enum dns_counter counter);
struct resolver_counters stage_counters(void);

/* Begins the answer to a query; the test adds what it says, and sends it. */
struct dns_writer *stage_begin(const struct stage_query *query, uint16_t flags);
void stage_send(const struct stage_query *query, const struct dns_writer *writer);

/* The same octets from another of the servers' ports; over UDP. */
void stage_send_from(unsigned server, const struct stage_query *query, const struct dns_writer *writer);

/* The same octets over IPv4 as from any address and port to any port, past the link. */
void stage_forge(uint32_t source, uint16_t source_port, uint16_t port, const struct dns_writer *writer);

/* Octets of a TCP stream as they are. */
void stage_send_octets(const struct stage_query *query, const void *octets, size_t size);

/* Scripts: an answer of one address (192.0.2.N or 2001:db8::N, N the server's number, 1 for the first, TTL 60); a code.
 */
void stage_answer(const struct stage_query *query);
void stage_refuse(const struct stage_query *query, uint16_t code);

#endif
