/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef TCPSTACK_IP_PATH_MTU_H
#define TCPSTACK_IP_PATH_MTU_H

/* Path MTUs below the interface's, as routers report them (RFC 1191, RFC 8201): path_mtu_learn stands in ip.h. */

#include <stdbool.h>
#include <sys/queue.h>

#include <tcpstack/address.h>

#include "ip.h"
#include "table.h"

struct path_mtu {
	struct table_node node;
	TAILQ_ENTRY(path_mtu) link;
	uint64_t expiry;
	uint16_t mtu;
	bool narrow; /* as in struct ip_path */
};

struct path_mtu_table {
	struct table table;
	TAILQ_HEAD(path_mtu_list, path_mtu) list; /* the one reported longest ago first: it gives way, and expires */
};

bool path_mtu_init(struct stack *stack);
void path_mtu_destroy(struct stack *stack);

/* Forgets what is ten minutes old. */
void path_mtu_advance(struct stack *stack);
uint64_t path_mtu_deadline(const struct stack *stack);

/* Bounds a path, whose mtu is the interface's, by what is known about the way to the destination. */
void path_mtu_bound(const struct stack *stack, const struct ip_address *destination, struct ip_path *path);

#endif
