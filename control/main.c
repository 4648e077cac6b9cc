/* SPDX-License-Identifier: BSD-3-Clause */
/* sluicectl: pushes policies to sluiced, and tells of them. */
#include <err.h>
#include <stdio.h>
#include <sys/resource.h>

#include "arguments.h"

/* A policy holds hashes of passwords, and much of it lies in the heap while it is compiled. One octet, not none: with
 * none the kernel still gives a core to the program that core_pattern names. */
static void forbid_core(void)
{
	setrlimit(RLIMIT_CORE, &(struct rlimit){1, 1});
}

static enum command_status run(int count, char **words)
{
	const struct command *command;
	struct command_request request;

	switch (arguments_read(count, words, &command, &request)) {
	case ARGUMENTS_HELP:
		arguments_print_usage(stdout, command);
		return COMMAND_DONE;
	case ARGUMENTS_VERSION:
		printf("sluicectl %s\n", SLUICE_VERSION);
		return COMMAND_DONE;
	case ARGUMENTS_WRONG:
		fprintf(stderr, "\"sluicectl --help\" tells what there is\n");
		return COMMAND_USAGE;
	case ARGUMENTS_COMMAND:
		break;
	}
	return command->run(&request);
}

int main(int count, char **words)
{
	enum command_status status;

	forbid_core();
	status = run(count, words);
	if (fflush(stdout) == 0 && !ferror(stdout))
		return status;
	warn("the answer cannot be written");
	return status == COMMAND_DONE ? COMMAND_REFUSED : status;
}
