/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef PACKETDRILL_DRILL_H
#define PACKETDRILL_DRILL_H

/*
 * Drives the library as packetdrill does: loads it, calls its table of functions, puts raw IP packets in and takes them
 * out, and runs blocking calls in a second thread. As in packetdrill's scripts, sequence numbers count from each side's
 * initial one.
 */

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>

#include <tcpstack/address.h>
#include <tcpstack/wire/tcp.h>

#include "interface.h"
#include "support.h"

#define DRILL_PORT 8080
#define DRILL_PEER_PORT 40000
#define DRILL_WINDOW 65535
#define DRILL_MSS 1000

/* The table of the running instance, and a call of one of its functions. */
extern struct packetdrill_interface drill;
#define CALL(function, ...) drill.function(drill.userdata, ##__VA_ARGS__)

/* The family of the running instance, and its addresses. */
extern int drill_family;
extern struct ip_address drill_local, drill_remote;

/* Makes an instance with these flags beside local_ip; the process exits if that fails. */
void drill_start(int family, const char *flags);
void drill_end(void);

/* Runs the test on an instance of each family. */
void drill_both(const char *flags, void (*test)(void));

/* Gives the function packetdrill_interface_init as it stands in the library. */
void (*drill_symbol(void))(const char *flags, struct packetdrill_interface *table);

/* Virtual microseconds since the instance began. */
uint64_t drill_now(void);

/* ---- addresses ---- */

/* A sockaddr of the running family; returns its length. */
socklen_t drill_address(struct sockaddr_storage *storage, const struct ip_address *address, uint16_t port);

/* Whether it is that address and port. */
bool drill_is_address(const struct sockaddr_storage *storage, const struct ip_address *address, uint16_t port);

/* ---- segments ---- */

/* A connection as the far end sees it. */
struct drill_flow {
	uint16_t local_port; /* the stack's */
	uint16_t remote_port;
	uint32_t local_first; /* initial sequence numbers */
	uint32_t remote_first;
	uint16_t window;
};

struct drill_segment {
	uint64_t time; /* virtual microseconds since the instance began */
	struct tcp_header header;
	uint32_t sequence; /* counted from the initial ones */
	uint32_t acknowledgement;
	uint32_t length;
	uint8_t payload[2048];
};

/* Byte of a stream at that position: what payload is made of here, and checked against. */
uint8_t drill_byte(uint32_t position);
void drill_fill(void *buffer, size_t length, uint32_t position);
bool drill_filled(const void *buffer, size_t length, uint32_t position);

/* Injects a segment; payload is drill_byte(sequence - 1) and on. Options of SYNs: MSS only. */
void drill_inject(const struct drill_flow *flow, uint8_t flags, uint32_t sequence, uint32_t length,
		  uint32_t acknowledgement);

/* Injects any header; sequence numbers absolute, ports filled in. */
void drill_inject_header(const struct drill_flow *flow, struct tcp_header header, const void *payload, uint32_t length);

/* Takes the next packet out, which must be a right TCP segment of the flow; false, with a line that says why, if not.
 * Of a SYN the flow remembers port and sequence number. */
bool drill_sniff(struct drill_flow *flow, struct drill_segment *segment);

/* Takes the next packet out: whether it is just this segment. `segment` may be NULL. */
bool drill_expect(struct drill_flow *flow, uint8_t flags, uint32_t sequence, uint32_t length, uint32_t acknowledgement,
		  struct drill_segment *segment);

/* ---- whole steps; each asserts that it worked ---- */

/* A listening socket on DRILL_PORT of the local address. */
int drill_listen(int backlog);

/* A connection to the listener, from the given port; the socket that accept gave. */
int drill_passive(int listener, struct drill_flow *flow, uint16_t remote_port);

/* A non-blocking socket that has connected to DRILL_PORT of the remote address. */
int drill_active(struct drill_flow *flow);

/* Answers the SYN of a connect that has begun. */
void drill_answer_syn(struct drill_flow *flow);

/* ---- datagrams ---- */

void drill_inject_datagram(uint16_t remote_port, uint16_t local_port, const void *payload, uint32_t length);

/* Takes the next packet out, which must be a right datagram to the remote address; its payload's length, or -1. */
int drill_sniff_datagram(uint16_t *local_port, uint16_t *remote_port, void *payload, size_t room);

/* ---- a second thread ---- */

struct drill_thread;

/* Runs the function in a second thread, and returns when that thread sleeps in a call, or has ended. */
struct drill_thread *drill_block(void (*function)(void *argument), void *argument);

/* Whether the function has returned. */
bool drill_is_done(const struct drill_thread *thread);

/* Waits for the thread to end. */
void drill_join(struct drill_thread *thread);

#endif
