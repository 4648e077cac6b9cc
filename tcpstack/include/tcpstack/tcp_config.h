/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef TCPSTACK_TCP_CONFIG_H
#define TCPSTACK_TCP_CONFIG_H

#include <stdbool.h>
#include <stdint.h>

/*
 * What a SYN offers, or a SYN-ACK agrees to. A listener's SYN-ACK agrees to what both it and the peer's SYN have. Two
 * connections that are to be joined later are opened with the same options: tcp_get_info() of the first tells which.
 */
struct tcp_options {
	bool window_scaling;  /* RFC 7323 */
	bool timestamps;      /* RFC 7323 */
	bool sack;	      /* RFC 2018: offer and use SACK */
	bool withhold_sack;   /* never send SACK blocks, though the option was agreed to */
	uint8_t window_scale; /* the scale of our windows, 0 to 14 */
	uint16_t mss;	      /* the largest MSS that we announce; 0: what the interface's MTU allows */
};

/* Settings of every connection of a stack. Zero takes the default that stands beside it; times in milliseconds. */
struct tcp_config {
	struct tcp_options options; /* all on, scale 7; the scale is raised where receive_buffer needs it */
	/* Charge (segment.h) that may wait for the user; windows promise about half of it, as far as data is taken. Of
	 * this and the next, less is used when the buffers of the stack run short. */
	uint32_t receive_buffer;  /* 524288 */
	uint32_t send_buffer;	  /* 1048576: charge that may wait to be acknowledged */
	uint32_t initial_window;  /* 10 segments (RFC 6928) */
	uint32_t rto_min;	  /* 200 */
	uint32_t rto_max;	  /* 60000 */
	uint32_t syn_retries;	  /* 5: retransmissions of a SYN */
	uint32_t syn_ack_retries; /* 4: retransmissions of a SYN-ACK */
	uint32_t retries;     /* 12: consecutive time-outs of data before the connection is given up (R2 of RFC 9293) */
	uint32_t delayed_ack; /* 40; at most 500 */
	uint32_t keepalive_idle;     /* 7200000; UINT32_MAX: no keepalive */
	uint32_t keepalive_interval; /* 75000 */
	uint32_t keepalive_count;    /* 9 */
	uint32_t time_wait;	     /* 60000 */
	uint32_t orphan;     /* 60000: FIN-WAIT-2, and closed windows, of connections that the user has released */
	uint16_t port_first; /* 32768: local ports that tcp_connect chooses from */
	uint16_t port_last;  /* 60999 */
};

#endif
