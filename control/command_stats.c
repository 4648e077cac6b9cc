/* SPDX-License-Identifier: BSD-3-Clause */
#include <err.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include <config/json_members.h>

#include "live.h"

#define NAME_WIDTH 40

/* What the first lines have said already, or is no count. */
static const char *const told[] = {
    "cycles_per_second", "flows.ended", "flows.open",	"flows.opened", "flows.opening", "flows.spliced",
    "generation",	 "mbufs",	"mbufs_in_use", "microseconds", "workers",	 "workers_missing",
};

enum {
	KIND,
	GENERATION,
	WORKER,
	PORT,
	ROW,
	LABEL,
	HITS,
	CUT,
	FIELDS
};

struct table {
	bool json;
	bool cut;	     /* the policy changed before all rows were told */
	uint64_t generation; /* of the policy that the workers were offered */
	bool rows;	     /* their headline is written */
};

static bool is_told(const char *path)
{
	for (unsigned i = 0; i < sizeof(told) / sizeof(told[0]); i++)
		if (strcmp(told[i], path) == 0)
			return true;
	return false;
}

static void print_count(void *context, const struct json_member *member)
{
	const bool number = !member->string && member->value[0] >= '1' && member->value[0] <= '9';

	if (number && !is_told(member->path))
		printf("  %-*s %.*s\n", NAME_WIDTH, member->path, (int)member->length, member->value);
}

static void print_sums(const char *line, size_t length)
{
	enum {
		OPEN,
		OPENING,
		OPENED,
		SPLICED,
		ENDED,
		POLICY,
		WORKERS,
		MISSING,
		MBUFS,
		USED,
		SUMS
	};
	struct live_field sums[SUMS] = {
	    [OPEN] = {.path = "flows.open"},	 [OPENING] = {.path = "flows.opening"},
	    [OPENED] = {.path = "flows.opened"}, [SPLICED] = {.path = "flows.spliced"},
	    [ENDED] = {.path = "flows.ended"},	 [POLICY] = {.path = "generation"},
	    [WORKERS] = {.path = "workers"},	 [MISSING] = {.path = "workers_missing"},
	    [MBUFS] = {.path = "mbufs"},	 [USED] = {.path = "mbufs_in_use"},
	};

	live_read(line, length, sums, SUMS);
	printf("flows       %" PRIu64 " open, %" PRIu64 " of them opening; %" PRIu64 " opened, %" PRIu64
	       " spliced, %" PRIu64 " ended\n",
	       live_number(&sums[OPEN]), live_number(&sums[OPENING]), live_number(&sums[OPENED]),
	       live_number(&sums[SPLICED]), live_number(&sums[ENDED]));
	if (live_number(&sums[POLICY]) != 0)
		printf("policy      generation %" PRIu64 "\n", live_number(&sums[POLICY]));
	else
		printf("policy      none: no traffic is served\n");
	printf("workers     %" PRIu64, live_number(&sums[WORKERS]));
	if (live_number(&sums[MISSING]) != 0)
		printf(", %" PRIu64 " of which could not be read", live_number(&sums[MISSING]));
	printf("\nbuffers     %" PRIu64 " of %" PRIu64 " in use\n", live_number(&sums[USED]),
	       live_number(&sums[MBUFS]));
}

static bool take(void *context, const char *line, size_t length)
{
	struct live_field fields[FIELDS] = {[KIND] = {.path = "kind"},	   [GENERATION] = {.path = "generation"},
					    [WORKER] = {.path = "worker"}, [PORT] = {.path = "port"},
					    [ROW] = {.path = "row"},	   [LABEL] = {.path = "label"},
					    [HITS] = {.path = "hits"},	   [CUT] = {.path = "cut"}};
	struct table *table = context;

	live_read(line, length, fields, FIELDS);
	table->cut |= live_is(&fields[CUT], "true");
	if (table->json)
		return true;
	if (live_is(&fields[KIND], "total")) {
		table->generation = live_number(&fields[GENERATION]);
		print_sums(line, length);
		printf("\nall workers\n");
		json_members_visit(line, length, print_count, NULL);
	} else if (live_is(&fields[KIND], "worker") && live_number(&fields[GENERATION]) != table->generation) {
		printf("\nworker %" PRIu64 " still obeys generation %" PRIu64 "\n", live_number(&fields[WORKER]),
		       live_number(&fields[GENERATION]));
	} else if (live_is(&fields[KIND], "port")) {
		printf("\nport %.*s\n", (int)fields[PORT].length, fields[PORT].value != NULL ? fields[PORT].value : "");
		json_members_visit(line, length, print_count, NULL);
	} else if (live_is(&fields[KIND], "row") && fields[ROW].value != NULL) {
		printf("%s  %.*s%*s %" PRIu64, table->rows ? "" : "\nrows that decided\n", (int)fields[ROW].length,
		       fields[ROW].value, fields[ROW].length < NAME_WIDTH ? NAME_WIDTH - (int)fields[ROW].length : 0,
		       "", live_number(&fields[HITS]));
		if (fields[LABEL].value != NULL)
			printf("  \"%.*s\"", (int)fields[LABEL].length, fields[LABEL].value);
		printf("\n");
		table->rows = true;
	}
	return true;
}

enum command_status command_stats(const struct command_request *request)
{
	struct table table = {.json = request->json};
	const struct live_listener listener = {.take = take, .context = &table, .last = "end"};

	if (!live_ask(request, "stats", &listener))
		return COMMAND_REFUSED;
	if (!table.cut)
		return COMMAND_DONE;
	warnx("another policy came meanwhile, and rows of the one before are missing: ask again");
	return COMMAND_REFUSED;
}
