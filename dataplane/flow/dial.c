/* SPDX-License-Identifier: BSD-3-Clause */
#include "dial.h"

#include <string.h>

static void drop(struct stack *stack, struct tcp_connection **attempt)
{
	tcp_reset(stack, *attempt);
	tcp_release(stack, *attempt);
	*attempt = NULL;
}

static bool under_way(const struct dial *dial)
{
	for (unsigned i = 0; i < DIAL_ATTEMPTS; i++)
		if (dial->attempts[i] != NULL)
			return true;
	return false;
}

/* A refusal says more than silence, and silence more than the lack of a route: the failures stand in that order. */
static void note_failure(struct dial *dial, enum dial_failure failure)
{
	static const uint8_t weight[] = {
	    [DIAL_NO_ADDRESS] = 0, [DIAL_UNREACHABLE] = 1, [DIAL_TIMEOUT] = 2, [DIAL_REFUSED] = 3, [DIAL_EXHAUSTED] = 4,
	};

	if (weight[failure] > weight[dial->failure])
		dial->failure = failure;
}

static enum dial_failure failure_of_call(enum tcp_error error)
{
	return error == TCP_ERROR_NO_PORT || error == TCP_ERROR_NO_CONNECTION || error == TCP_ERROR_IN_USE
		   ? DIAL_EXHAUSTED
		   : DIAL_UNREACHABLE;
}

static enum dial_failure failure_of_end(enum tcp_end end)
{
	if (end == TCP_END_REFUSED || end == TCP_END_RESET)
		return DIAL_REFUSED;
	return end == TCP_END_TIMEOUT ? DIAL_TIMEOUT : DIAL_UNREACHABLE;
}

static void try_address(struct dial *dial, struct stack *stack, struct tcp_connection **attempt)
{
	const struct dial_request *request = &dial->request;
	const struct tcp_connect_config config = {
	    .local = request->local,
	    .local_port = request->local_port,
	    .foreign = request->foreign,
	    .remote = dial->addresses[dial->next++],
	    .remote_port = request->remote_port,
	    .options = request->options,
	    .context = request->context,
	};
	enum tcp_error error = tcp_connect(stack, &config, attempt);

	if (error != TCP_OK) {
		*attempt = NULL;
		note_failure(dial, failure_of_call(error));
	}
}

/* Tries the next addresses until one is under way; the one after it is due later. */
static void try_next(struct dial *dial, struct stack *stack, uint64_t now)
{
	struct tcp_connection **attempt = NULL;

	for (unsigned i = 0; i < DIAL_ATTEMPTS && attempt == NULL; i++)
		if (dial->attempts[i] == NULL)
			attempt = &dial->attempts[i];
	while (attempt != NULL && *attempt == NULL && dial->next < dial->count)
		try_address(dial, stack, attempt);
	dial->next_at = now + DIAL_ATTEMPT_DELAY;
}

static enum dial_state state_of(const struct dial *dial)
{
	if (dial->connection != NULL)
		return DIAL_CONNECTED;
	return under_way(dial) ? DIAL_WAITING : DIAL_FAILED;
}

enum dial_state dial_add(struct dial *dial, struct stack *stack, const struct ip_address *addresses, unsigned count,
			 uint64_t now)
{
	bool any = address_is_unspecified(&dial->request.local);

	for (unsigned i = 0; i < count && dial->count < DIAL_ADDRESSES; i++)
		if (any || address_is_ipv4(&addresses[i]) == address_is_ipv4(&dial->request.local))
			dial->addresses[dial->count++] = addresses[i];
	if (dial->connection == NULL && !under_way(dial))
		try_next(dial, stack, now);
	return state_of(dial);
}

enum dial_state dial_begin(struct dial *dial, struct stack *stack, const struct dial_request *request,
			   const struct ip_address *addresses, unsigned count, uint64_t now)
{
	memset(dial, 0, sizeof(*dial));
	dial->request = *request;
	return dial_add(dial, stack, addresses, count, now);
}

static void connected(struct dial *dial, struct stack *stack, struct tcp_connection *connection)
{
	for (unsigned i = 0; i < DIAL_ATTEMPTS; i++) {
		if (dial->attempts[i] == connection)
			dial->attempts[i] = NULL;
		else if (dial->attempts[i] != NULL)
			drop(stack, &dial->attempts[i]);
	}
	dial->connection = connection;
}

static void failed(struct dial *dial, struct stack *stack, struct tcp_connection *connection, uint64_t now)
{
	struct tcp_info info;

	tcp_get_info(stack, connection, &info);
	note_failure(dial, failure_of_end(info.end));
	for (unsigned i = 0; i < DIAL_ATTEMPTS; i++)
		if (dial->attempts[i] == connection)
			drop(stack, &dial->attempts[i]);
	try_next(dial, stack, now);
}

enum dial_state dial_events(struct dial *dial, struct stack *stack, struct tcp_connection *connection, unsigned events,
			    uint64_t now)
{
	/* One that connected and is closed already has not connected, as far as anybody could use it. */
	if (events & TCP_EVENT_CLOSED)
		failed(dial, stack, connection, now);
	else if (events & TCP_EVENT_CONNECTED)
		connected(dial, stack, connection);
	return state_of(dial);
}

uint64_t dial_deadline(const struct dial *dial)
{
	bool another = dial->next < dial->count;

	return another && dial->next_at < dial->request.deadline ? dial->next_at : dial->request.deadline;
}

enum dial_state dial_poll(struct dial *dial, struct stack *stack, uint64_t now)
{
	if (now >= dial->request.deadline) {
		note_failure(dial, DIAL_TIMEOUT);
		dial_end(dial, stack);
		return DIAL_FAILED;
	}
	if (dial->next < dial->count && now >= dial->next_at)
		try_next(dial, stack, now);
	return state_of(dial);
}

void dial_end(struct dial *dial, struct stack *stack)
{
	for (unsigned i = 0; i < DIAL_ATTEMPTS; i++)
		if (dial->attempts[i] != NULL)
			drop(stack, &dial->attempts[i]);
}
