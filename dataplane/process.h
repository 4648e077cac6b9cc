/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef DATAPLANE_PROCESS_H
#define DATAPLANE_PROCESS_H

/* The life of the process: start, signals, end. */

#include <stdbool.h>

#include <config/gateway.h>

#include "application.h"

/*
 * Runs the gateway until SIGTERM or SIGINT, and then until what is open has ended, or its time to; a second one of
 * these ends the process at once. Returns true after a clean end: devices, rings, socket and hugepages given back.
 * False if it could not start or end; the log says why.
 */
bool process_run(const struct gateway *gateway, const struct application *application);

#endif
