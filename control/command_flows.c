/* SPDX-License-Identifier: BSD-3-Clause */
#include <err.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <config/control_socket.h>

#include "live.h"

#define SERVICE_LENGTH 63 /* octets of a service's name */

enum {
	FLOW,
	TYPE,
	PHASE,
	AGE,
	CLIENT_TO_SERVER,
	SERVER_TO_CLIENT,
	GENERATION,
	ROW,
	SERVICE,
	CLIENT_ADDRESS,
	CLIENT_PORT,
	HOST,
	CONNECT_HOST,
	SNI,
	SERVER_ADDRESS,
	SERVER_PORT,
	KIND,
	FLOWS,
	MORE,
	MISSING,
	FIELDS
};

static const char *const paths[FIELDS] = {
    [FLOW] = "flow",
    [TYPE] = "flow_type",
    [PHASE] = "phase",
    [AGE] = "ms.total",
    [CLIENT_TO_SERVER] = "bytes.c2s",
    [SERVER_TO_CLIENT] = "bytes.s2c",
    [GENERATION] = "generation",
    [ROW] = "row",
    [SERVICE] = "service",
    [CLIENT_ADDRESS] = "client.ip",
    [CLIENT_PORT] = "client.port",
    [HOST] = "host",
    [CONNECT_HOST] = "connect_host",
    [SNI] = "client.tls.sni",
    [SERVER_ADDRESS] = "server.ip",
    [SERVER_PORT] = "server.port",
    [KIND] = "kind",
    [FLOWS] = "flows",
    [MORE] = "more",
    [MISSING] = "workers_missing",
};

struct list {
	bool json;
	uint64_t printed;
	bool more;
	uint64_t missing;
};

static void print_text(const struct live_field *field, int width)
{
	const char *value = field->value != NULL ? field->value : "-";
	const int length = field->value != NULL ? (int)field->length : 1;

	printf("%.*s%*s ", length, value, length < width ? width - length : 0, "");
}

static void print_count(const struct live_field *field, int width)
{
	printf("%*" PRIu64 " ", width, live_number(field));
}

/* Whole seconds up to a minute have a decimal; then minutes and hours are easier to read. */
static void print_age(const struct live_field *field)
{
	char text[32] = "", age[32];
	double seconds;

	if (field->value != NULL && field->length < sizeof(text))
		memcpy(text, field->value, field->length);
	seconds = strtod(text, NULL) / 1000;
	if (seconds < 60)
		snprintf(age, sizeof(age), "%.1fs", seconds);
	else if (seconds < 3600)
		snprintf(age, sizeof(age), "%.0fm%02.0fs", (double)((unsigned)seconds / 60),
			 (double)((unsigned)seconds % 60));
	else
		snprintf(age, sizeof(age), "%.0fh%02.0fm", (double)((unsigned)seconds / 3600),
			 (double)((unsigned)seconds / 60 % 60));
	printf("%8s ", age);
}

static void print_endpoint(const struct live_field *address, const struct live_field *port, int width)
{
	char text[80] = "-";

	if (address->value != NULL && address->length < 48)
		snprintf(text, sizeof(text), memchr(address->value, ':', address->length) ? "[%.*s]:%u" : "%.*s:%u",
			 (int)address->length, address->value, (unsigned)live_number(port));
	printf("%-*s ", width, text);
}

static void print_flow(const struct live_field *fields)
{
	print_text(&fields[FLOW], 16);
	print_text(&fields[TYPE], 4);
	print_text(&fields[PHASE], 7);
	print_age(&fields[AGE]);
	print_count(&fields[CLIENT_TO_SERVER], 12);
	print_count(&fields[SERVER_TO_CLIENT], 12);
	print_text(&fields[GENERATION], 10);
	print_text(&fields[ROW], 16);
	print_text(&fields[SERVICE], 12);
	print_endpoint(&fields[CLIENT_ADDRESS], &fields[CLIENT_PORT], 21);
	print_text(&fields[fields[HOST].value != NULL		? HOST
			   : fields[CONNECT_HOST].value != NULL ? CONNECT_HOST
								: SNI],
		   32);
	print_endpoint(&fields[SERVER_ADDRESS], &fields[SERVER_PORT], 0);
	printf("\n");
}

static bool take(void *context, const char *line, size_t length)
{
	struct live_field fields[FIELDS];
	struct list *list = context;

	for (unsigned i = 0; i < FIELDS; i++)
		fields[i].path = paths[i];
	live_read(line, length, fields, FIELDS);
	if (live_is(&fields[KIND], "total")) {
		list->more = live_is(&fields[MORE], "true");
		list->missing = live_number(&fields[MISSING]);
	} else if (!list->json && live_is(&fields[KIND], "flow")) {
		if (list->printed++ == 0)
			printf("%-16s %-4s %-7s %8s %12s %12s %-10s %-16s %-12s %-21s %-32s %s\n", "flow", "type",
			       "phase", "age", "to server", "to client", "generation", "row", "service", "client",
			       "name", "server");
		print_flow(fields);
	}
	return true;
}

enum command_status command_flows(const struct command_request *request)
{
	struct list list = {.json = request->json};
	const struct live_listener listener = {.take = take, .context = &list, .last = "total"};
	const char *service = request->service != NULL ? request->service : "";
	char question[CONTROL_REQUEST_SIZE];

	if (strlen(service) > SERVICE_LENGTH || strchr(service, ' ') != NULL) {
		warnx("no service can be called \"%s\"", service);
		return COMMAND_USAGE;
	}
	snprintf(question, sizeof(question), "flows limit=%" PRIu64 "%s%s", request->limit,
		 service[0] != '\0' ? " service=" : "", service);
	if (!live_ask(request, question, &listener))
		return COMMAND_REFUSED;
	if (!request->json)
		printf("%" PRIu64 " flows%s\n", list.printed,
		       list.more ? "; there are more: --limit says how many are listed" : "");
	if (list.missing == 0)
		return COMMAND_DONE;
	warnx("%" PRIu64 " workers did not answer: their flows are missing", list.missing);
	return COMMAND_REFUSED;
}
