/* SPDX-License-Identifier: BSD-3-Clause */
/* Places in a JSON text, for people: lines, columns and paths. */
#include "json_index.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fault.h"

/* The longest text of one step of a path, with its NUL. */
#define STEP_SIZE 64

void json_position(const char *text, size_t offset, unsigned *line, unsigned *column)
{
	*line = 1;
	*column = 1;
	for (size_t i = 0; i < offset; i++) {
		if (text[i] == '\n') {
			++*line;
			*column = 1;
		} else if (((unsigned char)text[i] & 0xc0) != 0x80) {
			++*column;
		}
	}
}

static bool is_plain_key(const char *key)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-";

	return key[0] != '\0' && key[strspn(key, plain)] == '\0';
}

/* Writes a key that is no plain name in brackets and quotes, and what a terminal might obey or misread as '?'. */
static void write_odd_key(const char *key, char step[STEP_SIZE])
{
	size_t length = strlen(key);
	size_t shown = length < STEP_SIZE - 10 ? length : STEP_SIZE - 10;
	size_t used = 2;

	memcpy(step, "[\"", 2);
	for (size_t i = 0; i < shown; i++)
		step[used++] = key[i] >= 0x20 && key[i] < 0x7f && key[i] != '"' ? key[i] : '?';
	snprintf(step + used, STEP_SIZE - used, "%s\"]", shown < length ? "..." : "");
}

static void write_step(const struct json_index *index, uint32_t node, char step[STEP_SIZE])
{
	const struct json_node *nodes = index->nodes;
	const char *key;
	bool top;

	if (nodes[node].key == JSON_NO_NODE) {
		/* A member whose key was not read yet has no step of its own. */
		step[0] = '\0';
		if (index->text[nodes[nodes[node].parent].at] == '[')
			snprintf(step, STEP_SIZE, "[%u]", nodes[node].ordinal);
		return;
	}
	key = json_index_key(index, node);
	top = nodes[nodes[node].parent].parent == JSON_NO_NODE;
	if (is_plain_key(key) && strlen(key) < STEP_SIZE - 1)
		snprintf(step, STEP_SIZE, "%s%s", top ? "" : ".", key);
	else
		write_odd_key(key, step);
}

void json_index_path(const struct json_index *index, uint32_t node, char path[CONFIG_PATH_SIZE])
{
	size_t begin = CONFIG_PATH_SIZE - 1;
	char text[CONFIG_PATH_SIZE];
	char step[STEP_SIZE];

	/* From the end to the front, for the end is what tells the reader more. */
	text[begin] = '\0';
	for (; index->nodes[node].parent != JSON_NO_NODE; node = index->nodes[node].parent) {
		size_t length;

		write_step(index, node, step);
		length = strlen(step);
		if (length + 3 > begin) {
			begin -= 3;
			memcpy(text + begin, "...", 3);
			break;
		}
		begin -= length;
		memcpy(text + begin, step, length);
	}
	memcpy(path, text + begin, CONFIG_PATH_SIZE - begin);
}

static uint32_t find_key(const struct json_index *index, uint32_t parent, const char *key, size_t length)
{
	uint32_t node = index->nodes[parent].child;

	while (node != JSON_NO_NODE) {
		const char *name = index->nodes[node].key == JSON_NO_NODE ? "" : json_index_key(index, node);

		if (strlen(name) == length && memcmp(name, key, length) == 0)
			return node;
		node = index->nodes[node].next;
	}
	return JSON_NO_NODE;
}

static uint32_t find_ordinal(const struct json_index *index, uint32_t parent, unsigned long ordinal)
{
	uint32_t node = index->nodes[parent].child;

	while (node != JSON_NO_NODE && index->nodes[node].ordinal != ordinal)
		node = index->nodes[node].next;
	return node;
}

uint32_t json_index_find(const struct json_index *index, const char *path)
{
	uint32_t node = 0;

	while (*path != '\0') {
		uint32_t found;

		if (*path == '[') {
			char *end;

			found = find_ordinal(index, node, strtoul(path + 1, &end, 10));
			path = *end == ']' ? end + 1 : end;
		} else {
			size_t length;

			path += *path == '.';
			length = strcspn(path, ".[");
			found = find_key(index, node, path, length);
			path += length;
		}
		if (found == JSON_NO_NODE)
			break;
		node = found;
	}
	return node;
}

void json_fault(const struct json_index *index, struct config_error *error, size_t offset, const char *path,
		const char *format, ...)
{
	char message[CONFIG_MESSAGE_SIZE];
	unsigned line, column;
	va_list arguments;

	if (!fault_has_room(error))
		return;
	va_start(arguments, format);
	vsnprintf(message, sizeof(message), format, arguments);
	va_end(arguments);
	json_position(index->text, offset, &line, &column);
	fault_add(error, line, column, path, "%s", message);
}
