/* SPDX-License-Identifier: BSD-3-Clause */
#include "live.h"

#include <err.h>
#include <stdio.h>
#include <string.h>

#include <config/control_socket.h>
#include <config/json_members.h>

struct wanted {
	struct live_field *fields;
	unsigned count;
};

static void find(void *context, const struct json_member *member)
{
	const struct wanted *wanted = context;

	for (unsigned i = 0; i < wanted->count; i++) {
		if (strcmp(wanted->fields[i].path, member->path) != 0)
			continue;
		wanted->fields[i].value = member->value;
		wanted->fields[i].length = member->length;
	}
}

bool live_read(const char *line, size_t length, struct live_field *fields, unsigned count)
{
	struct wanted wanted = {fields, count};

	for (unsigned i = 0; i < count; i++)
		fields[i].value = NULL;
	return json_members_visit(line, length, find, &wanted);
}

uint64_t live_number(const struct live_field *field)
{
	uint64_t number = 0;

	for (size_t i = 0; field->value != NULL && i < field->length; i++) {
		if (field->value[i] < '0' || field->value[i] > '9')
			return 0;
		number = number * 10 + (uint64_t)(field->value[i] - '0');
	}
	return number;
}

bool live_is(const struct live_field *field, const char *text)
{
	return field->value != NULL && field->length == strlen(text) && memcmp(field->value, text, field->length) == 0;
}

struct asked {
	const struct command_request *request;
	const struct live_listener *listener;
	bool ended; /* the last line has come */
};

static bool take(void *context, const char *line, size_t length)
{
	enum {
		ERROR,
		KIND,
		FIELDS
	};
	struct live_field fields[FIELDS] = {[ERROR] = {.path = "error"}, [KIND] = {.path = "kind"}};
	struct asked *asked = context;
	const struct live_listener *listener = asked->listener;

	if (!live_read(line, length, fields, FIELDS)) {
		warnx("%s: a line of the answer is no object of JSON", asked->request->socket);
		return false;
	}
	if (fields[ERROR].value != NULL) {
		warnx("%s: sluiced says: %.*s", asked->request->socket, (int)fields[ERROR].length, fields[ERROR].value);
		return false;
	}
	asked->ended |= listener->last != NULL && live_is(&fields[KIND], listener->last);
	if (asked->request->json)
		fwrite(line, 1, length, stdout);
	return listener->take(listener->context, line, length);
}

bool live_ask(const struct command_request *request, const char *question, const struct live_listener *listener)
{
	struct asked asked = {.request = request, .listener = listener};
	char reason[CONTROL_REASON_SIZE];

	if (!control_socket_ask(request->socket, question, take, &asked, reason)) {
		if (reason[0] != '\0')
			warnx("%s", reason);
		return false;
	}
	if (listener->last == NULL || asked.ended)
		return true;
	warnx("%s: sluiced has cut the answer off: it takes longer than five seconds", request->socket);
	return false;
}
