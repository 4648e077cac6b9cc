/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef TCPSTACK_STACK_H
#define TCPSTACK_STACK_H

/*
 * A stack: Ethernet to TCP for one worker. It has no globals, no threads and no clock of its own: whoever holds it
 * brings the time, the frames and the random numbers, and takes frames and events away. All functions of one stack
 * are called by one thread. All memory is taken at creation; nothing is allocated afterwards but mbufs.
 *
 * A turn of the holder's loop:
 *
 *     stack_advance(stack, now);                            timers
 *     stack_input(stack, interface, frames, n);             for each interface
 *     while ((connection = tcp_next_event(stack, &events))) ...
 *     while ((socket = udp_next_event(stack))) ...
 *     n = stack_output(stack, interface, frames, 32);       for each interface
 *
 * Time is in microseconds from any origin, and never goes back.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <rte_ether.h>
#include <rte_mbuf.h>

#include <tcpstack/address.h>
#include <tcpstack/drop.h>
#include <tcpstack/tcp_config.h>

struct stack;

#define STACK_INTERFACES 16	     /* the most interfaces a stack can have */
#define STACK_INTERFACE_ADDRESSES 16 /* the most addresses of one interface */

/* What the stack asks of its holder. `context` is passed back as it is. */
struct stack_environment {
	void *context;
	/* 64 random bits that nobody can predict; drawn on for secrets, ports and identifiers. */
	uint64_t (*random)(void *context);
	/* Memory for the stack's tables, aligned to a cache line; called by stack_create and stack_destroy only. */
	void *(*allocate)(void *context, size_t size);
	void (*release)(void *context, void *memory);
	/*
	 * Asked about packets whose worker no port could know: reassembled datagrams and ICMP errors (by their
	 * quotation). The tuple is as this stack sees it. Returns true if it took the frame (a whole Ethernet frame,
	 * marked SEGMENT_STEERED) to another worker. NULL: every packet stays here.
	 */
	bool (*steer)(void *context, struct rte_mbuf *frame, uint16_t interface, const struct tuple *tuple,
		      uint8_t protocol);
	/*
	 * Whether answers to this tuple, of TCP or UDP, will reach this worker; asked while a local port is chosen.
	 * NULL: they do.
	 */
	bool (*returns_here)(void *context, uint16_t interface, const struct tuple *tuple, uint8_t protocol);
};

/* Bounds, up to 16777216. Zero takes the default that stands beside it. Reaching a bound refuses what comes new, and
 * counts it. */
struct stack_config {
	struct stack_environment environment;
	/* mbufs that the stack makes itself: headers, control segments, copies. Private size as segment.h says. */
	struct rte_mempool *pool;
	uint32_t connections;	  /* 16384: established or being opened by us */
	uint32_t half_open;	  /* 16384: SYN-RECEIVED records; beyond three quarters SYN cookies are sent */
	uint32_t time_wait;	  /* 32768: TIME-WAIT records; the oldest gives way */
	uint32_t buffers;	  /* mbufs that all queues of the stack together may hold; default 3/4 of pool's size */
	uint32_t listeners;	  /* 64 */
	uint32_t udp_sockets;	  /* 64 */
	uint32_t udp_queue;	  /* 256: datagrams that may wait in one socket */
	uint32_t routes;	  /* 64 */
	uint32_t neighbours;	  /* 1024 */
	uint32_t neighbour_queue; /* 16: packets that may wait for one neighbour */
	uint32_t path_mtus;	  /* 1024: destinations with a path MTU below the interface's */
	uint32_t reassemblies;	  /* 64: datagrams being put together */
	uint32_t fragments;	  /* 1024: fragments waiting in all of them */
	uint32_t icmp_per_second; /* 1000: ICMP errors and echo answers are limited apart, each to this */
	uint32_t output_queue;	  /* 2048: frames that may wait for stack_output on an interface; a power of two */
	bool forwarding;	  /* route packets that are not for us between interfaces */
	struct tcp_config tcp;
};

/* Offloads that an interface's port gives. What is not offered is done in software. */
#define INTERFACE_TX_IPV4_CHECKSUM 0x01
#define INTERFACE_TX_TCP_CHECKSUM 0x02
#define INTERFACE_TX_UDP_CHECKSUM 0x04
#define INTERFACE_TX_TCP_SEGMENTATION 0x08
#define INTERFACE_TX_CHAINS 0x10 /* frames of several mbufs; without it every frame is copied into one */

struct interface_config {
	struct rte_ether_addr mac;
	uint16_t mtu;	   /* of the IP packet; 1280 to 9000, at least 68 if the interface has no IPv6 address */
	uint16_t vlan;	   /* 1 to 4094: frames carry this 802.1Q tag; 0: untagged */
	uint32_t offloads; /* INTERFACE_TX_... */
	struct ip_prefix addresses[STACK_INTERFACE_ADDRESSES]; /* own address and the length of the on-link prefix */
	unsigned address_count;
};

/* Counters of a whole stack; all only ever rise, but for those under "in use now". */
struct stack_counters {
	uint64_t drops[DROP_REASONS];
	uint64_t frames_in, frames_out;
	uint64_t packets_forwarded;
	uint64_t tcp_segments_in, tcp_segments_out, tcp_retransmitted;
	uint64_t tcp_opened_active, tcp_opened_passive, tcp_open_failed, tcp_resets_in, tcp_resets_out;
	uint64_t tcp_timeouts, tcp_fast_recoveries, tcp_sack_recoveries;
	uint64_t tcp_cookies_sent, tcp_cookies_accepted, tcp_cookies_failed;
	uint64_t tcp_challenges_sent, tcp_challenges_withheld;
	uint64_t tcp_listen_refused, tcp_half_open_timeouts, tcp_time_wait_evicted;
	uint64_t udp_in, udp_out;
	uint64_t icmp_in, icmp_out;
	uint64_t reassembled, fragmented;
	/* in use now */
	uint32_t connections, half_open, time_wait, neighbours, reassemblies, fragments, path_mtus, buffers;
	uint32_t udp_queued, output_queued;
};

/* Fills *config with the defaults above; the caller then sets the environment, the pool, and what it wants otherwise.
 */
void stack_defaults(struct stack_config *config);

/*
 * Makes a stack. Returns NULL, with a sentence in *error if error is not NULL, if the configuration is impossible
 * or memory is lacking. The configuration is copied.
 */
struct stack *stack_create(const struct stack_config *config, uint64_t now, const char **error);

/* Frees every mbuf and all memory of the stack. Connections and sockets of its user are gone; peers are told nothing.
 */
void stack_destroy(struct stack *stack);

/* Adds an interface and on-link routes for its prefixes. Returns its index (0, 1, ...), or -1 with a sentence in
 * *error. */
int stack_add_interface(struct stack *stack, const struct interface_config *config, const char **error);

/* Adds a route by way of a gateway on the interface (unspecified: the destination itself). False if full or impossible.
 */
bool stack_add_route(struct stack *stack, const struct ip_prefix *destination, uint16_t interface,
		     const struct ip_address *gateway);

/* Whether the address is one of the stack's own. */
bool stack_owns(const struct stack *stack, const struct ip_address *address);

/* Runs what is due. `now` is the stack's time until the next call. Called at least once before each batch of input. */
void stack_advance(struct stack *stack, uint64_t now);

/* Takes n Ethernet frames that came in on the interface. The stack owns the mbufs. RX checksum verdicts in ol_flags are
 * believed where they say good or bad; otherwise sums are checked in software. */
void stack_input(struct stack *stack, uint16_t interface, struct rte_mbuf **frames, unsigned n);

/* Makes what is due to be sent and gives up to `room` Ethernet frames for the interface, with tx offload fields set for
 * the offloads that the interface has. The caller owns them. Returns how many. */
unsigned stack_output(struct stack *stack, uint16_t interface, struct rte_mbuf **frames, unsigned room);

/* The time at which stack_advance has something to do next, or UINT64_MAX. Never too late; it may be too early. */
uint64_t stack_next_deadline(const struct stack *stack);

/* Whether packets for others are routed from now on; at first it is as stack_config.forwarding says. */
void stack_set_forwarding(struct stack *stack, bool forwarding);

/* Microseconds: the time of the last stack_advance. */
uint64_t stack_now(const struct stack *stack);

/* The pool that the stack was made with. */
struct rte_mempool *stack_pool(const struct stack *stack);

/* Copies the counters and gauges. */
void stack_read_counters(const struct stack *stack, struct stack_counters *counters);

#endif
