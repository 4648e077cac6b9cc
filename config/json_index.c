/* SPDX-License-Identifier: BSD-3-Clause */
#include "json_index.h"

#include <stdlib.h>
#include <string.h>

#include "fault.h"
#include "json_text.h"

struct builder {
	struct json_reader reader;
	struct json_index *index;
	struct config_error *error;
	uint32_t open; /* the innermost object or list that is being read, for the path of a fault */
};

static bool read_value(struct builder *builder, uint32_t node, unsigned depth);

static void skip_space(struct json_reader *reader)
{
	int octet = json_peek(reader);

	while (octet == ' ' || octet == '\t' || octet == '\n' || octet == '\r') {
		reader->at++;
		octet = json_peek(reader);
	}
}

static bool fail_memory(struct builder *builder)
{
	return json_fail(&builder->reader, builder->reader.at, "out of memory");
}

/* A new node, not yet linked to a sibling. */
static uint32_t add_node(struct builder *builder, uint32_t parent, uint32_t ordinal)
{
	struct json_index *index = builder->index;

	if (index->count == index->capacity) {
		uint32_t capacity = index->capacity == 0 ? 256 : index->capacity * 2;
		struct json_node *nodes = realloc(index->nodes, (size_t)capacity * sizeof(*nodes));

		if (nodes == NULL) {
			fail_memory(builder);
			return JSON_NO_NODE;
		}
		index->nodes = nodes;
		index->capacity = capacity;
	}
	index->nodes[index->count] = (struct json_node){
	    .at = (uint32_t)builder->reader.at,
	    .key_at = (uint32_t)builder->reader.at,
	    .key = JSON_NO_NODE,
	    .ordinal = ordinal,
	    .parent = parent,
	    .child = JSON_NO_NODE,
	    .next = JSON_NO_NODE,
	};
	return index->count++;
}

/* A new node behind `last`, or the first one of its parent if that is JSON_NO_NODE. */
static uint32_t add_child(struct builder *builder, uint32_t parent, uint32_t last)
{
	struct json_node **nodes = &builder->index->nodes;
	uint32_t node = add_node(builder, parent, last == JSON_NO_NODE ? 0 : (*nodes)[last].ordinal + 1);

	if (node == JSON_NO_NODE)
		return node;
	if (last == JSON_NO_NODE)
		(*nodes)[parent].child = node;
	else
		(*nodes)[last].next = node;
	return node;
}

struct named {
	const char *key;
	uint32_t node;
};

static int compare_named(const void *left, const void *right)
{
	const struct named *a = left;
	const struct named *b = right;
	int order = strcmp(a->key, b->key);

	return order != 0 ? order : (a->node > b->node) - (a->node < b->node);
}

static void report_twice(struct builder *builder, uint32_t first, uint32_t second)
{
	const struct json_index *index = builder->index;
	char path[CONFIG_PATH_SIZE];
	unsigned line, column;

	if (!fault_has_room(builder->error))
		return;
	json_position(index->text, index->nodes[first].key_at, &line, &column);
	json_index_path(index, second, path);
	json_fault(index, builder->error, index->nodes[second].key_at, path,
		   "this key was already given at %u:%u; keep one of them", line, column);
}

/* Reports keys that an object has twice, however they are escaped. Sorting keeps this fast for objects of any size. */
static bool check_twice(struct builder *builder, uint32_t object, uint32_t count)
{
	const struct json_index *index = builder->index;
	struct named *members;
	uint32_t first = 0;
	uint32_t i = 0;

	if (count < 2)
		return true;
	members = malloc(count * sizeof(*members));
	if (members == NULL)
		return fail_memory(builder);
	for (uint32_t node = index->nodes[object].child; node != JSON_NO_NODE; node = index->nodes[node].next)
		members[i++] = (struct named){json_index_key(index, node), node};
	qsort(members, count, sizeof(*members), compare_named);
	for (i = 1; i < count; i++) {
		if (strcmp(members[i].key, members[first].key) == 0)
			report_twice(builder, members[first].node, members[i].node);
		else
			first = i;
	}
	free(members);
	return true;
}

/* Reads a key and its colon. */
static bool read_key(struct builder *builder, uint32_t node)
{
	struct json_reader *reader = &builder->reader;
	struct json_index *index = builder->index;
	char buffer[24];

	if (json_peek(reader) == '}')
		return json_fail(reader, reader->at, "a comma stands before '}'; remove the comma");
	if (json_peek(reader) != '"')
		return json_fail(reader, reader->at, "a key in double quotes is wanted here, not %s",
				 json_describe(reader, buffer));
	if (!json_read_string(reader, index->keys + index->keys_size))
		return false;
	index->nodes[node].key = index->keys_size;
	index->keys_size += (uint32_t)strlen(index->keys + index->keys_size) + 1;

	skip_space(reader);
	if (json_peek(reader) != ':')
		return json_fail(reader, reader->at, "a colon is wanted behind the key, not %s",
				 json_describe(reader, buffer));
	reader->at++;
	skip_space(reader);
	index->nodes[node].at = (uint32_t)reader->at;
	return true;
}

/* Reads the members of an object or the items of a list, whose opening bracket was just read. */
static bool read_children(struct builder *builder, uint32_t parent, char close, unsigned depth)
{
	struct json_reader *reader = &builder->reader;
	uint32_t last = JSON_NO_NODE;
	char buffer[24];

	skip_space(reader);
	if (json_peek(reader) == close) {
		reader->at++;
		return true;
	}
	for (;;) {
		builder->open = parent;
		last = add_child(builder, parent, last);
		if (last == JSON_NO_NODE)
			return false;
		if (close == '}' && !read_key(builder, last))
			return false;
		builder->open = last;
		if (!read_value(builder, last, depth))
			return false;
		builder->open = parent;
		skip_space(reader);
		if (json_peek(reader) == close)
			break;
		if (json_peek(reader) != ',')
			return json_fail(reader, reader->at, "a comma or '%c' is wanted here, not %s", close,
					 json_describe(reader, buffer));
		reader->at++;
		skip_space(reader);
	}
	reader->at++;
	return close != '}' || check_twice(builder, parent, builder->index->nodes[last].ordinal + 1);
}

static bool read_word(struct json_reader *reader)
{
	static const char *const words[] = {"true", "false", "null"};
	char buffer[24];

	for (unsigned i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		size_t length = strlen(words[i]);

		if (reader->size - reader->at >= length && memcmp(reader->text + reader->at, words[i], length) == 0) {
			reader->at += length;
			return true;
		}
	}
	switch (json_peek(reader)) {
	case '\'':
		return json_fail(reader, reader->at, "strings stand in double quotes");
	case '/':
	case '#':
		return json_fail(reader, reader->at, "JSON has no comments; remove it");
	case ']':
		return json_fail(reader, reader->at, "a comma stands before ']'; remove the comma");
	default:
		return json_fail(reader, reader->at, "a value is wanted here, not %s", json_describe(reader, buffer));
	}
}

static bool read_value(struct builder *builder, uint32_t node, unsigned depth)
{
	struct json_reader *reader = &builder->reader;
	int octet = json_peek(reader);

	switch (octet) {
	case '{':
	case '[':
		if (depth == JSON_DEPTH)
			return json_fail(reader, reader->at, "more than %d objects and lists within each other",
					 JSON_DEPTH);
		reader->at++;
		return read_children(builder, node, octet == '{' ? '}' : ']', depth + 1);
	case '"':
		return json_read_string(reader, NULL);
	case '-':
	case '0' ... '9':
		return json_read_number(reader);
	default:
		return read_word(reader);
	}
}

/* Byte order marks, and texts that are in another encoding altogether. */
static bool check_encoding(struct json_reader *reader)
{
	const unsigned char *octets = (const unsigned char *)reader->text;

	if (reader->size >= 3 && octets[0] == 0xef && octets[1] == 0xbb && octets[2] == 0xbf)
		return json_fail(reader, 0, "the file begins with a byte order mark; save it as UTF-8 without one");
	if (reader->size >= 2 && ((octets[0] == 0xfe && octets[1] == 0xff) || (octets[0] == 0xff && octets[1] == 0xfe)))
		return json_fail(reader, 0, "the file is in UTF-16; save it as UTF-8");
	return true;
}

static bool read_document(struct builder *builder)
{
	struct json_reader *reader = &builder->reader;
	char buffer[24];

	if (reader->size > JSON_SIZE)
		return json_fail(reader, 0, "the text is larger than %u octets", JSON_SIZE);
	if (!check_encoding(reader))
		return false;
	/* Decoded keys are no longer than the text: each has two quotes there, and one NUL here. */
	builder->index->keys = malloc(reader->size + 1);
	if (builder->index->keys == NULL)
		return fail_memory(builder);
	skip_space(reader);
	if (json_peek(reader) < 0)
		return json_fail(reader, reader->at, "the file is empty");
	if (add_node(builder, JSON_NO_NODE, 0) == JSON_NO_NODE || !read_value(builder, 0, 0))
		return false;
	builder->open = JSON_NO_NODE;
	skip_space(reader);
	if (json_peek(reader) >= 0)
		return json_fail(reader, reader->at, "the document ended before %s; remove what follows it",
				 json_describe(reader, buffer));
	return true;
}

bool json_index_build(struct json_index *index, const char *text, size_t size, struct config_error *error)
{
	struct builder builder = {
	    .reader = {.text = text, .size = size},
	    .index = index,
	    .error = error,
	    .open = JSON_NO_NODE,
	};
	unsigned before = error->count;

	*index = (struct json_index){.text = text, .size = size};
	if (!read_document(&builder)) {
		char path[CONFIG_PATH_SIZE] = "";

		if (builder.open != JSON_NO_NODE)
			json_index_path(index, builder.open, path);
		json_fault(index, error, builder.reader.fault_at, path, "%s", builder.reader.fault);
	}
	if (error->count == before)
		return true;
	json_index_free(index);
	return false;
}

void json_index_free(struct json_index *index)
{
	free(index->nodes);
	free(index->keys);
	memset(index, 0, sizeof(*index));
}

const char *json_index_key(const struct json_index *index, uint32_t node)
{
	return index->keys + index->nodes[node].key;
}
