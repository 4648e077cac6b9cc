/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef SIM_FORGER_H
#define SIM_FORGER_H

/*
 * An attacker who knows the addresses and ports of a connection, but not its numbers (RFC 5961): now and then a segment
 * that passes by is forged, with numbers, flags and options by chance, and sent to either end.
 */

#include "packet.h"
#include "world.h"

/* Perhaps sends a forgery of the frame, which host `from` sends; the chance is in parts per million. */
void forge(struct world *world, struct random *random, uint32_t chance, unsigned from, const uint8_t *frame,
	   uint32_t length);

#endif
