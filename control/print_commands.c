/* SPDX-License-Identifier: BSD-3-Clause */
/* Prints docs/reference/sluicectl.md; run by the build. */
#include <stdio.h>

#include "command.h"

static const char introduction[] =
    "# sluicectl\n\n"
    "Pushes policies to `sluiced`, and tells of them. This page is made from the table of commands in\n"
    "`control/command.c`, and a test compares the two.\n\n"
    "    sluicectl COMMAND [ARGUMENT] [OPTIONS]\n"
    "    sluicectl COMMAND --help\n"
    "    sluicectl --help | --version\n\n"
    "Answers are written to standard output; what is wrong, and where, to standard error, as\n"
    "`FILE:LINE:COLUMN: PATH: MESSAGE` where it is a file that is wrong. No password, nor its hash, is ever "
    "printed.\n\n"
    "| status | means |\n|---|---|\n"
    "| 0 | done: of `apply` and `rollback`, `sluiced` has taken the policy, or it is published and `sluiced` does not "
    "run; "
    "that its answer can be written is not needed for it |\n"
    "| 1 | refused: the policy in force is the one before, or there is no answer |\n"
    "| 2 | called wrongly: nothing was tried |\n"
    "| 3 | the policy is published, but within five seconds not every worker of `sluiced` has taken it, or "
    "another push came before `sluiced` looked at it |\n\n"
    "## The region\n\n"
    "`sluicectl` and `sluiced` meet in two files in the folder that `--region` names; both must run as the same user, "
    "who\n"
    "alone may open them. [architecture.md](../architecture.md) has the protocol.\n\n"
    "What the two have to agree on stands in these files, so neither has to be told what the other was:\n\n"
    "- **The size of a slot**, which an image has to fit into, is what the file `policy` says. Whoever comes first "
    "makes\n"
    "  it; `--slot-megabytes` counts then only. `sluiced` makes it anew at its start if its own configuration wants\n"
    "  another size.\n"
    "- **The folder on disk**: a running `sluiced` says where it looks for policies when the region is empty, and "
    "`apply`\n"
    "  and `rollback` are refused where `--state` names another folder.\n"
    "- **The hit counters** are `sluiced`'s. An image that has more of them than it was configured for it refuses, "
    "and\n"
    "  `sluicectl` says so.\n\n";

static void print_options(const struct command *command)
{
	if (command->options == 0)
		return;
	printf("\n| option | meaning (default) |\n|---|---|\n");
	for (unsigned i = 0; i < OPTIONS; i++) {
		const char *argument = command_options[i].argument;

		if (command->options & 1u << i)
			printf("| `--%s%s%s` | %s |\n", command_options[i].name, argument != NULL ? " " : "",
			       argument != NULL ? argument : "", command_options[i].about);
	}
}

int main(void)
{
	printf("%s## Commands\n", introduction);
	for (unsigned i = 0; i < command_count; i++) {
		const struct command *command = &commands[i];

		printf("\n### `%s%s%s`\n\n%s", command->name, command->arguments[0] != '\0' ? " " : "",
		       command->arguments, command->reference);
		print_options(command);
	}
	return fflush(stdout) == 0 ? 0 : 1;
}
