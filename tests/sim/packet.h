/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef SIM_PACKET_H
#define SIM_PACKET_H

/*
 * Whole frames as plain bytes: written and judged here independently of the stack, with DPDK's headers and checksums;
 * only the TCP options go through the stack's own tcp_header_parse and tcp_header_emit.
 */

#include <stdbool.h>
#include <stdint.h>

#include <rte_ether.h>

#include <tcpstack/address.h>
#include <tcpstack/wire/tcp.h>

#define PACKET_MAX 9100 /* octets of the longest frame */

struct packet_tcp {
	struct rte_ether_addr from, to;
	struct ip_address source, destination;
	struct tcp_header tcp;
	const uint8_t *raw_options; /* build: appended to the header as they are; a multiple of 4 octets */
	uint8_t raw_options_length;
	const uint8_t *payload; /* read: points into the frame */
	uint32_t length;	/* of the payload */
};

enum packet_kind {
	PACKET_TCP,
	PACKET_OTHER,  /* right as far as it is looked at, but no TCP */
	PACKET_BROKEN, /* lengths, checksum or options are wrong */
};

/* Writes the frame and returns its octets. */
uint32_t packet_build(uint8_t *frame, const struct packet_tcp *packet);

/* Reads a frame and checks its lengths and checksums. */
enum packet_kind packet_read(struct packet_tcp *packet, const uint8_t *frame, uint32_t length);

/* If the frame asks for a neighbour (ARP, or neighbour solicitation), writes the answer that `mac` is it and returns
 * the answer's octets; else 0. */
uint32_t packet_neighbour_answer(uint8_t *answer, const uint8_t *frame, uint32_t length,
				 const struct rte_ether_addr *mac);

/* Writes an ICMP (type, code as for IPv4) or ICMPv6 error that quotes the frame; `extra` is its second word. */
uint32_t packet_icmp_error(uint8_t *answer, const uint8_t *frame, uint32_t length, uint8_t type, uint8_t code,
			   uint32_t extra);

/* One line for a human: sequence numbers less the two origins. Returns text. */
const char *packet_describe(const struct packet_tcp *packet, uint32_t sequence_origin, uint32_t ack_origin, char *text,
			    uint32_t size);

#endif
