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

/* *pushes: the status tells what became of a policy. */
static enum command_status run(int count, char **words, bool *pushes)
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
	*pushes = command->pushes && !request.dry_run;
	return command->run(&request);
}

int main(int count, char **words)
{
	enum command_status status;
	bool pushes = false;

	forbid_core();
	status = run(count, words, &pushes);
	if (fflush(stdout) == 0 && !ferror(stdout))
		return status;
	warn("the answer cannot be written");
	return status == COMMAND_DONE && !pushes ? COMMAND_REFUSED : status;
}
