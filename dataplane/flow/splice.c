/* SPDX-License-Identifier: BSD-3-Clause */
#include "splice.h"

#include <string.h>

static enum splice_side other(enum splice_side side)
{
	return side == SPLICE_CLIENT ? SPLICE_SERVER : SPLICE_CLIENT;
}

static void give_back(struct stack *stack, struct splice_leg *leg)
{
	if (leg->connection != NULL)
		tcp_release(stack, leg->connection);
	leg->connection = NULL;
}

static void reset(struct stack *stack, struct splice_leg *leg)
{
	if (leg->connection != NULL)
		tcp_reset(stack, leg->connection);
	give_back(stack, leg);
}

/* Whether the leg can still be given data, or an end. */
static bool takes(const struct splice_leg *leg)
{
	return leg->connection != NULL && !leg->closed && !leg->shut;
}

/* All that was read and could not be handed on is lost with the leg that it was for. */
static void hand_on(struct stack *stack, struct splice_leg *from, struct splice_leg *to, struct segment_list *list)
{
	uint32_t bytes = list->bytes;

	if (takes(to) && tcp_send(stack, to->connection, list))
		from->bytes += bytes;
	segment_list_free(list);
}

static bool drained(const struct splice_leg *leg)
{
	return leg->connection == NULL || tcp_receivable(leg->connection) == 0;
}

/* Moves what one leg brought as far as the other one takes it, and then the FIN behind it. */
static void move(struct splice *splice, struct stack *stack, enum splice_side side)
{
	struct splice_leg *from = &splice->legs[side];
	struct splice_leg *to = &splice->legs[other(side)];
	struct segment_list list = {0};

	if (from->connection == NULL)
		return;
	while (takes(to) && tcp_receivable(from->connection) > 0 && tcp_send_space(stack, to->connection) > 0) {
		tcp_receive(stack, from->connection, &list);
		hand_on(stack, from, to, &list);
	}
	if (from->ended && drained(from) && takes(to)) {
		tcp_shutdown(stack, to->connection);
		to->shut = true;
	}
}

/* A leg that is closed in order is given back when the other one has all that it brought. */
static void give_back_closed(struct splice *splice, struct stack *stack)
{
	for (unsigned side = 0; side < SPLICE_SIDES; side++) {
		struct splice_leg *leg = &splice->legs[side];

		if (leg->closed && (drained(leg) || !takes(&splice->legs[other(side)])))
			give_back(stack, leg);
	}
}

static void note_events(struct splice *splice, struct stack *stack, enum splice_side side, unsigned events)
{
	struct splice_leg *leg = &splice->legs[side];
	struct tcp_info info;

	if (events & TCP_EVENT_END) {
		if (!splice->broken && !leg->ended && !splice->legs[other(side)].ended)
			splice->first = side;
		leg->ended = true;
	}
	if (!(events & TCP_EVENT_CLOSED) || leg->connection == NULL || leg->closed)
		return;
	tcp_get_info(stack, leg->connection, &info);
	leg->closed = true;
	leg->end = info.end;
	if (leg->end != TCP_END_FIN && !splice->broken) {
		splice->broken = true;
		splice->first = side;
	}
}

/* The leg that broke is given back as soon as it is drained; the other one gets its RST when its peer has everything,
 * for a RST overtakes what waits. */
static void go_on_breaking(struct splice *splice, struct stack *stack)
{
	struct splice_leg *broken = &splice->legs[splice->first];
	struct splice_leg *rest = &splice->legs[other(splice->first)];

	if (drained(broken) || !takes(rest))
		give_back(stack, broken);
	if (broken->connection == NULL &&
	    (rest->connection == NULL || rest->closed || tcp_unacknowledged(rest->connection) == 0))
		reset(stack, rest);
}

static enum splice_state state_of(const struct splice *splice)
{
	const struct splice_leg *client = &splice->legs[SPLICE_CLIENT];
	const struct splice_leg *server = &splice->legs[SPLICE_SERVER];

	if (client->connection == NULL && server->connection == NULL)
		return SPLICE_OVER;
	if (splice->broken)
		return SPLICE_BREAKING;
	return client->ended || server->ended ? SPLICE_HALF_CLOSED : SPLICE_OPEN;
}

static enum splice_state go_on(struct splice *splice, struct stack *stack)
{
	if (!splice->broken) {
		move(splice, stack, SPLICE_CLIENT);
		move(splice, stack, SPLICE_SERVER);
		give_back_closed(splice, stack);
	} else {
		move(splice, stack, splice->first);
		go_on_breaking(splice, stack);
	}
	return state_of(splice);
}

enum splice_state splice_begin(struct splice *splice, struct stack *stack, struct tcp_connection *client,
			       struct segment_list *from_client, unsigned client_events, struct tcp_connection *server,
			       struct segment_list *from_server, unsigned server_events)
{
	memset(splice, 0, sizeof(*splice));
	splice->legs[SPLICE_CLIENT].connection = client;
	splice->legs[SPLICE_SERVER].connection = server;
	note_events(splice, stack, SPLICE_CLIENT, client_events);
	note_events(splice, stack, SPLICE_SERVER, server_events);
	hand_on(stack, &splice->legs[SPLICE_CLIENT], &splice->legs[SPLICE_SERVER], from_client);
	hand_on(stack, &splice->legs[SPLICE_SERVER], &splice->legs[SPLICE_CLIENT], from_server);
	return go_on(splice, stack);
}

enum splice_state splice_events(struct splice *splice, struct stack *stack, enum splice_side side, unsigned events)
{
	note_events(splice, stack, side, events);
	return go_on(splice, stack);
}

enum splice_state splice_poll(struct splice *splice, struct stack *stack)
{
	return go_on(splice, stack);
}

void splice_end(struct splice *splice, struct stack *stack, bool in_order)
{
	for (unsigned side = 0; side < SPLICE_SIDES; side++) {
		if (in_order)
			give_back(stack, &splice->legs[side]);
		else
			reset(stack, &splice->legs[side]);
	}
}

enum tcp_end splice_reason(const struct splice *splice, enum splice_side *side)
{
	*side = splice->first;
	return splice->broken ? splice->legs[splice->first].end : TCP_END_FIN;
}
