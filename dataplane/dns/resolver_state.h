/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef DATAPLANE_DNS_RESOLVER_STATE_H
#define DATAPLANE_DNS_RESOLVER_STATE_H

/* The resolver's inside: requests (resolver.c), questions (question.c), and TCP connections (stream.c). */

#include <sys/queue.h>

#include "name_hash.h"
#include "resolver.h"

#define ROUNDS 3   /* each server is asked so often */
#define CHANNELS 2 /* sockets of a question: towards the server asked last, and the one before */

struct question;
struct stream;

/* What a flow waits for. */
struct dns_request {
	TAILQ_ENTRY(dns_request) place; /* among the free, or those with news */
	LIST_ENTRY(dns_request) waiting[DNS_FAMILIES];
	void *context;
	struct dns_entry *entries[DNS_FAMILIES]; /* held */
	uint8_t outcomes[DNS_FAMILIES];		 /* enum dns_outcome */
	uint8_t pending;			 /* mask of families */
	bool has_news;
};

LIST_HEAD(waiter_list, dns_request);
TAILQ_HEAD(request_list, dns_request);

/* A socket towards one server, with the id of the queries from it. */
struct channel {
	struct udp_socket *socket; /* NULL: none */
	uint16_t id;
	uint8_t server;
};

struct question_list;

struct question {
	LIST_ENTRY(question) same_hash;
	TAILQ_ENTRY(question) by_age; /* among the free, or those that were asked, the oldest first */
	TAILQ_ENTRY(question) by_try; /* among those that wait as long */
	struct question_list *tries;  /* where by_try is; NULL: nowhere */
	uint64_t ends;		      /* microseconds: the time-out */
	uint64_t try_ends;
	struct waiter_list waiters; /* by waiting[family] */
	struct stream *stream;	    /* NULL: none */
	struct channel channels[CHANNELS];
	uint8_t newest; /* channel */
	uint8_t first;	/* server that was asked first */
	uint8_t tries_begun;
	uint8_t family;
	uint16_t failed; /* servers that cannot answer */
	bool plain;	 /* without EDNS */
	char name[NAME_LENGTH_MAX + 1];
};

TAILQ_HEAD(question_list, question);
LIST_HEAD(question_bucket, question);

/* A query over TCP (RFC 7766). */
struct stream {
	struct stream *next; /* among the free */
	struct question *question;
	struct tcp_connection *connection;
	uint8_t server;
	uint16_t id;
	uint32_t received;
	uint8_t octets[2 + DNS_MESSAGE_MAX]; /* the length, and the message */
};

struct server {
	struct ip_address address;
	uint16_t port;
};

struct resolver {
	struct dns_environment environment;
	struct stack *stack;
	struct dns_cache *cache;
	struct tcp_options tcp_options;
	struct siphash_key key;
	struct server servers[GATEWAY_DNS_SERVERS];
	unsigned server_count;
	unsigned first;			     /* the server that is asked first */
	uint64_t timeout;		     /* microseconds */
	uint64_t waits[ROUNDS];		     /* of a try in each round; all tries together take the time-out */
	struct question_list asked;	     /* by age: all have the same time-out */
	struct question_list rounds[ROUNDS]; /* by the end of their try */
	struct question_list streaming;	     /* likewise */
	struct question_list free_questions;
	struct request_list free_requests;
	struct request_list news;
	struct stream *free_streams;
	struct question *questions;
	struct dns_request *requests;
	struct stream *streams;
	struct question_bucket *buckets;
	uint32_t question_count, bucket_mask;
	uint64_t counters[DNS_COUNTERS];
	uint32_t requests_used, questions_used, streams_used;
	uint8_t datagram[DNS_MESSAGE_MAX]; /* one that is being read */
};

static inline void resolver_count(struct resolver *resolver, enum dns_counter counter)
{
	resolver->counters[counter]++;
}

/* question.c */

/* The question on its way, or NULL. */
struct question *question_find(struct resolver *resolver, const char *name, enum dns_family family);

/* Begins to ask. NULL if there are too many. It may have ended, with its outcome told to nobody, only after its first
 * waiter was added: see question_start. */
struct question *question_create(struct resolver *resolver, const char *name, enum dns_family family);

/* Sends the first query. The question may end by this. */
void question_start(struct resolver *resolver, struct question *question);

/* Takes what server `server` sent with the id that it was asked with. False if it is no answer to the question. */
bool question_take(struct resolver *resolver, struct question *question, unsigned server, uint16_t id,
		   const uint8_t *octets, size_t size, bool whole);

/* The server cannot answer; the next one is asked, if this one is waited for. */
void question_server_failed(struct resolver *resolver, struct question *question, unsigned server);

/* Frees it without a word. */
void question_free(struct resolver *resolver, struct question *question);

/* Puts the question on a list of tries until so many microseconds from now. */
void question_wait(struct resolver *resolver, struct question *question, struct question_list *list, uint64_t wait);

/* resolver.c */

/* Tells all who wait for it how the question ended, and frees it; `answer` is what the servers said, or NULL. */
void resolver_conclude(struct resolver *resolver, struct question *question, enum dns_outcome outcome,
		       const struct dns_answer *answer);

/* stream.c */

/* Asks a server over TCP. False if it cannot be. */
bool stream_open(struct resolver *resolver, struct question *question, unsigned server);

/* Ends it: in order, or by RST. */
void stream_close(struct resolver *resolver, struct stream *stream, bool in_order);

#endif
