/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CONFIG_NAME_LIST_H
#define CONFIG_NAME_LIST_H

/*
 * Lists of names and wildcards being collected, from documents and from files: a name or wildcard in each line, or an
 * address and then names, as in /etc/hosts. What follows a '#' is a comment; blanks, empty lines and a carriage return
 * at the end of a line mean nothing.
 */

#include <stdbool.h>
#include <stddef.h>

#include <config/error.h>
#include <config/policy.h>

#define NAME_LIST_FILE_SIZE (64u << 20) /* the most octets of a file */

/* All zero: empty. */
struct name_list {
	char *records; /* '*' for a wildcard or '.' for a name, and then the name with a NUL, one after the other */
	size_t size;
	size_t room;
	size_t count;
};

/* Adds a name in its one form. False without memory: the list is then as it was. */
bool name_list_add(struct name_list *list, const char *name, bool wildcard);

/*
 * Adds the names of `size` octets at `text`, until the list has `most` of them. Returns false if there was any fault;
 * each is added to *error with its line and column, and `path`. Costs little when *error is full.
 */
bool name_list_read(struct name_list *list, const char *text, size_t size, size_t most, const char *path,
		    struct config_error *error);

/*
 * Gives the names out, in one piece of memory that the caller frees: patterns->items, NULL if there are none. The list
 * is empty then. False without memory: both are then as they were.
 */
bool name_list_finish(struct name_list *list, struct policy_patterns *patterns);

void name_list_free(struct name_list *list);

#endif
