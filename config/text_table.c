/* SPDX-License-Identifier: BSD-3-Clause */
#include "text_table.h"

#include <stdlib.h>
#include <string.h>

/* FNV-1a: what comes here is written by whoever may write the policy, so nobody aims at one slot. */
static uint64_t hash_text(const char *text)
{
	uint64_t hash = UINT64_C(0xcbf29ce484222325);

	for (; *text != '\0'; text++)
		hash = (hash ^ (unsigned char)*text) * UINT64_C(0x100000001b3);
	return hash ^ hash >> 32;
}

/* The entry of a text, or the free one where it belongs. The table has free entries. */
static struct text_entry *find_entry(const struct text_table *table, const char *key, uint64_t hash)
{
	size_t place = hash & (table->capacity - 1);

	for (;; place = (place + 1) & (table->capacity - 1)) {
		struct text_entry *entry = &table->entries[place];

		if (!entry->used || (entry->hash == hash && strcmp(table->keys + entry->key, key) == 0))
			return entry;
	}
}

static bool grow_entries(struct text_table *table)
{
	struct text_table larger = *table;

	if (2 * (table->count + 1) <= table->capacity)
		return true;
	larger.capacity = table->capacity == 0 ? 64 : 2 * table->capacity;
	larger.entries = calloc(larger.capacity, sizeof(*larger.entries));
	if (larger.entries == NULL)
		return false;
	for (size_t i = 0; i < table->capacity; i++) {
		const struct text_entry *entry = &table->entries[i];

		if (entry->used)
			*find_entry(&larger, table->keys + entry->key, entry->hash) = *entry;
	}
	free(table->entries);
	*table = larger;
	return true;
}

static bool grow_keys(struct text_table *table, size_t size)
{
	size_t room = table->keys_room == 0 ? 1024 : table->keys_room;
	char *keys;

	while (room - table->keys_size < size)
		room *= 2;
	if (room == table->keys_room)
		return true;
	keys = realloc(table->keys, room);
	if (keys == NULL)
		return false;
	table->keys = keys;
	table->keys_room = room;
	return true;
}

bool text_table_add(struct text_table *table, const char *key, uint32_t value, uint32_t *earlier)
{
	size_t size = strlen(key) + 1;
	uint64_t hash = hash_text(key);
	struct text_entry *entry;

	if (!grow_entries(table) || !grow_keys(table, size))
		return false;
	entry = find_entry(table, key, hash);
	*earlier = entry->used ? entry->value : TEXT_TABLE_NONE;
	if (entry->used)
		return true;
	memcpy(table->keys + table->keys_size, key, size);
	*entry = (struct text_entry){.key = table->keys_size, .hash = hash, .value = value, .used = true};
	table->keys_size += size;
	table->count++;
	return true;
}

uint32_t text_table_find(const struct text_table *table, const char *key)
{
	const struct text_entry *entry;

	if (table->count == 0)
		return TEXT_TABLE_NONE;
	entry = find_entry(table, key, hash_text(key));
	return entry->used ? entry->value : TEXT_TABLE_NONE;
}

void text_table_free(struct text_table *table)
{
	free(table->entries);
	free(table->keys);
	memset(table, 0, sizeof(*table));
}
