/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef DATAPLANE_DNS_ENVIRONMENT_H
#define DATAPLANE_DNS_ENVIRONMENT_H

/* What the parts of DNS ask of their holder. */

#include <stddef.h>
#include <stdint.h>

struct dns_environment {
	void *context; /* passed back as it is */
	/* 64 random bits that nobody can predict: for secrets and the ids of queries. */
	uint64_t (*random)(void *context);
	/* Zeroed memory, aligned to a cache line; called while something is created or destroyed only. */
	void *(*allocate)(void *context, size_t size);
	void (*release)(void *context, void *memory);
};

#endif
