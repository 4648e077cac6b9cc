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

struct application {
	const char *name;
	/* The names of the reasons in records of flows; NULL: records have none. Static data, any thread. */
	flow_reason_name reason_name;
	/* Makes an instance on the worker's stack, which tells of its flows in `flows` (NULL: nobody wants to know);
	 * the main lcore calls it before the worker runs. NULL with a reason. */
	void *(*create)(struct stack *stack, const struct gateway *gateway, struct flow_ring *flows,
			struct fault *fault);
	/* Takes the stack's events and acts on them. Returns how many it met: 0 lets the worker rest. */
	unsigned (*run)(void *instance);
	/* Gives back what the instance holds of the stack, which lives on. */
	void (*destroy)(void *instance);
};

#endif
