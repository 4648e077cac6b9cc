/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CONFIG_JSON_LINE_H
#define CONFIG_JSON_LINE_H

/*
 * Writes one line of JSON (RFC 8259) into a buffer of fixed size: objects and arrays in objects, strings, numbers. It
 * never writes beyond the buffer; a line that did not fit is told by json_line_end.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct json_line {
	char *text;
	size_t size;
	size_t length; /* octets written, or, once too long, the size */
	bool first;    /* nothing stands yet in the innermost object or array */
};

/* Begins the line with "{". */
void json_line_begin(struct json_line *line, char *text, size_t size);

/* Ends the line with "}" and a newline. Returns its octets (there is no NUL), or 0 if it did not fit. */
size_t json_line_end(struct json_line *line);

/* Members of the object at hand; within an array the name is NULL. Strings are taken for UTF-8; control characters and
 * what JSON asks for are escaped. */
void json_line_string(struct json_line *line, const char *name, const char *value);
void json_line_number(struct json_line *line, const char *name, uint64_t value);
void json_line_boolean(struct json_line *line, const char *name, bool value);
void json_line_null(struct json_line *line, const char *name);

/* A number with three decimals: 1234 thousandths are 1.234. */
void json_line_thousandths(struct json_line *line, const char *name, uint64_t value);

/* A string of any octets, as peers send them, in ASCII alone: an octet that is no printable ASCII stands as the
 * character of its number (0xff: "\u00ff"), so that every string has one form and can be turned back into its octets.
 * `cut`: there were more of them; the string then ends in the character U+2026, which no octet gives. */
void json_line_octets(struct json_line *line, const char *name, const char *octets, size_t length, bool cut);

/* Opens and closes an object ('{', '}') or an array ('[', ']'). */
void json_line_open(struct json_line *line, const char *name, char bracket);
void json_line_close(struct json_line *line, char bracket);

#endif
