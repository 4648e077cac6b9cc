/* SPDX-License-Identifier: BSD-3-Clause */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "address_ranges.h"
#include "fault.h"
#include "image_layout.h"
#include "name_table.h"
#include "regex_database.h"

_Static_assert(sizeof(unsigned) == sizeof(uint32_t), "places in the policy are written as they are");

/* What takes long to make of a filter, made once. */
struct prepared_filter {
	struct regex_database database; /* size 0: the filter has no regular expression */
	uint32_t first_regex_row;
	struct address_ranges ranges[IMAGE_FAMILIES];
};

/*
 * The sections are filled twice by the same code: the first time there is no image, and elements are only counted. So
 * what is counted is what is written.
 */
struct builder {
	const struct policy *policy;
	struct name_table *names;
	struct prepared_filter *filters;
	struct image_layout *layout; /* NULL: counting */
	uint64_t counts[IMAGE_SECTIONS];
	uint32_t counters;
	bool out_of_memory;
};

/* Room for elements of a section; NULL while counting. */
static void *reserve(struct builder *builder, enum image_section section, uint64_t count)
{
	uint64_t first = builder->counts[section];

	builder->counts[section] += count;
	if (builder->layout == NULL)
		return NULL;
	return (unsigned char *)builder->layout + builder->layout->extents[section].at +
	       first * image_element_size(section);
}

static struct image_span put(struct builder *builder, enum image_section section, const void *elements, size_t count)
{
	struct image_span span = {(uint32_t)builder->counts[section], (uint32_t)count};
	void *place = reserve(builder, section, count);

	if (place != NULL && count > 0)
		memcpy(place, elements, count * image_element_size(section));
	return span;
}

static uint32_t put_string(struct builder *builder, const char *text)
{
	return text == NULL ? 0 : put(builder, IMAGE_STRINGS, text, strlen(text) + 1).first;
}

static int compare_users(const void *left, const void *right)
{
	const struct policy_user *a = left, *b = right;

	return strcmp(a->name, b->name);
}

static struct image_span put_users(struct builder *builder, const struct policy_service *service)
{
	struct image_span span = {(uint32_t)builder->counts[IMAGE_USERS], service->user_count};
	struct policy_user *sorted;

	if (service->user_count == 0)
		return span;
	sorted = malloc(service->user_count * sizeof(*sorted));
	if (sorted == NULL) {
		builder->out_of_memory = true;
		return span;
	}
	memcpy(sorted, service->users, service->user_count * sizeof(*sorted));
	qsort(sorted, service->user_count, sizeof(*sorted), compare_users);
	for (unsigned i = 0; i < service->user_count; i++) {
		struct image_user_record record = {
		    .name = put_string(builder, sorted[i].name),
		    .password = put_string(builder, sorted[i].password),
		};

		put(builder, IMAGE_USERS, &record, 1);
	}
	free(sorted);
	return span;
}

static struct image_span put_intercepts(struct builder *builder, const struct policy_service *service)
{
	struct image_span span = {(uint32_t)builder->counts[IMAGE_INTERCEPTS], service->intercept_count};

	for (unsigned i = 0; i < service->intercept_count; i++) {
		const struct policy_intercept *intercept = &service->intercepts[i];
		struct image_intercept_record record = {
		    .interface = put_string(builder, intercept->interface),
		    .to = put(builder, IMAGE_PREFIXES, intercept->to, intercept->to_count),
		    .ports = put(builder, IMAGE_PORTS, intercept->ports, intercept->port_count),
		};

		put(builder, IMAGE_INTERCEPTS, &record, 1);
	}
	return span;
}

/* The order of these is the one that image_check expects. */
static void put_service(struct builder *builder, const struct policy_service *service)
{
	struct image_service_record record = {
	    .filter = service->filter,
	    .connections_per_client = service->connections_per_client,
	    .timeouts = service->timeouts,
	    .next_hop_port = service->next_hop_port,
	    .type = (uint8_t)service->type,
	    .connect = (uint8_t)service->connect,
	    .server_address = (uint8_t)service->server_address,
	    .source_address = (uint8_t)service->source_address,
	    .deny = (uint8_t)service->deny,
	    .non_tls = (uint8_t)service->non_tls,
	    .ech = (uint8_t)service->ech,
	    .allow_udp = service->allow_udp,
	};

	record.name = put_string(builder, service->name);
	record.next_hop_host = put_string(builder, service->next_hop_host);
	record.listeners = put(builder, IMAGE_LISTENERS, service->listeners, service->listener_count);
	record.clients = put(builder, IMAGE_PREFIXES, service->clients, service->client_count);
	record.private_networks =
	    put(builder, IMAGE_PREFIXES, service->private_networks, service->private_network_count);
	record.connect_ports = put(builder, IMAGE_PORTS, service->connect_ports, service->connect_port_count);
	record.intercepts = put_intercepts(builder, service);
	record.users = put_users(builder, service);
	put(builder, IMAGE_SERVICES, &record, 1);
}

static uint8_t pack(const struct policy_verdict *verdict)
{
	return (uint8_t)((verdict->action == POLICY_ALLOW ? IMAGE_ALLOW : 0) | (verdict->log ? IMAGE_LOG : 0) |
			 (verdict->decryption_exception ? IMAGE_EXCEPTION : 0));
}

static bool has_categories(const struct policy_filter *filter)
{
	for (unsigned row = 0; row < filter->row_count; row++)
		if (filter->rows[row].category_count > 0)
			return true;
	return false;
}

static struct image_span put_category_rows(struct builder *builder, const struct policy_filter *filter)
{
	unsigned categories = has_categories(filter) ? builder->policy->category_count : 0;
	struct image_span span = {(uint32_t)builder->counts[IMAGE_CATEGORY_ROWS], categories};
	uint16_t *rows = reserve(builder, IMAGE_CATEGORY_ROWS, categories);

	if (rows == NULL)
		return span;
	memset(rows, 0xff, categories * sizeof(*rows));
	for (unsigned row = filter->row_count; row-- > 0;)
		for (unsigned i = 0; i < filter->rows[row].category_count; i++)
			rows[filter->rows[row].categories[i]] = (uint16_t)row;
	return span;
}

static uint64_t put_database(struct builder *builder, const struct regex_database *database)
{
	uint64_t at = builder->counts[IMAGE_DATABASES];
	void *place = reserve(builder, IMAGE_DATABASES, image_aligned(database->size));

	if (place != NULL && database->size > 0 && !regex_place(database, place))
		builder->out_of_memory = true;
	return at;
}

/* The order of these is the one that image_check expects. */
static void put_filter(struct builder *builder, const struct policy_filter *filter,
		       const struct prepared_filter *prepared)
{
	struct image_filter_record record = {
	    .first_counter = builder->counters,
	    .database_size = prepared->database.size,
	    .first_regex_row = prepared->first_regex_row,
	    .uncategorized = pack(&filter->uncategorized),
	    .any = pack(&filter->any),
	    .no_fqdn = pack(&filter->no_fqdn),
	    .has_uncategorized = filter->has_uncategorized,
	};

	record.name = put_string(builder, filter->name);
	record.rows = (struct image_span){(uint32_t)builder->counts[IMAGE_ROWS], filter->row_count};
	for (unsigned i = 0; i < filter->row_count; i++) {
		struct image_row_record row = {
		    .label = put_string(builder, filter->rows[i].label),
		    .verdict = pack(&filter->rows[i].verdict),
		};

		put(builder, IMAGE_ROWS, &row, 1);
	}
	record.members = put(builder, IMAGE_MEMBERS, filter->members, filter->member_count);
	record.category_rows = put_category_rows(builder, filter);
	for (enum image_family family = 0; family < IMAGE_FAMILIES; family++)
		record.ranges[family] =
		    put(builder, IMAGE_RANGES, prepared->ranges[family].items, prepared->ranges[family].count);
	record.database = put_database(builder, &prepared->database);
	put(builder, IMAGE_FILTERS, &record, 1);
	builder->counters += filter->row_count + IMAGE_DEFAULTS;
}

static void put_names(struct builder *builder)
{
	struct name_table_size size = name_table_size(builder->names);
	uint32_t first_string = (uint32_t)builder->counts[IMAGE_STRINGS];
	struct image_bucket *buckets = reserve(builder, IMAGE_BUCKETS, size.buckets);
	struct image_posting *postings = reserve(builder, IMAGE_POSTINGS, size.postings);
	char *strings = reserve(builder, IMAGE_STRINGS, size.strings);

	if (builder->layout != NULL)
		name_table_write(builder->names, builder->layout, buckets, postings, strings, first_string);
}

static void put_all(struct builder *builder)
{
	memset(builder->counts, 0, sizeof(builder->counts));
	builder->counters = 0;
	put(builder, IMAGE_STRINGS, "", 1);
	for (unsigned i = 0; i < builder->policy->service_count; i++)
		put_service(builder, &builder->policy->services[i]);
	for (unsigned i = 0; i < builder->policy->filter_count; i++)
		put_filter(builder, &builder->policy->filters[i], &builder->filters[i]);
	put_names(builder);
}

static size_t count_patterns(const struct policy *policy)
{
	size_t count = 0;

	for (unsigned i = 0; i < policy->category_count; i++)
		count += policy->categories[i].names.count;
	for (unsigned i = 0; i < policy->filter_count; i++)
		for (unsigned row = 0; row < policy->filters[i].row_count; row++)
			count += policy->filters[i].rows[row].names.count;
	return count;
}

static bool prepare_names(struct builder *builder)
{
	const struct policy *policy = builder->policy;

	builder->names = name_table_create(count_patterns(policy));
	if (builder->names == NULL)
		return false;
	for (unsigned i = 0; i < policy->category_count; i++)
		name_table_add(builder->names, (uint16_t)i, 0, &policy->categories[i].names);
	for (unsigned i = 0; i < policy->filter_count; i++)
		for (unsigned row = 0; row < policy->filters[i].row_count; row++)
			name_table_add(builder->names, (uint16_t)(policy->category_count + i), (uint16_t)row,
				       &policy->filters[i].rows[row].names);
	return name_table_place(builder->names);
}

/* The regular expressions of a filter's rows, each with its row; NULL: none, or no memory. */
static struct regex *collect_regexes(const struct policy_filter *filter, unsigned *count)
{
	struct regex *regexes;
	unsigned at = 0;

	*count = 0;
	for (unsigned row = 0; row < filter->row_count; row++)
		*count += filter->rows[row].regex_count;
	regexes = *count > 0 ? malloc(*count * sizeof(*regexes)) : NULL;
	if (regexes == NULL)
		return NULL;
	for (unsigned row = 0; row < filter->row_count; row++)
		for (unsigned i = 0; i < filter->rows[row].regex_count; i++)
			regexes[at++] = (struct regex){filter->rows[row].regexes[i], row};
	return regexes;
}

static bool fail(struct config_error *error, const char *what)
{
	fault_add(error, 0, 0, "", "%s", what);
	return false;
}

static bool prepare_regexes(struct prepared_filter *prepared, const struct policy_filter *filter,
			    struct config_error *error)
{
	char message[CONFIG_MESSAGE_SIZE];
	struct regex *regexes;
	unsigned count, fault;
	bool good;

	prepared->first_regex_row = IMAGE_NO_ROW;
	regexes = collect_regexes(filter, &count);
	if (count == 0)
		return true;
	if (regexes == NULL)
		return fail(error, "out of memory for an image");
	prepared->first_regex_row = regexes[0].number;
	good = regex_compile(regexes, count, &prepared->database, &fault, message);
	if (!good && fault < count)
		fault_add(error, 0, 0, "",
			  "the regular expression \"%.80s\" in row %u (from 0) of filter \"%.40s\" is refused: %.100s; "
			  "correct it",
			  regexes[fault].text, regexes[fault].number, filter->name, message);
	else if (!good)
		fault_add(error, 0, 0, "", "the regular expressions of filter \"%.40s\" are refused: %.200s",
			  filter->name, message);
	free(regexes);
	return good;
}

static bool prepare_filters(struct builder *builder, struct config_error *error)
{
	const struct policy *policy = builder->policy;
	bool good = true;

	builder->filters = calloc(policy->filter_count + 1, sizeof(*builder->filters));
	if (builder->filters == NULL)
		return fail(error, "out of memory for an image");
	/* Each filter's faults are told together, as those of a file are. */
	for (unsigned i = 0; i < policy->filter_count; i++) {
		struct prepared_filter *prepared = &builder->filters[i];

		if (!prepare_regexes(prepared, &policy->filters[i], error))
			good = false;
		for (enum image_family family = 0; family < IMAGE_FAMILIES && good; family++)
			if (!address_ranges_make(&policy->filters[i], family, &prepared->ranges[family]))
				good = fail(error, "out of memory for an image");
	}
	return good;
}

static void release(struct builder *builder)
{
	name_table_free(builder->names);
	for (unsigned i = 0; builder->filters != NULL && i < builder->policy->filter_count; i++) {
		regex_database_free(&builder->filters[i].database);
		for (enum image_family family = 0; family < IMAGE_FAMILIES; family++)
			free(builder->filters[i].ranges[family].items);
	}
	free(builder->filters);
}

/* Counts, then allocates and lays out the image. */
static bool lay_out(struct builder *builder, size_t *size, struct config_error *error)
{
	struct image_extent extents[IMAGE_SECTIONS];
	struct image_layout *layout;

	put_all(builder);
	for (enum image_section i = 0; i < IMAGE_SECTIONS; i++)
		if (builder->counts[i] > UINT32_MAX)
			return fail(error, "the policy is too large for an image; leave out names, labels or rows");
	*size = image_place_sections(builder->counts, extents);
	layout = builder->out_of_memory ? NULL : aligned_alloc(IMAGE_ALIGNMENT, *size);
	if (layout == NULL)
		return fail(error, "out of memory for an image");
	memset(layout, 0, *size);
	memcpy(layout->extents, extents, sizeof(extents));
	layout->header = (struct image_header){
	    .magic = IMAGE_MAGIC,
	    .version = IMAGE_VERSION,
	    .header_size = sizeof(*layout),
	    .platform = regex_platform(),
	    .size = *size,
	    .made_at = (uint64_t)time(NULL),
	};
	layout->categories = builder->policy->category_count;
	layout->counters = builder->counters;
	builder->layout = layout;
	return true;
}

struct image_header *image_build(const struct policy *policy, size_t *size, struct config_error *error)
{
	struct builder builder = {.policy = policy};
	bool good;

	fault_begin(error, "policy");
	good = prepare_filters(&builder, error);
	if (good && !prepare_names(&builder))
		good = fail(error, "out of memory for the names of the policy");
	if (good && lay_out(&builder, size, error)) {
		put_all(&builder);
		if (builder.out_of_memory || !image_checksum(builder.layout, builder.layout->header.checksum)) {
			fail(error, "out of memory for an image");
			free(builder.layout);
			builder.layout = NULL;
		}
	}
	release(&builder);
	return builder.layout == NULL ? NULL : &builder.layout->header;
}
