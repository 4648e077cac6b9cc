/* SPDX-License-Identifier: BSD-3-Clause */
#include "json_line.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static void put(struct json_line *line, const char *text, size_t length)
{
	if (line->length + length > line->size) {
		line->length = line->size + 1;
		return;
	}
	memcpy(line->text + line->length, text, length);
	line->length += length;
}

static void put_string(struct json_line *line, const char *value)
{
	char escape[8];

	put(line, "\"", 1);
	for (; *value != '\0'; value++) {
		if (*value == '"' || *value == '\\') {
			snprintf(escape, sizeof(escape), "\\%c", *value);
			put(line, escape, 2);
		} else if ((unsigned char)*value < 0x20) {
			snprintf(escape, sizeof(escape), "\\u%04x", (unsigned)(unsigned char)*value);
			put(line, escape, 6);
		} else {
			put(line, value, 1);
		}
	}
	put(line, "\"", 1);
}

static void put_name(struct json_line *line, const char *name)
{
	if (!line->first)
		put(line, ",", 1);
	line->first = false;
	if (name == NULL)
		return;
	put_string(line, name);
	put(line, ":", 1);
}

void json_line_begin(struct json_line *line, char *text, size_t size)
{
	*line = (struct json_line){.text = text, .size = size, .first = true};
	put(line, "{", 1);
}

size_t json_line_end(struct json_line *line)
{
	put(line, "}\n", 2);
	return line->length > line->size ? 0 : line->length;
}

void json_line_string(struct json_line *line, const char *name, const char *value)
{
	put_name(line, name);
	put_string(line, value);
}

void json_line_number(struct json_line *line, const char *name, uint64_t value)
{
	char digits[24];

	put_name(line, name);
	put(line, digits, (size_t)snprintf(digits, sizeof(digits), "%" PRIu64, value));
}

void json_line_boolean(struct json_line *line, const char *name, bool value)
{
	put_name(line, name);
	put(line, value ? "true" : "false", value ? 4 : 5);
}

void json_line_open(struct json_line *line, const char *name, char bracket)
{
	put_name(line, name);
	put(line, &bracket, 1);
	line->first = true;
}

void json_line_close(struct json_line *line, char bracket)
{
	put(line, &bracket, 1);
	line->first = false;
}
