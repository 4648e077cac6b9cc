/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef DATAPLANE_CREDENTIAL_DESK_H
#define DATAPLANE_CREDENTIAL_DESK_H

/* Where the main lcore answers all workers' questions about credentials, each worker's in its turn. */

#include "fault.h"

struct credential_check;
struct credential_desk;

/* NULL with a reason. Main lcore, as all functions here. */
struct credential_desk *credential_desk_open(unsigned workers, struct fault *fault);

/* The workers and their flows are gone. NULL is nothing. */
void credential_desk_close(struct credential_desk *desk);

/* The verifier of one worker's flows. */
struct credential_check *credential_desk_of(struct credential_desk *desk, unsigned worker);

/* Readable while there may be questions; -1 for NULL. */
int credential_desk_descriptor(const struct credential_desk *desk);

/* Answers the oldest question of each worker. Returns how many; with NULL there are none. */
unsigned credential_desk_turn(struct credential_desk *desk);

#endif
