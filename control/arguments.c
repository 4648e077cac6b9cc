/* SPDX-License-Identifier: BSD-3-Clause */
#include "arguments.h"

#include <err.h>
#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#include <config/control_socket.h>
#include <config/region.h>

#define SLOT_MEGABYTES_MOST 65536
#define MEGABYTE UINT64_C(1048576)

/* Those that belong to no command, behind those of enum command_option_code. */
enum {
	OPTION_HELP = OPTIONS,
	OPTION_VERSION,
	ALL_OPTIONS
};

#define GETOPT_FIRST 256 /* no character, so that "?" stays what getopt means by it */

static void fill_getopt(struct option all[ALL_OPTIONS + 1])
{
	memset(all, 0, (ALL_OPTIONS + 1) * sizeof(all[0]));
	for (unsigned i = 0; i < OPTIONS; i++) {
		all[i].name = command_options[i].name;
		all[i].has_arg = command_options[i].argument != NULL ? required_argument : no_argument;
	}
	all[OPTION_HELP].name = "help";
	all[OPTION_VERSION].name = "version";
	for (int i = 0; i < ALL_OPTIONS; i++)
		all[i].val = GETOPT_FIRST + i;
}

bool arguments_read_number(const char *text, uint64_t most, uint64_t *number)
{
	char *end;

	if (text[0] < '1' || text[0] > '9')
		return false;
	errno = 0;
	*number = strtoull(text, &end, 10);
	return errno == 0 && *end == '\0' && *number <= most;
}

static bool set_slot_size(struct command_request *request, const char *text)
{
	uint64_t megabytes;

	if (!arguments_read_number(text, SLOT_MEGABYTES_MOST, &megabytes)) {
		warnx("--slot-megabytes takes a number from 1 to %d, not \"%s\"", SLOT_MEGABYTES_MOST, text);
		return false;
	}
	request->slot_size = megabytes * MEGABYTE;
	request->slot_size_given = true;
	return true;
}

static bool set_option(struct command_request *request, enum command_option_code code, const char *value)
{
	if (value != NULL && value[0] == '\0') {
		warnx("--%s takes a %s, not nothing", command_options[code].name, command_options[code].argument);
		return false;
	}
	switch (code) {
	case OPTION_REGION:
		request->region = value;
		return true;
	case OPTION_STATE:
		request->state = value;
		return true;
	case OPTION_TMPFS:
		request->tmpfs = true;
		return true;
	case OPTION_SLOT_MEGABYTES:
		return set_slot_size(request, value);
	case OPTION_DRY_RUN:
		request->dry_run = true;
		return true;
	case OPTION_SERVICE:
		request->service = value;
		return true;
	case OPTION_FILE:
		request->file = value;
		return true;
	case OPTION_NO_NAME:
		request->no_name = true;
		return true;
	case OPTION_JSON:
		request->json = true;
		return true;
	case OPTION_REEVALUATE:
		request->reevaluate = true;
		return true;
	case OPTION_SOCKET:
		request->socket = value;
		return true;
	case OPTION_LIMIT:
		if (arguments_read_number(value, COMMAND_LIMIT_MOST, &request->limit))
			return true;
		warnx("--limit takes a number from 1 to %d, not \"%s\"", COMMAND_LIMIT_MOST, value);
		return false;
	case OPTIONS:
		break;
	}
	return false;
}

/* Reads all options, whose bits are gathered in *given. */
static enum arguments_outcome read_options(int count, char **words, struct command_request *request, unsigned *given)
{
	struct option all[ALL_OPTIONS + 1];
	bool help = false;
	int code;

	fill_getopt(all);
	while ((code = getopt_long(count, words, "", all, NULL)) != -1) {
		switch (code - GETOPT_FIRST) {
		case OPTION_HELP:
			help = true;
			break;
		case OPTION_VERSION:
			return ARGUMENTS_VERSION;
		default:
			if (code < GETOPT_FIRST)
				return ARGUMENTS_WRONG; /* getopt has said why */
			if (!set_option(request, (enum command_option_code)(code - GETOPT_FIRST), optarg))
				return ARGUMENTS_WRONG;
			*given |= 1u << (code - GETOPT_FIRST);
		}
	}
	return help ? ARGUMENTS_HELP : ARGUMENTS_COMMAND;
}

static const struct command *find_command(const char *name)
{
	for (unsigned i = 0; i < command_count; i++)
		if (strcmp(commands[i].name, name) == 0)
			return &commands[i];
	return NULL;
}

/* Whether the command takes these options and so many arguments. */
static bool fits(const struct command *command, unsigned given, unsigned count)
{
	for (unsigned i = 0; i < OPTIONS; i++)
		if (given & ~command->options & 1u << i) {
			warnx("%s does not take --%s", command->name, command_options[i].name);
			return false;
		}
	if (count >= command->least && count <= command->most)
		return true;
	if (command->most == 0)
		warnx("%s takes no arguments", command->name);
	else
		warnx("%s takes %s%s", command->name, command->arguments, count > command->most ? ", and no more" : "");
	return false;
}

enum arguments_outcome arguments_read(int count, char **words, const struct command **command,
				      struct command_request *request)
{
	enum arguments_outcome outcome;
	unsigned given = 0, rest;

	*request = (struct command_request){
	    .region = REGION_FOLDER,
	    .state = REGION_KEPT,
	    .slot_size = REGION_SLOT_MEGABYTES * MEGABYTE,
	    .socket = CONTROL_SOCKET,
	    .limit = COMMAND_LIMIT,
	};
	*command = NULL;
	outcome = read_options(count, words, request, &given);
	if (outcome == ARGUMENTS_HELP && optind < count)
		*command = find_command(words[optind]);
	if (outcome != ARGUMENTS_COMMAND)
		return outcome;
	if (optind == count) {
		warnx("which command?");
		return ARGUMENTS_WRONG;
	}
	*command = find_command(words[optind]);
	if (*command == NULL) {
		warnx("there is no command \"%s\"", words[optind]);
		return ARGUMENTS_WRONG;
	}
	rest = (unsigned)(count - optind - 1);
	if (!fits(*command, given, rest))
		return ARGUMENTS_WRONG;
	for (unsigned i = 0; i < rest; i++)
		request->arguments[i] = words[optind + 1 + (int)i];
	return ARGUMENTS_COMMAND;
}

#define ABOUT_COLUMN 28

static void print_line(FILE *stream, const char *dashes, const char *name, const char *argument, const char *about)
{
	int width = fprintf(stream, "  %s%s %s ", dashes, name, argument != NULL ? argument : "");

	fprintf(stream, "%*s%s\n", width < ABOUT_COLUMN ? ABOUT_COLUMN - width : 0, "", about);
}

static void print_command_usage(FILE *stream, const struct command *command)
{
	fprintf(stream, "usage: sluicectl %s%s%s%s\n\n%s\n", command->name, command->arguments[0] != '\0' ? " " : "",
		command->arguments, command->options != 0 ? " [OPTIONS]" : "", command->about);
	for (unsigned i = 0, first = 1; i < OPTIONS; i++) {
		if (!(command->options & 1u << i))
			continue;
		fprintf(stream, "%s", first ? "\noptions:\n" : "");
		print_line(stream, "--", command_options[i].name, command_options[i].argument,
			   command_options[i].about);
		first = 0;
	}
}

void arguments_print_usage(FILE *stream, const struct command *command)
{
	if (command != NULL) {
		print_command_usage(stream, command);
		return;
	}
	fprintf(stream, "usage: sluicectl COMMAND [ARGUMENT] [OPTIONS]\n\ncommands:\n");
	for (unsigned i = 0; i < command_count; i++)
		print_line(stream, "", commands[i].name, commands[i].arguments, commands[i].about);
	fprintf(stream, "\n\"sluicectl COMMAND --help\" tells its options, \"sluicectl --version\" the version\n");
}
