/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef PACKETDRILL_ADAPTER_H
#define PACKETDRILL_ADAPTER_H

/* One stack behind a table of functions. One lock is held by every call; only a sleeping one lets it go. */

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include <tcpstack/stack.h>

#include "clock.h"
#include "descriptor.h"
#include "epoll.h"
#include "interface.h"
#include "link.h"
#include "settings.h"

struct adapter {
	pthread_mutex_t lock;
	struct clock clock;
	struct link link;
	struct stack *stack;
	struct rte_mempool *pool;
	unsigned mbufs; /* in use when the stack was made */
	struct settings settings;
	struct tcp_config tcp; /* what the stack was made with */
	uint64_t seed;
	bool has_interface;
	bool closing;
	uint16_t next_port; /* for sockets that are bound to none */
	struct descriptor *descriptors[DESCRIPTORS];
};

/* A new adapter, with the settings that are in `flags`; ends the process if it cannot be made. */
struct adapter *adapter_create(const char *flags);

/* Ends all calls, frees all; ends the process with a sentence if mbufs have leaked. */
void adapter_destroy(struct adapter *adapter);

/* Lets the stack run: its timers that are due, its events, its output. Wakes who has waited for it. */
void adapter_run(struct adapter *adapter);

/*
 * Makes the interface if there is none yet. Where the settings give no address of a family, the stack takes the first
 * one that is spoken of (`hint`, which may be NULL): packetdrill draws its local address anew for each run.
 */
void adapter_need_interface(struct adapter *adapter, const struct ip_address *hint);

/* A raw IP packet into the stack: 0, or a negative errno. */
int adapter_input(struct adapter *adapter, const void *packet, size_t length);

#endif
