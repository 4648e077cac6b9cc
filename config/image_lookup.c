/* SPDX-License-Identifier: BSD-3-Clause */
#include <stdlib.h>
#include <string.h>

#include "image_layout.h"
#include "notation.h"
#include "regex_database.h"
#include "suffix_hash.h"

#define CATEGORY_WORDS ((POLICY_CATEGORIES + 63) / 64)

struct image_scratch {
	struct hs_scratch *regex;
};

bool image_scratch_grow(struct image_scratch **scratch, const struct image_header *image)
{
	const struct image_layout *layout = image_layout(image);
	const struct image_filter_record *filters = image_section(layout, IMAGE_FILTERS);
	const char *databases = image_section(layout, IMAGE_DATABASES);
	struct hs_scratch *regex = *scratch == NULL ? NULL : (*scratch)->regex;
	struct image_scratch *grown = malloc(sizeof(*grown));

	if (grown == NULL)
		return false;
	grown->regex = NULL;
	for (uint64_t i = 0; i < layout->extents[IMAGE_FILTERS].count; i++) {
		struct hs_scratch *more;

		if (filters[i].database_size == 0)
			continue;
		more = regex_scratch(regex, databases + filters[i].database);
		regex_scratch_free(grown->regex);
		grown->regex = regex = more;
		if (more == NULL) {
			free(grown);
			return false;
		}
	}
	if (*scratch != NULL && grown->regex == NULL) {
		free(grown); /* the image needs none */
		return true;
	}
	image_scratch_free(*scratch);
	*scratch = grown;
	return true;
}

void image_scratch_free(struct image_scratch *scratch)
{
	if (scratch == NULL)
		return;
	regex_scratch_free(scratch->regex);
	free(scratch);
}

uint32_t image_counters(const struct image_header *image)
{
	return image_layout(image)->counters;
}

/* An entry of the table of names that a name met: as itself, or as what one of its suffixes is. */
struct sighting {
	const struct image_entry *entry;
	bool whole;
};

/* All that the table says of a name, whatever the filter. */
struct sightings {
	uint64_t categories[CATEGORY_WORDS]; /* a bit for each that the name is in */
	bool categorized;
	unsigned count;
	struct sighting items[IMAGE_LABELS_MAX];
};

struct suffix {
	uint64_t hash;
	uint16_t start;
};

static uint64_t home(const struct image_layout *layout, uint64_t hash)
{
	return (hash >> 32) * layout->homes >> 32;
}

/*
 * The suffixes of a name, the shortest first, down to what the table may hold. Their buckets are fetched meanwhile, so
 * that all of them together cost one wait for memory.
 */
static unsigned hash_suffixes(const struct image_layout *layout, const char *name, size_t length,
			      struct suffix suffixes[IMAGE_LABELS_MAX])
{
	const struct image_bucket *buckets = image_section(layout, IMAGE_BUCKETS);
	struct suffix_hash state = suffix_hash_begin(layout->seed);
	unsigned count = 0;
	size_t end = length;

	while (count < layout->deepest) {
		size_t start = suffix_hash_label_start(name, end);
		struct suffix *suffix = &suffixes[count++];

		suffix_hash_label(&state, name + start, end - start);
		suffix->hash = suffix_hash_finish(state);
		suffix->start = (uint16_t)start;
		__builtin_prefetch(&buckets[home(layout, suffix->hash)]);
		if (start == 0)
			break;
		end = start - 1;
	}
	return count;
}

static const struct image_entry *find_entry(const struct image_layout *layout, uint64_t hash, const char *name)
{
	const struct image_bucket *bucket = image_section(layout, IMAGE_BUCKETS);

	bucket += home(layout, hash);
	for (uint32_t probe = 0; probe < layout->probes; probe++, bucket++)
		for (unsigned i = 0; i < IMAGE_BUCKET_ENTRIES; i++) {
			const struct image_entry *entry = &bucket->entries[i];

			if (entry->name == 0)
				return NULL;
			if (entry->check == (uint32_t)hash && strcmp(image_string(layout, entry->name), name) == 0)
				return entry;
		}
	return NULL;
}

static const struct image_posting *postings_of(const struct image_layout *layout, const struct image_entry *entry)
{
	const struct image_posting *postings = image_section(layout, IMAGE_POSTINGS);

	return entry->count == 1 ? &entry->posting : postings + entry->first;
}

/* The lowest row that has the name in this way, or IMAGE_NOWHERE. */
static uint16_t row_of(const struct image_posting *posting, bool whole)
{
	return whole ? posting->exact : posting->wildcard;
}

/* Categories stand before filters. */
static void note_categories(const struct image_layout *layout, const struct sighting *sighting,
			    struct sightings *sightings)
{
	const struct image_posting *posting = postings_of(layout, sighting->entry);

	for (unsigned i = 0; i < sighting->entry->count && posting[i].space < layout->categories; i++)
		if (row_of(&posting[i], sighting->whole) != IMAGE_NOWHERE) {
			sightings->categories[posting[i].space / 64] |= UINT64_C(1) << posting[i].space % 64;
			sightings->categorized = true;
		}
}

static void look_around(const struct image_layout *layout, const char *name, size_t length, struct sightings *sightings)
{
	struct suffix suffixes[IMAGE_LABELS_MAX];
	unsigned count = hash_suffixes(layout, name, length, suffixes);

	memset(sightings->categories, 0, sizeof(sightings->categories));
	sightings->categorized = false;
	sightings->count = 0;
	for (unsigned i = 0; i < count; i++) {
		const struct image_entry *entry = find_entry(layout, suffixes[i].hash, name + suffixes[i].start);
		struct sighting *sighting = &sightings->items[sightings->count];

		if (entry == NULL)
			continue;
		*sighting = (struct sighting){entry, suffixes[i].start == 0};
		note_categories(layout, sighting, sightings);
		sightings->count++;
	}
}

/* The row of a name in one space, or IMAGE_NOWHERE. */
static uint16_t row_in_space(const struct image_layout *layout, const struct sighting *sighting, uint32_t space)
{
	const struct image_posting *postings = postings_of(layout, sighting->entry);
	unsigned low = 0, high = sighting->entry->count;

	while (low < high) {
		unsigned middle = (low + high) / 2;

		if (postings[middle].space == space)
			return row_of(&postings[middle], sighting->whole);
		if (postings[middle].space < space)
			low = middle + 1;
		else
			high = middle;
	}
	return IMAGE_NOWHERE;
}

static uint32_t lowest(uint32_t row, uint16_t other)
{
	return other != IMAGE_NOWHERE && other < row ? other : row;
}

static uint32_t find_by_category(const struct image_layout *layout, const struct image_filter_record *filter,
				 const struct sightings *sightings, uint32_t row)
{
	const uint16_t *rows = image_section(layout, IMAGE_CATEGORY_ROWS);

	if (!sightings->categorized || filter->category_rows.count == 0)
		return row;
	rows += filter->category_rows.first;
	for (unsigned word = 0; word < CATEGORY_WORDS; word++)
		for (uint64_t bits = sightings->categories[word]; bits != 0; bits &= bits - 1)
			row = lowest(row, rows[word * 64 + (unsigned)__builtin_ctzll(bits)]);
	return row;
}

/* A question, and what can be known before a filter is asked. */
struct question {
	const struct image_layout *layout;
	struct image_scratch *scratch;
	const char *name;
	size_t length;
	struct sightings sightings;
	bool failed; /* Hyperscan did not scan */
};

static void begin(struct question *question, const struct image_header *image, struct image_scratch *scratch,
		  const char *name)
{
	question->layout = image_layout(image);
	question->scratch = scratch;
	question->name = name;
	question->failed = false;
	if (name != NULL) {
		question->length = strnlen(name, NAME_LENGTH_MAX);
		look_around(question->layout, name, question->length, &question->sightings);
	}
}

/* The first row of a filter that matches the name, or IMAGE_NO_ROW. Expressions come last, and only if they can still
 * tell of an earlier row. */
static uint32_t find_by_name(struct question *question, uint32_t number)
{
	const struct image_layout *layout = question->layout;
	const struct image_filter_record *filter = image_filter_at(layout, number);
	const char *databases = image_section(layout, IMAGE_DATABASES);
	uint32_t row = IMAGE_NO_ROW;

	for (unsigned i = 0; i < question->sightings.count; i++)
		row = lowest(row, row_in_space(layout, &question->sightings.items[i], layout->categories + number));
	row = find_by_category(layout, filter, &question->sightings, row);
	if (filter->database_size > 0 && filter->first_regex_row < row) {
		unsigned first = row;

		if (question->scratch == NULL || !regex_scan(databases + filter->database, question->scratch->regex,
							     question->name, question->length, &first))
			question->failed = true;
		if (first < filter->rows.count)
			row = first;
	}
	return row;
}

/* The first row of a filter that has the address, or IMAGE_NO_ROW. */
static uint32_t find_by_address(const struct image_layout *layout, uint32_t number,
				const struct gateway_address *address)
{
	const struct image_filter_record *filter = image_filter_at(layout, number);
	const struct image_span *span = &filter->ranges[notation_is_ipv4(address) ? IMAGE_IPV4 : IMAGE_IPV6];
	const struct image_range *ranges =
	    (const struct image_range *)image_section(layout, IMAGE_RANGES) + span->first;
	uint32_t low = 0, high = span->count;

	if (span->count == 0)
		return IMAGE_NO_ROW;
	while (high - low > 1) {
		uint32_t middle = low + (high - low) / 2;

		if (memcmp(&ranges[middle].start, address, sizeof(*address)) <= 0)
			low = middle;
		else
			high = middle;
	}
	return ranges[low].row;
}

static struct policy_verdict unpack(uint8_t verdict)
{
	return (struct policy_verdict){
	    .action = (verdict & IMAGE_ALLOW) != 0 ? POLICY_ALLOW : POLICY_DENY,
	    .log = (verdict & IMAGE_LOG) != 0,
	    .decryption_exception = (verdict & IMAGE_EXCEPTION) != 0,
	};
}

static void decide_by_row(const struct image_layout *layout, uint32_t number, uint32_t row, struct image_result *result)
{
	const struct image_filter_record *filter = image_filter_at(layout, number);
	const struct image_row_record *rows = image_section(layout, IMAGE_ROWS);

	*result = (struct image_result){
	    .verdict = unpack(rows[filter->rows.first + row].verdict),
	    .match = IMAGE_MATCH_ROW,
	    .filter = number,
	    .row = row,
	    .counter = filter->first_counter + row,
	};
}

static void decide_by_default(const struct image_filter_record *filter, uint32_t number, enum image_match match,
			      uint8_t verdict, struct image_result *result)
{
	*result = (struct image_result){
	    .verdict = unpack(verdict),
	    .match = match,
	    .filter = number,
	    .row = IMAGE_NO_ROW,
	    .counter = filter->first_counter + filter->rows.count + (match - IMAGE_MATCH_UNCATEGORIZED),
	};
}

/* Asks one filter for a row; `address` where the question has no name. */
static bool ask(struct question *question, uint32_t number, const struct gateway_address *address,
		struct image_result *result)
{
	uint32_t row = question->name != NULL ? find_by_name(question, number)
					      : find_by_address(question->layout, number, address);

	if (row == IMAGE_NO_ROW)
		return false;
	decide_by_row(question->layout, number, row, result);
	return true;
}

/* The first row that matches, of a filter or of the members of a group, in their order. */
static bool ask_all(struct question *question, uint32_t number, const struct gateway_address *address,
		    struct image_result *result)
{
	const struct image_filter_record *filter = image_filter_at(question->layout, number);
	const uint32_t *members =
	    (const uint32_t *)image_section(question->layout, IMAGE_MEMBERS) + filter->members.first;

	if (filter->members.count == 0)
		return ask(question, number, address, result);
	for (uint32_t i = 0; i < filter->members.count && !question->failed; i++)
		if (ask(question, members[i], address, result))
			return true;
	return false;
}

static void decide_otherwise(const struct question *question, uint32_t number, bool has_address,
			     struct image_result *result)
{
	const struct image_filter_record *filter = image_filter_at(question->layout, number);

	if (question->name == NULL && !has_address)
		decide_by_default(filter, number, IMAGE_MATCH_NO_FQDN, filter->no_fqdn, result);
	else if (question->name != NULL && filter->has_uncategorized && question->layout->categories > 0 &&
		 !question->sightings.categorized)
		decide_by_default(filter, number, IMAGE_MATCH_UNCATEGORIZED, filter->uncategorized, result);
	else
		decide_by_default(filter, number, IMAGE_MATCH_ANY, filter->any, result);
}

/* Denies, since nobody knows whether an expression would have. */
static void decide_failure(const struct question *question, uint32_t number, struct image_result *result)
{
	decide_by_default(image_filter_at(question->layout, number), number, IMAGE_MATCH_ANY, IMAGE_LOG, result);
}

void image_lookup(const struct image_header *image, struct image_scratch *scratch, uint32_t filter, const char *name,
		  const struct gateway_address *address, struct image_result *result)
{
	struct question question;
	bool found;

	begin(&question, image, scratch, name);
	found = (name != NULL || address != NULL) && ask_all(&question, filter, address, result);
	if (question.failed)
		decide_failure(&question, filter, result);
	else if (!found)
		decide_otherwise(&question, filter, address != NULL, result);
}

bool image_denies(const struct image_header *image, struct image_scratch *scratch, uint32_t filter, const char *name,
		  struct image_result *result)
{
	struct question question;
	bool found;

	begin(&question, image, scratch, name);
	found = ask_all(&question, filter, NULL, result);
	if (question.failed)
		decide_failure(&question, filter, result);
	return question.failed || (found && result->verdict.action == POLICY_DENY);
}

static unsigned strictness(const struct policy_verdict *verdict)
{
	return (verdict->action == POLICY_DENY ? 4 : 0) + (verdict->decryption_exception ? 0 : 2) +
	       (verdict->log ? 1 : 0);
}

const struct image_result *image_stricter(const struct image_result *a, const struct image_result *b)
{
	return strictness(&b->verdict) > strictness(&a->verdict) ? b : a;
}
