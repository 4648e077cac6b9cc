/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef DATAPLANE_FLOW_EXPLICIT_H
#define DATAPLANE_FLOW_EXPLICIT_H

#include "flow.h"

/* E1, connect "terminate": the client asks by CONNECT, the gateway answers when the server is there, and leaves the
 * rest to the two ends. */
extern const struct flow_kind flow_explicit;

/* E1, connect "forward": the CONNECT goes on to the next proxy, the only one that is dialled, and its answer comes back
 * as it is. */
extern const struct flow_kind flow_explicit_forward;

#endif
