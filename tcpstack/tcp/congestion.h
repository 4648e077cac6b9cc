/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef TCPSTACK_TCP_CONGESTION_H
#define TCPSTACK_TCP_CONGESTION_H

/* Congestion control is a table of functions. Each sets congestion_window and slow_start_threshold (bytes) of the
 * connection. */

#include <stdint.h>

struct stack;
struct tcp_connection;

struct congestion_state {
	uint64_t epoch;	    /* when congestion avoidance began, microseconds; 0: not begun */
	float window_max;   /* W_max of RFC 9438, segments */
	float time_to_max;  /* K, seconds */
	float window_start; /* cwnd_epoch, segments */
	float window_reno;  /* W_est, segments */
	float fraction;	    /* of a byte of window, carried over */
};

struct congestion_control {
	const char *name;
	/* The connection is open; its windows are set by RFC 6928. */
	void (*open)(struct stack *stack, struct tcp_connection *connection);
	/* `bytes` were newly acknowledged (or SACKed) outside of recovery. */
	void (*acknowledged)(struct stack *stack, struct tcp_connection *connection, uint32_t bytes);
	/* Loss was found by duplicate ACKs or SACK; once a recovery. */
	void (*loss)(struct stack *stack, struct tcp_connection *connection);
	/* The retransmission timer ran out; once a series of time-outs. The window becomes one segment. */
	void (*timeout)(struct stack *stack, struct tcp_connection *connection);
	/* Nothing was sent for longer than the RTO: `idle` microseconds. */
	void (*idle)(struct stack *stack, struct tcp_connection *connection, uint64_t idle);
};

extern const struct congestion_control congestion_cubic; /* RFC 9438 */

/* The initial window of RFC 6928 for a segment size, in bytes. */
uint32_t congestion_initial_window(uint32_t mss, uint32_t segments);

#endif
