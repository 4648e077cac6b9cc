/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef DATAPLANE_CREDENTIAL_CHECK_H
#define DATAPLANE_CREDENTIAL_CHECK_H

/*
 * The verifier of one worker's flows (flows.h). crypt(3) is made to take milliseconds, which no worker has; so the main
 * lcore runs it, and the worker goes on with other flows meanwhile: questions and answers travel by two rings between
 * the two, and what was right is remembered for a while on the worker (credential_cache.h). There are so many questions
 * at a time and no more. A password is in the question alone, in memory that is left out of core dumps, and is wiped as
 * soon as it was looked at.
 */

#include <stdbool.h>
#include <stdint.h>

#include "fault.h"
#include "flow/flows.h"

struct credential_check;

struct credential_check_config {
	const char *name;   /* for DPDK, up to 16 octets; no other has it */
	uint32_t questions; /* the most at a time */
	uint32_t entries;   /* of the cache */
	uint64_t lifetime;  /* of its entries, microseconds */
	int wake; /* an eventfd(2), non-blocking: each question adds one to it, so that the main lcore can sleep; its
		   * owner closes it after credential_check_destroy */
};

struct credential_check_counters {
	uint64_t remembered; /* answered by the cache */
	uint64_t asked;
	uint64_t refused; /* no question was free */
};

/* NULL with a reason. Main lcore, while the worker does not run. */
struct credential_check *credential_check_create(const struct credential_check_config *config, struct fault *fault);

/* Wipes and frees all. The flows that asked are gone, or forgotten. NULL is nothing. */
void credential_check_destroy(struct credential_check *check);

/* What flows_config wants. Its functions are for the worker. */
struct flows_verifier credential_check_verifier(struct credential_check *check);

/* The worker: gives flows the answers that have come (flows_verified), at the time `now`, which is the stack's. Returns
 * how many. */
unsigned credential_check_take(struct credential_check *check, uint64_t now);

/* The main lcore: answers up to `most` questions, some milliseconds each. Returns how many. */
unsigned credential_check_work(struct credential_check *check, unsigned most);

/* The worker's counters. */
void credential_check_read_counters(const struct credential_check *check, struct credential_check_counters *counters);

#endif
