/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CONFIG_NAME_TABLE_H
#define CONFIG_NAME_TABLE_H

/*
 * Makes the table of names of an image: all names of all categories and filters in one hash, each name once, with what
 * it is in each space. First each space's names are added, one space after the other, in ascending order; then the
 * table is laid out; then it is written.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <config/policy.h>

#include "image_layout.h"

struct name_table;

/* For at most `patterns` of them. NULL: no memory, or no random numbers for the seed. */
struct name_table *name_table_create(size_t patterns);
void name_table_free(struct name_table *table);

/* Adds what stands in a row of a filter, or in a category (row 0). Rows of a space in ascending order. */
void name_table_add(struct name_table *table, uint16_t space, uint16_t row, const struct policy_patterns *patterns);

/* Gives each name its bucket. False: no memory, or no seed spreads the names, which is not to be expected. */
bool name_table_place(struct name_table *table);

/* Once it is laid out: what the table takes. */
struct name_table_size {
	uint64_t buckets;
	uint64_t postings;
	uint64_t strings; /* octets */
};
struct name_table_size name_table_size(const struct name_table *table);

/* Writes seed, homes, probes and deepest into the layout, and buckets and postings, all zero before, to their places;
 * the names to `strings`, the first of which is string number `first_string`. */
void name_table_write(const struct name_table *table, struct image_layout *layout, struct image_bucket *buckets,
		      struct image_posting *postings, char *strings, uint32_t first_string);

#endif
