/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef DATAPLANE_FLOW_PROXY_H
#define DATAPLANE_FLOW_PROXY_H

#include "../application.h"

/*
 * The proxy on a worker's stack: it listens where the policy in force has services, opens a flow for each connection,
 * resolves names, and tells of its flows. Without a policy it takes no connection, and
 * the stack routes nothing.
 */
extern const struct application proxy_application;

#endif
