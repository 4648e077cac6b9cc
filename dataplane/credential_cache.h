/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef DATAPLANE_CREDENTIAL_CACHE_H
#define DATAPLANE_CREDENTIAL_CACHE_H

/*
 * Which credentials were found right a while ago, so that a user is not worth milliseconds with each connection. Only
 * keyed digests over user, password and stored hash are kept: a password that was changed, or belongs to a user that
 * the policy does not have any more, is not found. What was found wrong is not kept, so that nobody who guesses can
 * displace those who know. An object is for one thread, and of a size that never changes.
 */

#include <stdbool.h>
#include <stdint.h>

#include "basic_credentials.h"
#include "fault.h"
#include "keyed_digest.h"

struct credential_cache;

/* For `entries` (at least 1; rounded up to a power of two, 4 at least), each of which holds for `lifetime` microseconds
 * from when it was added. NULL with a reason. */
struct credential_cache *credential_cache_create(uint32_t entries, uint64_t lifetime, struct fault *fault);

/* Wipes and frees it. NULL is nothing. */
void credential_cache_destroy(struct credential_cache *cache);

/* What stands for these credentials, checked against that hash. False without memory. */
bool credential_cache_digest(struct credential_cache *cache, const struct basic_credentials *credentials,
			     const char *hash, uint8_t digest[KEYED_DIGEST_SIZE]);

/* Whether they were added, less than the lifetime before `now` (microseconds). */
bool credential_cache_has(const struct credential_cache *cache, const uint8_t digest[KEYED_DIGEST_SIZE], uint64_t now);

/* Adds them, in the place of what would expire first among a few. */
void credential_cache_add(struct credential_cache *cache, const uint8_t digest[KEYED_DIGEST_SIZE], uint64_t now);

#endif
