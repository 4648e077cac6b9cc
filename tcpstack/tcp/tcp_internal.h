/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef TCPSTACK_TCP_TCP_INTERNAL_H
#define TCPSTACK_TCP_TCP_INTERNAL_H

/* What the files of tcp/ offer each other, by file. */

#include "../ip/ip.h"
#include "../stack_state.h"

/* What a peer that sends no MSS option is thought to take (RFC 9293 section 3.7.1). */
static inline uint16_t tcp_default_mss(const struct ip_address *remote)
{
	return address_is_ipv4(remote) ? 536 : 1220;
}

/* Milliseconds of the stack's clock, modulo 2^32. */
static inline uint32_t tcp_clock(const struct stack *stack)
{
	return (uint32_t)(stack->now / 1000);
}

/* A time in the future for the fields that end in _at: never 0, which means unset. */
static inline uint32_t tcp_clock_after(const struct stack *stack, uint32_t milliseconds)
{
	uint32_t at = tcp_clock(stack) + milliseconds;

	return at ? at : 1;
}

static inline bool tcp_clock_reached(const struct stack *stack, uint32_t at)
{
	return (int32_t)(tcp_clock(stack) - at) >= 0;
}

/* A time of tcp_clock as microseconds of the stack's clock. */
static inline uint64_t tcp_clock_time(const struct stack *stack, uint32_t at)
{
	int64_t delta = (int32_t)(at - tcp_clock(stack));

	return delta <= 0 ? stack->now : (stack->now / 1000 + (uint64_t)delta) * 1000;
}

/* input.c: counts the drop and frees the segment's mbuf. */
void segment_drop(struct stack *stack, struct tcp_segment *segment, enum drop_reason reason);

/* input.c: frees the mbuf of a segment that has done its work. */
void segment_done(struct tcp_segment *segment);

/* arrival.c: a segment for a connection (RFC 9293 section 3.10.7). Takes the mbuf; the connection may be gone
 * afterwards. */
void connection_segment(struct stack *stack, struct tcp_connection *connection, struct tcp_segment *segment);

/* arrival.c: the payload and FIN of a segment that is otherwise dealt with. Takes the mbuf; the connection may be gone.
 */
void text_arrives(struct stack *stack, struct tcp_connection *connection, struct tcp_segment *segment);

/* handshake.c: SYN-SENT, and what becomes of it. */
void handshake_segment(struct stack *stack, struct tcp_connection *connection, struct tcp_segment *segment);
void handshake_complete(struct stack *stack, struct tcp_connection *connection, unsigned event);

/* acknowledge.c: takes in the ACK of an acceptable segment: SND.UNA, windows, recovery. */
void acknowledge(struct stack *stack, struct tcp_connection *connection, const struct tcp_segment *segment);

/* acknowledge.c: a round-trip time, in microseconds (RFC 6298). */
void round_trip_sample(struct stack *stack, struct tcp_connection *connection, uint32_t rtt);

/* scoreboard.c: the SACK blocks of an ACK; returns the bytes that they newly report. */
uint32_t scoreboard_sack(struct tcp_connection *connection, const struct tcp_header *header);

/* scoreboard.c: marks what RFC 6675 section 4 deems lost; returns whether anything is newly so. */
bool scoreboard_mark_lost(struct tcp_connection *connection);

/* scoreboard.c: marks lost: the first full segment (RFC 6582); what is larger than a segment may be now; or, after a
 * time-out, all that is not SACKed. */
void scoreboard_mark_first(struct tcp_connection *connection);
void scoreboard_mark_too_big(struct tcp_connection *connection);
void scoreboard_mark_all(struct tcp_connection *connection);

/* scoreboard.c: takes the first segment, which is acknowledged, out of the counts. */
void scoreboard_forget(struct tcp_connection *connection, struct rte_mbuf *mbuf);

/* scoreboard.c: the first LOST segment, or NULL. */
struct rte_mbuf *scoreboard_next_lost(struct tcp_connection *connection);

/* Bytes deemed to be in the network: "pipe" of RFC 6675. */
static inline uint32_t scoreboard_pipe(const struct tcp_connection *connection)
{
	uint32_t in_flight = connection_in_flight(connection);
	uint32_t gone = connection->sacked_bytes + connection->lost_bytes;

	return gone < in_flight ? in_flight - gone : 0;
}

/* receive.c: takes the payload and FIN of an acceptable segment, in order or not. Takes the mbuf. */
void receive_data(struct stack *stack, struct tcp_connection *connection, struct tcp_segment *segment);

/* receive.c: the window field to announce now (not in a SYN); moves the promised edge. */
uint16_t receive_announce(struct stack *stack, struct tcp_connection *connection);

/* receive.c: there is more room than before; the peer is told if it is worth an ACK. */
void receive_window_grown(struct stack *stack, struct tcp_connection *connection);

/* Sets the receive buffer: at most `buffer` in charge, of which a part is open at first; anew, once RCV.NXT is known.
 */
void receive_begin(struct tcp_connection *connection, uint32_t buffer);

/* receive.c: frees what is out of order, or all. */
void receive_free_reordered(struct stack *stack, struct tcp_connection *connection);
void receive_free(struct stack *stack, struct tcp_connection *connection);

/* output.c: sends what is due: retransmissions, data, FIN, ACK. False if the output queue had no room and it must be
 * looked at again. */
bool output_connection(struct stack *stack, struct tcp_connection *connection);

/* output.c: sends new data though it makes a small segment. False if there is none, or no window for it. */
bool output_override(struct stack *stack, struct tcp_connection *connection);

/* output.c: has every unacknowledged byte freed. */
void output_free(struct stack *stack, struct tcp_connection *connection);

/* emit.c: segments of a connection; ACK, window and timestamps are filled in. Each returns false if nothing could be
 * sent: no mbuf, or no route. */
bool emit_control(struct stack *stack, struct tcp_connection *connection, uint8_t flags, uint32_t sequence);
bool emit_data(struct stack *stack, struct tcp_connection *connection, const struct ip_path *path,
	       struct rte_mbuf *first, unsigned count, uint32_t bytes, uint8_t flags);
bool emit_syn(struct stack *stack, struct tcp_connection *connection);

/* emit.c: a segment without a connection. The header's ports are the tuple's. */
void emit_bare(struct stack *stack, const struct tuple *tuple, struct tcp_header *header);

/* emit.c: RST in answer to a segment that has no connection (RFC 9293 section 3.10.7.1). */
void emit_reset(struct stack *stack, const struct tuple *tuple, const struct tcp_segment *segment);

/* emit.c: the options of our SYN or SYN-ACK. */
void emit_syn_options(struct stack *stack, struct tcp_header *header, const struct tcp_options *options,
		      uint16_t interface, const struct ip_address *remote);

/* timers.c */
void timers_update(struct stack *stack, struct tcp_connection *connection);
void timers_fire(struct stack *stack, struct tcp_connection *connection);
void timers_arm_retransmit(struct stack *stack, struct tcp_connection *connection);
void timers_set_idle(struct stack *stack, struct tcp_connection *connection);

/* sequence.c: RFC 6528 initial sequence number, and the offset of a tuple's timestamps (RFC 7323 section 7.1). */
uint32_t sequence_initial(const struct stack *stack, const struct tuple *tuple);
uint32_t sequence_timestamp_offset(const struct stack *stack, const struct tuple *tuple);

/* port.c: chooses a local port for the tuple (RFC 6056 algorithm 4); false if all are taken. */
bool port_choose(struct stack *stack, struct tuple *tuple, uint16_t interface);

/* cookie.c */
struct tcp_cookie {
	uint16_t mss;
	uint8_t window_scale; /* the peer's */
	bool window_scaling, sack;
};
uint32_t cookie_make(const struct stack *stack, const struct tuple *tuple, uint32_t initial_receive,
		     const struct tcp_cookie *cookie);
bool cookie_check(const struct stack *stack, const struct tuple *tuple, uint32_t initial_receive, uint32_t initial_send,
		  struct tcp_cookie *cookie);

/* How near the queues of all connections are to stack_config.buffers. */
enum tcp_pressure {
	TCP_PRESSURE_NONE,
	TCP_PRESSURE_NEW,     /* three quarters: nobody else may connect, windows of two segments */
	TCP_PRESSURE_REORDER, /* seven eighths: out-of-order data is dropped too */
	TCP_PRESSURE_FULL,    /* only what needs no further mbuf is taken, and no connection made */
};

/*
 * What one queue may hold of its own limit: half of what is free, as long as the queues of all connections together
 * take less than five eighths of the bound. The more queues are full, the less each may hold, and there is room for
 * connections to come before they are refused (Choudhury and Hahne, "Dynamic queue length thresholds for shared-memory
 * packet switches", 1998). The floor keeps every connection going.
 */
#define TCP_QUEUE_FLOOR 16384 /* charge */

static inline uint32_t tcp_queue_limit(const struct stack *stack, uint32_t own)
{
	uint64_t shared = stack->tcp.charge_limit / 8 * 5, used = stack->tcp.charge;
	uint64_t share = used < shared ? (shared - used) / 2 : 0;

	return (uint32_t)RTE_MIN(RTE_MAX(share, (uint64_t)TCP_QUEUE_FLOOR), (uint64_t)own);
}

static inline enum tcp_pressure tcp_pressure(const struct stack *stack)
{
	uint64_t limit = stack->tcp.charge_limit, used = stack->tcp.charge;

	if (used < limit - limit / 4)
		return TCP_PRESSURE_NONE;
	if (used < limit - limit / 8)
		return TCP_PRESSURE_NEW;
	return used < limit ? TCP_PRESSURE_REORDER : TCP_PRESSURE_FULL;
}

#endif
