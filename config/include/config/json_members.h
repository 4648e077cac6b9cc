/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CONFIG_JSON_MEMBERS_H
#define CONFIG_JSON_MEMBERS_H

/*
 * Reads a line that json_line.h has written, as it is told of by another process: strings, numbers and words of an
 * object and of what is in it. Nothing is copied or allocated, and nothing outside of the line is read.
 */

#include <stdbool.h>
#include <stddef.h>

#define JSON_MEMBER_PATH 128 /* octets of a path, with its NUL */
#define JSON_MEMBER_DEPTH 8  /* the most objects and arrays within each other */

struct json_member {
	const char *path;  /* "client.ip"; all of an array have the path of the array */
	const char *value; /* as it stands in the line, its escapes too, without the quotes of a string; no NUL */
	size_t length;
	bool string;
};

typedef void json_member_visit(void *context, const struct json_member *member);

/* Visits each value in its order. False if the line is not of that form; what came before was visited. */
bool json_members_visit(const char *line, size_t length, json_member_visit *visit, void *context);

#endif
