/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef TCPSTACK_IP_NEIGHBOUR_H
#define TCPSTACK_IP_NEIGHBOUR_H

/*
 * The MAC addresses of neighbours: one table and one state machine (RFC 4861 section 7.3) for ARP and for neighbour
 * discovery. A packet to a neighbour that is not resolved waits in the neighbour's entry; nothing else ever waits.
 */

#include <stdbool.h>
#include <stdint.h>
#include <sys/queue.h>

#include <rte_ether.h>
#include <rte_mbuf.h>

#include <tcpstack/address.h>

#include "../token_bucket.h"
#include "table.h"

enum neighbour_state {
	NEIGHBOUR_INCOMPLETE, /* asked for, by broadcast or multicast; packets wait */
	NEIGHBOUR_REACHABLE,  /* known to answer, until `deadline` */
	NEIGHBOUR_STALE,      /* its MAC address is known, and was not used lately */
	NEIGHBOUR_DELAY,      /* used since; the transports may yet confirm it */
	NEIGHBOUR_PROBE,      /* asked again, at the MAC address that we know */
};

struct neighbour {
	struct table_node node; /* by address and interface */
	TAILQ_ENTRY(neighbour) link;
	struct ip_address address;
	uint64_t deadline; /* INCOMPLETE, PROBE: of the next solicitation; DELAY: of the first; REACHABLE: its end */
	uint64_t used;	   /* when it last moved to the end of its list; REACHABLE */
	struct rte_mbuf *first, *last; /* waiting IP packets, linked in their private areas */
	uint16_t waiting;
	uint16_t interface;
	uint8_t state;
	uint8_t solicitations; /* sent in this state */
	struct rte_ether_addr mac;
};

TAILQ_HEAD(neighbour_list, neighbour);

struct neighbour_table {
	struct table table;
	struct neighbour_list incomplete, delay, probe; /* each in the order of its deadlines */
	struct neighbour_list
	    reachable;		       /* the one used longest ago first, within a second; some may have become stale */
	struct neighbour_list stale;   /* the one used longest ago first */
	struct token_bucket strangers; /* neighbours that routed packets may have us ask for */
	uint32_t incomplete_count;
	uint32_t waiting; /* packets, in all entries */
};

/* What an ARP packet or a neighbour discovery message says about a neighbour. */
struct neighbour_news {
	struct ip_address address;
	uint16_t interface;
	struct rte_ether_addr mac;
	bool has_mac;
	bool solicited; /* it answers a solicitation */
	bool override;	/* its MAC address replaces one that we have */
	bool create;	/* it asks us something, and so will be answered: worth an entry if there is a free one */
};

bool neighbour_init(struct stack *stack);
void neighbour_destroy(struct stack *stack);
void neighbour_advance(struct stack *stack);
uint64_t neighbour_deadline(const struct stack *stack);

/*
 * Sends an IP packet (the mbuf begins with its IP header) to a next hop: at once, or when its MAC address is known. The
 * mbuf is taken. False if it was dropped: counted. A next hop that is an IPv6 multicast group needs no entry.
 */
bool neighbour_output(struct stack *stack, uint16_t interface, const struct ip_address *next_hop,
		      struct rte_mbuf *mbuf);

/* Learns. True if it concerned an entry that there is or that was made. */
bool neighbour_learn(struct stack *stack, const struct neighbour_news *news);

#endif
