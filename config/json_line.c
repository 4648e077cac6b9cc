/* SPDX-License-Identifier: BSD-3-Clause */
#include <config/json_line.h>

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

static void put_escape(struct json_line *line, unsigned character)
{
	char escape[8];

	put(line, escape, (size_t)snprintf(escape, sizeof(escape), "\\u%04x", character));
}

/* A character within a string; those from 0x20 on stand for themselves. */
static void put_character(struct json_line *line, char character)
{
	if (character == '"' || character == '\\')
		put(line, "\\", 1);
	if ((unsigned char)character < 0x20)
		put_escape(line, (unsigned char)character);
	else
		put(line, &character, 1);
}

static void put_string(struct json_line *line, const char *value)
{
	put(line, "\"", 1);
	for (; *value != '\0'; value++)
		put_character(line, *value);
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

void json_line_null(struct json_line *line, const char *name)
{
	put_name(line, name);
	put(line, "null", 4);
}

void json_line_thousandths(struct json_line *line, const char *name, uint64_t value)
{
	char digits[32];

	put_name(line, name);
	put(line, digits,
	    (size_t)snprintf(digits, sizeof(digits), "%" PRIu64 ".%03u", value / 1000, (unsigned)(value % 1000)));
}

void json_line_octets(struct json_line *line, const char *name, const char *octets, size_t length, bool cut)
{
	size_t i;

	put_name(line, name);
	put(line, "\"", 1);
	for (i = 0; i < length; i++) {
		if ((unsigned char)octets[i] >= 0x7f)
			put_escape(line, (unsigned char)octets[i]);
		else
			put_character(line, octets[i]);
	}
	if (cut)
		put_escape(line, 0x2026);
	put(line, "\"", 1);
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
