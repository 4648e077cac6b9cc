/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef DATAPLANE_FLOW_COUNTERS_H
#define DATAPLANE_FLOW_COUNTERS_H

/* What the proxy counts, of whatever part of it, under the names that `stats` shows. docs/operations.md lists them. */

#include "../application.h"
#include "../credential_check.h"
#include "../dns/resolver.h"
#include "flows.h"
#include "services.h"

struct counters_source {
	const struct flows *flows;
	const struct services *services;
	const struct credential_check *credentials; /* NULL: nobody checks any */
	const struct resolver *resolver;	    /* NULL: no name is resolved */
};

/* As application.counter. */
bool counters_describe(unsigned index, struct application_counter *counter);

/* As application.read_counters: the worker. */
void counters_read(const struct counters_source *source, uint64_t values[APPLICATION_COUNTERS]);

#endif
