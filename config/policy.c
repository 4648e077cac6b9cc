/* SPDX-License-Identifier: BSD-3-Clause */
#include <config/policy.h>

#include <stdlib.h>
#include <string.h>

#include "fault.h"
#include "policy_schema.h"
#include "text_file.h"

/* As policy_parse, with *error begun. */
static bool parse(const char *folder, const char *text, size_t size, struct policy *policy, struct config_error *error)
{
	struct policy_places places = {.filters = {.capacity = 0}};
	struct schema_document document;
	struct policy_document source;
	struct policy candidate;
	bool good;

	if (!schema_read(&policy_schema, text, size, 0, &source, &document, error))
		return false;
	good = policy_rules(&source, &places, &document);
	if (good) {
		good = policy_build(&source, &places, folder, &document, &candidate);
		if (good)
			*policy = candidate;
		else
			policy_free(&candidate);
	}
	text_table_free(&places.filters);
	text_table_free(&places.categories);
	schema_free(&policy_schema, &source);
	schema_document_free(&document);
	return good;
}

bool policy_parse(const char *name, const char *folder, const char *text, size_t size, struct policy *policy,
		  struct config_error *error)
{
	fault_begin(error, name);
	return parse(folder, text, size, policy, error);
}

bool policy_load(const char *path, struct policy *policy, struct config_error *error)
{
	const char *slash = strrchr(path, '/');
	char folder[4096] = ".";
	size_t size;
	char *text;
	bool good;

	fault_begin(error, path);
	if (!text_file_read(path, POLICY_FILE_SIZE, &text, &size, error))
		return false;
	/* A path that could be opened is no longer than that. In the root: nothing before the slash. */
	if (slash != NULL)
		snprintf(folder, sizeof(folder), "%.*s", (int)(slash - path), path);
	good = parse(folder, text, size, policy, error);
	explicit_bzero(text, size);
	free(text);
	return good;
}

static void free_texts(char **texts, unsigned count)
{
	for (unsigned i = 0; i < count; i++)
		free(texts[i]);
	free(texts);
}

static void free_filter(struct policy_filter *filter)
{
	for (unsigned i = 0; i < filter->row_count; i++) {
		struct policy_row *row = &filter->rows[i];

		free(row->label);
		free(row->names.items);
		free_texts(row->regexes, row->regex_count);
		free(row->categories);
		free(row->addresses);
	}
	free(filter->name);
	free(filter->rows);
	free(filter->members);
}

static void free_users(struct policy_user *users, unsigned count)
{
	for (unsigned i = 0; i < count; i++) {
		free(users[i].name);
		explicit_bzero(users[i].password, strlen(users[i].password));
		free(users[i].password);
	}
	free(users);
}

static void free_service(struct policy_service *service)
{
	for (unsigned i = 0; i < service->intercept_count; i++) {
		free(service->intercepts[i].interface);
		free(service->intercepts[i].to);
		free(service->intercepts[i].ports);
	}
	free_users(service->users, service->user_count);
	free(service->name);
	free(service->listeners);
	free(service->intercepts);
	free(service->clients);
	free(service->next_hop_host);
	free(service->connect_ports);
	free(service->private_networks);
}

void policy_free(struct policy *policy)
{
	for (unsigned i = 0; i < policy->service_count; i++)
		free_service(&policy->services[i]);
	for (unsigned i = 0; i < policy->filter_count; i++)
		free_filter(&policy->filters[i]);
	for (unsigned i = 0; i < policy->category_count; i++) {
		free(policy->categories[i].name);
		free(policy->categories[i].names.items);
	}
	free(policy->services);
	free(policy->filters);
	free(policy->categories);
	memset(policy, 0, sizeof(*policy));
}
