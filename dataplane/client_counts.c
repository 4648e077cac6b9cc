/* SPDX-License-Identifier: BSD-3-Clause */
#include "client_counts.h"

#include <stdatomic.h>
#include <string.h>

#include <rte_bitops.h>
#include <rte_common.h>
#include <rte_malloc.h>

#include <tcpstack/siphash.h>

#include "entropy.h"

/* A word is the upper bits of a client's hash and, below them, its connections; 0 is free. Which line it is in, the
 * lower bits of the hash say: there, or in the next one. */
#define COUNT_BITS 24
#define COUNT_MASK ((UINT64_C(1) << COUNT_BITS) - 1)
#define LINE_WORDS 8
#define WINDOW (2 * LINE_WORDS)
#define LINES_MOST (UINT64_C(1) << COUNT_BITS)

#define SERVICE_NAME_WORDS 8 /* config/ takes names of up to 63 octets */

struct client_counts {
	struct siphash_key key;
	uint64_t lines; /* a power of two */
	_Atomic uint64_t words[] __rte_cache_aligned;
};

struct client_counts *client_counts_create(uint64_t connections, struct fault *fault)
{
	uint64_t lines = RTE_MIN(rte_align64pow2(2 * connections / LINE_WORDS + 2), LINES_MOST);
	struct client_counts *counts =
	    rte_zmalloc("client_counts", sizeof(*counts) + lines * LINE_WORDS * sizeof(uint64_t), RTE_CACHE_LINE_SIZE);

	if (counts == NULL) {
		fault_set(fault, "no memory to count the connections of clients; raise memory.megabytes");
		return NULL;
	}
	counts->lines = lines;
	if (!entropy_fill(&counts->key, sizeof(counts->key))) {
		fault_set(fault, "the kernel gives no random numbers");
		client_counts_destroy(counts);
		return NULL;
	}
	return counts;
}

void client_counts_destroy(struct client_counts *counts)
{
	rte_free(counts);
}

static uint64_t hash_of(const struct client_counts *counts, const struct ip_address *client, const char *service)
{
	uint64_t words[2 + SERVICE_NAME_WORDS] = {0};

	memcpy(words, client, address_is_ipv4(client) ? sizeof(*client) : sizeof(words[0]));
	memcpy(words + 2, service, strnlen(service, sizeof(uint64_t) * SERVICE_NAME_WORDS));
	return siphash_1_3(&counts->key, words, RTE_DIM(words));
}

static _Atomic uint64_t *place(struct client_counts *counts, uint64_t ticket, unsigned number)
{
	uint64_t line = (ticket + number / LINE_WORDS) & (counts->lines - 1);

	return &counts->words[line * LINE_WORDS + number % LINE_WORDS];
}

static bool is_of(uint64_t word, uint64_t ticket)
{
	return (word & COUNT_MASK) != 0 && (word & ~COUNT_MASK) == (ticket & ~COUNT_MASK);
}

/* How many connections a client has; *one: a word that counts it, NULL if there is none. */
static uint64_t count_of(struct client_counts *counts, uint64_t ticket, _Atomic uint64_t **one)
{
	uint64_t sum = 0;

	*one = NULL;
	for (unsigned i = 0; i < WINDOW; i++) {
		_Atomic uint64_t *word = place(counts, ticket, i);
		uint64_t value = atomic_load_explicit(word, memory_order_relaxed);

		if (!is_of(value, ticket))
			continue;
		sum += value & COUNT_MASK;
		*one = word;
	}
	return sum;
}

/* Adds to a word as long as it counts the client. False: it does not any more. */
static bool add(_Atomic uint64_t *word, uint64_t ticket)
{
	uint64_t value = atomic_load_explicit(word, memory_order_relaxed);

	while (is_of(value, ticket))
		if (atomic_compare_exchange_weak(word, &value, value + 1))
			return true;
	return false;
}

static bool claim(struct client_counts *counts, uint64_t ticket)
{
	for (unsigned i = 0; i < WINDOW; i++) {
		uint64_t none = 0;

		if (atomic_compare_exchange_strong(place(counts, ticket, i), &none, (ticket & ~COUNT_MASK) | 1))
			return true;
	}
	return false;
}

enum client_verdict client_counts_enter(struct client_counts *counts, const struct ip_address *client,
					const char *service, uint32_t bound, uint64_t *ticket)
{
	uint64_t hash = hash_of(counts, client, service);
	_Atomic uint64_t *word;

	*ticket = hash != 0 ? hash : 1;
	if (count_of(counts, *ticket, &word) >= RTE_MIN((uint64_t)bound, COUNT_MASK))
		return CLIENT_AT_BOUND;
	if ((word != NULL && add(word, *ticket)) || claim(counts, *ticket))
		return CLIENT_ENTERED;
	return CLIENT_NO_ROOM;
}

void client_counts_leave(struct client_counts *counts, uint64_t ticket)
{
	for (unsigned i = 0; i < WINDOW; i++) {
		_Atomic uint64_t *word = place(counts, ticket, i);
		uint64_t value = atomic_load_explicit(word, memory_order_relaxed);

		while (is_of(value, ticket))
			if (atomic_compare_exchange_weak(word, &value, (value & COUNT_MASK) == 1 ? 0 : value - 1))
				return;
	}
}

uint64_t client_counts_sum(const struct client_counts *counts)
{
	uint64_t sum = 0;

	for (uint64_t i = 0; i < counts->lines * LINE_WORDS; i++)
		sum += atomic_load_explicit(&counts->words[i], memory_order_relaxed) & COUNT_MASK;
	return sum;
}
