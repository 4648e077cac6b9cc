/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef TCPSTACK_IP_STATE_H
#define TCPSTACK_IP_STATE_H

/* The state of everything from Ethernet to ICMP. */

#include <tcpstack/stack.h>

#include "../token_bucket.h"
#include "interface.h"
#include "neighbour.h"
#include "path_mtu.h"
#include "reassembly.h"
#include "route.h"

struct ip_state {
	struct interface interfaces[STACK_INTERFACES];
	unsigned interface_count;
	struct route_table routes;
	struct neighbour_table neighbours;
	struct path_mtu_table path_mtus;
	struct reassembly_table reassembly;
	struct token_bucket errors; /* ICMP errors that we send */
	struct token_bucket echoes; /* answers to ping */
	uint32_t buffers;	    /* mbufs that wait for neighbours, for fragments, and in UDP sockets */
};

#endif
