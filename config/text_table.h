/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CONFIG_TEXT_TABLE_H
#define CONFIG_TEXT_TABLE_H

/* Texts, each with a number: names of things and their places. All zero: an empty table. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define TEXT_TABLE_NONE UINT32_MAX

struct text_entry {
	size_t key; /* where the text begins in `keys` */
	uint64_t hash;
	uint32_t value;
	bool used;
};

struct text_table {
	struct text_entry *entries;
	size_t capacity; /* a power of two, or 0 */
	size_t count;
	char *keys; /* each with a NUL */
	size_t keys_size;
	size_t keys_room;
};

/*
 * Adds a copy of a text with its number, unless the table has the text. Its number from before comes to *earlier, or
 * TEXT_TABLE_NONE. False without memory: the table is then as it was.
 */
bool text_table_add(struct text_table *table, const char *key, uint32_t value, uint32_t *earlier);

/* The number of a text, or TEXT_TABLE_NONE. */
uint32_t text_table_find(const struct text_table *table, const char *key);

void text_table_free(struct text_table *table);

#endif
