/* SPDX-License-Identifier: BSD-3-Clause */
/* What one part of policy.json says about another. */
#include "policy_schema.h"

#include <stdarg.h>
#include <string.h>

#include "notation.h"
#include "policy_reach.h"

/* A document under judgement. */
struct judgement {
	struct schema_document *document;
	const struct policy_document *policy;
	struct policy_places *places;
	bool good;
};

#define FAULT(judgement, path, ...) ((judgement)->good = schema_fault((judgement)->document, path, __VA_ARGS__))

/* Writes a path, and returns it. */
static const char *path_of(char path[CONFIG_PATH_SIZE], const char *format, ...) __attribute__((format(printf, 2, 3)));

static const char *path_of(char path[CONFIG_PATH_SIZE], const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(path, CONFIG_PATH_SIZE, format, arguments);
	va_end(arguments);
	return path;
}

/* Notes the place of list[place], which must be called as nothing before it. */
static void judge_name(struct judgement *judgement, struct text_table *table, const char *list, unsigned place,
		       const char *name)
{
	char quoted[SCHEMA_QUOTED_SIZE];
	char path[CONFIG_PATH_SIZE];
	uint32_t earlier;

	path_of(path, "%s[%u].name", list, place);
	if (!text_table_add(table, name, place, &earlier))
		FAULT(judgement, path, "out of memory");
	else if (earlier != TEXT_TABLE_NONE)
		FAULT(judgement, path, "%s[%u] is called \"%s\" too; choose another name", list, earlier,
		      schema_quote(name, strlen(name), quoted));
}

static void judge_names(struct judgement *judgement)
{
	const struct policy_document *policy = judgement->policy;
	struct text_table services = {.capacity = 0};

	for (unsigned i = 0; i < policy->service_count; i++)
		judge_name(judgement, &services, "services", i, policy->services[i].service.name);
	text_table_free(&services);
	for (unsigned i = 0; i < policy->filter_count; i++)
		judge_name(judgement, &judgement->places->filters, "filters", i, policy->filters[i].filter.name);
	for (unsigned i = 0; i < policy->category_count; i++)
		judge_name(judgement, &judgement->places->categories, "categories", i, policy->categories[i].name);
}

static void judge_users(struct judgement *judgement, unsigned place)
{
	const struct policy_service *service = &judgement->policy->services[place].service;
	struct text_table users = {.capacity = 0};
	char list[CONFIG_PATH_SIZE];

	path_of(list, "services[%u].explicit.users", place);
	for (unsigned i = 0; i < service->user_count; i++)
		judge_name(judgement, &users, list, i, service->users[i].name);
	text_table_free(&users);
}

static void judge_next_hop(struct judgement *judgement, unsigned place)
{
	const struct policy_service *service = &judgement->policy->services[place].service;
	char path[CONFIG_PATH_SIZE];

	path_of(path, "services[%u].explicit.next_hop", place);
	if (service->connect == POLICY_CONNECT_FORWARD && service->next_hop_host == NULL)
		FAULT(judgement, path,
		      "is missing, but \"connect\" is \"forward\"; write the host and port of the other proxy");
	if (service->connect != POLICY_CONNECT_FORWARD && service->next_hop_host != NULL)
		FAULT(judgement, path, "is only for \"connect\": \"forward\"; write that, or remove this");
}

static void judge_service(struct judgement *judgement, unsigned place)
{
	const struct policy_service_document *service = &judgement->policy->services[place];
	bool is_explicit = service->service.listener_count > 0;
	bool is_transparent = service->service.intercept_count > 0;
	char path[CONFIG_PATH_SIZE];

	if (is_explicit == is_transparent)
		FAULT(judgement, path_of(path, "services[%u]", place),
		      is_explicit ? "is both explicit and transparent; make two services of it"
				  : "is neither explicit nor transparent; write one of these keys");
	if (text_table_find(&judgement->places->filters, service->filter) == TEXT_TABLE_NONE)
		FAULT(judgement, path_of(path, "services[%u].filter", place),
		      "no filter is called \"%s\"; write the name of one", service->filter);
	if (is_explicit && service->service.client_count == 0)
		FAULT(judgement, path_of(path, "services[%u].clients", place),
		      "is missing, and an explicit service is no open proxy; write the networks that it serves");
	if (is_explicit) {
		judge_next_hop(judgement, place);
		judge_users(judgement, place);
	}
}

/* Listeners of services up to `place` that are where one of this service is. */
static void judge_listeners(struct judgement *judgement, struct text_table *taken, unsigned place)
{
	const struct policy_service *service = &judgement->policy->services[place].service;
	char buffer[NOTATION_ADDRESS_SIZE];
	char key[NOTATION_ADDRESS_SIZE + 8];
	char path[CONFIG_PATH_SIZE];
	uint32_t earlier;

	for (unsigned i = 0; i < service->listener_count; i++) {
		const struct policy_listener *listener = &service->listeners[i];

		path_of(path, "services[%u].explicit.listeners[%u]", place, i);
		snprintf(key, sizeof(key), "%s %u", notation_format(&listener->address, buffer), listener->port);
		if (!text_table_add(taken, key, place, &earlier))
			FAULT(judgement, path, "out of memory");
		else if (earlier != TEXT_TABLE_NONE)
			FAULT(judgement, path, "services[%u] listens there already; choose another address or port",
			      earlier);
	}
}

static void judge_intercepts(struct judgement *judgement, unsigned place)
{
	const struct policy_document *policy = judgement->policy;
	const struct policy_service *service = &policy->services[place].service;
	char path[CONFIG_PATH_SIZE];

	for (unsigned i = 0; i < service->intercept_count; i++)
		if (!policy_intercept_reachable(policy, place, i))
			FAULT(judgement, path_of(path, "services[%u].transparent.intercepts[%u]", place, i),
			      "earlier intercepts take all of its connections; remove it, or put it before them");
}

static void judge_services(struct judgement *judgement)
{
	struct text_table taken = {.capacity = 0};

	for (unsigned i = 0; i < judgement->policy->service_count; i++) {
		judge_service(judgement, i);
		judge_listeners(judgement, &taken, i);
		judge_intercepts(judgement, i);
	}
	text_table_free(&taken);
}

static void judge_members(struct judgement *judgement, unsigned place)
{
	const struct policy_filter_document *group = &judgement->policy->filters[place];
	char path[CONFIG_PATH_SIZE];

	if (group->row_count > 0 && group->member_count > 0)
		FAULT(judgement, path_of(path, "filters[%u].members", place),
		      "belongs to a group, which has no rows of its own; put the rows into a filter, and make that a "
		      "member");
	for (unsigned i = 0; i < group->member_count; i++) {
		uint32_t member = text_table_find(&judgement->places->filters, group->members[i]);
		unsigned before = 0;

		path_of(path, "filters[%u].members[%u]", place, i);
		while (strcmp(group->members[before], group->members[i]) != 0)
			before++;
		if (member == TEXT_TABLE_NONE)
			FAULT(judgement, path, "no filter is called \"%s\"; write the name of one", group->members[i]);
		else if (judgement->policy->filters[member].member_count > 0)
			FAULT(judgement, path, "is a group, and groups do not nest; write its members");
		else if (before != i)
			FAULT(judgement, path, "is a member already; remove it");
	}
}

static void judge_categories(struct judgement *judgement, unsigned filter, unsigned place)
{
	const struct policy_row_document *row = &judgement->policy->filters[filter].rows[place];
	char path[CONFIG_PATH_SIZE];

	for (unsigned i = 0; i < row->category_count; i++)
		if (text_table_find(&judgement->places->categories, row->categories[i]) == TEXT_TABLE_NONE)
			FAULT(judgement, path_of(path, "filters[%u].rows[%u].categories[%u]", filter, place, i),
			      "no category is called \"%s\"; write the name of one", row->categories[i]);
}

static void judge_rows(struct judgement *judgement, unsigned filter)
{
	const struct policy_filter_document *rows = &judgement->policy->filters[filter];
	struct text_table seen = {.capacity = 0};
	char path[CONFIG_PATH_SIZE];

	for (unsigned i = 0; i < rows->row_count; i++) {
		path_of(path, "filters[%u].rows[%u]", filter, i);
		judge_categories(judgement, filter, i);
		switch (policy_row_reach(&rows->rows[i], &seen)) {
		case POLICY_REACH_SOME:
			break;
		case POLICY_REACH_EMPTY:
			FAULT(judgement, path,
			      "matches nothing; write names, name_files, regexes, categories or addresses");
			break;
		case POLICY_REACH_NONE:
			FAULT(judgement, path,
			      "earlier rows match all that this one does; remove it, or put it before them");
			break;
		default:
			FAULT(judgement, path, "out of memory");
		}
	}
	text_table_free(&seen);
}

static void judge_regexes(struct judgement *judgement)
{
	const struct policy_document *policy = judgement->policy;
	uint64_t count = 0;

	for (unsigned i = 0; i < policy->filter_count; i++)
		for (unsigned j = 0; j < policy->filters[i].row_count; j++)
			count += policy->filters[i].rows[j].row.regex_count;
	if (count > POLICY_REGEXES)
		FAULT(judgement, "filters", "%llu regular expressions are too many; write at most %u of them together",
		      (unsigned long long)count, POLICY_REGEXES);
}

bool policy_rules(const struct policy_document *policy, struct policy_places *places, struct schema_document *document)
{
	struct judgement judgement = {.document = document, .policy = policy, .places = places, .good = true};

	judge_names(&judgement);
	judge_services(&judgement);
	for (unsigned i = 0; i < policy->filter_count; i++) {
		judge_members(&judgement, i);
		judge_rows(&judgement, i);
	}
	judge_regexes(&judgement);
	return judgement.good;
}
