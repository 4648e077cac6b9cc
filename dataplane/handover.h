/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef DATAPLANE_HANDOVER_H
#define DATAPLANE_HANDOVER_H

/*
 * Rings by which workers hand mbufs to each other: one for each ordered pair, so each has one writer and one reader,
 * and nobody waits for anybody. Bounded: a full ring refuses, and the giver drops and counts.
 */

#include <stdbool.h>
#include <stdint.h>

#include <rte_mbuf.h>

#include "fault.h"

struct handover;

/* Makes the rings for `workers` workers, each for `size` mbufs (a power of two; one fewer fit). `name` is for DPDK and
 * must be unique among all rings. NULL, with a reason, if memory is lacking. */
struct handover *handover_create(const char *name, uint16_t workers, uint32_t size, struct fault *fault);

/* Frees the rings and what is in them. No worker uses them any more. */
void handover_destroy(struct handover *handover);

/* Gives an mbuf of worker `from` to another worker; false, and the mbuf still the caller's, if the ring is full. */
bool handover_give(struct handover *handover, uint16_t from, uint16_t to, struct rte_mbuf *mbuf);

/* Takes up to `room` mbufs that `from` gave to `to`, oldest first; the caller owns them. */
unsigned handover_take(struct handover *handover, uint16_t from, uint16_t to, struct rte_mbuf **mbufs, unsigned room);

#endif
