/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef DATAPLANE_DNS_CACHE_H
#define DATAPLANE_DNS_CACHE_H

/*
 * What a worker knows of names: answers by name and family, positive and negative, each for its time. The number of
 * entries is fixed at creation; a new one takes the place of the one that was not used for longest. An entry can be
 * held: then it stays readable, whatever becomes of it in the cache, until it is let go. The hash is keyed, for clients
 * choose the names. Time is given with each call, in microseconds. One thread.
 */

#include <stdint.h>

#include "environment.h"
#include "message.h"

#define DNS_TTL_LEAST 5		  /* seconds; an answer of TTL 0 holds for so long too */
#define DNS_TTL_MOST 3600	  /* of addresses */
#define DNS_TTL_MOST_NEGATIVE 300 /* of the absence of addresses or of a name (RFC 2308, section 5) */

struct dns_cache;
struct dns_entry;

struct dns_cache_counters {
	uint64_t hits, misses;
	uint64_t expired; /* of the misses: an entry was there, but its time was over */
	uint64_t stored;
	uint64_t evicted; /* entries that gave way to others before their time was over */
	uint64_t refused; /* answers not kept: all entries are held */
	/* in use now */
	uint32_t entries, held;
};

/* Makes a cache of so many entries, at least 1. NULL if memory is lacking. */
struct dns_cache *dns_cache_create(const struct dns_environment *environment, uint32_t entries);
void dns_cache_destroy(struct dns_cache *cache);

/* The entry for a name and a family, if its time is not over; else NULL. It is good until the next dns_cache_store or
 * dns_cache_release, unless it is held. */
struct dns_entry *dns_cache_find(struct dns_cache *cache, const char *name, enum dns_family family, uint64_t now);

/*
 * Copies an answer into the cache, in the place of an older one for the name and family. It holds for its TTL, within
 * the bounds above; DNS_FAILED for the least of them. The entry is good as that of dns_cache_find. NULL if all entries
 * are held.
 */
struct dns_entry *dns_cache_store(struct dns_cache *cache, const char *name, enum dns_family family,
				  const struct dns_answer *answer, uint64_t now);

/* Holds an entry; dns_cache_release lets it go, once for each hold. */
void dns_cache_hold(struct dns_cache *cache, struct dns_entry *entry);
void dns_cache_release(struct dns_cache *cache, struct dns_entry *entry);

const struct dns_answer *dns_entry_answer(const struct dns_entry *entry);

void dns_cache_read_counters(const struct dns_cache *cache, struct dns_cache_counters *counters);

#endif
