/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CONTROL_COMMAND_H
#define CONTROL_COMMAND_H

/* What sluicectl can be asked to do. Usage, checks of arguments and docs/reference/sluicectl.md are made from these
 * tables. */

#include <stdbool.h>
#include <stdint.h>

#define COMMAND_ARGUMENTS 1 /* the most that a command takes, its options left out */
#define COMMAND_LIMIT 1000  /* flows that are listed if nothing else is said */
#define COMMAND_LIMIT_MOST 999999999

/* What the process ends with. */
enum command_status {
	COMMAND_DONE = 0,
	COMMAND_REFUSED = 1,   /* nothing has changed */
	COMMAND_USAGE = 2,     /* nothing was tried */
	COMMAND_NOT_TAKEN = 3, /* it was published, and sluiced runs, but has not taken it */
};

/* Bits of struct command's `options`; each is the place of its entry in command_options. */
enum command_option_code {
	OPTION_REGION,
	OPTION_STATE,
	OPTION_TMPFS,
	OPTION_SLOT_MEGABYTES,
	OPTION_DRY_RUN,
	OPTION_SERVICE,
	OPTION_FILE,
	OPTION_NO_NAME,
	OPTION_JSON,
	OPTION_REEVALUATE,
	OPTION_SOCKET,
	OPTION_LIMIT,
	OPTIONS
};

struct command_option {
	const char *name;     /* without "--" */
	const char *argument; /* its name, "FOLDER"; NULL: it takes none */
	const char *about;    /* a clause without full stop, below 80 octets */
};

/* What was asked; strings are those of main's arguments. */
struct command_request {
	const char *arguments[COMMAND_ARGUMENTS]; /* NULL beyond the last */
	const char *region;			  /* folders */
	const char *state;
	bool tmpfs;
	uint64_t slot_size; /* octets */
	bool slot_size_given;
	bool dry_run;
	const char *service; /* NULL: all of them */
	const char *file;    /* NULL: what is published */
	bool no_name;
	bool json;
	bool reevaluate;    /* flows that are open too */
	const char *socket; /* of sluiced */
	uint64_t limit;	    /* flows */
};

struct command {
	const char *name;
	const char *arguments; /* "FILE", "[GENERATION]", or empty */
	const char *about;     /* a clause without full stop, below 80 octets */
	const char *reference; /* paragraphs of Markdown */
	unsigned least;	       /* arguments */
	unsigned most;
	unsigned options; /* those that it takes: bits 1 << enum command_option_code */
	bool pushes; /* it puts a policy in force, unless dry_run: its status tells that, its answer written or not */

	/* Tells what it has found on standard output, and on standard error what is wrong. */
	enum command_status (*run)(const struct command_request *request);
};

extern const struct command_option command_options[OPTIONS];
extern const struct command commands[];
extern const unsigned command_count;

enum command_status command_apply(const struct command_request *request);
enum command_status command_check(const struct command_request *request);
enum command_status command_explain(const struct command_request *request);
enum command_status command_show_status(const struct command_request *request);
enum command_status command_history(const struct command_request *request);
enum command_status command_rollback(const struct command_request *request);
enum command_status command_stats(const struct command_request *request);
enum command_status command_flows(const struct command_request *request);
enum command_status command_sni(const struct command_request *request);

#endif
