/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CONTROL_LIVE_H
#define CONTROL_LIVE_H

/* Asking the sluiced that runs, at the control socket that a request means. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "command.h"

/* A value of a line of the answer, by its path (config/json_members.h); it lives as long as the line. */
struct live_field {
	const char *path;
	const char *value; /* NULL: the line has none; no NUL behind it */
	size_t length;
};

/* Finds values of a line; of several with one path, the last. False if the line is no object. */
bool live_read(const char *line, size_t length, struct live_field *fields, unsigned count);

/* A whole number, 0 if there is none. */
uint64_t live_number(const struct live_field *field);

bool live_is(const struct live_field *field, const char *text);

/* What a command makes of the lines. */
struct live_listener {
	/* Takes a line that says no error; false: it cannot be understood. */
	bool (*take)(void *context, const char *line, size_t length);
	void *context;
	const char *last; /* the `kind` of the line without which the answer is not whole; NULL: none */
};

/* Asks, and with --json prints each line as it is. False, said on standard error, if there is no whole answer. */
bool live_ask(const struct command_request *request, const char *question, const struct live_listener *listener);

#endif
