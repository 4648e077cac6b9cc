/* SPDX-License-Identifier: BSD-3-Clause */
#include <string.h>

#include <rte_bitops.h>
#include <rte_common.h>

#include "../stack_state.h"
#include "table.h"

bool table_init(struct stack *stack, struct table *table, uint32_t capacity, size_t node_size, uint32_t key_words)
{
	uint32_t buckets = rte_align32pow2(capacity);

	table->secret.words[0] = stack_random(stack);
	table->secret.words[1] = stack_random(stack);
	table->buckets = stack_allocate(stack, buckets, sizeof(*table->buckets));
	table->nodes = stack_allocate(stack, capacity, node_size);
	if (table->buckets == NULL || table->nodes == NULL)
		return false;
	table->node_size = node_size;
	table->key_words = key_words;
	table->mask = buckets - 1;
	table->capacity = capacity;
	for (uint32_t i = capacity; i > 0; i--) {
		struct table_node *node = RTE_PTR_ADD(table->nodes, (i - 1) * node_size);

		node->next = table->free;
		table->free = node;
	}
	return true;
}

void table_destroy(struct stack *stack, struct table *table)
{
	stack_release(stack, table->buckets);
	stack_release(stack, table->nodes);
	memset(table, 0, sizeof(*table));
}

static struct table_node **bucket_of(const struct table *table, const uint64_t *key)
{
	return &table->buckets[siphash_1_3(&table->secret, key, table->key_words) & table->mask];
}

void *table_find(const struct table *table, const uint64_t *key)
{
	struct table_node *node;

	for (node = *bucket_of(table, key); node != NULL; node = node->next) {
		if (memcmp(node->key, key, table->key_words * sizeof(*key)) == 0)
			return node;
	}
	return NULL;
}

void *table_add(struct table *table, const uint64_t *key)
{
	struct table_node **bucket;
	struct table_node *node = table->free;

	if (node == NULL)
		return NULL;
	table->free = node->next;
	memset(node, 0, table->node_size);
	memcpy(node->key, key, table->key_words * sizeof(*key));
	bucket = bucket_of(table, key);
	node->next = *bucket;
	*bucket = node;
	table->used++;
	return node;
}

void table_remove(struct table *table, void *node)
{
	struct table_node *removed = node;
	struct table_node **link = bucket_of(table, removed->key);

	while (*link != removed)
		link = &(*link)->next;
	*link = removed->next;
	removed->next = table->free;
	table->free = removed;
	table->used--;
}
