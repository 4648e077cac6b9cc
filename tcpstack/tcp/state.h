/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef TCPSTACK_TCP_STATE_H
#define TCPSTACK_TCP_STATE_H

#include <tcpstack/siphash.h>

#include <tcpstack/timer_wheel.h>
#include "connection.h"
#include "flow_table.h"
#include "half_open.h"
#include "listener.h"
#include "time_wait.h"

#define TCP_PORT_COUNTERS 64 /* of RFC 6056 section 3.3.4; a power of two */

struct tcp_state_tables {
	struct flow_table flows;
	struct tcp_connection *connections;
	uint32_t connection_capacity, connections_used, connections_ever; /* beyond `ever` they were never used */
	struct tcp_connection *connection_free;				  /* linked by context */
	struct half_open_table half_open;
	struct time_wait_table time_wait;
	struct listener_table listeners;
	struct timer_wheel wheel;
	struct tcp_connection_queue events; /* with something to tell the user */
	struct tcp_connection_queue due;    /* to be looked at by tcp_flush */
	uint64_t charge, charge_limit;	    /* segment_charge of all mbufs on queues of connections */
	struct siphash_key flow_key, sequence_key, timestamp_key, port_key;
	struct siphash_key cookie_key;
	uint32_t port_counters[TCP_PORT_COUNTERS];
};

#endif
