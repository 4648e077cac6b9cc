/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef TCPSTACK_TCP_TIME_WAIT_H
#define TCPSTACK_TCP_TIME_WAIT_H

/* TIME-WAIT (RFC 9293 section 3.6.1, RFC 1337, RFC 6191): a record of one cache line. When all are in use the oldest
 * gives way. */

#include <stdbool.h>
#include <stdint.h>

#include "record.h"

struct stack;
struct tcp_connection;
struct tcp_segment;

struct time_wait {
	struct record record;
	uint32_t send_next, receive_next;
	uint32_t timestamp_recent;
	uint16_t window; /* as last announced, not scaled */
	bool timestamps;
	uint8_t answered; /* when a segment without data was answered last, in half seconds modulo 256 */
};

_Static_assert(sizeof(struct time_wait) == RECORD_SIZE, "a TIME-WAIT record is one cache line");

struct time_wait_table {
	struct record_table table;
	struct record_queue queue; /* the oldest first */
};

bool time_wait_init(struct stack *stack);
void time_wait_destroy(struct stack *stack);

/* Replaces the connection's entry in the flow table by a record. */
void time_wait_enter(struct stack *stack, const struct tcp_connection *connection);

/*
 * A segment to a record. Returns true if it is a SYN that may open the connection anew (the record is gone then, and
 * the caller offers the segment to a listener, with an ISS after *after); else the segment's mbuf is taken.
 */
bool time_wait_segment(struct stack *stack, uint32_t index, const struct tuple *tuple, struct tcp_segment *segment,
		       uint32_t *after);

/* For tcp_connect to the same tuple (RFC 6191): true, and the record is gone, if its timestamps make a new connection
 * safe. */
bool time_wait_yield(struct stack *stack, uint32_t index, uint32_t *after);

void time_wait_advance(struct stack *stack);
uint64_t time_wait_deadline(const struct stack *stack);

#endif
