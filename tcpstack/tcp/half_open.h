/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef TCPSTACK_TCP_HALF_OPEN_H
#define TCPSTACK_TCP_HALF_OPEN_H

/*
 * SYN-RECEIVED after a listener's SYN: a record of one cache line until the handshake is complete, so that a flood
 * costs bytes. Beyond three quarters of the table SYN cookies (RFC 4987) take over, which need no record at all.
 */

#include <stdbool.h>
#include <stdint.h>

#include "record.h"

struct stack;
struct packet;
struct tcp_segment;
struct tcp_listener;

struct half_open {
	struct record record;
	uint16_t announced_mss;
	uint16_t timestamps : 1, sack : 1, window_scaling : 1, peer_window_scale : 4, retries : 3, interface : 4;
	uint16_t answers : 2; /* to segments without data since the last SYN-ACK */
	uint32_t initial_receive;
	uint32_t initial_send;
	uint32_t timestamp_recent;
};

_Static_assert(sizeof(struct half_open) == RECORD_SIZE, "a half-open record is one cache line");

#define HALF_OPEN_RETRIES_MAX 7
#define HALF_OPEN_ANSWERS_MAX 3

struct half_open_table {
	struct record_table table;
	struct record_queue queues[HALF_OPEN_RETRIES_MAX + 1]; /* by retries: each doubles the time-out */
	uint64_t cookie_at;				       /* when a cookie was last sent, microseconds; 0: never */
};

bool half_open_init(struct stack *stack);
void half_open_destroy(struct stack *stack);

/* A SYN to a listener: answered with a SYN-ACK, a cookie, or not at all. The ISS is chosen after `after`, if that is
 * not 0 (an earlier connection of the tuple: RFC 1122 section 4.2.2.13). Takes the mbuf. */
void half_open_syn(struct stack *stack, struct tcp_listener *listener, const struct tuple *tuple,
		   struct tcp_segment *segment, uint32_t after);

/* Any segment to a record. A completed handshake makes a connection, which is given the segment. A record that no
 * listener has any more ends here, with RST: to look for all of them when a listener goes would take too long. Takes
 * the mbuf. */
void half_open_segment(struct stack *stack, uint32_t index, const struct tuple *tuple, struct tcp_segment *segment);

/* An ACK to a listener without a record: if it returns a cookie, a connection is made and given the segment. While
 * cookies are in use, data or a FIN that returns none is dropped in silence, as it may have overtaken what does.
 * Returns false, and leaves the segment alone, if it is to be answered by RST. */
bool half_open_cookie(struct stack *stack, struct tcp_listener *listener, const struct tuple *tuple,
		      struct tcp_segment *segment);

/* Sends SYN-ACKs again, and gives up; RST where no listener has the record any more. */
void half_open_advance(struct stack *stack);
uint64_t half_open_deadline(const struct stack *stack);

/* An ICMP error quotes the SYN-ACK: true if the sequence number is right. */
bool half_open_quoted(const struct stack *stack, uint32_t index, uint32_t sequence);

#endif
