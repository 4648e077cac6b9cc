/* SPDX-License-Identifier: BSD-3-Clause */
/* CUBIC (RFC 9438), in segments and seconds as the RFC writes it; the connection's windows are bytes. */
#include <math.h>

#include <rte_common.h>

#include "../stack_state.h"
#include "congestion.h"
#include "connection.h"

#define CUBIC_C 0.4f
#define CUBIC_BETA 0.7f
#define WINDOW_LIMIT (UINT32_C(1) << 30) /* the largest window that TCP can carry (RFC 7323) */

static float segments_of(const struct tcp_connection *connection, uint32_t bytes)
{
	return (float)bytes / (float)connection->mss;
}

uint32_t congestion_initial_window(uint32_t mss, uint32_t segments)
{
	/* RFC 6928 section 2, with the number of segments configurable. */
	return RTE_MIN(segments * mss, RTE_MAX(2 * mss, segments * 1460));
}

static void cubic_open(struct stack *stack, struct tcp_connection *connection)
{
	connection->congestion_state = (struct congestion_state){0};
}

/* Section 4.8: a new epoch of congestion avoidance. */
static void begin_epoch(struct stack *stack, struct tcp_connection *connection)
{
	struct congestion_state *state = &connection->congestion_state;
	float window = segments_of(connection, connection->congestion_window);

	state->epoch = stack->now ? stack->now : 1;
	state->window_start = window;
	state->window_reno = window;
	state->fraction = 0;
	if (state->window_max > window) {
		state->time_to_max = cbrtf((state->window_max - window) / CUBIC_C);
	} else {
		state->time_to_max = 0;
		state->window_max = window;
	}
}

/* Section 4.1: W_cubic(t). */
static float window_at(const struct congestion_state *state, float seconds)
{
	float t = seconds - state->time_to_max;

	return CUBIC_C * t * t * t + state->window_max;
}

static void grow(struct tcp_connection *connection, float bytes)
{
	struct congestion_state *state = &connection->congestion_state;
	uint32_t whole;

	bytes += state->fraction;
	whole = (uint32_t)bytes;
	state->fraction = bytes - (float)whole;
	connection->congestion_window = RTE_MIN(connection->congestion_window + whole, WINDOW_LIMIT);
}

/* Sections 4.2 to 4.5. */
static void avoid_congestion(struct stack *stack, struct tcp_connection *connection, uint32_t bytes)
{
	struct congestion_state *state = &connection->congestion_state;
	float window = segments_of(connection, connection->congestion_window);
	float acked = segments_of(connection, bytes);
	float rtt = (float)connection->rtt / 1e6f;
	float elapsed, target, alpha;

	if (!state->epoch)
		begin_epoch(stack, connection);
	elapsed = (float)(stack->now - state->epoch) / 1e6f;

	/* Section 4.3: where Reno would be faster, be as fast as Reno. */
	alpha = state->window_reno < state->window_max ? 3 * (1 - CUBIC_BETA) / (1 + CUBIC_BETA) : 1;
	state->window_reno += alpha * acked / window;

	if (window_at(state, elapsed) < state->window_reno) {
		target = state->window_reno;
		if (target > window)
			grow(connection, (target - window) * (float)connection->mss);
		return;
	}
	target = window_at(state, elapsed + rtt);
	target = RTE_MAX(window, RTE_MIN(target, 1.5f * window));
	grow(connection, (target - window) / window * (float)bytes);
}

static void cubic_acknowledged(struct stack *stack, struct tcp_connection *connection, uint32_t bytes)
{
	if (!connection->window_limited)
		return;
	if (connection->congestion_window < connection->slow_start_threshold) {
		uint32_t room = connection->slow_start_threshold - connection->congestion_window;
		uint32_t step = RTE_MIN(bytes, room);

		connection->congestion_window = RTE_MIN(connection->congestion_window + step, WINDOW_LIMIT);
		bytes -= step;
	}
	if (bytes)
		avoid_congestion(stack, connection, bytes);
}

/* Section 4.6 and 4.7: multiplicative decrease, with fast convergence. */
static void decrease(struct tcp_connection *connection)
{
	struct congestion_state *state = &connection->congestion_state;
	float window = segments_of(connection, connection->congestion_window);
	uint32_t reduced = (uint32_t)((float)connection->congestion_window * CUBIC_BETA);

	if (window < state->window_max)
		state->window_max = window * (1 + CUBIC_BETA) / 2;
	else
		state->window_max = window;
	state->epoch = 0;
	connection->slow_start_threshold = RTE_MAX(reduced, 2u * connection->mss);
}

static void cubic_loss(struct stack *stack, struct tcp_connection *connection)
{
	decrease(connection);
	connection->congestion_window = connection->slow_start_threshold;
}

static void cubic_timeout(struct stack *stack, struct tcp_connection *connection)
{
	decrease(connection);
	connection->congestion_window = connection->mss;
}

/* RFC 5681 section 4.1; and the cubic clock must not run on through an idle time (RFC 9438 section 5.8). */
static void cubic_idle(struct stack *stack, struct tcp_connection *connection, uint64_t idle)
{
	uint32_t initial = congestion_initial_window(connection->mss, stack->config.tcp.initial_window);

	if (connection->congestion_window > initial) {
		connection->slow_start_threshold =
		    RTE_MAX(connection->slow_start_threshold, connection->congestion_window / 4 * 3);
		connection->congestion_window = initial;
	}
	connection->congestion_state.epoch = 0;
}

const struct congestion_control congestion_cubic = {
    .name = "cubic",
    .open = cubic_open,
    .acknowledged = cubic_acknowledged,
    .loss = cubic_loss,
    .timeout = cubic_timeout,
    .idle = cubic_idle,
};
