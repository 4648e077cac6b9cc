/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CONFIG_ERROR_H
#define CONFIG_ERROR_H

/*
 * What is wrong with a configuration file. A file is refused as a whole; the faults found in it are reported together,
 * so that it can be put right in one go. Plain data: nothing to free, may be copied.
 */

#include <stdio.h>

#define CONFIG_FAULTS 10	/* the most faults that are kept; more are only counted */
#define CONFIG_PATH_SIZE 128	/* of a path in the document, with its NUL */
#define CONFIG_MESSAGE_SIZE 320 /* of a message, with its NUL */

struct config_fault {
	unsigned line;			   /* from 1; 0: the fault is not at a place in the file */
	unsigned column;		   /* from 1, in characters, not octets; a tab is one */
	char path[CONFIG_PATH_SIZE];	   /* "ports[0].mtu"; empty: the document itself */
	char message[CONFIG_MESSAGE_SIZE]; /* what is wrong and what to do; no full stop, no new line */
};

struct config_error {
	char file[256]; /* as it was given to the loader; cut at the front if it is longer */
	unsigned count; /* faults[0 .. count - 1] are filled, in the order of the file */
	unsigned more;	/* further faults that found no room */
	struct config_fault faults[CONFIG_FAULTS];
};

/* Writes a line for each fault, "file:line:column: path: message", and one more line if there were more of them. */
void config_error_print(const struct config_error *error, FILE *stream);

#endif
