/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef TCPSTACK_IP_ICMP_H
#define TCPSTACK_IP_ICMP_H

/* ICMP and ICMPv6 (RFC 792, 1122, 4443): messages in, and the errors that we send. */

#include "ip.h"

enum icmp_message {
	ICMP_NO_ROUTE,
	ICMP_NO_HOST,
	ICMP_NO_PROTOCOL,
	ICMP_NO_PORT,
	ICMP_TOO_BIG,
	ICMP_HOPS_EXCEEDED,
	ICMP_REASSEMBLY_EXCEEDED,
	/* IPv6 only */
	ICMP_PROBLEM_FIELD,
	ICMP_PROBLEM_NEXT_HEADER,
	ICMP_PROBLEM_OPTION,
};

void icmp_init(struct stack *stack);

/* Takes an ICMP packet of either family that is for us. */
void icmp_input(struct stack *stack, struct packet *packet);

/* Takes a packet that is not for us if it is an ICMP error about a TCP connection that we intercept; else leaves it
 * alone and returns false. */
bool icmp_intercepted_error(struct stack *stack, struct packet *packet);

/* Reads the quotation of an ICMP error whose header is right; DROP_REASONS if all is well. *protocol is that of the
 * quoted packet. May replace packet->mbuf; false if that was dropped for want of mbufs. */
bool icmp_error_read(struct stack *stack, struct packet *packet, struct icmp_error *error, uint8_t *protocol,
		     enum drop_reason *reason);

/*
 * Tells the sender of a packet what became of it, if that is allowed (never about errors, groups and broadcasts, or
 * later fragments; RFC 1122 section 3.2.2, RFC 4443 section 2.4) and within the rate limit. rest: the MTU or the
 * pointer. The packet stays the caller's, and must not have been changed yet.
 */
void icmp_send_error(struct stack *stack, const struct packet *packet, enum icmp_message message, uint32_t rest);

/* icmp_send_error for a packet whose protocol we do not speak. */
void icmp_protocol_unreachable(struct stack *stack, const struct packet *packet);

/* Tells whoever sent this IP packet (the mbuf begins with its header) that its next hop does not answer: our own
 * transport, or by ICMP the sender of a packet that we routed. The mbuf stays the caller's. */
void icmp_neighbour_failed(struct stack *stack, struct rte_mbuf *mbuf);

#endif
