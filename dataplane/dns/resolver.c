/* SPDX-License-Identifier: BSD-3-Clause */
/* Requests of flows, and the resolver's life. */
#include "resolver.h"

#include <string.h>

#include "gateway_stack.h"
#include "resolver_state.h"

const char *dns_counter_name(enum dns_counter counter)
{
	static const char *const names[] = {
#define COUNTER(identifier, name, meaning) name,
#include "dns_counter.def"
#undef COUNTER
	};

	return names[counter];
}

static void tell(struct resolver *resolver, struct dns_request *request)
{
	if (request->has_news)
		return;
	request->has_news = true;
	TAILQ_INSERT_TAIL(&resolver->news, request, place);
}

/* A family's question has ended. The entry, if there is one, is held for the request. */
static void settle(struct resolver *resolver, struct dns_request *request, enum dns_family family,
		   enum dns_outcome outcome, struct dns_entry *entry)
{
	request->outcomes[family] = (uint8_t)outcome;
	request->pending &= (uint8_t) ~(1u << family);
	request->entries[family] = entry;
	if (entry != NULL)
		dns_cache_hold(resolver->cache, entry);
	tell(resolver, request);
}

/* Keeps what a question brought, for those who ask next. NULL if there is nothing to read, or no room. */
static struct dns_entry *keep(struct resolver *resolver, const struct question *question, enum dns_outcome outcome,
			      const struct dns_answer *answer)
{
	static const struct dns_answer failed = {.outcome = DNS_FAILED};
	enum dns_family family = (enum dns_family)question->family;
	uint64_t now = stack_now(resolver->stack);

	if (answer != NULL)
		return dns_cache_store(resolver->cache, question->name, family, answer, now);
	/* A failure that servers told of is remembered for a while, not one of our own. */
	if (outcome == DNS_FAILED && question->failed != 0)
		dns_cache_store(resolver->cache, question->name, family, &failed, now);
	return NULL;
}

void resolver_conclude(struct resolver *resolver, struct question *question, enum dns_outcome outcome,
		       const struct dns_answer *answer)
{
	struct dns_entry *entry = keep(resolver, question, outcome, answer);
	struct dns_request *request;

	if (answer != NULL && entry == NULL)
		outcome = DNS_FAILED;
	resolver_count(resolver, outcome == DNS_TIMED_OUT ? DNS_COUNT_TIMEOUTS
				 : outcome == DNS_FAILED  ? DNS_COUNT_FAILURES
							  : DNS_COUNT_ANSWERS);
	while ((request = LIST_FIRST(&question->waiters)) != NULL) {
		LIST_REMOVE(request, waiting[question->family]);
		settle(resolver, request, (enum dns_family)question->family, outcome, entry);
	}
	question_free(resolver, question);
}

/* What is known of the name, or is being asked already. Returns the mask of families that have to be asked for. */
static unsigned look_up(struct resolver *resolver, struct dns_request *request, const char *name, unsigned families)
{
	uint64_t now = stack_now(resolver->stack);
	unsigned unknown = 0;

	for (enum dns_family family = DNS_IPV4; family < DNS_FAMILIES; family++) {
		struct dns_entry *entry;
		struct question *question;

		if ((families & 1u << family) == 0)
			continue;
		entry = dns_cache_find(resolver->cache, name, family, now);
		question = entry == NULL ? question_find(resolver, name, family) : NULL;
		if (entry != NULL) {
			enum dns_outcome outcome = dns_entry_answer(entry)->outcome;

			settle(resolver, request, family, outcome, outcome == DNS_FAILED ? NULL : entry);
		} else if (question != NULL) {
			request->pending |= (uint8_t)(1u << family);
			LIST_INSERT_HEAD(&question->waiters, request, waiting[family]);
			resolver_count(resolver, DNS_COUNT_MERGED);
		} else {
			unknown |= 1u << family;
		}
	}
	return unknown;
}

static struct dns_request *create_request(struct resolver *resolver, void *context)
{
	struct dns_request *request = TAILQ_FIRST(&resolver->free_requests);

	if (request == NULL) {
		resolver_count(resolver, DNS_COUNT_REFUSED_WAITERS);
		return NULL;
	}
	TAILQ_REMOVE(&resolver->free_requests, request, place);
	memset(request, 0, sizeof(*request));
	request->context = context;
	resolver->requests_used++;
	return request;
}

struct dns_request *resolver_ask(struct resolver *resolver, const char *name, unsigned families, void *context)
{
	struct dns_request *request = create_request(resolver, context);
	struct question *questions[DNS_FAMILIES] = {0};
	unsigned unknown;

	if (request == NULL)
		return NULL;
	resolver_count(resolver, DNS_COUNT_ASKED);
	unknown = look_up(resolver, request, name, families);
	if (resolver->question_count - resolver->questions_used < (unsigned)__builtin_popcount(unknown)) {
		resolver_count(resolver, DNS_COUNT_REFUSED_QUESTIONS);
		resolver_release(resolver, request);
		return NULL;
	}
	/* A question may end as soon as it starts: none does before the request waits for all. */
	for (enum dns_family family = DNS_IPV4; family < DNS_FAMILIES; family++) {
		if ((unknown & 1u << family) == 0)
			continue;
		questions[family] = question_create(resolver, name, family);
		request->pending |= (uint8_t)(1u << family);
		LIST_INSERT_HEAD(&questions[family]->waiters, request, waiting[family]);
	}
	for (enum dns_family family = DNS_IPV4; family < DNS_FAMILIES; family++)
		if (questions[family] != NULL)
			question_start(resolver, questions[family]);
	return request;
}

struct dns_request *resolver_next_event(struct resolver *resolver)
{
	struct dns_request *request = TAILQ_FIRST(&resolver->news);

	if (request != NULL) {
		TAILQ_REMOVE(&resolver->news, request, place);
		request->has_news = false;
	}
	return request;
}

void *dns_request_context(const struct dns_request *request)
{
	return request->context;
}

enum dns_outcome dns_request_outcome(const struct dns_request *request, enum dns_family family)
{
	return (enum dns_outcome)request->outcomes[family];
}

const struct dns_answer *dns_request_answer(const struct dns_request *request, enum dns_family family)
{
	return request->entries[family] == NULL ? NULL : dns_entry_answer(request->entries[family]);
}

void resolver_release(struct resolver *resolver, struct dns_request *request)
{
	for (enum dns_family family = DNS_IPV4; family < DNS_FAMILIES; family++) {
		if ((request->pending & 1u << family) != 0)
			LIST_REMOVE(request, waiting[family]);
		if (request->entries[family] != NULL)
			dns_cache_release(resolver->cache, request->entries[family]);
	}
	if (request->has_news)
		TAILQ_REMOVE(&resolver->news, request, place);
	TAILQ_INSERT_HEAD(&resolver->free_requests, request, place);
	resolver->requests_used--;
}

void resolver_read_counters(const struct resolver *resolver, struct resolver_counters *counters)
{
	memcpy(counters->counters, resolver->counters, sizeof(counters->counters));
	dns_cache_read_counters(resolver->cache, &counters->cache);
	counters->requests = resolver->requests_used;
	counters->questions = resolver->questions_used;
	counters->streams = resolver->streams_used;
}

static void *allocate(struct resolver *resolver, size_t count, size_t size)
{
	return resolver->environment.allocate(resolver->environment.context, count * size);
}

static void release(struct resolver *resolver, void *memory)
{
	if (memory != NULL)
		resolver->environment.release(resolver->environment.context, memory);
}

static bool create_tables(struct resolver *resolver, const struct gateway_dns *dns)
{
	uint32_t buckets = name_hash_buckets(dns->questions);

	resolver->question_count = dns->questions;
	resolver->bucket_mask = buckets - 1;
	resolver->questions = allocate(resolver, dns->questions, sizeof(struct question));
	resolver->buckets = allocate(resolver, buckets, sizeof(struct question_bucket));
	resolver->requests = allocate(resolver, dns->waiters, sizeof(struct dns_request));
	resolver->streams = allocate(resolver, DNS_STREAMS, sizeof(struct stream));
	resolver->cache = dns_cache_create(&resolver->environment, dns->cache_entries);
	if (resolver->questions == NULL || resolver->buckets == NULL || resolver->requests == NULL ||
	    resolver->streams == NULL || resolver->cache == NULL)
		return false;
	for (uint32_t i = 0; i < dns->questions; i++)
		TAILQ_INSERT_TAIL(&resolver->free_questions, &resolver->questions[i], by_age);
	for (uint32_t i = 0; i < dns->waiters; i++)
		TAILQ_INSERT_TAIL(&resolver->free_requests, &resolver->requests[i], place);
	for (unsigned i = 0; i < DNS_STREAMS; i++) {
		resolver->streams[i].next = resolver->free_streams;
		resolver->free_streams = &resolver->streams[i];
	}
	return true;
}

static void take_servers(struct resolver *resolver, const struct gateway_dns *dns)
{
	unsigned shares = 0;

	resolver->timeout = dns->timeout * 1000ull;
	resolver->server_count = dns->server_count;
	for (unsigned i = 0; i < dns->server_count; i++)
		resolver->servers[i] = (struct server){
		    .address = gateway_stack_address(&dns->servers[i].address),
		    .port = dns->servers[i].port,
		};
	for (unsigned i = 0; i < ROUNDS; i++)
		shares += dns->server_count << i;
	for (unsigned i = 0; i < ROUNDS && shares > 0; i++)
		resolver->waits[i] = (resolver->timeout << i) / shares;
}

struct resolver *resolver_create(const struct resolver_config *config)
{
	const struct dns_environment *environment = &config->environment;
	struct resolver *resolver = environment->allocate(environment->context, sizeof(*resolver));

	if (resolver == NULL)
		return NULL;
	resolver->environment = *environment;
	resolver->stack = config->stack;
	resolver->tcp_options = config->tcp_options;
	resolver->key = name_hash_key(environment);
	TAILQ_INIT(&resolver->asked);
	TAILQ_INIT(&resolver->streaming);
	TAILQ_INIT(&resolver->free_questions);
	TAILQ_INIT(&resolver->free_requests);
	TAILQ_INIT(&resolver->news);
	for (unsigned i = 0; i < ROUNDS; i++)
		TAILQ_INIT(&resolver->rounds[i]);
	take_servers(resolver, config->dns);
	if (!create_tables(resolver, config->dns)) {
		resolver_destroy(resolver);
		return NULL;
	}
	return resolver;
}

void resolver_destroy(struct resolver *resolver)
{
	struct question *question;

	while ((question = TAILQ_FIRST(&resolver->asked)) != NULL)
		question_free(resolver, question);
	if (resolver->cache != NULL)
		dns_cache_destroy(resolver->cache);
	release(resolver, resolver->streams);
	release(resolver, resolver->requests);
	release(resolver, resolver->buckets);
	release(resolver, resolver->questions);
	release(resolver, resolver);
}
