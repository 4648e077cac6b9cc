/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A connection's times: retransmission or window probe, delayed ACK, keepalive or an orphan's patience. Setting one
 * writes a field; the wheel is touched only when it would ring too late, and when it rings early the fields tell for
 * when to set it again.
 */
#include "tcp_internal.h"

static uint32_t earlier(uint32_t a, uint32_t b)
{
	if (!a || !b)
		return a ? a : b;
	return (int32_t)(a - b) < 0 ? a : b;
}

void timers_update(struct stack *stack, struct tcp_connection *connection)
{
	uint32_t at = earlier(earlier(connection->retransmit_at, connection->ack_at), connection->idle_at);
	uint64_t time;

	if (!at)
		return;
	time = tcp_clock_time(stack, at);
	if (!timer_is_set(&connection->timer) || connection->timer.tick * TIMER_TICK > time)
		timer_set(&stack->tcp.wheel, &connection->timer, time);
}

static uint32_t rto_milliseconds(const struct tcp_connection *connection)
{
	return (connection->rto + 999) / 1000;
}

/* The probes of a closed window back off like retransmissions (RFC 9293 section 3.8.6.1). */
static uint32_t probe_interval(const struct stack *stack, const struct tcp_connection *connection)
{
	uint64_t interval = (uint64_t)rto_milliseconds(connection) << RTE_MIN(connection->probes, (uint8_t)16);

	return (uint32_t)RTE_MIN(interval, (uint64_t)stack->config.tcp.rto_max);
}

static bool waits_for_window(const struct tcp_connection *connection)
{
	return connection->unsent || (connection->fin_queued && !connection->fin_sent);
}

void timers_arm_retransmit(struct stack *stack, struct tcp_connection *connection)
{
	if (connection_in_flight(connection))
		connection->retransmit_at = tcp_clock_after(stack, rto_milliseconds(connection));
	else if (waits_for_window(connection))
		connection->retransmit_at = tcp_clock_after(stack, probe_interval(stack, connection));
	else
		connection->retransmit_at = 0;
	timers_update(stack, connection);
}

void timers_set_idle(struct stack *stack, struct tcp_connection *connection)
{
	uint32_t delay = connection->released ? stack->config.tcp.orphan : stack->config.tcp.keepalive_idle;

	connection->idle_at = delay == UINT32_MAX ? 0 : tcp_clock_after(stack, delay);
	timers_update(stack, connection);
}

static void back_off(const struct stack *stack, struct tcp_connection *connection)
{
	uint64_t rto = (uint64_t)connection->rto * 2;

	connection->rto = (uint32_t)RTE_MIN(rto, (uint64_t)stack->config.tcp.rto_max * 1000);
}

/* False if the connection is over. */
static bool handshake_timeout(struct stack *stack, struct tcp_connection *connection)
{
	if (++connection->timeouts > stack->config.tcp.syn_retries) {
		stack->counters.tcp_open_failed++;
		connection_end(stack, connection, TCP_END_TIMEOUT);
		return false;
	}
	back_off(stack, connection);
	stack->counters.tcp_retransmitted++;
	emit_syn(stack, connection);
	timers_arm_retransmit(stack, connection);
	return true;
}

/* A peer that answers, but has shut its window over data in flight, is not given up (RFC 9293 section 3.8.6.1). */
static bool given_up(const struct stack *stack, const struct tcp_connection *connection)
{
	bool silent = tcp_clock(stack) - connection->heard_at > rto_milliseconds(connection);

	return connection->timeouts > stack->config.tcp.retries && (connection->send_window || silent);
}

/* RFC 6298 section 5, RFC 6675 section 5.1. False if the connection is over. */
static bool retransmit_timeout(struct stack *stack, struct tcp_connection *connection)
{
	stack->counters.tcp_timeouts++;
	if (connection->timeouts < UINT8_MAX)
		connection->timeouts++;
	if (given_up(stack, connection)) {
		connection_end(stack, connection, TCP_END_TIMEOUT);
		return false;
	}
	if (connection->timeouts == 1 && !connection->timed_out)
		connection->congestion->timeout(stack, connection);
	connection->congestion_window = connection->mss;
	connection->recovering = false;
	connection->timed_out = true;
	connection->recovery_point = connection->send_next;
	connection->duplicate_acks = 0;
	back_off(stack, connection);
	scoreboard_mark_all(connection);
	if (connection->lost_bytes) {
		connection->retransmit_first = true;
		connection_due(stack, connection);
	} else if (connection->fin_sent) {
		stack->counters.tcp_retransmitted++;
		emit_control(stack, connection, TCP_FIN, connection->send_next - 1);
	}
	timers_arm_retransmit(stack, connection);
	return true;
}

/* The window is closed, or too small to be worth filling. False if the connection is over. */
static bool probe_window(struct stack *stack, struct tcp_connection *connection)
{
	bool answered = tcp_clock(stack) - connection->heard_at <= probe_interval(stack, connection);

	connection->timeouts = answered ? 0 : connection->timeouts + 1;
	if (connection->timeouts > stack->config.tcp.retries) {
		connection_end(stack, connection, TCP_END_TIMEOUT);
		return false;
	}
	if (!connection->send_window || !output_override(stack, connection)) {
		/* An octet before the window makes the peer say what its window is, and keeps the sequence space
		 * simple. */
		emit_control(stack, connection, 0, connection->send_unacknowledged - 1);
		if (connection->probes < UINT8_MAX)
			connection->probes++;
	}
	/* What lacked an mbuf, not a window, goes now. */
	connection_due(stack, connection);
	timers_arm_retransmit(stack, connection);
	return true;
}

static bool retransmit_fires(struct stack *stack, struct tcp_connection *connection)
{
	connection->retransmit_at = 0;
	if (connection->state == TCP_SYN_SENT || connection->state == TCP_SYN_RECEIVED)
		return handshake_timeout(stack, connection);
	if (connection_in_flight(connection))
		return retransmit_timeout(stack, connection);
	if (waits_for_window(connection))
		return probe_window(stack, connection);
	return true;
}

/* A connection that its user has released, and that makes no progress, is not kept for ever. */
static bool orphan_fires(struct stack *stack, struct tcp_connection *connection)
{
	if (connection->state == TCP_FIN_WAIT_2) {
		connection_end(stack, connection, TCP_END_FIN);
		return false;
	}
	if (!connection->send_window) {
		emit_control(stack, connection, TCP_RST, connection->send_next);
		connection_end(stack, connection, TCP_END_TIMEOUT);
		return false;
	}
	timers_set_idle(stack, connection);
	return true;
}

/* RFC 9293 section 3.8.4. */
static bool keepalive_fires(struct stack *stack, struct tcp_connection *connection)
{
	const struct tcp_config *config = &stack->config.tcp;
	uint32_t idle = tcp_clock(stack) - connection->heard_at;

	/* Data that is out, or waits, is watched by its own timer. */
	if (idle < config->keepalive_idle || connection->retransmit_at) {
		uint32_t rest =
		    idle < config->keepalive_idle ? config->keepalive_idle - idle : config->keepalive_interval;

		connection->keepalives = 0;
		connection->idle_at = tcp_clock_after(stack, rest);
		return true;
	}
	if (connection->keepalives >= config->keepalive_count) {
		emit_control(stack, connection, TCP_RST, connection->send_next);
		connection_end(stack, connection, TCP_END_TIMEOUT);
		return false;
	}
	connection->keepalives++;
	emit_control(stack, connection, 0, connection->send_next - 1);
	connection->idle_at = tcp_clock_after(stack, config->keepalive_interval);
	return true;
}

void timers_fire(struct stack *stack, struct tcp_connection *connection)
{
	if (connection->ack_at && tcp_clock_reached(stack, connection->ack_at)) {
		connection->ack_at = 0;
		connection->ack_now = true;
		connection_due(stack, connection);
	}
	if (connection->retransmit_at && tcp_clock_reached(stack, connection->retransmit_at) &&
	    !retransmit_fires(stack, connection))
		return;
	if (connection->idle_at && tcp_clock_reached(stack, connection->idle_at)) {
		connection->idle_at = 0;
		if (!(connection->released ? orphan_fires(stack, connection) : keepalive_fires(stack, connection)))
			return;
	}
	timers_update(stack, connection);
}
