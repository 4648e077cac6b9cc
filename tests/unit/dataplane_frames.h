/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef TESTS_UNIT_DATAPLANE_FRAMES_H
#define TESTS_UNIT_DATAPLANE_FRAMES_H

/* Frames for the tests of steering, from a tuple as the receiving stack sees it. */

#include <stdbool.h>

#include <rte_mbuf.h>

#include <tcpstack/address.h>

struct frame_wish {
	const char *local, *remote;
	uint16_t local_port, remote_port;
	uint8_t protocol;
	uint8_t tcp_flags;
	uint16_t vlan;	     /* 0: untagged */
	bool fragment;	     /* the first of several */
	bool later_fragment; /* one without a transport header */
	bool options;	     /* an IPv4 option, or an IPv6 destination options header */
	uint8_t icmp_type;   /* with protocol ICMP or ICMPv6 */
};

/* The tuple of the wish. */
struct tuple frame_tuple(const struct frame_wish *wish);

/* A frame as wished, in an mbuf from the pool. */
struct rte_mbuf *frame_make(struct rte_mempool *pool, const struct frame_wish *wish);

/* A broadcast ARP request. */
struct rte_mbuf *frame_make_arp(struct rte_mempool *pool);

#endif
