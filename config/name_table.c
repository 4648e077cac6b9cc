/* SPDX-License-Identifier: BSD-3-Clause */
#include "name_table.h"

#include <stdlib.h>
#include <string.h>

#include <sys/random.h>

#include "suffix_hash.h"

/*
 * Of four entries a bucket has two and a half in the mean: then 12 of 13 names are in their home bucket, and the search
 * for a name that is not there reads 1.6 neighbouring cache lines. Two in the mean take a quarter more memory for 1.2
 * lines, and were no faster.
 */
#define MEAN_ENTRIES_TWICE 5

/* A name, and the newest of its postings. */
struct record {
	const char *name; /* the policy's */
	uint64_t hash;
	uint32_t newest;
};

/* A posting, and the one of an earlier space; 0: none, so the first is not used. */
struct pending {
	struct image_posting posting;
	uint32_t older;
};

struct name_table {
	uint64_t seed[2];
	struct record *records; /* from 1 on */
	uint32_t record_count;
	struct pending *pendings; /* from 1 on */
	uint32_t pending_count;
	uint32_t *slots; /* records by hash, while names are added; 0: free */
	unsigned slot_bits;
	uint32_t *places; /* records by place, once they are laid out: four for each bucket; 0: free */
	uint32_t homes;
	uint32_t probes;
	uint32_t deepest;
	struct name_table_size size;
};

struct name_table *name_table_create(size_t patterns)
{
	struct name_table *table = calloc(1, sizeof(*table));

	if (table == NULL)
		return NULL;
	table->slot_bits = 4;
	while ((size_t)1 << table->slot_bits < patterns * 2)
		table->slot_bits++;
	table->records = malloc((patterns + 1) * sizeof(*table->records));
	table->pendings = malloc((patterns + 1) * sizeof(*table->pendings));
	table->slots = calloc((size_t)1 << table->slot_bits, sizeof(*table->slots));
	if (table->records != NULL && table->pendings != NULL && table->slots != NULL &&
	    getrandom(table->seed, sizeof(table->seed), 0) == sizeof(table->seed))
		return table;
	name_table_free(table);
	return NULL;
}

void name_table_free(struct name_table *table)
{
	if (table == NULL)
		return;
	free(table->records);
	free(table->pendings);
	free(table->slots);
	free(table->places);
	free(table);
}

static uint64_t hash_name(struct name_table *table, const char *name)
{
	struct suffix_hash state = suffix_hash_begin(table->seed);
	uint32_t labels = 1;

	for (size_t end = strlen(name);; labels++) {
		size_t start = suffix_hash_label_start(name, end);

		suffix_hash_label(&state, name + start, end - start);
		if (start == 0)
			break;
		end = start - 1;
	}
	if (labels > table->deepest)
		table->deepest = labels;
	return suffix_hash_finish(state);
}

static struct record *find_record(struct name_table *table, const char *name)
{
	uint64_t hash = hash_name(table, name);
	size_t mask = ((size_t)1 << table->slot_bits) - 1;
	struct record *record;
	size_t slot;

	for (slot = hash >> (64 - table->slot_bits); table->slots[slot] != 0; slot = (slot + 1) & mask) {
		record = &table->records[table->slots[slot]];
		if (record->hash == hash && strcmp(record->name, name) == 0)
			return record;
	}
	table->slots[slot] = ++table->record_count;
	record = &table->records[table->record_count];
	*record = (struct record){.name = name, .hash = hash};
	return record;
}

/* As spaces come one after the other, a name's posting of this space can only be its newest. */
static struct image_posting *find_posting(struct name_table *table, struct record *record, uint16_t space)
{
	struct pending *pending;

	if (record->newest != 0 && table->pendings[record->newest].posting.space == space)
		return &table->pendings[record->newest].posting;
	pending = &table->pendings[++table->pending_count];
	*pending = (struct pending){{space, IMAGE_NOWHERE, IMAGE_NOWHERE}, record->newest};
	record->newest = table->pending_count;
	return &pending->posting;
}

void name_table_add(struct name_table *table, uint16_t space, uint16_t row, const struct policy_patterns *patterns)
{
	for (size_t i = 0; i < patterns->count; i++) {
		const struct policy_pattern *pattern = &patterns->items[i];
		struct image_posting *posting = find_posting(table, find_record(table, pattern->name), space);
		uint16_t *place = pattern->wildcard ? &posting->wildcard : &posting->exact;

		if (*place == IMAGE_NOWHERE)
			*place = row;
	}
}

/* Gives a record the first free place from its home bucket on. False: too far away. */
static bool place_record(struct name_table *table, uint8_t *filled, uint32_t number)
{
	uint32_t home = (uint32_t)((table->records[number].hash >> 32) * table->homes >> 32);

	for (uint32_t probe = 0; probe < IMAGE_PROBES_MAX; probe++) {
		uint32_t bucket = home + probe;

		if (filled[bucket] == IMAGE_BUCKET_ENTRIES)
			continue;
		table->places[(size_t)bucket * IMAGE_BUCKET_ENTRIES + filled[bucket]++] = number;
		if (probe >= table->probes)
			table->probes = probe + 1;
		return true;
	}
	return false;
}

static uint32_t count_postings(const struct name_table *table, const struct record *record)
{
	uint32_t count = 0;

	for (uint32_t at = record->newest; at != 0; at = table->pendings[at].older)
		count++;
	return count;
}

bool name_table_place(struct name_table *table)
{
	size_t buckets;
	uint8_t *filled;
	bool placed = true;

	table->homes = (uint32_t)(table->record_count * UINT64_C(2) / MEAN_ENTRIES_TWICE + 1);
	table->probes = 1;
	buckets = (size_t)table->homes + IMAGE_PROBES_MAX;
	filled = calloc(buckets, sizeof(*filled));
	table->places = calloc(buckets * IMAGE_BUCKET_ENTRIES, sizeof(*table->places));
	if (filled == NULL || table->places == NULL)
		placed = false;
	for (uint32_t i = 1; i <= table->record_count && placed; i++) {
		uint32_t postings = count_postings(table, &table->records[i]);

		table->size.postings += postings > 1 ? postings : 0;
		table->size.strings += strlen(table->records[i].name) + 1;
		placed = place_record(table, filled, i);
	}
	table->size.buckets = (uint64_t)table->homes + table->probes - 1;
	free(filled);
	return placed;
}

struct name_table_size name_table_size(const struct name_table *table)
{
	return table->size;
}

/* Writes a record's postings and returns how many of them went to the section. */
static uint32_t write_postings(const struct name_table *table, const struct record *record, struct image_entry *entry,
			       struct image_posting *postings, uint32_t first)
{
	uint32_t count = count_postings(table, record);
	uint32_t at = record->newest;

	entry->count = (uint16_t)count;
	if (count == 1) {
		entry->posting = table->pendings[at].posting;
		return 0;
	}
	entry->first = first;
	for (uint32_t i = count; i > 0; i--, at = table->pendings[at].older)
		postings[first + i - 1] = table->pendings[at].posting;
	return count;
}

void name_table_write(const struct name_table *table, struct image_layout *layout, struct image_bucket *buckets,
		      struct image_posting *postings, char *strings, uint32_t first_string)
{
	uint32_t string = 0, posting = 0;

	memcpy(layout->seed, table->seed, sizeof(layout->seed));
	layout->homes = table->homes;
	layout->probes = table->probes;
	layout->deepest = table->deepest;
	for (size_t place = 0; place < table->size.buckets * IMAGE_BUCKET_ENTRIES; place++) {
		const struct record *record = &table->records[table->places[place]];
		struct image_entry *entry =
		    &buckets[place / IMAGE_BUCKET_ENTRIES].entries[place % IMAGE_BUCKET_ENTRIES];
		size_t size;

		if (table->places[place] == 0)
			continue;
		entry->check = (uint32_t)record->hash;
		entry->name = first_string + string;
		posting += write_postings(table, record, entry, postings, posting);
		size = strlen(record->name) + 1;
		memcpy(strings + string, record->name, size);
		string += (uint32_t)size;
	}
}
