/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef TESTS_UNIT_DNS_ENVIRONMENT_H
#define TESTS_UNIT_DNS_ENVIRONMENT_H

/* What the parts of DNS ask for, as tests give it: memory of the C library, of which all must come back, and random
 * numbers that are the same in every run. */

#include <stdlib.h>
#include <string.h>

#include "dns/environment.h"
#include "support.h"

struct dns_ground {
	uint64_t seed;
	unsigned allocated; /* and not yet released */
	unsigned refuse;    /* the allocation that fails: 1 the next one; 0: none */
};

static inline uint64_t dns_ground_random(void *context)
{
	return support_random(&((struct dns_ground *)context)->seed);
}

static inline void *dns_ground_allocate(void *context, size_t size)
{
	struct dns_ground *ground = context;
	void *memory;

	if (ground->refuse > 0 && --ground->refuse == 0)
		return NULL;
	memory = aligned_alloc(64, (size + 63) / 64 * 64);
	if (memory == NULL)
		abort();
	ground->allocated++;
	return memset(memory, 0, size);
}

static inline void dns_ground_release(void *context, void *memory)
{
	struct dns_ground *ground = context;

	ground->allocated -= memory != NULL;
	free(memory);
}

static inline struct dns_environment dns_ground_environment(struct dns_ground *ground)
{
	return (struct dns_environment){
	    .context = ground,
	    .random = dns_ground_random,
	    .allocate = dns_ground_allocate,
	    .release = dns_ground_release,
	};
}

#endif
