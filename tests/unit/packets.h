/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef TESTS_UNIT_PACKETS_H
#define TESTS_UNIT_PACKETS_H

/*
 * Packets in, packets expected: a stack with two interfaces in virtual time, a peer behind each, and frames written and
 * read as what they mean. TCP is fake_tcp.
 *
 *	interface 0: 10.0.0.1/24, fd00::1/64, MAC 02:00:00:00:00:01; the peer 10.0.0.2, fd00::2, 02:00:00:00:00:02
 *	interface 1: 10.0.1.1/24, fd00:1::1/64, MAC 02:00:00:00:01:01; the peer 10.0.1.2, fd00:1::2, 02:00:00:00:01:02
 */

#include <stdbool.h>
#include <stdint.h>

#include <tcpstack/segment.h>
#include <tcpstack/stack.h>
#include <tcpstack/wire/arp.h>
#include <tcpstack/wire/ethernet.h>
#include <tcpstack/wire/icmp.h>

#include "fake_tcp.h"
#include "support.h"

#define FRAME_MAX 70000
#define SECOND 1000000ULL

#define PEER "10.0.0.2"
#define OWN "10.0.0.1"
#define PEER6 "fd00::2"
#define OWN6 "fd00::1"
#define FAR "10.0.1.2"
#define FAR6 "fd00:1::2"

struct frame {
	uint32_t length;
	uint8_t octets[FRAME_MAX];
};

/* TESTS_RUN for tests of packets: the pool has to be there before the first one. */
#define PACKETS_RUN(suite, ...) (packets_start(), TESTS_RUN(suite, __VA_ARGS__))
void packets_start(void);

/* The stack under test; world_open makes it. */
struct world {
	struct stack *stack;
	struct rte_mempool *pool;
	struct stack_config config; /* as world_open takes it */
	struct interface_config interfaces[2];
	uint64_t now;
	uint64_t random;
};

extern const struct rte_ether_addr own_mac, peer_mac, far_own_mac, far_mac, broadcast_mac;

/* Sets config and interfaces as above; what is to be otherwise is changed before world_open. */
void world_prepare(struct world *world);
void world_open(struct world *world);

/* Has the stack know both peers in both families, and know them to be reachable. */
void world_resolve(struct world *world);

/* All three: nothing has to be resolved first. */
void world_open_resolved(struct world *world);

/* Frees the stack; the runner then looks for lost mbufs. */
void world_close(struct world *world);

/* Lets time pass, step by step from deadline to deadline. */
void world_pass(struct world *world, uint64_t microseconds);

/* Gives the frame to the stack, in one mbuf (up to 2048 octets) or in several of `piece` octets each. */
void world_input(struct world *world, uint16_t interface, const struct frame *frame);
void world_input_pieces(struct world *world, uint16_t interface, const struct frame *frame, uint16_t piece);

/* As an mbuf chain with the given segment flags; ol_flags are or-ed to it. */
struct rte_mbuf *world_mbuf(struct world *world, const struct frame *frame, uint16_t piece, uint8_t flags,
			    uint64_t ol_flags);

/* Takes the next frame that the stack sends; false if there is none. */
bool world_output(struct world *world, uint16_t interface, struct frame *frame);

/* Throws away what the stack sends, and returns how many frames that were. */
unsigned world_discard(struct world *world);

/* How often packets were dropped for the reason; and for all reasons. */
uint64_t world_drops(const struct world *world, enum drop_reason reason);
uint64_t world_all_drops(const struct world *world);
struct stack_counters world_counters(const struct world *world);

/* An IP packet to be written, of the family of its addresses. Zero is the usual: the peer of interface 0's MAC to ours,
 * hop limit 64, no fragment. */
struct written {
	const char *source, *destination;
	const struct rte_ether_addr *source_mac, *destination_mac;
	uint8_t protocol, hop_limit;
	uint16_t vlan;
	uint32_t identification;
	uint16_t offset; /* octets */
	bool more, dont_fragment;
	bool fragment_header; /* IPv6: even if neither offset nor more says so */
};

/* Writes Ethernet and IP headers with right checksums in front of the payload. */
void write_ip(struct frame *frame, const struct written *written, const void *payload, uint32_t length);

/* The same with an ICMP message of 8 octets and data, a UDP datagram or a bare TCP segment as payload; their checksums
 * are right. */
void write_icmp(struct frame *frame, const struct written *written, uint8_t type, uint8_t code, uint32_t rest,
		const void *data, uint32_t length);
void write_udp(struct frame *frame, const struct written *written, uint16_t source_port, uint16_t destination_port,
	       const void *data, uint32_t length);
void write_tcp(struct frame *frame, const struct written *written, uint16_t source_port, uint16_t destination_port,
	       uint32_t sequence);
void write_nd(struct frame *frame, const struct written *written, const struct nd_message *message);
void write_arp(struct frame *frame, const struct rte_ether_addr *destination, const struct arp_packet *arp);

/* Sends a long packet, given as the frame with all of it, in fragments of `step` octets of data each, of which `order`
 * (a permutation of 0 to n - 1; NULL: as it is) says the order. Returns how many there were. */
unsigned world_input_fragments(struct world *world, uint16_t interface, const struct frame *whole, uint16_t step,
			       const unsigned *order);

/* A frame that was read. */
struct seen {
	struct ethernet_header ethernet;
	bool is_arp, is_ip;
	struct arp_packet arp;
	struct ip_address source, destination;
	uint8_t protocol, hop_limit;
	uint32_t identification;
	uint16_t offset; /* of the fragment */
	bool more, dont_fragment;
	const uint8_t *ip;	/* the IP header */
	uint32_t ip_length;	/* of the whole packet */
	const uint8_t *payload; /* behind the IP header (and fragment header) */
	uint32_t length;
	/* ICMP of either family, if it is no fragment */
	struct icmp_header icmp;
};

/* Takes the next frame that the stack sends, and asserts that there is one whose checksums, all of them, are right. */
struct seen expect(struct world *world, uint16_t interface, struct frame *frame);
struct seen expect_arp(struct world *world, uint16_t interface, uint16_t operation);
struct seen expect_icmp(struct world *world, uint16_t interface, struct frame *frame, uint8_t type, uint8_t code);

/* Asserts that the stack sends nothing, on neither interface. */
void expect_nothing(struct world *world);

/* Asserts that an address is the one that the text says. */
void expect_address(const struct ip_address *address, const char *text);

struct ip_address address_of(const char *text);

/* Octets that tell their place: octet i is a function of i. */
void fill(uint8_t *octets, uint32_t length);

#endif
