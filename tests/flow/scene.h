/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef TESTS_FLOW_SCENE_H
#define TESTS_FLOW_SCENE_H

/*
 * One flow through the gateway, in virtual time: a client and a server, both on host 0 of a world (tests/sim/world.h),
 * and the flows of a worker on host 1. The test says what each end sends, lets the world run until nothing happens any
 * more, and looks at what the other end got.
 *
 *	scene_begin(&(struct scene_policy){.text = "filter web\nrow allow a.test\nservice s web\n"}, IPV4);
 *	scene_connect_explicit();
 *	client_says("CONNECT a.test:443 HTTP/1.1\r\nHost: a.test\r\n\r\n");
 *	...
 *	scene_end();
 */

#include <flow/explicit.h>
#include <flow/flows.h>
#include <flow/transparent.h>

#include "host.h"
#include "image_support.h"
#include "tls_support.h"

#define SCENE_PORT 3128			    /* of the explicit service */
#define SCENE_SERVER_PORT 443		    /* of the server, and what is intercepted */
#define SCENE_OCTETS 200000		    /* the most that an end gets */
#define SCENE_CROWD 16			    /* connections of the gateway, and clients beside the one, at most */
#define SCENE_ADDRESSES 4		    /* that DNS answers, at most */
#define SCENE_HITS 64			    /* rows and defaults of a policy, at most */
#define SCENE_ORIGINAL_IPV4 "203.0.113.200" /* what the client of a transparent flow dials */
#define SCENE_ORIGINAL_IPV6 "2001:db8:1::c8"
#define SCENE_USER "Aladdin"
#define SCENE_HASH "$5$salt$as.crypt.made.it"

/* How the service is, beside what image_support.h can write. */
struct scene_policy {
	const char *text; /* its service "s" is the one */
	enum policy_server_address server_address;
	enum policy_source_address source_address;
	enum policy_deny deny;
	enum policy_non_tls non_tls;
	enum policy_ech ech;
	const char *next_hop;	  /* where host 0 is, or is not; NULL: its address */
	uint16_t next_hop_port;	  /* 0: SCENE_SERVER_PORT */
	bool other_connect;	  /* its `connect` is the other one than the client found when it connected */
	bool users;		  /* SCENE_USER alone may use it */
	bool no_clients;	  /* is for nobody */
	bool no_private_networks; /* host 0 may not be dialled */
	bool original;		  /* what the client of a transparent flow dials may be; nobody answers there */
	uint32_t idle;		  /* milliseconds; an hour */
	uint32_t openings;	  /* flows that may be opening at a time; SCENE_CROWD */
	uint32_t held;		  /* packet buffers that these may hold; 1000 */
	uint32_t connections_per_client;
};

/* What one of the ends has seen. */
struct scene_end {
	struct tcp_connection *connection; /* NULL: not yet connected */
	uint8_t received[SCENE_OCTETS];
	size_t length;
	bool connected, ended, closed;
	enum tcp_end reason;
	struct ip_address peer; /* of the server: who connected */
	unsigned connections;	/* of the server */
};

struct scene {
	enum flows_answer answer;		      /* of DNS */
	struct ip_address addresses[SCENE_ADDRESSES]; /* that go with FLOWS_ANSWER_ADDRESSES */
	unsigned address_count;			      /* 0: host 0's is the one */
	const char *alias;			      /* of the name that it was asked for; NULL: none */
	uint64_t answer_after;			      /* microseconds until it comes */
	bool resolver_is_full, no_resolver;
	unsigned asked, untold; /* questions; those that were taken back */
	char asked_name[NAME_LENGTH_MAX + 1];
	bool no_server; /* nobody listens on host 0 */
	bool deaf;	/* the client reads nothing */
	bool scattered; /* each frame lies in two mbufs as it comes to the gateway */
	unsigned crowd; /* other clients, who connect before the one and say nothing */
	/* The verifier: whether passwords are right, when it says so, and what it was asked last. */
	bool right, verifies_at_once, verifier_is_full;
	uint64_t verify_after; /* microseconds */
	unsigned verified, forgotten;
	char password[BASIC_CREDENTIALS_MAX + 1];
	char hash[64];		       /* empty: there is no such user */
	struct client_counts *clients; /* NULL: connections are not counted by client */
	struct scene_end client, server;
	unsigned timers; /* of flows, that fired */
	uint64_t hits[SCENE_HITS];
	struct flows *flows;
};

extern struct scene scene;

/* Once, before the tests run. */
void scene_prepare(void);

/* The streams of an ordinary ClientHello for a name (NULL: without one), and of the ServerHello, or HelloRetryRequest,
 * that answers it. */
void scene_client_hello(struct octets *stream, const char *name);
void scene_client_hello_message(struct octets *message, const char *name); /* without a record around it */
void scene_server_hello(struct octets *stream, bool retry);

void scene_begin(const struct scene_policy *policy, enum family family);

/* An address that is written. Nobody answers from 198.51.100.0/25 and 2001:db8:2::/64, which are behind host 0, and the
 * gateway knows no way to the rest of 198.51.100.0/24 and 2001:db8:2::/48; all of these may be dialled. */
struct ip_address scene_address(const char *text);

/* The client connects: to the explicit service, which dials servers or another proxy, that of host 0; or to an address
 * behind the gateway, which intercepts it. */
void scene_connect_explicit(void);
void scene_connect_forward(void);
void scene_connect_transparent(void);

/* So many others connect to the explicit service as well, once the client has, and do and say nothing more. */
void scene_crowd(unsigned count);

/* The resolver, which was asked and whose time (scene.answer_after) has not come, says this; then it runs as after
 * sending. `more`: the other family's answer is still to come. */
#define SCENE_NEVER (UINT64_MAX / 2)
void scene_resolves(enum flows_answer answer, const struct ip_address *addresses, unsigned count, bool more);

/* An address of host 0, and one where nobody is. */
struct ip_address scene_server(enum family family);
struct ip_address scene_nobody(enum family family);

/* Another policy comes into force. The service is the one that is called "s" in it, if there is one. */
void scene_push(const struct scene_policy *policy);

/* Each of the others sends this, however often; then it runs as below. */
void scene_crowd_sends(const void *octets, size_t length);

/* Sends, and runs until nothing happens within ten milliseconds. `cut` octets are in each segment; 0: as many as fit.
 */
void client_sends(const void *octets, size_t length, size_t cut);
void client_says(const char *text);

/* Each octet is a segment, some microseconds after the one before it, and taken before the next one comes. */
void client_trickles(const void *octets, size_t length, uint64_t microseconds);

/* As client_sends, but of all segments that are under way the last one arrives first. */
void client_sends_reversed(const void *octets, size_t length, size_t cut);
void server_sends(const void *octets, size_t length);
void client_shuts(void);
void server_shuts(void);
void client_resets(void);
void server_resets(void);

/* Lets time pass. */
void scene_wait(uint64_t milliseconds);

/* Whether an end got just these octets since it was asked last. */
bool client_got(const void *octets, size_t length);
bool server_got(const void *octets, size_t length);

/* Whether the server, as the next proxy, got this head, with our Via before the empty line that ends it. */
bool server_got_forwarded(const char *head);

/* Whether what the client got since it was asked last begins with the text; all of it counts as asked for. */
bool client_got_text(const char *beginning);

/* Whether the octets of a text lie in a packet of the gateway, be it in use or free. */
bool scene_gateway_has(const char *text);

/* How many mbufs the gateway has in use. */
unsigned scene_gateway_mbufs(void);

/* Where the client is. */
struct ip_address scene_client(void);

/* What the log was told since it was asked last: copies of up to `most` records; returns how many there were. */
unsigned scene_told(struct flow_record *records, unsigned most);

/* How many flows ended for that reason. */
uint64_t scene_ended(enum reason reason);

/* Ends it, and asserts that nothing is left: no flow, opening, connection, mbuf. */
void scene_end(void);

#endif
