/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef TCPSTACK_IP_REASSEMBLY_H
#define TCPSTACK_IP_REASSEMBLY_H

/*
 * Putting fragments together again, of both families (RFC 791, RFC 8200 section 4.5). Memory is bounded in datagrams,
 * in fragments and in mbufs, and of each bound one source can take only half. Where fragments overlap, the whole
 * datagram is given up (RFC 5722; in IPv4 alike, for what an overlap means differs from host to host); an exact
 * duplicate is dropped alone.
 */

#include <stdbool.h>
#include <stdint.h>
#include <sys/queue.h>

#include "ip.h"
#include "table.h"

/* A fragment of a packet. Offsets without a note count from the first octet of the frame. */
struct fragment {
	uint32_t identification;
	uint16_t offset; /* of its data in the datagram */
	bool more;
	uint16_t data;	 /* where its data begin */
	uint32_t length; /* of its data */
	/* IPv6 */
	uint16_t header;  /* the fragment header */
	uint16_t pointer; /* the octet that names the fragment header */
	uint8_t next_header;
};

struct fragment_source {
	struct table_node node; /* by address */
	uint32_t datagrams, fragments, buffers;
};

struct reassembly {
	struct table_node node; /* by source, destination, and interface, protocol and identification */
	TAILQ_ENTRY(reassembly) link;
	struct fragment_source *source;
	uint64_t deadline;
	struct rte_mbuf *first, *last; /* in the order of their offsets, linked in their private areas */
	struct fragment head;	       /* of the fragment with offset 0; its mbuf still has its headers */
	uint16_t network_offset;       /* of that */
	uint16_t interface;
	bool has_head;
	bool overlapped; /* it is given up, and remembered so that its other fragments are dropped too */
	uint32_t total;	 /* octets of data, once the last fragment is here; else 0 */
	uint32_t bytes;	 /* of data that are here */
};

struct reassembly_table {
	struct table table;
	struct table sources;
	uint32_t fragments;
	TAILQ_HEAD(reassembly_list, reassembly) list; /* the oldest first */
};

bool reassembly_init(struct stack *stack);
void reassembly_destroy(struct stack *stack);
void reassembly_advance(struct stack *stack);
uint64_t reassembly_deadline(const struct stack *stack);

/*
 * Takes a fragment. The one that completes a datagram makes a whole frame of it, in an mbuf chain, with its headers as
 * if it had never been in pieces; that is given to the worker that has its tuple, or to ethernet_input.
 */
void reassembly_add(struct stack *stack, struct packet *packet, const struct fragment *fragment);

#endif
