/* SPDX-License-Identifier: BSD-3-Clause */
/* Makes a struct policy of a document whose rules hold. */
#include "policy_schema.h"

#include <stdlib.h>
#include <string.h>

#include <config/name.h>

#include "fault.h"
#include "name_list.h"
#include "notation.h"
#include "text_file.h"

struct building {
	struct policy_document *source;
	const struct policy_places *places;
	const char *folder;
	struct schema_document *document;
	struct policy *policy;
	size_t names; /* so far */
};

static bool fail_memory(struct building *building)
{
	return schema_fault(building->document, "", "out of memory");
}

/* Room for some items, all zero; not NULL even for none. */
static void *allocate(struct building *building, size_t count, size_t size)
{
	void *items = calloc(count == 0 ? 1 : count, size);

	if (items == NULL)
		fail_memory(building);
	return items;
}

static bool resolve(struct building *building, const struct text_table *table, char **names, unsigned count,
		    unsigned **places, unsigned *place_count)
{
	if (count == 0)
		return true;
	*places = allocate(building, count, sizeof(**places));
	if (*places == NULL)
		return false;
	*place_count = count;
	for (unsigned i = 0; i < count; i++)
		(*places)[i] = text_table_find(table, names[i]);
	return true;
}

/* Reads a file of names. What is wrong within it is reported as that file's faults, in place of the document's. */
static bool read_names(struct building *building, const char *file, const char *path, struct name_list *list)
{
	char full[4096];
	int length = snprintf(full, sizeof(full), "%s%s%s", file[0] == '/' ? "" : building->folder,
			      file[0] == '/' ? "" : "/", file);
	char quoted[SCHEMA_QUOTED_SIZE];
	struct config_error error;
	size_t size;
	char *text;
	bool good;

	schema_quote(file, strlen(file), quoted);
	if (length < 0 || (size_t)length >= sizeof(full))
		return schema_fault(building->document, path, "\"%s\" is too long a path; choose a shorter one",
				    quoted);
	fault_begin(&error, full);
	if (!text_file_read(full, NAME_LIST_FILE_SIZE, &text, &size, &error))
		return schema_fault(building->document, path, "\"%s\" %s", quoted, error.faults[0].message);
	good = name_list_read(list, text, size, POLICY_NAMES - building->names, path, &error);
	free(text);
	if (!good && building->document->error->count == 0)
		*building->document->error = error;
	return good;
}

static bool add_text(struct building *building, const char *text, struct name_list *list)
{
	char message[CONFIG_MESSAGE_SIZE];
	char name[NAME_LENGTH_MAX + 1];
	bool wildcard;

	name_read_pattern(text, strlen(text), name, &wildcard, message, sizeof(message));
	return name_list_add(list, name, wildcard) || fail_memory(building);
}

/* Collects a list of names; `path` is that of what has it. */
static bool collect(struct building *building, const struct policy_names_document *source, const char *path,
		    struct policy_patterns *patterns)
{
	struct name_list list = {.count = 0};
	char file_path[CONFIG_PATH_SIZE];
	bool good = true;

	for (unsigned i = 0; i < source->text_count && good; i++)
		good = add_text(building, source->texts[i], &list);
	for (unsigned i = 0; i < source->file_count && good; i++) {
		snprintf(file_path, sizeof(file_path), "%.80s.name_files[%u]", path, i);
		good = read_names(building, source->files[i], file_path, &list);
	}
	if (good && building->names + list.count > POLICY_NAMES)
		good = schema_fault(building->document, path, "with this there are more than %u names; write fewer",
				    POLICY_NAMES);
	building->names += list.count;
	if (good)
		good = name_list_finish(&list, patterns) || fail_memory(building);
	name_list_free(&list);
	return good;
}

static bool build_categories(struct building *building)
{
	const struct policy_document *source = building->source;
	struct policy_category *categories = allocate(building, source->category_count, sizeof(struct policy_category));
	char path[CONFIG_PATH_SIZE];

	building->policy->categories = categories;
	if (categories == NULL)
		return false;
	building->policy->category_count = source->category_count;
	for (unsigned i = 0; i < source->category_count; i++) {
		categories[i].name = source->categories[i].name;
		source->categories[i].name = NULL;
		snprintf(path, sizeof(path), "categories[%u]", i);
		if (!collect(building, &source->categories[i].names, path, &categories[i].names))
			return false;
	}
	return true;
}

static bool build_rows(struct building *building, unsigned place)
{
	struct policy_filter_document *source = &building->source->filters[place];
	struct policy_filter *filter = &building->policy->filters[place];
	char path[CONFIG_PATH_SIZE];

	if (source->row_count == 0)
		return true;
	filter->rows = allocate(building, source->row_count, sizeof(*filter->rows));
	if (filter->rows == NULL)
		return false;
	filter->row_count = source->row_count;
	for (unsigned i = 0; i < source->row_count; i++) {
		struct policy_row_document *from = &source->rows[i];

		filter->rows[i] = from->row;
		memset(&from->row, 0, sizeof(from->row));
		snprintf(path, sizeof(path), "filters[%u].rows[%u]", place, i);
		if (!resolve(building, &building->places->categories, from->categories, from->category_count,
			     &filter->rows[i].categories, &filter->rows[i].category_count) ||
		    !collect(building, &from->names, path, &filter->rows[i].names))
			return false;
	}
	return true;
}

static bool build_filters(struct building *building)
{
	const struct policy_document *source = building->source;
	struct policy_filter *filters = allocate(building, source->filter_count, sizeof(*filters));
	char path[CONFIG_PATH_SIZE];

	building->policy->filters = filters;
	if (filters == NULL)
		return false;
	building->policy->filter_count = source->filter_count;
	for (unsigned i = 0; i < source->filter_count; i++) {
		struct policy_filter_document *from = &source->filters[i];

		filters[i] = from->filter;
		memset(&from->filter, 0, sizeof(from->filter));
		snprintf(path, sizeof(path), "filters[%u].uncategorized", i);
		filters[i].has_uncategorized = schema_has(building->document, path);
		if (!resolve(building, &building->places->filters, from->members, from->member_count,
			     &filters[i].members, &filters[i].member_count) ||
		    !build_rows(building, i))
			return false;
	}
	return true;
}

/* A name in its one form, an address as everybody writes it. */
static bool settle_next_hop(struct building *building, struct policy_service *service)
{
	char message[CONFIG_MESSAGE_SIZE];
	struct gateway_address address;
	char host[NAME_LENGTH_MAX + 1];
	char *settled;

	if (service->next_hop_host == NULL)
		return true;
	if (notation_address(service->next_hop_host, &address, message))
		notation_format(&address, host);
	else
		name_read(service->next_hop_host, strlen(service->next_hop_host), host);
	settled = strdup(host);
	if (settled == NULL)
		return fail_memory(building);
	free(service->next_hop_host);
	service->next_hop_host = settled;
	return true;
}

/* The default of a list of ports. */
static bool settle_ports(struct building *building, uint16_t **ports, unsigned *count)
{
	if (*count > 0)
		return true;
	*ports = allocate(building, 1, sizeof(**ports));
	if (*ports == NULL)
		return false;
	(*ports)[0] = 443;
	*count = 1;
	return true;
}

static bool settle_intercept(struct building *building, struct policy_intercept *intercept)
{
	if (!settle_ports(building, &intercept->ports, &intercept->port_count))
		return false;
	if (intercept->to_count > 0)
		return true;
	intercept->to = allocate(building, 2, sizeof(*intercept->to));
	if (intercept->to == NULL)
		return false;
	memcpy(intercept->to, notation_everywhere, 2 * sizeof(*intercept->to));
	intercept->to_count = 2;
	return true;
}

static bool settle_service(struct building *building, struct policy_service *service)
{
	service->type = service->listener_count > 0 ? POLICY_EXPLICIT : POLICY_TRANSPARENT;
	for (unsigned i = 0; i < service->intercept_count; i++)
		if (!settle_intercept(building, &service->intercepts[i]))
			return false;
	if (service->type == POLICY_EXPLICIT &&
	    !settle_ports(building, &service->connect_ports, &service->connect_port_count))
		return false;
	return settle_next_hop(building, service);
}

static bool build_services(struct building *building)
{
	const struct policy_document *source = building->source;
	struct policy_service *services = allocate(building, source->service_count, sizeof(*services));

	building->policy->services = services;
	if (services == NULL)
		return false;
	building->policy->service_count = source->service_count;
	for (unsigned i = 0; i < source->service_count; i++) {
		struct policy_service_document *from = &source->services[i];

		services[i] = from->service;
		memset(&from->service, 0, sizeof(from->service));
		services[i].filter = text_table_find(&building->places->filters, from->filter);
		if (!settle_service(building, &services[i]))
			return false;
	}
	return true;
}

bool policy_build(struct policy_document *source, const struct policy_places *places, const char *folder,
		  struct schema_document *document, struct policy *policy)
{
	struct building building = {
	    .source = source, .places = places, .folder = folder, .document = document, .policy = policy};

	memset(policy, 0, sizeof(*policy));
	return build_services(&building) && build_filters(&building) && build_categories(&building);
}
