/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef TCPSTACK_IP_TABLE_H
#define TCPSTACK_IP_TABLE_H

/*
 * A bounded hash table whose nodes are all made at the start: finding, adding and removing never allocate. The hash is
 * keyed (siphash.h), for peers choose the addresses that are the keys.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <tcpstack/siphash.h>

struct stack;

#define TABLE_KEY_WORDS 5

/* The first member of whatever is kept in a table. */
struct table_node {
	struct table_node *next;
	uint64_t key[TABLE_KEY_WORDS];
};

struct table {
	struct siphash_key secret;
	struct table_node **buckets;
	struct table_node *free;
	void *nodes;
	size_t node_size;
	uint32_t key_words;
	uint32_t mask;
	uint32_t used;
	uint32_t capacity;
};

/* Makes room for `capacity` nodes of `node_size` octets, with keys of `key_words` words. False if memory is lacking. */
bool table_init(struct stack *stack, struct table *table, uint32_t capacity, size_t node_size, uint32_t key_words);

/* Releases the memory; copes with a table that is all zero. */
void table_destroy(struct stack *stack, struct table *table);

/* The node with the key, or NULL. */
void *table_find(const struct table *table, const uint64_t *key);

/* Adds a node, all zero but for its key, which must not be in the table yet. NULL if the table is full. */
void *table_add(struct table *table, const uint64_t *key);

/* Takes the node out; it may be used again by the next table_add. */
void table_remove(struct table *table, void *node);

#endif
