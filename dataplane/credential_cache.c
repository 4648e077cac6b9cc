/* SPDX-License-Identifier: BSD-3-Clause */
#include "credential_cache.h"

#include <stdlib.h>
#include <string.h>

#include <config/secret.h>
#include <rte_bitops.h>
#include <rte_common.h>

#define WAYS 4 /* entries that a digest may be in */

struct entry {
	uint64_t until; /* 0: none */
	uint8_t digest[KEYED_DIGEST_SIZE];
};

struct credential_cache {
	struct keyed_digest *keyed;
	uint64_t lifetime;
	uint32_t count; /* a power of two */
	struct entry *entries;
};

struct credential_cache *credential_cache_create(uint32_t entries, uint64_t lifetime, struct fault *fault)
{
	struct credential_cache *cache = calloc(1, sizeof(*cache));

	if (cache == NULL) {
		fault_set(fault, "no memory for the cache of credentials");
		return NULL;
	}
	cache->lifetime = lifetime;
	cache->count = RTE_MAX(rte_align32pow2(entries), (uint32_t)WAYS);
	cache->keyed = keyed_digest_create(fault);
	if (cache->keyed == NULL) {
		credential_cache_destroy(cache);
		return NULL;
	}
	cache->entries = secret_allocate(cache->count * sizeof(struct entry));
	if (cache->entries == NULL) {
		fault_set(fault, "no memory for a cache of %u credentials", cache->count);
		credential_cache_destroy(cache);
		return NULL;
	}
	return cache;
}

void credential_cache_destroy(struct credential_cache *cache)
{
	if (cache == NULL)
		return;
	secret_free(cache->entries, cache->count * sizeof(struct entry));
	keyed_digest_destroy(cache->keyed);
	free(cache);
}

bool credential_cache_digest(struct credential_cache *cache, const struct basic_credentials *credentials,
			     const char *hash, uint8_t digest[KEYED_DIGEST_SIZE])
{
	const struct keyed_digest_part parts[] = {
	    {credentials->user, credentials->user_length},
	    {credentials->password, credentials->password_length},
	    {hash, (uint32_t)strlen(hash)},
	};

	return keyed_digest_make(cache->keyed, parts, RTE_DIM(parts), digest);
}

/* The digest is random to whoever does not know the key, so its own octets spread it. */
static struct entry *ways_of(const struct credential_cache *cache, const uint8_t digest[KEYED_DIGEST_SIZE])
{
	uint32_t number;

	memcpy(&number, digest, sizeof(number));
	return &cache->entries[number & (cache->count - 1) & ~(uint32_t)(WAYS - 1)];
}

bool credential_cache_has(const struct credential_cache *cache, const uint8_t digest[KEYED_DIGEST_SIZE], uint64_t now)
{
	const struct entry *ways = ways_of(cache, digest);
	bool has = false;

	for (unsigned i = 0; i < WAYS; i++)
		has |= constant_time_equal(ways[i].digest, digest, KEYED_DIGEST_SIZE) && now < ways[i].until;
	return has;
}

void credential_cache_add(struct credential_cache *cache, const uint8_t digest[KEYED_DIGEST_SIZE], uint64_t now)
{
	struct entry *ways = ways_of(cache, digest);
	struct entry *place = &ways[0];

	for (unsigned i = 0; i < WAYS; i++) {
		if (constant_time_equal(ways[i].digest, digest, KEYED_DIGEST_SIZE)) {
			place = &ways[i];
			break;
		}
		if (ways[i].until < place->until)
			place = &ways[i];
	}
	memcpy(place->digest, digest, KEYED_DIGEST_SIZE);
	place->until = now + cache->lifetime;
}
