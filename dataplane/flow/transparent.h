/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef DATAPLANE_FLOW_TRANSPARENT_H
#define DATAPLANE_FLOW_TRANSPARENT_H

#include "flow.h"

/* T1: the gateway answers in the server's place, reads the name, and leaves the rest to the two ends. The flow's own
 * address and port are those that the client dialled. */
extern const struct flow_kind flow_transparent;

#endif
