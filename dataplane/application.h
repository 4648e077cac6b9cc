/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef DATAPLANE_APPLICATION_H
#define DATAPLANE_APPLICATION_H

/*
 * What stands on a worker's stack: a table of functions, and one instance for each worker. All functions of an instance
 * are called by its worker, which also owns the stack; no instance knows of another.
 */

#include <stdbool.h>
#include <stdint.h>

#include <config/gateway.h>
#include <tcpstack/stack.h>

#include "fault.h"
#include "flow_line.h"
#include "flow_listing.h"
#include "flow_ring.h"
#include "policy_feed.h"

struct client_counts;
struct credential_check;

#define APPLICATION_COUNTERS 192 /* the most that an application may have */

/* Something that each instance counts, or has at the moment. Texts are static data. */
struct application_counter {
	const char *group; /* "flows"; those of a group stand one behind the other */
	const char *name;  /* "opened" */
	bool sparse;	   /* one of many, which is not told of while it is 0 */
};

/* What an instance stands on; all of it outlives the instance. */
struct application_place {
	struct stack *stack;
	const struct gateway *gateway;
	const char *pseudonym; /* of this process among proxies: nobody else's, and the same for all workers */
	unsigned worker;
	uint32_t buffers;		      /* of the pool, which it may hold outside of the stack */
	struct flow_ring *flows;	      /* where it tells of its flows; NULL: nobody wants to know */
	struct flow_listing *listing;	      /* where it is asked which are open; NULL: nobody asks */
	struct policy_feed *feed;	      /* where policies come from; NULL: there are none */
	struct credential_check *credentials; /* what checks those of users; there where `feed` is */
	struct client_counts *clients;	      /* all workers' connections by client; there where `feed` is */
};

struct application {
	const char *name;
	/* The names of the reasons in records of flows; NULL: records have none. Static data, any thread. */
	flow_reason_name reason_name;
	/* Makes an instance for a worker; the main lcore calls it before the worker runs. NULL with a reason. */
	void *(*create)(const struct application_place *place, struct fault *fault);
	/* Takes the stack's events and acts on them. Returns how many it met: 0 lets the worker rest. */
	unsigned (*run)(void *instance);
	/* Describes counter `index`; false behind the last one. NULL: it counts nothing. Static data, any thread. */
	bool (*counter)(unsigned index, struct application_counter *counter);
	/* Writes the values, in the same order. There where `counter` is; its worker, some hundred times a second. */
	void (*read_counters)(const void *instance, uint64_t values[APPLICATION_COUNTERS]);
	/* Takes no new clients from now on; those that it has end when they do, or when their time is over. NULL: it
	 * has none to wait for. Its worker, once. */
	void (*drain)(void *instance);
	/* Whether it has no clients any more. There where `drain` is; its worker, after that. */
	bool (*drained)(const void *instance);
	/* Gives back what the instance holds of the stack, which lives on. */
	void (*destroy)(void *instance);
};

#endif
