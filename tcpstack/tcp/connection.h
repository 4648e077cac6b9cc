/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef TCPSTACK_TCP_CONNECTION_H
#define TCPSTACK_TCP_CONNECTION_H

/*
 * A connection from SYN-SENT, or from a listener's completed handshake, to its end. The first four cache lines are what
 * the packet path touches; each line serves one concern. Times that end in _at are milliseconds of the stack's clock
 * modulo 2^32 (tcp_clock), 0 where unset.
 */

#include <stdbool.h>
#include <stdint.h>
#include <sys/queue.h>

#include <tcpstack/address.h>
#include <tcpstack/segment.h>
#include <tcpstack/tcp.h>
#include <tcpstack/wire/tcp.h>

#include <tcpstack/timer_wheel.h>
#include "congestion.h"

struct stack;

struct tcp_connection {
	/* Line 0: who it is, and what comes in */
	struct tuple tuple;
	uint8_t state; /* enum tcp_state; never TCP_TIME_WAIT */
	uint8_t end;   /* enum tcp_end */
	bool timestamps : 1, sack : 1, window_scaling : 1, withhold_sack : 1;
	bool foreign : 1;	   /* the local address is not ours */
	bool released : 1;	   /* its user has given it back */
	bool fin_received : 1;	   /* the peer's FIN lies before receive_next */
	bool fin_queued : 1;	   /* FIN follows the send queue */
	bool fin_sent : 1;	   /* send_next counts it */
	bool ack_now : 1;	   /* an ACK is due with the next output */
	bool corked : 1;	   /* tcp_cork */
	bool wants_space : 1;	   /* tcp_send_space was too small for its user */
	bool recovering : 1;	   /* fast recovery (RFC 6675, 6582) until recovery_point is acknowledged */
	bool retransmit_first : 1; /* the next lost segment goes out whatever the congestion window says (RFC 6675
				      section 5) */
	bool recovered : 1;	   /* the ACK that ended a recovery was the last that advanced */
	bool timed_out : 1;	   /* slow start after a time-out until recovery_point is acknowledged */
	bool fin_pending : 1;	   /* the peer's FIN has come, but not all data before it */
	bool growing : 1;	   /* receive_limit has not reached receive_buffer */
	bool by_cookie : 1;	   /* no record stood for its handshake: an old copy of the ACK could open it again */
	bool window_limited : 1;   /* the congestion window was used up, up to limited_point */
	uint32_t receive_next;	   /* RCV.NXT */
	uint32_t receive_edge;	   /* the rightmost edge that was ever promised */
	uint32_t last_ack_sent;	   /* RFC 7323: Last.ACK.sent */
	uint32_t timestamp_recent; /* RFC 7323: TS.Recent */

	/* Line 1: what waits for the user */
	struct segment_list receive_queue; /* in order */
	struct segment_list reorder_queue; /* sorted, without overlaps, all after receive_next */
	uint32_t receive_limit;		   /* charge; grows to receive_buffer as data is taken */
	uint32_t timestamp_offset;	   /* what our TSval is ahead of tcp_clock */
	uint32_t ack_at;		   /* delayed ACK */
	uint16_t receive_mss;		   /* the largest segment seen: what the peer counts as full */
	uint8_t window_scale;		   /* of the windows that we announce */
	uint8_t peer_window_scale;

	/* Line 2: what is sent */
	uint32_t send_unacknowledged;	/* SND.UNA */
	uint32_t send_next;		/* SND.NXT: nothing beyond was ever sent */
	uint32_t send_window;		/* SND.WND in bytes */
	uint32_t window_sequence;	/* SND.WL1 */
	uint32_t window_ack;		/* SND.WL2 */
	uint32_t window_max;		/* the largest window that the peer ever gave: MAX.SND.WND of RFC 5961 */
	struct segment_list send_queue; /* from send_unacknowledged on: sent segments, then unsent ones */
	struct rte_mbuf *unsent;	/* the first unsent one on it; NULL: all are sent */
	uint32_t send_limit;		/* charge */
	uint16_t mss;			/* payload of a full segment now: options and path MTU deducted */
	uint8_t interface;		/* where it goes out, by the route at its start */
	uint8_t timeouts;		/* consecutive, without an acknowledgement that advances */

	/* Line 3: loss, time and congestion */
	uint32_t congestion_window;    /* bytes */
	uint32_t slow_start_threshold; /* bytes */
	uint32_t rtt;		       /* SRTT, microseconds; 0: no sample yet */
	uint32_t rtt_variance;	       /* RTTVAR, microseconds */
	uint32_t rto;		       /* microseconds, backed off */
	uint32_t sacked_bytes;	 /* of segments marked SEGMENT_SACKED; without SACK, the estimate by duplicate ACKs */
	uint32_t lost_bytes;	 /* of segments marked SEGMENT_LOST */
	uint32_t recovery_point; /* SND.NXT when recovery began */
	uint32_t retransmit_at;	 /* retransmission, or window probe */
	uint32_t idle_at;	 /* keepalive, or the end of an orphan's patience */
	struct timer timer;	 /* set at or before the earliest of the times above */

	/* Cold */
	struct rte_mbuf *retransmit_hint; /* nothing before it on the send queue is LOST; NULL: begin at the head */
	struct rte_mbuf *lost_hint;	  /* all before it was judged; NULL: begin at the head */
	struct rte_mbuf *sack_hint;	  /* the segment that was SACKed last */
	uint32_t lost_hint_sacked;	  /* SACKed bytes before lost_hint */
	uint32_t timestamp_recent_at;	  /* when timestamp_recent came; always set */
	uint32_t limited_point;		  /* SND.NXT when the congestion window was last used up */
	uint32_t challenge_at;		  /* no challenge ACK before then (RFC 5961 section 7) */
	uint32_t heard_at;		  /* last segment from the peer; always set */
	uint32_t sent_at;		  /* last data segment sent; always set */
	uint32_t confirmed_at;		  /* when IP was told last that the next hop is there; always set */
	uint32_t initial_send;		  /* ISS */
	uint32_t initial_receive;	  /* IRS */
	uint16_t announced_mss;		  /* the peer's option, or the default */
	uint8_t duplicate_acks;
	uint8_t probes;	    /* of a closed window, since it closed */
	uint8_t keepalives; /* without an answer */
	uint8_t sack_count;
	uint8_t reorder_ranges;				    /* separate ranges on the reorder queue */
	uint32_t fin_sequence;				    /* of the peer's FIN, while fin_pending */
	uint32_t receive_buffer;			    /* the most that receive_limit becomes; charge */
	uint32_t grows_at;				    /* RCV.NXT at which it becomes larger, while `growing` */
	struct tcp_sack_block sack_blocks[TCP_SACK_BLOCKS]; /* to be reported, the most recent first (RFC 2018) */
	struct tcp_sack_block sack_seen[TCP_SACK_BLOCKS];   /* reported by the peer's last ACK: need no second look */
	const struct congestion_control *congestion;
	struct congestion_state congestion_state;
	struct tcp_options offer; /* SYN-SENT: what our SYN asks for */
	unsigned events;	  /* enum tcp_event, not fetched yet */
	void *context;
	struct tcp_listener *listener; /* that accepted it, by listener_that_accepted */
	TAILQ_ENTRY(tcp_connection) event_link;
	TAILQ_ENTRY(tcp_connection) due_link;
	bool on_events, on_due;
	uint64_t bytes_sent, bytes_received;
	uint32_t retransmitted;
	uint32_t listener_life;
} __attribute__((aligned(64)));

_Static_assert(offsetof(struct tcp_connection, receive_queue) == 64, "line 1 begins with the receive queue");
_Static_assert(offsetof(struct tcp_connection, send_unacknowledged) == 128, "line 2 begins with SND.UNA");
_Static_assert(offsetof(struct tcp_connection, congestion_window) == 192, "line 3 begins with the congestion window");
_Static_assert(offsetof(struct tcp_connection, retransmit_hint) == 256, "the hot state is 256 bytes");

TAILQ_HEAD(tcp_connection_queue, tcp_connection);

/* A received segment on its way through the state machine. Whoever keeps or frees the mbuf sets it to NULL. */
struct tcp_segment {
	struct tcp_header header;
	struct rte_mbuf *mbuf; /* payload only, once the header is read */
	uint32_t length;       /* payload */
	uint16_t interface;
	bool unscaled; /* the window is that of a SYN (RFC 7323 section 2.2) */
};

/* Sequence space that the segment takes: payload, SYN and FIN. */
static inline uint32_t segment_space(const struct tcp_segment *segment)
{
	return segment->length + !!(segment->header.flags & TCP_SYN) + !!(segment->header.flags & TCP_FIN);
}

/* The parameters that a handshake has settled. */
struct tcp_agreement {
	uint32_t initial_send, initial_receive;
	uint32_t timestamp_recent;
	uint16_t announced_mss;
	bool timestamps, sack, window_scaling, withhold_sack;
	bool retransmitted; /* our SYN or SYN-ACK went out more than once */
	uint8_t window_scale, peer_window_scale;
};

/* A zeroed connection with the defaults of the stack, entered in the flow table (in place of `replaced`, if that is not
 * 0); NULL at a bound. */
struct tcp_connection *connection_new(struct stack *stack, const struct tuple *tuple, uint32_t replaced);

/* Frees everything and takes it out of every table. Only for connections that no user holds. */
void connection_free(struct stack *stack, struct tcp_connection *connection);

/* Enters the options that the handshake agreed on, and the sizes and windows that follow. */
void connection_agree(struct stack *stack, struct tcp_connection *connection, const struct tcp_agreement *agreement);

/* The scale to announce so that half of the receive buffer can be promised. */
uint8_t connection_window_scale(const struct tcp_options *options, uint32_t receive_buffer);

/* Computes the payload of a full segment from the peer's MSS and the MTU of the path, given or looked up. */
void connection_fit_mtu(struct tcp_connection *connection, uint16_t mtu);
void connection_update_mss(struct stack *stack, struct tcp_connection *connection);

/*
 * The end of a connection's life on the wire, for whatever reason: timers stop, queues for sending are freed, the tuple
 * is free again. Its user hears of it; without a user the connection is freed, and the pointer is void.
 */
void connection_end(struct stack *stack, struct tcp_connection *connection, enum tcp_end end);

/* As connection_end, for an orderly close that waits in TIME-WAIT. */
void connection_time_wait(struct stack *stack, struct tcp_connection *connection);

/* Queues events for the user, if there is one. */
void connection_event(struct stack *stack, struct tcp_connection *connection, unsigned events);

/* Has the connection looked at by the next tcp_flush. */
void connection_due(struct stack *stack, struct tcp_connection *connection);

uint32_t connection_index(const struct stack *stack, const struct tcp_connection *connection);

/* FIN included, if it was sent. */
static inline uint32_t connection_in_flight(const struct tcp_connection *connection)
{
	return connection->send_next - connection->send_unacknowledged;
}

#endif
