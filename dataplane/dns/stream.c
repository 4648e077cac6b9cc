/* SPDX-License-Identifier: BSD-3-Clause */
/* Queries over TCP (RFC 7766): one connection for each, the length before the message. */
#include <string.h>

#include "resolver_state.h"

#define LENGTH_OCTETS 2

bool stream_open(struct resolver *resolver, struct question *question, unsigned server)
{
	struct stream *stream = resolver->free_streams;
	const struct tcp_connect_config config = {
	    .remote = resolver->servers[server].address,
	    .remote_port = resolver->servers[server].port,
	    .options = resolver->tcp_options,
	    .context = stream,
	};

	if (stream == NULL || tcp_connect(resolver->stack, &config, &stream->connection) != TCP_OK) {
		resolver_count(resolver, DNS_COUNT_NO_STREAM);
		return false;
	}
	resolver->free_streams = stream->next;
	resolver->streams_used++;
	stream->question = question;
	stream->server = (uint8_t)server;
	stream->id = (uint16_t)resolver->environment.random(resolver->environment.context);
	stream->received = 0;
	question->stream = stream;
	question_wait(resolver, question, &resolver->streaming, resolver->timeout / 5 * 2);
	resolver_count(resolver, DNS_COUNT_STREAMS);
	return true;
}

void stream_close(struct resolver *resolver, struct stream *stream, bool in_order)
{
	if (!in_order)
		tcp_reset(resolver->stack, stream->connection);
	tcp_release(resolver->stack, stream->connection);
	stream->question->stream = NULL;
	stream->connection = NULL;
	stream->next = resolver->free_streams;
	resolver->free_streams = stream;
	resolver->streams_used--;
}

/* The query behind its length. False if there is none to send. */
static bool send_query(struct resolver *resolver, struct stream *stream)
{
	const struct dns_question query = {
	    .name = stream->question->name,
	    .family = (enum dns_family)stream->question->family,
	    .id = stream->id,
	    .plain = stream->question->plain,
	};
	uint8_t octets[LENGTH_OCTETS + DNS_QUERY_MAX];
	size_t size = dns_message_write(&query, octets + LENGTH_OCTETS);
	struct segment_list list = {0};
	bool sent;

	octets[0] = (uint8_t)(size >> 8);
	octets[1] = (uint8_t)size;
	size += LENGTH_OCTETS;
	sent = size > LENGTH_OCTETS &&
	       segment_list_append_copy(&list, stack_pool(resolver->stack), octets, (uint32_t)size) == size &&
	       tcp_send(resolver->stack, stream->connection, &list);
	segment_list_free(&list);
	return sent;
}

/* Copies what has come, as far as any message can be long. */
static void receive(struct resolver *resolver, struct stream *stream)
{
	uint32_t room = (uint32_t)sizeof(stream->octets) - stream->received;
	struct segment_list list = {0};

	tcp_receive(resolver->stack, stream->connection, &list);
	stream->received += segment_list_peek(&list, 0, stream->octets + stream->received, room);
	segment_list_free(&list);
}

/* Whether all is there that the length in front says, be that as short as it may. */
static bool is_whole(const struct stream *stream, size_t *length)
{
	if (stream->received < LENGTH_OCTETS)
		return false;
	*length = (size_t)stream->octets[0] << 8 | stream->octets[1];
	return stream->received >= LENGTH_OCTETS + *length;
}

static void fail(struct resolver *resolver, struct stream *stream)
{
	resolver_count(resolver, DNS_COUNT_STREAM_FAILURES);
	question_server_failed(resolver, stream->question, stream->server);
}

bool resolver_meet_connection(struct resolver *resolver, struct tcp_connection *connection, unsigned events)
{
	struct stream *stream = tcp_context(connection);
	size_t length;

	if ((uintptr_t)stream < (uintptr_t)resolver->streams ||
	    (uintptr_t)stream >= (uintptr_t)(resolver->streams + DNS_STREAMS))
		return false;
	if ((events & TCP_EVENT_CONNECTED) != 0 && !send_query(resolver, stream)) {
		fail(resolver, stream);
		return true;
	}
	receive(resolver, stream);
	if (is_whole(stream, &length)) {
		if (!question_take(resolver, stream->question, stream->server, stream->id,
				   stream->octets + LENGTH_OCTETS, length, true))
			fail(resolver, stream);
	} else if ((events & (TCP_EVENT_END | TCP_EVENT_CLOSED)) != 0) {
		fail(resolver, stream);
	}
	return true;
}
