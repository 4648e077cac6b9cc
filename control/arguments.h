/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CONTROL_ARGUMENTS_H
#define CONTROL_ARGUMENTS_H

/* Reading what sluicectl was called with. */

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "command.h"

enum arguments_outcome {
	ARGUMENTS_COMMAND, /* *command is to be run with *request */
	ARGUMENTS_HELP,	   /* is asked for: of *command, or of all if that is NULL */
	ARGUMENTS_VERSION,
	ARGUMENTS_WRONG, /* and said so on standard error */
};

enum arguments_outcome arguments_read(int count, char **words, const struct command **command,
				      struct command_request *request);

/* A number in plain decimal, without sign or leading zero, from 1 to `most`. */
bool arguments_read_number(const char *text, uint64_t most, uint64_t *number);

/* Of a command, or of all if it is NULL. */
void arguments_print_usage(FILE *stream, const struct command *command);

#endif
