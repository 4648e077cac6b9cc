/* SPDX-License-Identifier: BSD-3-Clause */
/* The ClientHello, the server's first answer, and the second ClientHello after a HelloRetryRequest. */
#include "inside.h"

#include <string.h>

uint32_t hello_patience(const struct policy_timeouts *timeouts)
{
	return timeouts->hello;
}

static bool feed(struct hello_reader *reader, const uint8_t *octets, size_t length)
{
	const struct piece piece = {.data = octets, .length = length};

	return hello_reader_read(reader, &piece, 1) != HELLO_MORE;
}

static bool feed_client(struct flow *flow, const uint8_t *octets, size_t length)
{
	return feed(&flow->opening->readers[SPLICE_CLIENT], octets, length);
}

static bool feed_server(struct flow *flow, const uint8_t *octets, size_t length)
{
	return feed(&flow->opening->readers[SPLICE_SERVER], octets, length);
}

void hello_begin(struct flow *flow)
{
	hello_reader_start(&flow->opening->readers[SPLICE_CLIENT], HELLO_CLIENT);
	reading_begin(flow);
}

/* The name as policy means it. One that is none, or that readers could take for different names, is no name at all. */
static bool read_name(struct flow *flow)
{
	struct opening *opening = flow->opening;
	const struct client_hello *hello = &opening->hello;

	opening->sni[0] = '\0';
	if (hello->name_kind == CLIENT_HELLO_NAME_NONE)
		return true;
	return hello->name_kind == CLIENT_HELLO_NAME_ONE &&
	       name_read((const char *)hello->name.data, hello->name.length, opening->sni) == NAME_HOST;
}

/* By ECH in either form, or by ESNI before it. */
static bool hides_name(const struct client_hello *hello)
{
	return hello->ech != CLIENT_HELLO_ECH_NONE || hello->esni;
}

/* `before`: octets of the reader's stream that were handed on already. */
static enum step_result read_hello(struct flow *flow, uint64_t before)
{
	struct opening *opening = flow->opening;
	const struct hello_reader *reader = &opening->readers[SPLICE_CLIENT];
	struct image_service service;
	size_t count;
	const struct piece *pieces =
	    reader->start < before ? NULL : reading_pieces(flow, SPLICE_CLIENT, reader->start - before, &count);

	opening->tls = true;
	opening->client_version = reader->version;
	if (pieces == NULL || client_hello_read(pieces, count, &flow->flows->buffer, &opening->hello) != HELLO_WHOLE)
		return flow_refuse(flow, REASON_HELLO_MALFORMED);
	opening->client_version = opening->hello.legacy_version;
	if (!opening->retried)
		report_client_hello(flow);
	if (hides_name(&opening->hello) && flow_service(flow, &service) && service.ech == POLICY_ECH_DENY)
		return flow_refuse(flow, REASON_DENIED_ECH);
	return read_name(flow) ? STEP_DONE : flow_refuse(flow, REASON_HELLO_NAME);
}

static bool may_be_tunnel(struct flow *flow)
{
	struct image_service service;

	return flow_service(flow, &service) && service.non_tls == POLICY_NON_TLS_TUNNEL;
}

static enum step_result no_tls(struct flow *flow)
{
	if (!may_be_tunnel(flow))
		return flow_refuse(flow, REASON_NOT_TLS);
	flow->opening->tunnel = true;
	return STEP_DONE;
}

/* In a tunnel where the client has said nothing: whether one of the ends will not say anything, or more. Then there is
 * no TLS to come, which takes both. */
static bool half_closed_in_silence(const struct flow *flow)
{
	const struct opening *opening = flow->opening;

	return flow->server != NULL && opening->readers[SPLICE_CLIENT].octets == 0 &&
	       ((opening->events[SPLICE_CLIENT] | opening->events[SPLICE_SERVER]) & TCP_EVENT_END) != 0;
}

enum step_result hello_read_client(struct flow *flow)
{
	struct opening *opening = flow->opening;
	struct hello_reader *reader = &opening->readers[SPLICE_CLIENT];

	reading_go_on(flow, SPLICE_CLIENT, feed_client);
	switch (reader->result) {
	case HELLO_WHOLE:
		return read_hello(flow, 0);
	case HELLO_NOT_TLS:
		return no_tls(flow);
	case HELLO_MALFORMED:
		opening->tls = true;
		opening->client_version = reader->version;
		return flow_refuse(flow, REASON_HELLO_MALFORMED);
	case HELLO_ALERT:
		return flow_left(flow);
	case HELLO_MORE:
		break;
	}
	if (half_closed_in_silence(flow) && may_be_tunnel(flow))
		return no_tls(flow);
	if (reading_ended(flow, SPLICE_CLIENT))
		return flow_left(flow);
	if (flow->server != NULL && reading_ended(flow, SPLICE_SERVER))
		return flow_refuse(flow, REASON_CLOSED_BY_SERVER);
	return STEP_WAIT;
}

/* In a tunnel the server may be the one to speak first: then nobody can wait for a hello. */
enum step_result hello_late(struct flow *flow)
{
	if (flow->server != NULL && !flow->opening->tls && flow->opening->readers[SPLICE_CLIENT].octets == 0)
		return no_tls(flow);
	return flow_refuse(flow, REASON_HELLO_TIMEOUT);
}

enum step_result hello_check_name(struct flow *flow)
{
	struct opening *opening = flow->opening;

	/* Behind a CONNECT, a hello without a name leaves the flow the name that CONNECT gave. */
	if (opening->sni[0] == '\0' && opening->decided)
		return STEP_DONE;
	return decision_make(flow, opening->sni[0] != '\0' ? opening->sni : NULL, NULL);
}

/* What a side sent behind its hello goes with it, and is where the search for its next one begins. False if there is
 * one already, which nobody has asked for: a server that is about to ask would obey the client's unread. */
static bool look_behind(struct flow *flow, enum splice_side side, enum hello_expected again)
{
	struct opening *opening = flow->opening;
	struct hello_reader *reader = &opening->readers[side];
	uint64_t end = reader->octets;
	size_t count;
	const struct piece *pieces = reading_pieces(flow, side, end, &count);

	opening->early[side] = (uint32_t)(opening->held[side].bytes - end);
	hello_reader_start(reader, again);
	return pieces != NULL && hello_reader_read(reader, pieces, count) != HELLO_WHOLE;
}

enum step_result hello_replay(struct flow *flow)
{
	const struct opening *opening = flow->opening;

	if (opening->tls && !opening->retried &&
	    !look_behind(flow, SPLICE_CLIENT,
			 opening->hello.early_data ? HELLO_CLIENT_AGAIN_EARLY_DATA : HELLO_CLIENT_AGAIN))
		return flow_refuse(flow, REASON_HELLO_MALFORMED);
	return reading_hand_on(flow, SPLICE_CLIENT) ? STEP_DONE : flow_refuse(flow, REASON_RESET_BY_SERVER);
}

void hello_begin_server(struct flow *flow)
{
	hello_reader_start(&flow->opening->readers[SPLICE_SERVER], HELLO_SERVER);
	reading_begin(flow);
}

/* Whether the server's answer asks for another hello, in the first place or again. What is no ServerHello goes to the
 * client as it is, who will know what to do with it. */
static bool asks_for_hello(struct flow *flow)
{
	const struct opening *opening = flow->opening;
	const struct hello_reader *reader = &opening->readers[SPLICE_SERVER];
	struct server_hello hello = {0};
	size_t count;
	const struct piece *pieces =
	    reading_pieces(flow, SPLICE_SERVER, reader->start - opening->early[SPLICE_SERVER], &count);
	bool again = reader->expected == HELLO_SERVER_AGAIN;

	if (pieces == NULL ||
	    server_hello_read(reader->expected, pieces, count, &flow->flows->buffer, &hello) != HELLO_WHOLE)
		return again && hello.retry;
	report_server_hello(flow, &hello);
	return hello.retry;
}

enum step_result hello_read_server(struct flow *flow)
{
	struct opening *opening = flow->opening;

	opening->retried = false;
	if (opening->tunnel)
		return STEP_DONE;
	if (!reading_go_on(flow, SPLICE_SERVER, feed_server) && !reading_ended(flow, SPLICE_SERVER))
		return STEP_WAIT;
	opening->retried = opening->readers[SPLICE_SERVER].result == HELLO_WHOLE && asks_for_hello(flow);
	if (!opening->retried)
		return STEP_DONE;
	if (!look_behind(flow, SPLICE_SERVER, HELLO_SERVER_AGAIN))
		return flow_refuse(flow, REASON_SERVER_HELLO_RETRY);
	return reading_hand_on(flow, SPLICE_SERVER) ? STEP_DONE : flow_refuse(flow, REASON_RESET_BY_CLIENT);
}

enum step_result hello_server_late(struct flow *flow)
{
	return flow_refuse(flow, REASON_SERVER_HELLO_TIMEOUT);
}

/* RFC 8446 section 4.1.2: the second hello is the first one but for what the server asked for. */
enum step_result hello_read_client_again(struct flow *flow)
{
	struct opening *opening = flow->opening;
	struct hello_reader *reader = &opening->readers[SPLICE_CLIENT];
	char first[sizeof(opening->sni)];

	if (!opening->retried)
		return STEP_DONE;
	if (!reading_go_on(flow, SPLICE_CLIENT, feed_client))
		return reading_ended(flow, SPLICE_CLIENT) ? STEP_DONE : STEP_WAIT;
	if (reader->result == HELLO_ALERT)
		return STEP_DONE;
	if (reader->result != HELLO_WHOLE)
		return flow_refuse(flow, REASON_HELLO_MALFORMED);
	memcpy(first, opening->sni, sizeof(first));
	if (read_hello(flow, opening->early[SPLICE_CLIENT]) != STEP_DONE)
		return STEP_REFUSED;
	return strcmp(first, opening->sni) == 0 ? STEP_DONE : flow_refuse(flow, REASON_HELLO_RETRY_NAME);
}

enum step_result hello_replay_again(struct flow *flow)
{
	return flow->opening->retried ? hello_replay(flow) : STEP_DONE;
}

/* RFC 8446 section 4.1.4: one that asks again would have a third hello pass unread. */
enum step_result hello_read_server_again(struct flow *flow)
{
	const struct opening *opening = flow->opening;
	const struct hello_reader *reader = &opening->readers[SPLICE_SERVER];

	if (!opening->retried)
		return STEP_DONE;
	if (reader->result == HELLO_MORE && !reading_go_on(flow, SPLICE_SERVER, feed_server) &&
	    !reading_ended(flow, SPLICE_SERVER))
		return STEP_WAIT;
	/* A hello that began before the client's second one was there is none that answers it. */
	if (reader->result == HELLO_WHOLE && (reader->start < opening->early[SPLICE_SERVER] || asks_for_hello(flow)))
		return flow_refuse(flow, REASON_SERVER_HELLO_RETRY);
	return STEP_DONE;
}
