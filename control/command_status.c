/* SPDX-License-Identifier: BSD-3-Clause */
#include <err.h>
#include <stdio.h>

#include <config/json_line.h>

#include "moment.h"
#include "region_access.h"

#define LINE_SIZE                                                                                                      \
	8192 /* 64 generations of 20 digits, and a reason that may be six times as long when it is escaped             \
	      */

/* What sluiced says holds while it runs, and once it has said who it is. */
static bool is_started(const struct region_status *status)
{
	return status->running && status->incarnation != 0;
}

static void print_workers(const struct region_status *status)
{
	bool same = true;

	for (unsigned i = 1; i < status->workers; i++)
		same = same && status->taken[i] == status->taken[0];
	if (same && status->workers > 0) {
		printf("workers     %u, all have taken generation %llu\n", status->workers,
		       (unsigned long long)status->taken[0]);
		return;
	}
	for (unsigned i = 0; i < status->workers; i++)
		printf("worker %-4u generation %llu\n", i, (unsigned long long)status->taken[i]);
}

static void print_words(const struct command_request *request, const struct region_status *status)
{
	char text[MOMENT_SIZE];

	printf("region      %s on %s, slots of %llu octets\n", request->region,
	       status->hugepages ? "hugetlbfs" : "tmpfs: not in hugepages, and it may be swapped out",
	       (unsigned long long)status->slot_size);
	if (status->published != 0)
		printf("published   generation %llu\n", (unsigned long long)status->published);
	else
		printf("published   nothing: no traffic is served\n");
	if (is_started(status)) {
		printf("sluiced     runs since %s, process %llu\n", moment_format(status->started_at, text),
		       (unsigned long long)status->process);
		print_workers(status);
	} else {
		printf("sluiced     %s\n", status->running ? "is starting" : "does not run");
	}
	if (status->refused != 0)
		printf("refused     generation %llu: %s\n", (unsigned long long)status->refused, status->refusal);
}

static bool print_json(const struct region_status *status)
{
	char text[LINE_SIZE], incarnation[20];
	struct json_line line;
	size_t length;

	json_line_begin(&line, text, sizeof(text));
	json_line_boolean(&line, "hugepages", status->hugepages);
	json_line_number(&line, "slot_size", status->slot_size);
	json_line_number(&line, "published", status->published);
	json_line_boolean(&line, "running", status->running);
	if (is_started(status)) {
		snprintf(incarnation, sizeof(incarnation), "%016llx", (unsigned long long)status->incarnation);
		json_line_number(&line, "process", status->process);
		json_line_number(&line, "started_at", status->started_at);
		json_line_string(&line, "incarnation", incarnation);
		json_line_open(&line, "taken", '[');
		for (unsigned i = 0; i < status->workers; i++)
			json_line_number(&line, NULL, status->taken[i]);
		json_line_close(&line, ']');
	}
	if (status->refused != 0) {
		json_line_open(&line, "refused", '{');
		json_line_number(&line, "generation", status->refused);
		json_line_string(&line, "reason", status->refusal);
		json_line_close(&line, '}');
	}
	length = json_line_end(&line);
	return length > 0 && fwrite(text, 1, length, stdout) == length;
}

enum command_status command_show_status(const struct command_request *request)
{
	struct region *region = region_access_read(request);
	struct region_status status;

	if (region == NULL)
		return COMMAND_REFUSED;
	region_read_status(region, &status);
	region_close(region);
	if (request->json)
		return print_json(&status) ? COMMAND_DONE : COMMAND_REFUSED;
	print_words(request, &status);
	return COMMAND_DONE;
}
