/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef SIM_PEER_H
#define SIM_PEER_H

/*
 * A scripted peer: the test plays the other end of the wire by hand against one stack, in virtual time, once for each
 * family. A test reads as a table of packets in (inject), packets out (expect) and time (advance_ms):
 *
 *     listening();
 *     inject(.flags = SYN, .mss = 1000);
 *     expect(.flags = SYN | ACK);
 *     inject();
 *     inject(.length = 300);
 *     expect_nothing();
 *     advance_ms(41);
 *     expect(.ack = 301);
 *
 * Sequence numbers are relative, each direction to its own SYN: the SYN has 0, the first byte of data 1. What an entry
 * does not say has the value that an exchange without trouble would have:
 *
 *     flags    ACK (NO_FLAGS for none at all). PSH is not compared.
 *     seq      the one after all that this side has sent before
 *     ack      the one after all that the other side has sent in order before
 *     window   inject: the last one said (65535 at first); expect: not compared
 *     data     both sides' bytes follow one fixed pattern, so the length says it all; it is always compared
 *     options  in SYNs: exactly what is said. Later: timestamps as agreed in the SYNs; SACK blocks exactly what is said
 *
 * ARP and neighbour discovery are answered unseen. Every packet that comes out of the stack is checked for lengths and
 * checksums.
 */

#include <stdbool.h>
#include <stdint.h>

#include <tcpstack/tcp.h>
#include <tcpstack/wire/tcp.h>

#include "host.h"
#include "packet.h"
#include "pattern.h"

#define FIN TCP_FIN
#define SYN TCP_SYN
#define RST TCP_RST
#define PSH TCP_PSH
#define ACK TCP_ACK
#define URG TCP_URG
#define NO_FLAGS 0x100

#define ZERO_WINDOW (-1)
#define SEQ_ZERO 0x100000000 /* where a relative 0 is meant, and no SYN */
#define WSCALE(n) (0x100 | (n))
#define TS(value, echo)                                                                                                \
	{                                                                                                              \
		true, false, value, echo                                                                               \
	}
#define NO_TS                                                                                                          \
	{                                                                                                              \
		false, true, 0, 0                                                                                      \
	}

struct entry {
	unsigned flags;
	uint64_t seq, ack;
	uint32_t length;
	int window;
	uint16_t mss;
	uint16_t wscale; /* WSCALE(n) */
	bool sack_ok;
	struct {
		bool present, absent;
		uint32_t value, echo; /* expect: the echo is compared, the value is not */
	} ts;
	struct tcp_sack_block sack[TCP_SACK_BLOCKS]; /* relative to the receiver of the data they speak of */
	uint16_t urgent;
	const uint8_t *raw_options; /* inject: appended as they are */
	uint8_t raw_length;
	uint16_t port;	     /* of the peer; the usual one if 0 */
	const uint8_t *data; /* inject: other bytes than the pattern's */
	bool bad_checksum;   /* inject */
};

#define PEER_PORT 40000 /* the peer's port towards a listener */
#define LOCAL_PORT 80	/* the stack's listener */
#define MSS 1000	/* what the peer announces unless it is told otherwise */
#define PEER_MBUFS 8191
#define PEER_FRAMES 4096 /* frames of the stack that can wait to be expected */

struct peer_frame {
	uint64_t at;
	uint32_t length;
	uint8_t bytes[PACKET_MAX];
};

struct peer {
	/* set before start(): */
	enum family family;
	struct stack_config config; /* stack_defaults, until the test changes it */
	uint16_t mtu;		    /* 1500 */
	uint32_t offloads;	    /* none */
	uint32_t isn;		    /* of the peer */
	/* the stack */
	struct rte_mempool *pool; /* of PEER_MBUFS; without a cache */
	struct host host;
	struct stack *stack;
	uint64_t now;
	struct tcp_listener *listener;
	struct tcp_connection *connection; /* the last one accepted or connected */
	struct tcp_connection *accepted[256];
	unsigned accepted_count;
	unsigned events;   /* all events so far of `connection` */
	uint64_t written;  /* bytes that the application has written */
	uint64_t received; /* and read */
	bool output_stuck; /* the port takes no frames for now */
	bool hold_events;  /* the application fetches no events for now */
	/* the peer's view */
	struct rte_ether_addr mac;
	struct ip_address address;
	uint16_t port, stack_port;
	uint32_t stack_isn;
	uint64_t send_next;    /* relative: after all that was injected */
	uint64_t receive_next; /* relative: after all that the stack sent in order */
	int window;
	bool sent_timestamps, seen_timestamps; /* in the SYNs: agreed on if both */
	uint32_t timestamp_base, last_timestamp;
	/* what came out and was not expected yet */
	struct peer_frame *frames;
	unsigned first, count;
	uint64_t last_at; /* time of the frame that the last expect() took */
	struct packet_tcp last;
	bool silent; /* do not answer ARP and neighbour solicitations */
};

extern struct peer peer;

/* Makes the stack from peer.config, and a peer that has said nothing. Called by the others if need be. */
void start(void);

/* Starts a listener on LOCAL_PORT with the configuration's options. */
void listening(void);

/* A handshake with the stack as listener; the entry says what the peer's SYN has (MSS if it says none). */
#define established(...) peer_established(&(struct entry){__VA_ARGS__}, __FILE__, __LINE__)
void peer_established(const struct entry *syn, const char *file, unsigned line);

/* Opens a connection from the stack to the peer: sends the SYN and no more. */
void connecting(void);

/* A handshake with the stack as client; the entry says what the peer's SYN-ACK has (MSS if it says none). */
#define connected(...) peer_connected(&(struct entry){__VA_ARGS__}, __FILE__, __LINE__)
void peer_connected(const struct entry *syn_ack, const char *file, unsigned line);

/* A packet to the stack. */
#define inject(...) peer_inject(&(struct entry){__VA_ARGS__})
void peer_inject(const struct entry *entry);

/* The next packet of the stack, which must have come by now. It is kept in peer.last. */
#define expect(...) peer_expect(&(struct entry){__VA_ARGS__}, __FILE__, __LINE__)
void peer_expect(const struct entry *entry, const char *file, unsigned line);

/* The stack has sent nothing (more). */
#define expect_nothing() peer_expect_nothing(__FILE__, __LINE__)
void peer_expect_nothing(const char *file, unsigned line);

/* Lets time pass, through every deadline of the stack. */
void advance_us(uint64_t microseconds);
void advance_ms(uint64_t milliseconds);

/* Forgets what the stack has sent up to now, sequence numbers apart; returns how many packets it was. */
unsigned ignore_output(void);

/* Takes the next TCP packet of the stack, whatever it is, to peer.last; false if there is none. */
bool next_packet(void);

/* A frame to the stack as it is; and the last packet of the stack as a whole frame. */
void inject_frame(const uint8_t *frame, uint32_t length);
const uint8_t *last_frame(uint32_t *length);

/* The application of the stack. */
void app_write(uint32_t bytes); /* of the pattern; fails the test if the stack refuses */
bool app_try_write(uint32_t bytes);
uint32_t app_read(void); /* all that is there; it must be the pattern. Returns the bytes. */
#define app_expect_read(bytes) peer_app_expect_read(bytes, __FILE__, __LINE__)
void peer_app_expect_read(uint32_t bytes, const char *file, unsigned line);
void app_shutdown(void);
void app_reset(void);
void app_release(void);
struct tcp_info app_info(void);
struct stack_counters counters(void);

/* One more client: a handshake from another port, from which the peer then goes on. False if it was not answered. */
bool handshake_from(uint16_t port);

/* Runs queues and events; needed after calls of the stack's API that are not among the above. */
void pump(void);

/* Conditions of the test's own. Fails the test, with the packets of its whole life, and leaves it. */
#define check(condition) peer_check(condition, #condition, __FILE__, __LINE__)
void peer_check(bool condition, const char *text, const char *file, unsigned line);
#define check_equal(actual, wanted)                                                                                    \
	peer_check_equal((uint64_t)(actual), (uint64_t)(wanted), #actual, __FILE__, __LINE__)
void peer_check_equal(uint64_t actual, uint64_t wanted, const char *text, const char *file, unsigned line);
/* low <= actual <= high */
#define check_between(actual, low, high)                                                                               \
	peer_check_between((uint64_t)(actual), (uint64_t)(low), (uint64_t)(high), #actual, __FILE__, __LINE__)
void peer_check_between(uint64_t actual, uint64_t low, uint64_t high, const char *text, const char *file,
			unsigned line);

/* For the runner: before and after each test. The end lets everything go, waits until the stack is at rest, and fails
 * the test if mbufs, connections, records or timers are left. */
void peer_begin(enum family family);
void peer_end(void);

#endif
