/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef SIM_HOST_H
#define SIM_HOST_H

/* A machine of the simulation: one stack, one interface with an address of each family, and its mbuf pool. */

#include <stdbool.h>
#include <stdint.h>

#include <tcpstack/stack.h>

#include "random.h"

enum family {
	IPV4,
	IPV6,
	FAMILIES
};

/* Frames leave as plain bytes, offloads done. */
typedef void host_frame_handler(void *context, const uint8_t *frame, uint32_t length);

struct host {
	struct stack *stack;
	struct rte_mempool *pool;
	struct random random; /* the stack's random numbers, and how arriving frames lie in mbufs */
	struct rte_ether_addr mac;
	struct ip_address addresses[FAMILIES];
	uint32_t offloads;
	uint32_t split_frames; /* parts per million of the arriving frames that lie in two mbufs */
	const char *fault;     /* what the stack did wrong as a user of the port; NULL: nothing */
};

/* The addresses of host `number` (1, 2, ...): 192.0.2.number, 2001:db8::number, 02:00:00:00:00:number. */
struct ip_address host_address(unsigned number, enum family family);
struct rte_ether_addr host_mac(unsigned number);

/*
 * Makes the stack of host `number` with one interface, index 0. Its environment and its pool are filled in here.
 * Returns NULL, or a sentence that says what is wrong.
 */
const char *host_start(struct host *host, unsigned number, const struct stack_config *config, uint16_t mtu,
		       uint32_t offloads, struct rte_mempool *pool, uint64_t seed, uint64_t now);

/* Destroys the stack, with all that it holds. */
void host_stop(struct host *host);

/* A frame arrives: it is copied to mbufs of the host's pool, or lost if there are none. */
void host_deliver(struct host *host, const uint8_t *frame, uint32_t length);

/* Takes all frames out of the stack; returns how many. */
unsigned host_collect(struct host *host, host_frame_handler *handler, void *context);

/* What a port does with a frame to send: checks that it asks only for what the port offers, completes checksums and
 * TCP segmentation, and frees the mbuf. Sets host->fault if the frame breaks the rules of rte_eth_tx_burst. */
void port_transmit(struct host *host, struct rte_mbuf *mbuf, host_frame_handler *handler, void *context);

#endif
