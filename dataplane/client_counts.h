/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef DATAPLANE_CLIENT_COUNTS_H
#define DATAPLANE_CLIENT_COUNTS_H

/*
 * How many connections each client has with each service, all workers together. A client is an IPv4 address, or a /64
 * of IPv6, in which one host may have as many addresses as it likes. A table of words without locks: all workers may
 * call enter and leave at any time. Of several that enter at the same instant each may take the last place, so a bound
 * can be exceeded by one connection for each other worker.
 */

#include <stdbool.h>
#include <stdint.h>

#include <tcpstack/address.h>

#include "fault.h"

struct client_counts;

enum client_verdict {
	CLIENT_ENTERED,
	CLIENT_AT_BOUND,
	CLIENT_NO_ROOM, /* too many other clients share the place in the table: as good as never below half of them */
};

/* For up to `connections` at a time, whoever has them: 16 octets for each. NULL with a reason. */
struct client_counts *client_counts_create(uint64_t connections, struct fault *fault);
void client_counts_destroy(struct client_counts *counts);

/* Counts one more connection, unless there are `bound` already. *ticket, never 0, is what client_counts_leave wants. */
enum client_verdict client_counts_enter(struct client_counts *counts, const struct ip_address *client,
					const char *service, uint32_t bound, uint64_t *ticket);

/* One connection less; once for each that entered. */
void client_counts_leave(struct client_counts *counts, uint64_t ticket);

/* How many connections are counted in all: for tests, as it reads the whole table. */
uint64_t client_counts_sum(const struct client_counts *counts);

#endif
