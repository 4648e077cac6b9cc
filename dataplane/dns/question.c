/* SPDX-License-Identifier: BSD-3-Clause */
/* A question on its way: the servers in turn, their answers, and how it ends. */
#include <string.h>

#include "resolver_state.h"

static uint16_t bit_of(unsigned server)
{
	return (uint16_t)(1u << server);
}

static struct question_bucket *bucket_of(struct resolver *resolver, const char *name, enum dns_family family)
{
	return &resolver->buckets[name_hash(&resolver->key, name, family) & resolver->bucket_mask];
}

struct question *question_find(struct resolver *resolver, const char *name, enum dns_family family)
{
	struct question *question;

	LIST_FOREACH(question, bucket_of(resolver, name, family), same_hash)
	if (question->family == family && strcmp(question->name, name) == 0)
		return question;
	return NULL;
}

struct question *question_create(struct resolver *resolver, const char *name, enum dns_family family)
{
	struct question *question = TAILQ_FIRST(&resolver->free_questions);

	if (question == NULL)
		return NULL;
	TAILQ_REMOVE(&resolver->free_questions, question, by_age);
	memset(question, 0, sizeof(*question));
	question->family = (uint8_t)family;
	question->first = (uint8_t)resolver->first;
	question->ends = stack_now(resolver->stack) + resolver->timeout;
	strcpy(question->name, name);
	LIST_INIT(&question->waiters);
	LIST_INSERT_HEAD(bucket_of(resolver, name, family), question, same_hash);
	TAILQ_INSERT_TAIL(&resolver->asked, question, by_age);
	resolver->questions_used++;
	return question;
}

static void stop_waiting(struct question *question)
{
	if (question->tries != NULL)
		TAILQ_REMOVE(question->tries, question, by_try);
	question->tries = NULL;
}

void question_wait(struct resolver *resolver, struct question *question, struct question_list *list, uint64_t wait)
{
	stop_waiting(question);
	question->try_ends = stack_now(resolver->stack) + wait;
	question->tries = list;
	TAILQ_INSERT_TAIL(list, question, by_try);
}

static void close_channel(struct resolver *resolver, struct channel *channel)
{
	if (channel->socket != NULL)
		udp_close(resolver->stack, channel->socket);
	channel->socket = NULL;
}

void question_free(struct resolver *resolver, struct question *question)
{
	for (unsigned i = 0; i < CHANNELS; i++)
		close_channel(resolver, &question->channels[i]);
	if (question->stream != NULL)
		stream_close(resolver, question->stream, true);
	stop_waiting(question);
	LIST_REMOVE(question, same_hash);
	TAILQ_REMOVE(&resolver->asked, question, by_age);
	TAILQ_INSERT_HEAD(&resolver->free_questions, question, by_age);
	resolver->questions_used--;
}

/* The channel towards the server, or NULL. */
static struct channel *find_channel(struct question *question, unsigned server)
{
	for (unsigned i = 0; i < CHANNELS; i++) {
		struct channel *channel = &question->channels[i];

		if (channel->socket != NULL && channel->server == server)
			return channel;
	}
	return NULL;
}

/* A channel towards the server: the one that is there, or one in the place of the older. NULL: no socket. */
static struct channel *open_channel(struct resolver *resolver, struct question *question, unsigned server)
{
	const struct server *remote = &resolver->servers[server];
	struct channel *channel = find_channel(question, server);

	if (channel != NULL)
		return channel;
	channel = &question->channels[(question->newest + 1) % CHANNELS];
	close_channel(resolver, channel);
	channel->socket = udp_bind_towards(resolver->stack, &remote->address, remote->port, question);
	if (channel->socket == NULL)
		return NULL;
	channel->server = (uint8_t)server;
	channel->id = (uint16_t)resolver->environment.random(resolver->environment.context);
	return channel;
}

/* Sends the query; one that is lost on the way out is as one lost further on. False if there is none to send. */
static bool send_query(struct resolver *resolver, const struct question *question, const struct channel *channel)
{
	static const struct ip_address any;
	const struct server *remote = &resolver->servers[channel->server];
	const struct dns_question query = {
	    .name = question->name,
	    .family = (enum dns_family)question->family,
	    .id = channel->id,
	    .plain = question->plain,
	};
	struct segment_list payload = {0};
	uint8_t octets[DNS_QUERY_MAX];
	size_t size = dns_message_write(&query, octets);

	if (size == 0)
		return false;
	resolver_count(resolver, DNS_COUNT_QUERIES);
	if (segment_list_append_copy(&payload, stack_pool(resolver->stack), octets, (uint32_t)size) == size)
		udp_send(resolver->stack, channel->socket, &any, &remote->address, remote->port, &payload);
	else
		segment_list_free(&payload);
	return true;
}

/* Asks a server, over TCP if it cannot be over UDP, and waits as long as the round says. False if it cannot be. */
static bool ask(struct resolver *resolver, struct question *question, unsigned server)
{
	unsigned round = (question->tries_begun - 1u) / resolver->server_count;
	struct channel *channel;

	if (question->stream != NULL) {
		resolver_count(resolver, DNS_COUNT_STREAM_FAILURES);
		stream_close(resolver, question->stream, false);
	}
	channel = open_channel(resolver, question, server);
	if (channel == NULL) {
		resolver_count(resolver, DNS_COUNT_NO_SOCKET);
		return stream_open(resolver, question, server);
	}
	question->newest = (uint8_t)(channel - question->channels);
	if (!send_query(resolver, question, channel))
		return false;
	question_wait(resolver, question, &resolver->rounds[round], resolver->waits[round]);
	return true;
}

static bool may_be_answered(const struct question *question)
{
	bool open = question->stream != NULL;

	for (unsigned i = 0; i < CHANNELS; i++)
		open |= question->channels[i].socket != NULL;
	return open;
}

/* Asks the next server that has not failed. After the last one there is only the rest of the time to wait for. */
static void next_try(struct resolver *resolver, struct question *question)
{
	unsigned servers = resolver->server_count;

	stop_waiting(question);
	while (question->tries_begun < ROUNDS * servers) {
		unsigned server = (question->first + question->tries_begun) % servers;

		question->tries_begun++;
		if ((question->failed & bit_of(server)) != 0)
			continue;
		if (question->tries_begun > 1)
			resolver_count(resolver, DNS_COUNT_RETRIES);
		if (ask(resolver, question, server))
			return;
	}
	if (!may_be_answered(question))
		resolver_conclude(resolver, question, DNS_FAILED, NULL);
}

void question_start(struct resolver *resolver, struct question *question)
{
	next_try(resolver, question);
}

void question_server_failed(struct resolver *resolver, struct question *question, unsigned server)
{
	struct channel *channel = find_channel(question, server);
	bool awaited = question->stream != NULL ? question->stream->server == server
						: channel == &question->channels[question->newest];

	question->failed |= bit_of(server);
	if (channel != NULL)
		close_channel(resolver, channel);
	if (question->stream != NULL && question->stream->server == server)
		stream_close(resolver, question->stream, false);
	if (awaited || !may_be_answered(question))
		next_try(resolver, question);
}

/* The server does not know EDNS: it is asked again without. Late answers to the query before find nobody. */
static void ask_plainly(struct resolver *resolver, struct question *question, unsigned server)
{
	struct channel *channel = find_channel(question, server);

	resolver_count(resolver, DNS_COUNT_NO_EDNS);
	if (question->plain) {
		question_server_failed(resolver, question, server);
		return;
	}
	question->plain = true;
	if (channel != NULL)
		close_channel(resolver, channel);
	if (question->stream != NULL)
		stream_close(resolver, question->stream, false);
	if (!ask(resolver, question, server))
		question_server_failed(resolver, question, server);
}

/* The answer is in. If the server that was asked first stayed silent, this one is asked first from now on. */
static void prefer(struct resolver *resolver, const struct question *question, unsigned server)
{
	if (server == resolver->first || question->first != resolver->first ||
	    (question->failed & bit_of(question->first)) != 0)
		return;
	resolver->first = server;
	resolver_count(resolver, DNS_COUNT_SERVER_CHANGES);
}

bool question_take(struct resolver *resolver, struct question *question, unsigned server, uint16_t id,
		   const uint8_t *octets, size_t size, bool whole)
{
	const struct dns_question query = {
	    .name = question->name,
	    .family = (enum dns_family)question->family,
	    .id = id,
	    .plain = question->plain,
	};
	struct dns_answer answer;

	switch (dns_message_read(&query, octets, size, &answer)) {
	case DNS_READ_UNMATCHED:
		return false;
	case DNS_READ_ANSWER:
		prefer(resolver, question, server);
		resolver_conclude(resolver, question, answer.outcome, &answer);
		break;
	case DNS_READ_TRUNCATED:
		resolver_count(resolver, DNS_COUNT_TRUNCATED);
		if (whole)
			question_server_failed(resolver, question, server);
		else if (question->stream == NULL)
			stream_open(resolver, question, server);
		break;
	case DNS_READ_NO_EDNS:
		ask_plainly(resolver, question, server);
		break;
	case DNS_READ_FAILURE:
		resolver_count(resolver, DNS_COUNT_SERVER_FAILURES);
		question_server_failed(resolver, question, server);
		break;
	case DNS_READ_MALFORMED:
		resolver_count(resolver, DNS_COUNT_MALFORMED);
		question_server_failed(resolver, question, server);
		break;
	}
	return true;
}

/* Reads a datagram's payload, and frees it. Returns its octets; 0 if it cannot be an answer. */
static size_t copy_payload(struct resolver *resolver, struct segment_list *payload)
{
	size_t size = payload->bytes;

	if (size > sizeof(resolver->datagram))
		size = 0;
	else
		segment_list_peek(payload, 0, resolver->datagram, (uint32_t)size);
	segment_list_free(payload);
	return size;
}

static void take_datagram(struct resolver *resolver, struct question *question, const struct channel *channel,
			  struct udp_datagram *datagram)
{
	const struct server *server = &resolver->servers[channel->server];
	size_t size = copy_payload(resolver, &datagram->payload);

	if (!address_equal(&datagram->tuple.remote, &server->address) || datagram->tuple.remote_port != server->port)
		resolver_count(resolver, DNS_COUNT_IGNORED_SOURCE);
	else if (!question_take(resolver, question, channel->server, channel->id, resolver->datagram, size, false))
		resolver_count(resolver, DNS_COUNT_IGNORED_UNMATCHED);
}

bool resolver_meet_socket(struct resolver *resolver, struct udp_socket *socket)
{
	struct question *question = udp_context(socket);
	struct udp_datagram datagram;

	if ((uintptr_t)question < (uintptr_t)resolver->questions ||
	    (uintptr_t)question >= (uintptr_t)(resolver->questions + resolver->question_count))
		return false;
	for (unsigned i = 0; i < CHANNELS; i++) {
		const struct channel *channel = &question->channels[i];

		/* An answer closes the socket. */
		while (channel->socket == socket && udp_receive(resolver->stack, socket, &datagram))
			take_datagram(resolver, question, channel, &datagram);
	}
	return true;
}

void resolver_advance(struct resolver *resolver)
{
	uint64_t now = stack_now(resolver->stack);
	struct question *question;

	while ((question = TAILQ_FIRST(&resolver->asked)) != NULL && question->ends <= now)
		resolver_conclude(resolver, question, DNS_TIMED_OUT, NULL);
	for (unsigned i = 0; i < ROUNDS; i++)
		while ((question = TAILQ_FIRST(&resolver->rounds[i])) != NULL && question->try_ends <= now)
			next_try(resolver, question);
	while ((question = TAILQ_FIRST(&resolver->streaming)) != NULL && question->try_ends <= now)
		next_try(resolver, question);
}

static uint64_t earlier(uint64_t time, const struct question_list *list)
{
	const struct question *question = TAILQ_FIRST(list);

	return question != NULL && question->try_ends < time ? question->try_ends : time;
}

uint64_t resolver_deadline(const struct resolver *resolver)
{
	const struct question *oldest = TAILQ_FIRST(&resolver->asked);
	uint64_t time = oldest != NULL ? oldest->ends : UINT64_MAX;

	for (unsigned i = 0; i < ROUNDS; i++)
		time = earlier(time, &resolver->rounds[i]);
	return earlier(time, &resolver->streaming);
}
