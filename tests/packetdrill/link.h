/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef PACKETDRILL_LINK_H
#define PACKETDRILL_LINK_H

/*
 * The Ethernet between the stack and packetdrill, who speaks of IP packets only: frames get their header here and lose
 * it again, and one neighbour stands for everybody: it answers ARP and neighbour solicitations at once.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <rte_mbuf.h>

#define LINK_PACKETS 65536 /* the most that wait for link_take; those beyond are counted and dropped */

struct link_packet;

/* Packets that have left the stack, oldest first. All zero is none. */
struct link {
	struct link_packet *head;
	struct link_packet **end;
	uint32_t count;
	uint64_t sent; /* packets that were ever put on the queue */
	uint64_t lost; /* there was no room for */
};

extern const struct rte_ether_addr link_stack_mac;

/* An Ethernet frame with the IP packet, or NULL if it is no IP packet or the pool is empty. */
struct rte_mbuf *link_frame(struct rte_mempool *pool, const void *packet, size_t length);

/*
 * Takes a frame that the stack has sent. An IP packet is put on the queue, with its time. To a question for a
 * neighbour the answer is given back, a frame for the stack; all other talk among neighbours ends here: NULL.
 */
struct rte_mbuf *link_take_frame(struct link *link, struct rte_mempool *pool, struct rte_mbuf *frame, uint64_t now);

static inline bool link_empty(const struct link *link)
{
	return link->head == NULL;
}

/*
 * Takes the oldest packet off the queue. Returns its length, or 0 if it is longer than `room` (it is lost then). Not
 * for an empty queue.
 */
size_t link_take_packet(struct link *link, void *buffer, size_t room, uint64_t *time);

/* Frees what waits. */
void link_clear(struct link *link);

#endif
