/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CONFIG_JSON_INDEX_H
#define CONFIG_JSON_INDEX_H

/*
 * Where each value of a JSON text stands. cJSON keeps no positions, and accepts texts that are not JSON (RFC 8259) or
 * that two readers would read differently. So a text goes through here first: what passes is JSON in valid UTF-8, has
 * no key twice in an object, is not nested deeply, and can be pointed into. The order of nodes is that of cJSON's
 * items, so both are walked side by side.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <config/error.h>

#define JSON_DEPTH 32	      /* the most objects and lists within each other */
#define JSON_SIZE (64u << 20) /* the largest text that can be indexed; callers have smaller limits */
#define JSON_NO_NODE UINT32_MAX

struct json_node {
	uint32_t at;	  /* offset of the value's first octet */
	uint32_t key_at;  /* offset of its key's opening quote; `at` in a list and for the root */
	uint32_t key;	  /* where its key, decoded, begins in `keys`; JSON_NO_NODE in a list and for the root */
	uint32_t ordinal; /* its place in its object or list, from 0 */
	uint32_t parent;  /* these three: JSON_NO_NODE if there is none */
	uint32_t child;	  /* the first */
	uint32_t next;	  /* the next one of the same parent */
};

struct json_index {
	const char *text; /* the caller's; must outlive the index */
	size_t size;
	struct json_node *nodes; /* nodes[0] is the root */
	uint32_t count;
	uint32_t capacity;
	char *keys; /* decoded, each with a NUL */
	uint32_t keys_size;
};

/*
 * Reads the text. Returns false if it is no JSON text as above, or memory is lacking, and adds the faults to *error;
 * the index is then empty and needs no json_index_free.
 */
bool json_index_build(struct json_index *index, const char *text, size_t size, struct config_error *error);

void json_index_free(struct json_index *index);

/* The key of a node that has one. */
const char *json_index_key(const struct json_index *index, uint32_t node);

/* Writes the node's path, "ports[0].mtu", cut at the front if it is long; empty for the root. */
void json_index_path(const struct json_index *index, uint32_t node, char path[CONFIG_PATH_SIZE]);

/*
 * The node at a path that json_index_path could write, of keys that are plain names. If it does not exist: the deepest
 * node on the way to it that does.
 */
uint32_t json_index_find(const struct json_index *index, const char *path);

/* Line and column, from 1, of an offset of a text; columns count characters. */
void json_position(const char *text, size_t offset, unsigned *line, unsigned *column);

/*
 * Adds a fault at an offset of the index's text. Costs next to nothing when *error is full, so that a text of a million
 * faults is refused as fast as any other.
 */
void json_fault(const struct json_index *index, struct config_error *error, size_t offset, const char *path,
		const char *format, ...) __attribute__((format(printf, 5, 6)));

#endif
