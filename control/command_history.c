/* SPDX-License-Identifier: BSD-3-Clause */
#include <err.h>
#include <stdio.h>

#include <config/history.h>

#include "arguments.h"
#include "moment.h"
#include "policy_image.h"
#include "region_access.h"

/* The published generation; 0 if there is none or the region has not been made. False, said on standard error. */
static bool read_published(const struct command_request *request, uint64_t *generation)
{
	struct region_status status;
	struct region *region;

	*generation = 0;
	if (!region_access_exists(request))
		return true;
	region = region_access_read(request);
	if (region == NULL)
		return false;
	region_read_status(region, &status);
	region_close(region);
	*generation = status.published;
	return true;
}

static bool read_history(const struct command_request *request, struct history_entry entries[HISTORY_LENGTH],
			 unsigned *count)
{
	char reason[REGION_REASON_SIZE];

	if (history_list(request->state, entries, count, reason))
		return true;
	warnx("%s", reason);
	return false;
}

enum command_status command_history(const struct command_request *request)
{
	struct history_entry entries[HISTORY_LENGTH];
	char made[MOMENT_SIZE], kept[MOMENT_SIZE];
	uint64_t published;
	unsigned count;

	if (!read_history(request, entries, &count) || !read_published(request, &published))
		return COMMAND_REFUSED;
	printf("%-12s%-12s%-22s%s\n", "generation", "octets", "compiled", "pushed");
	for (unsigned i = 0; i < count; i++) {
		const struct history_entry *entry = &entries[i];
		const char *mark = entry->generation == published ? "  published" : "";

		printf("%-11llu ", (unsigned long long)entry->generation);
		if (entry->fault[0] != '\0')
			printf("cannot be read: %s%s\n", entry->fault, mark);
		else
			printf("%-11llu %-21s %s%s\n", (unsigned long long)entry->size,
			       moment_format(entry->made_at, made), moment_format(entry->kept_at, kept), mark);
	}
	return COMMAND_DONE;
}

/* The newest generation that is kept and older than what is published. */
static bool find_previous(const struct command_request *request, uint64_t *generation)
{
	struct history_entry entries[HISTORY_LENGTH];
	uint64_t published;
	unsigned count;

	if (!read_history(request, entries, &count) || !read_published(request, &published))
		return false;
	if (published == 0) {
		warnx("nothing is published that could be gone back from: name a generation of \"sluicectl history\"");
		return false;
	}
	for (unsigned i = 0; i < count; i++) {
		if (entries[i].generation >= published)
			continue;
		*generation = entries[i].generation;
		if (entries[i].fault[0] == '\0')
			return true;
		warnx("generation %llu is passed over: %s", (unsigned long long)*generation, entries[i].fault);
	}
	warnx("nothing older than generation %llu, which is published, is kept in %s", (unsigned long long)published,
	      request->state);
	return false;
}

enum command_status command_rollback(const struct command_request *request)
{
	const char *text = request->arguments[0];
	enum command_status status;
	struct policy_image image;
	uint64_t generation;
	char what[64];

	if (text != NULL && !arguments_read_number(text, UINT64_MAX, &generation)) {
		warnx("rollback takes the number of a generation, not \"%s\"", text);
		return COMMAND_USAGE;
	}
	if ((text == NULL && !find_previous(request, &generation)) || !policy_image_kept(request, generation, &image))
		return COMMAND_REFUSED;
	snprintf(what, sizeof(what), "policy of generation %llu", (unsigned long long)generation);
	status = region_access_push(request, &image, what);
	policy_image_free(&image);
	return status;
}
