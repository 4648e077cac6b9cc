/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef TCPSTACK_TCP_H
#define TCPSTACK_TCP_H

/*
 * TCP (RFC 9293) for the stack's holder. Payload moves in segment lists without a copy; back-pressure is what stays
 * unread: tcp_receive takes data off a connection and so opens its window, tcp_send hands data to another one.
 *
 * A connection belongs to its user from tcp_connect or TCP_EVENT_ACCEPTED until tcp_release, whatever happens to it
 * on the wire. Nothing here calls back; events are fetched with tcp_next_event.
 */

#include <stdbool.h>
#include <stdint.h>

#include <tcpstack/address.h>
#include <tcpstack/segment.h>
#include <tcpstack/tcp_config.h>

struct stack;
struct tcp_connection;
struct tcp_listener;

/* What happened since the connection's last event; a set of bits. */
enum tcp_event {
	TCP_EVENT_ACCEPTED = 1 << 0,  /* a listener's handshake is complete; the connection is the user's from now on */
	TCP_EVENT_CONNECTED = 1 << 1, /* tcp_connect's handshake is complete */
	TCP_EVENT_READABLE = 1 << 2,  /* there is data for tcp_receive that was not there at the last event */
	TCP_EVENT_WRITABLE = 1 << 3,  /* tcp_send_space has grown after it was too small for somebody */
	TCP_EVENT_END = 1 << 4,	      /* the peer's FIN, after all its data */
	TCP_EVENT_CLOSED = 1 << 5,    /* over, both ways; tcp_get_info tells why. Unread data may still be received. */
};

enum tcp_state {
	TCP_CLOSED,
	TCP_SYN_SENT,
	TCP_SYN_RECEIVED, /* by simultaneous open only: a listener's half-open connections are records of their own */
	TCP_ESTABLISHED,
	TCP_FIN_WAIT_1,
	TCP_FIN_WAIT_2,
	TCP_CLOSE_WAIT,
	TCP_CLOSING,
	TCP_LAST_ACK,
	TCP_TIME_WAIT, /* a record of its own: no connection that a user holds is ever in it */
};

/* Why a connection is CLOSED. */
enum tcp_end {
	TCP_END_NONE,	     /* it is not */
	TCP_END_FIN,	     /* both sides closed in order */
	TCP_END_RESET,	     /* RST from the peer */
	TCP_END_REFUSED,     /* RST in answer to our SYN */
	TCP_END_TIMEOUT,     /* no answer: to the SYN, to data, to keepalives */
	TCP_END_UNREACHABLE, /* ICMP, or no neighbour, while connecting */
	TCP_END_ABORTED,     /* tcp_reset */
};

/* A failed call's reason. */
enum tcp_error {
	TCP_OK = 0,
	TCP_ERROR_NO_ROUTE = -1,
	TCP_ERROR_NO_PORT = -2,	      /* every local port to this peer is taken */
	TCP_ERROR_NO_CONNECTION = -3, /* the bound on connections is reached, or that on buffers */
	TCP_ERROR_IN_USE = -4,	      /* the address is taken by another listener or connection */
	TCP_ERROR_ADDRESS = -5,	      /* not an address of ours, or no sensible destination */
};

struct tcp_listener_config {
	struct ip_address address; /* one of ours; unspecified: any of ours, of both families */
	uint16_t port;		   /* 1 to 65535; 0 with intercept: every port */
	bool intercept;		   /* answer for addresses that are not ours: SYNs that come in on `interfaces` */
	uint32_t interfaces;	   /* bit mask of interface indices; 0: all */
	/* Whether a connection with this tuple, as our side would see it, is the listener's; asked for each segment
	 * that belongs to no connection, or a half-open one, and would be. What is not claimed goes on as if the
	 * listener were not there. NULL: all are. */
	bool (*claims)(void *context, uint16_t interface, const struct tuple *tuple);
	uint32_t backlog;	    /* accepted connections that may wait for tcp_next_event; 0: no bound of its own */
	struct tcp_options options; /* as struct tcp_config's; use stack_defaults' to be like the others */
	void *context;		    /* for tcp_listener_context */
};

/* Starts to listen. An exact address goes before "any of ours", which goes before intercept; a port before every port.
 */
enum tcp_error tcp_listen(struct stack *stack, const struct tcp_listener_config *config,
			  struct tcp_listener **listener);

/* Stops to listen. Accepted connections stay. One that is half open gets RST with its peer's next segment, or when the
 * SYN-ACK would be sent again, unless another listener has it by then. */
void tcp_unlisten(struct stack *stack, struct tcp_listener *listener);

struct tcp_connect_config {
	struct ip_address local; /* unspecified: chosen by route; with `foreign` any address */
	uint16_t local_port;	 /* 0: chosen (RFC 6056) */
	bool foreign;		 /* local is not an address of ours (the client's, kept) */
	struct ip_address remote;
	uint16_t remote_port;
	struct tcp_options options;
	void *context;
};

/* Sends a SYN (with the next stack_output). TCP_EVENT_CONNECTED or TCP_EVENT_CLOSED follows. */
enum tcp_error tcp_connect(struct stack *stack, const struct tcp_connect_config *config,
			   struct tcp_connection **connection);

/* The next connection with something to tell, and what; NULL if there is none. */
struct tcp_connection *tcp_next_event(struct stack *stack, unsigned *events);

/* Moves all data that arrived in order to the end of *list, whose holder owns it. Returns its bytes. */
uint32_t tcp_receive(struct stack *stack, struct tcp_connection *connection, struct segment_list *list);

/* Bytes that tcp_receive would give now. */
uint32_t tcp_receivable(const struct tcp_connection *connection);

/*
 * Takes all of *list to send; the connection owns the mbufs, and *list is empty afterwards. There is no partial send:
 * the bound is tcp_send_space, and a caller that keeps to it before each call overshoots by at most one list. False,
 * and nothing taken, if the connection cannot send any more (shut down, closed, not yet connected).
 */
bool tcp_send(struct stack *stack, struct tcp_connection *connection, struct segment_list *list);

/* Charge (segment.h) that tcp_send can take now before the bound, which is lower the more the stack holds in all; 0:
 * wait for TCP_EVENT_WRITABLE, which this call asks for. */
uint32_t tcp_send_space(const struct stack *stack, struct tcp_connection *connection);

/* Bytes handed to tcp_send that the peer has not acknowledged. */
uint32_t tcp_unacknowledged(const struct tcp_connection *connection);

/* Sends FIN after all data (half-close). The peer's data still comes. */
void tcp_shutdown(struct stack *stack, struct tcp_connection *connection);

/* Sends RST and drops all data. The connection is CLOSED, and still the user's. */
void tcp_reset(struct stack *stack, struct tcp_connection *connection);

/*
 * Gives the connection back; the pointer is void from now on. What was handed to tcp_send is still delivered, followed
 * by FIN; unread data, or data that comes later, is answered with RST (RFC 9293, section 3.6.1).
 */
void tcp_release(struct stack *stack, struct tcp_connection *connection);

void *tcp_context(const struct tcp_connection *connection);
void tcp_set_context(struct tcp_connection *connection, void *context);

/* The context of the listener that accepted the connection; NULL for tcp_connect's. */
void *tcp_listener_context(const struct tcp_connection *connection);

/* For the life of the connection: the tuple as this side sees it. */
struct tuple tcp_tuple(const struct tcp_connection *connection);

/* No Nagle algorithm here: segments go out as data comes. With cork, less than a full segment waits for uncork or FIN.
 */
void tcp_cork(struct stack *stack, struct tcp_connection *connection, bool cork);

/* Bounds of this connection's queues, as in struct tcp_config; at most 1 GiB each. A promised window is never taken
 * back. */
void tcp_set_buffers(struct stack *stack, struct tcp_connection *connection, uint32_t receive, uint32_t send);

struct tcp_info {
	enum tcp_state state;
	enum tcp_end end;
	struct tcp_options options; /* agreed on by both sides; window_scale is ours */
	uint8_t peer_window_scale;
	uint16_t send_mss;	/* payload of the largest segment that we send now (options and path MTU deducted) */
	uint16_t announced_mss; /* the peer's MSS option, or the default */
	uint16_t interface;
	uint32_t rtt, rtt_variance, rto;			     /* microseconds */
	uint32_t congestion_window, slow_start_threshold, in_flight; /* bytes */
	uint32_t send_window, receive_window;			     /* bytes */
	uint32_t send_next, send_unacknowledged, receive_next;	     /* sequence numbers */
	uint32_t retransmitted;					     /* segments, of the connection's life */
	uint32_t timeouts;					     /* consecutive, now */
	uint64_t bytes_sent, bytes_received; /* payload: acknowledged by the peer; given in order */
};

void tcp_get_info(const struct stack *stack, const struct tcp_connection *connection, struct tcp_info *info);

#endif
