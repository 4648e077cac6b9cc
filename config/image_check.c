/* SPDX-License-Identifier: BSD-3-Clause */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "image_layout.h"
#include "regex_database.h"

/*
 * Every list must begin where the one before it in its section ended, and each section must be used up: so whatever an
 * image says, each octet is looked at a fixed number of times, and nothing overlaps.
 */
struct check {
	const struct image_layout *layout;
	uint64_t used[IMAGE_SECTIONS]; /* elements, from the first on */
	char *reason;
};

/* Always false. */
static bool refuse(struct check *check, const char *format, ...) __attribute__((format(printf, 2, 3)));

static bool refuse(struct check *check, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(check->reason, IMAGE_REASON_SIZE, format, arguments);
	va_end(arguments);
	return false;
}

static uint64_t left(const struct check *check, enum image_section section)
{
	return check->layout->extents[section].count - check->used[section];
}

static bool take(struct check *check, enum image_section section, const struct image_span *span, uint64_t most)
{
	if (span->first != check->used[section] || span->count > most || span->count > left(check, section))
		return false;
	check->used[section] += span->count;
	return true;
}

/* Takes the next string, which ends within the section, or none. */
static bool take_string(struct check *check, uint32_t string)
{
	const char *strings = image_section(check->layout, IMAGE_STRINGS);
	uint64_t used = check->used[IMAGE_STRINGS];
	const char *end;

	if (string == 0)
		return true;
	if (string != used || left(check, IMAGE_STRINGS) == 0)
		return false;
	end = memchr(strings + used, '\0', left(check, IMAGE_STRINGS));
	if (end == NULL)
		return false;
	check->used[IMAGE_STRINGS] = (uint64_t)(end - strings) + 1;
	return true;
}

static bool take_name(struct check *check, uint32_t string)
{
	return string != 0 && take_string(check, string);
}

static bool check_header(struct check *check, const void *octets, size_t size)
{
	const struct image_header *header = octets;

	if ((uintptr_t)octets % IMAGE_ALIGNMENT != 0)
		return refuse(check, "the image does not begin at a multiple of %u octets", IMAGE_ALIGNMENT);
	if (size < sizeof(*header))
		return refuse(check, "the image is cut off: %zu octets do not hold its header", size);
	if (header->magic != IMAGE_MAGIC)
		return refuse(check, "this is no policy image");
	if (header->version != IMAGE_VERSION)
		return refuse(check,
			      "the image has version %u, and this program knows version %u: use sluicectl and sluiced "
			      "of one release",
			      header->version, IMAGE_VERSION);
	if (header->header_size != sizeof(struct image_layout) || size < sizeof(struct image_layout))
		return refuse(check, "the header of the image has a wrong size");
	if (header->size != size)
		return refuse(check, "the image says that it has %llu octets, and there are %zu",
			      (unsigned long long)header->size, size);
	if (header->platform != regex_platform())
		return refuse(check, "the image was made for another processor or release of Hyperscan: apply the "
				     "policy again on this machine");
	return true;
}

static bool check_checksum(struct check *check)
{
	uint8_t checksum[DIGEST_SIZE];

	if (!image_checksum(check->layout, checksum))
		return refuse(check,
			      "the checksum of the image cannot be computed: libcrypto has no SHA-256 or memory");
	if (memcmp(checksum, check->layout->header.checksum, sizeof(checksum)) != 0)
		return refuse(check, "the checksum of the image is wrong");
	return true;
}

static bool check_sections(struct check *check)
{
	const struct image_layout *layout = check->layout;
	struct image_extent extents[IMAGE_SECTIONS];
	uint64_t counts[IMAGE_SECTIONS];
	const char *strings;

	for (enum image_section i = 0; i < IMAGE_SECTIONS; i++) {
		counts[i] = layout->extents[i].count;
		if (counts[i] > UINT32_MAX)
			return refuse(check, "section %u of the image is too large", i);
	}
	if (image_place_sections(counts, extents) != layout->header.size ||
	    memcmp(extents, layout->extents, sizeof(extents)) != 0)
		return refuse(check, "the sections of the image are not where they must be");
	strings = image_section(layout, IMAGE_STRINGS);
	if (counts[IMAGE_STRINGS] == 0 || strings[0] != '\0')
		return refuse(check, "the strings of the image do not begin with an empty one");
	check->used[IMAGE_STRINGS] = 1;
	if (counts[IMAGE_SERVICES] > POLICY_SERVICES || counts[IMAGE_FILTERS] > POLICY_FILTERS ||
	    layout->categories > POLICY_CATEGORIES)
		return refuse(check, "the image has too many services, filters or categories");
	if (layout->homes == 0 || layout->probes == 0 || layout->probes > IMAGE_PROBES_MAX ||
	    (uint64_t)layout->homes + layout->probes - 1 != counts[IMAGE_BUCKETS] || layout->deepest > IMAGE_LABELS_MAX)
		return refuse(check, "the table of names of the image has a wrong shape");
	return true;
}

static bool check_prefixes(struct check *check)
{
	const struct gateway_prefix *prefixes = image_section(check->layout, IMAGE_PREFIXES);

	for (uint64_t i = 0; i < check->layout->extents[IMAGE_PREFIXES].count; i++)
		if (prefixes[i].length > 8 * sizeof(prefixes[i].address))
			return refuse(check, "a prefix in the image is longer than an address");
	return true;
}

static bool check_intercepts(struct check *check, const struct image_span *span)
{
	const struct image_intercept_record *records = image_section(check->layout, IMAGE_INTERCEPTS);

	if (!take(check, IMAGE_INTERCEPTS, span, POLICY_INTERCEPTS))
		return false;
	for (uint32_t i = span->first; i < span->first + span->count; i++)
		if (!take_string(check, records[i].interface) ||
		    !take(check, IMAGE_PREFIXES, &records[i].to, POLICY_PREFIXES) ||
		    !take(check, IMAGE_PORTS, &records[i].ports, POLICY_PORTS))
			return false;
	return true;
}

static bool check_users(struct check *check, const struct image_span *span)
{
	const struct image_user_record *records = image_section(check->layout, IMAGE_USERS);

	if (!take(check, IMAGE_USERS, span, POLICY_USERS))
		return false;
	for (uint32_t i = span->first; i < span->first + span->count; i++) {
		if (!take_name(check, records[i].name) || !take_name(check, records[i].password))
			return false;
		if (i > span->first && strcmp(image_string(check->layout, records[i - 1].name),
					      image_string(check->layout, records[i].name)) >= 0)
			return false;
	}
	return true;
}

/* The order of these is the one of put_service in image_build.c. */
static bool check_service(struct check *check, const struct image_service_record *service)
{
	return take_name(check, service->name) && take_string(check, service->next_hop_host) &&
	       take(check, IMAGE_LISTENERS, &service->listeners, POLICY_LISTENERS) &&
	       take(check, IMAGE_PREFIXES, &service->clients, POLICY_PREFIXES) &&
	       take(check, IMAGE_PREFIXES, &service->private_networks, POLICY_PREFIXES) &&
	       take(check, IMAGE_PORTS, &service->connect_ports, POLICY_PORTS) &&
	       check_intercepts(check, &service->intercepts) && check_users(check, &service->users) &&
	       service->filter < check->layout->extents[IMAGE_FILTERS].count && service->type <= POLICY_TRANSPARENT &&
	       service->connect <= POLICY_CONNECT_FORWARD && service->server_address <= POLICY_SERVER_VERIFY &&
	       service->source_address <= POLICY_SOURCE_CLIENT && service->deny <= POLICY_DENY_DROP &&
	       service->non_tls <= POLICY_NON_TLS_TUNNEL && service->ech <= POLICY_ECH_DENY && service->allow_udp <= 1;
}

static bool check_services(struct check *check)
{
	const struct image_service_record *services = image_section(check->layout, IMAGE_SERVICES);

	for (uint64_t i = 0; i < check->layout->extents[IMAGE_SERVICES].count; i++)
		if (!check_service(check, &services[i]))
			return refuse(check, "service %u (from 0) of the image is broken", (unsigned)i);
	check->used[IMAGE_SERVICES] = check->layout->extents[IMAGE_SERVICES].count;
	return true;
}

static bool good_verdict(uint8_t verdict)
{
	return (verdict & ~(IMAGE_ALLOW | IMAGE_LOG | IMAGE_EXCEPTION)) == 0;
}

static bool check_rows(struct check *check, const struct image_span *span)
{
	const struct image_row_record *rows = image_section(check->layout, IMAGE_ROWS);

	if (!take(check, IMAGE_ROWS, span, POLICY_ROWS))
		return false;
	for (uint32_t i = span->first; i < span->first + span->count; i++)
		if (!take_string(check, rows[i].label) || !good_verdict(rows[i].verdict))
			return false;
	return true;
}

/* Members are filters that have none themselves, so that no group can hold itself. */
static bool check_members(struct check *check, const struct image_filter_record *filter)
{
	const struct image_filter_record *filters = image_section(check->layout, IMAGE_FILTERS);
	const uint32_t *members = image_section(check->layout, IMAGE_MEMBERS);
	const struct image_span *span = &filter->members;

	if (!take(check, IMAGE_MEMBERS, span, POLICY_MEMBERS) || (span->count > 0 && filter->rows.count > 0))
		return false;
	for (uint32_t i = span->first; i < span->first + span->count; i++)
		if (members[i] >= check->layout->extents[IMAGE_FILTERS].count || filters[members[i]].members.count > 0)
			return false;
	return true;
}

static bool check_category_rows(struct check *check, const struct image_filter_record *filter)
{
	const uint16_t *rows = image_section(check->layout, IMAGE_CATEGORY_ROWS);
	const struct image_span *span = &filter->category_rows;

	if (!take(check, IMAGE_CATEGORY_ROWS, span, check->layout->categories) ||
	    (span->count != 0 && span->count != check->layout->categories))
		return false;
	for (uint32_t i = span->first; i < span->first + span->count; i++)
		if (rows[i] != IMAGE_NOWHERE && rows[i] >= filter->rows.count)
			return false;
	return true;
}

static bool check_ranges(struct check *check, const struct image_span *span, uint32_t row_count)
{
	static const struct gateway_address lowest;
	const struct image_range *ranges = image_section(check->layout, IMAGE_RANGES);

	if (!take(check, IMAGE_RANGES, span, UINT32_MAX))
		return false;
	for (uint32_t i = span->first; i < span->first + span->count; i++) {
		if (ranges[i].row != IMAGE_NO_ROW && ranges[i].row >= row_count)
			return false;
		if (i == span->first ? memcmp(&ranges[i].start, &lowest, sizeof(lowest)) != 0
				     : memcmp(&ranges[i].start, &ranges[i - 1].start, sizeof(lowest)) <= 0)
			return false;
	}
	return true;
}

static bool check_database(struct check *check, const struct image_filter_record *filter)
{
	const char *databases = image_section(check->layout, IMAGE_DATABASES);

	if (filter->database != check->used[IMAGE_DATABASES])
		return false;
	if (filter->database_size == 0)
		return filter->first_regex_row == IMAGE_NO_ROW;
	if (filter->first_regex_row >= filter->rows.count || filter->database_size > left(check, IMAGE_DATABASES) ||
	    image_aligned(filter->database_size) > left(check, IMAGE_DATABASES) ||
	    !regex_check(databases + filter->database, filter->database_size))
		return false;
	check->used[IMAGE_DATABASES] += image_aligned(filter->database_size);
	return true;
}

/* The order of these is the one of put_filter in image_build.c. */
static bool check_filter(struct check *check, const struct image_filter_record *filter)
{
	return take_name(check, filter->name) && check_rows(check, &filter->rows) && check_members(check, filter) &&
	       check_category_rows(check, filter) &&
	       check_ranges(check, &filter->ranges[IMAGE_IPV4], filter->rows.count) &&
	       check_ranges(check, &filter->ranges[IMAGE_IPV6], filter->rows.count) && check_database(check, filter) &&
	       good_verdict(filter->uncategorized) && good_verdict(filter->any) && good_verdict(filter->no_fqdn) &&
	       filter->has_uncategorized <= 1;
}

static bool check_filters(struct check *check)
{
	const struct image_filter_record *filters = image_section(check->layout, IMAGE_FILTERS);
	uint32_t counter = 0;

	for (uint64_t i = 0; i < check->layout->extents[IMAGE_FILTERS].count; i++) {
		if (filters[i].first_counter != counter || !check_filter(check, &filters[i]))
			return refuse(check, "filter %u (from 0) of the image is broken", (unsigned)i);
		counter += filters[i].rows.count + IMAGE_DEFAULTS;
	}
	check->used[IMAGE_FILTERS] = check->layout->extents[IMAGE_FILTERS].count;
	if (counter != check->layout->counters)
		return refuse(check, "the image has a wrong number of hit counters");
	return true;
}

static bool good_posting(const struct image_layout *layout, const struct image_posting *posting)
{
	const struct image_filter_record *filters = image_section(layout, IMAGE_FILTERS);
	uint32_t rows = 1;

	if (posting->space >= layout->categories + layout->extents[IMAGE_FILTERS].count)
		return false;
	if (posting->space >= layout->categories)
		rows = filters[posting->space - layout->categories].rows.count;
	return (posting->exact < rows || posting->exact == IMAGE_NOWHERE) &&
	       (posting->wildcard < rows || posting->wildcard == IMAGE_NOWHERE);
}

static bool check_postings(struct check *check, const struct image_entry *entry)
{
	const struct image_posting *postings = image_section(check->layout, IMAGE_POSTINGS);
	const struct image_span span = {entry->first, entry->count};

	if (entry->count == 1)
		return good_posting(check->layout, &entry->posting);
	if (entry->count == 0 || !take(check, IMAGE_POSTINGS, &span, UINT16_MAX))
		return false;
	for (uint32_t i = span.first; i < span.first + span.count; i++)
		if (!good_posting(check->layout, &postings[i]) ||
		    (i > span.first && postings[i].space <= postings[i - 1].space))
			return false;
	return true;
}

static bool check_bucket(struct check *check, const struct image_bucket *bucket)
{
	bool full = true;

	for (unsigned i = 0; i < IMAGE_BUCKET_ENTRIES; i++) {
		const struct image_entry *entry = &bucket->entries[i];
		uint64_t before = check->used[IMAGE_STRINGS];

		if (entry->name == 0) {
			full = false;
			continue;
		}
		if (!full || !take_name(check, entry->name) || !check_postings(check, entry) ||
		    check->used[IMAGE_STRINGS] - before > NAME_LENGTH_MAX + 1)
			return false;
	}
	return true;
}

static bool check_names(struct check *check)
{
	const struct image_bucket *buckets = image_section(check->layout, IMAGE_BUCKETS);

	for (uint64_t i = 0; i < check->layout->extents[IMAGE_BUCKETS].count; i++)
		if (!check_bucket(check, &buckets[i]))
			return refuse(check, "bucket %llu of the names of the image is broken", (unsigned long long)i);
	check->used[IMAGE_BUCKETS] = check->layout->extents[IMAGE_BUCKETS].count;
	return true;
}

static bool check_used_up(struct check *check)
{
	for (enum image_section i = 0; i < IMAGE_SECTIONS; i++)
		if (left(check, i) != 0)
			return refuse(check, "section %u of the image holds what nothing refers to", i);
	return true;
}

bool image_check(const void *octets, size_t size, char reason[IMAGE_REASON_SIZE])
{
	struct check check = {.layout = octets, .reason = reason};

	return check_header(&check, octets, size) && check_checksum(&check) && check_sections(&check) &&
	       check_prefixes(&check) && check_services(&check) && check_filters(&check) && check_names(&check) &&
	       check_used_up(&check);
}
