/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef DATAPLANE_DNS_NAME_HASH_H
#define DATAPLANE_DNS_NAME_HASH_H

/* A keyed hash over a name and a family, for tables whose names clients choose. */

#include <string.h>

#include <tcpstack/siphash.h>

#include "environment.h"
#include "message.h"

static inline struct siphash_key name_hash_key(const struct dns_environment *environment)
{
	struct siphash_key key;

	key.words[0] = environment->random(environment->context);
	key.words[1] = environment->random(environment->context);
	return key;
}

/* `name` has at most NAME_LENGTH_MAX octets. */
static inline uint64_t name_hash(const struct siphash_key *key, const char *name, enum dns_family family)
{
	uint64_t words[2 + NAME_LENGTH_MAX / 8] = {0};
	size_t length = strlen(name);

	words[0] = length << 1 | (uint64_t)family;
	memcpy(words + 1, name, length);
	return siphash_1_3(key, words, 1 + (length + 7) / 8);
}

/* Buckets for a table of so many items: a power of two. */
static inline uint32_t name_hash_buckets(uint32_t items)
{
	uint32_t buckets = 1;

	while (buckets < items)
		buckets <<= 1;
	return buckets;
}

#endif
