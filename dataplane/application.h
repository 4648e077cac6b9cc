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
#include "flow_ring.h"
#include "policy_feed.h"

struct client_counts;
struct credential_check;

/* What an instance stands on; all of it outlives the instance. */
struct application_place {
	struct stack *stack;
	const struct gateway *gateway;
	unsigned worker;
	struct flow_ring *flows;	      /* where it tells of its flows; NULL: nobody wants to know */
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
	/* Gives back what the instance holds of the stack, which lives on. */
	void (*destroy)(void *instance);
};

#endif
