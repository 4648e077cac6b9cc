/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef TCPSTACK_TOKEN_BUCKET_H
#define TCPSTACK_TOKEN_BUCKET_H

/* Limits how often something is done: so many times a second, and as many at once after a second of rest. */

#include <stdbool.h>
#include <stdint.h>

#define TOKEN_BUCKET_SECOND 1000000 /* microseconds; also the cost of one token, so that a rate fills exactly */

struct token_bucket {
	uint64_t level;	 /* in parts of a token */
	uint64_t filled; /* when level was right: microseconds */
	uint32_t rate;	 /* tokens a second */
};

/* A full bucket. */
static inline void token_bucket_init(struct token_bucket *bucket, uint32_t rate, uint64_t now)
{
	bucket->rate = rate;
	bucket->level = (uint64_t)rate * TOKEN_BUCKET_SECOND;
	bucket->filled = now;
}

/* Takes one token; false if there is none. Time never goes back. */
static inline bool token_bucket_take(struct token_bucket *bucket, uint64_t now)
{
	uint64_t full = (uint64_t)bucket->rate * TOKEN_BUCKET_SECOND;
	uint64_t elapsed = now - bucket->filled;

	if (elapsed >= TOKEN_BUCKET_SECOND)
		bucket->level = full;
	else
		bucket->level += elapsed * bucket->rate;
	if (bucket->level > full)
		bucket->level = full;
	bucket->filled = now;
	if (bucket->level < TOKEN_BUCKET_SECOND)
		return false;
	bucket->level -= TOKEN_BUCKET_SECOND;
	return true;
}

#endif
