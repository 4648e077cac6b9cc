/* SPDX-License-Identifier: BSD-3-Clause */
#include "cache.h"

#include <stdbool.h>
#include <string.h>
#include <sys/queue.h>

#include <tcpstack/siphash.h>

#include "name_hash.h"

#define SECOND 1000000ull

struct dns_entry {
	LIST_ENTRY(dns_entry) same_hash;
	TAILQ_ENTRY(dns_entry) place; /* among the free, or those that may be evicted, by their last use */
	uint64_t expires;	      /* microseconds */
	uint32_t holders;
	bool known; /* it can be found */
	uint8_t family;
	char name[NAME_LENGTH_MAX + 1];
	struct dns_answer answer;
};

LIST_HEAD(bucket, dns_entry);
TAILQ_HEAD(entry_list, dns_entry);

struct dns_cache {
	struct dns_environment environment;
	struct siphash_key key;
	struct dns_cache_counters counters;
	uint32_t bucket_mask;
	struct bucket *buckets;
	struct entry_list free;
	struct entry_list idle; /* known and not held: the one that was used last stands last */
	struct dns_entry entries[];
};

struct dns_cache *dns_cache_create(const struct dns_environment *environment, uint32_t entries)
{
	void *context = environment->context;
	uint32_t buckets = name_hash_buckets(entries);
	struct dns_cache *cache =
	    environment->allocate(context, sizeof(*cache) + (size_t)entries * sizeof(struct dns_entry));

	if (cache == NULL)
		return NULL;
	cache->environment = *environment;
	cache->buckets = environment->allocate(context, buckets * sizeof(struct bucket));
	if (cache->buckets == NULL) {
		environment->release(context, cache);
		return NULL;
	}
	cache->key = name_hash_key(environment);
	cache->bucket_mask = buckets - 1;
	TAILQ_INIT(&cache->free);
	TAILQ_INIT(&cache->idle);
	for (uint32_t i = 0; i < entries; i++)
		TAILQ_INSERT_TAIL(&cache->free, &cache->entries[i], place);
	return cache;
}

void dns_cache_destroy(struct dns_cache *cache)
{
	struct dns_environment environment = cache->environment;

	environment.release(environment.context, cache->buckets);
	environment.release(environment.context, cache);
}

static struct bucket *bucket_of(struct dns_cache *cache, const char *name, enum dns_family family)
{
	return &cache->buckets[name_hash(&cache->key, name, family) & cache->bucket_mask];
}

static struct dns_entry *find(struct dns_cache *cache, const char *name, enum dns_family family)
{
	struct dns_entry *entry;

	LIST_FOREACH(entry, bucket_of(cache, name, family), same_hash)
	if (entry->family == family && strcmp(entry->name, name) == 0)
		return entry;
	return NULL;
}

/* Forgets an entry: nobody finds it any more. It is free now, or when its last holder lets it go. */
static void forget(struct dns_cache *cache, struct dns_entry *entry)
{
	LIST_REMOVE(entry, same_hash);
	entry->known = false;
	cache->counters.entries--;
	if (entry->holders > 0)
		return;
	TAILQ_REMOVE(&cache->idle, entry, place);
	TAILQ_INSERT_TAIL(&cache->free, entry, place);
}

struct dns_entry *dns_cache_find(struct dns_cache *cache, const char *name, enum dns_family family, uint64_t now)
{
	struct dns_entry *entry = find(cache, name, family);

	if (entry != NULL && entry->expires <= now) {
		forget(cache, entry);
		cache->counters.expired++;
		entry = NULL;
	}
	if (entry == NULL) {
		cache->counters.misses++;
		return NULL;
	}
	cache->counters.hits++;
	if (entry->holders == 0) {
		TAILQ_REMOVE(&cache->idle, entry, place);
		TAILQ_INSERT_TAIL(&cache->idle, entry, place);
	}
	return entry;
}

/* A free entry, for which another may have to go. NULL if all are held. */
static struct dns_entry *make_room(struct dns_cache *cache, uint64_t now)
{
	struct dns_entry *oldest;

	if (TAILQ_EMPTY(&cache->free)) {
		oldest = TAILQ_FIRST(&cache->idle);
		if (oldest == NULL)
			return NULL;
		cache->counters.evicted += oldest->expires > now;
		forget(cache, oldest);
	}
	return TAILQ_FIRST(&cache->free);
}

/* Seconds for which an answer holds. */
static uint32_t lifetime(const struct dns_answer *answer)
{
	uint32_t most = answer->outcome == DNS_ADDRESSES ? DNS_TTL_MOST : DNS_TTL_MOST_NEGATIVE;

	if (answer->ttl < DNS_TTL_LEAST || answer->outcome == DNS_FAILED)
		return DNS_TTL_LEAST;
	return answer->ttl < most ? answer->ttl : most;
}

struct dns_entry *dns_cache_store(struct dns_cache *cache, const char *name, enum dns_family family,
				  const struct dns_answer *answer, uint64_t now)
{
	struct dns_entry *entry = find(cache, name, family);

	if (entry != NULL)
		forget(cache, entry);
	entry = make_room(cache, now);
	if (entry == NULL) {
		cache->counters.refused++;
		return NULL;
	}
	TAILQ_REMOVE(&cache->free, entry, place);
	TAILQ_INSERT_TAIL(&cache->idle, entry, place);
	entry->expires = now + lifetime(answer) * SECOND;
	entry->known = true;
	entry->family = (uint8_t)family;
	strcpy(entry->name, name);
	entry->answer = *answer;
	LIST_INSERT_HEAD(bucket_of(cache, name, family), entry, same_hash);
	cache->counters.stored++;
	cache->counters.entries++;
	return entry;
}

void dns_cache_hold(struct dns_cache *cache, struct dns_entry *entry)
{
	if (entry->holders++ > 0)
		return;
	TAILQ_REMOVE(&cache->idle, entry, place);
	cache->counters.held++;
}

void dns_cache_release(struct dns_cache *cache, struct dns_entry *entry)
{
	if (--entry->holders > 0)
		return;
	TAILQ_INSERT_TAIL(entry->known ? &cache->idle : &cache->free, entry, place);
	cache->counters.held--;
}

const struct dns_answer *dns_entry_answer(const struct dns_entry *entry)
{
	return &entry->answer;
}

void dns_cache_read_counters(const struct dns_cache *cache, struct dns_cache_counters *counters)
{
	*counters = cache->counters;
}
