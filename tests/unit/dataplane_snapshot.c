/* SPDX-License-Identifier: BSD-3-Clause */
/* The record that workers publish: read whole, even while the writer stands still half-way through the next one. */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "snapshot.h"
#include "support.h"

#define WORDS 64

static struct snapshot *create(void)
{
	return calloc(1, snapshot_size(WORDS));
}

static void nothing_is_read_before_the_first_write(void)
{
	struct snapshot *snapshot = create();
	uint64_t record[WORDS];

	CU_ASSERT_FALSE(snapshot_read(snapshot, record, WORDS));
	free(snapshot);
}

/* What the writer has done of a write that it does not end. */
static void write_half(struct snapshot *snapshot, uint64_t value)
{
	uint64_t record[WORDS];
	uint64_t sequence = atomic_load(&snapshot->sequence);
	struct snapshot *copy = create();

	for (unsigned i = 0; i < WORDS; i++)
		record[i] = value;
	memcpy((void *)copy, (void *)snapshot, snapshot_size(WORDS));
	snapshot_write(copy, record, WORDS);
	for (unsigned i = 0; i < 2 * WORDS; i += 2)
		atomic_store(&snapshot->words[i], atomic_load(&copy->words[i]));
	CU_ASSERT_EQUAL(atomic_load(&snapshot->sequence), sequence);
	free(copy);
}

static void the_last_record_is_read_while_the_writer_stands_still_half_way(void)
{
	struct snapshot *snapshot = create();
	uint64_t record[WORDS];

	write_half(snapshot, 1);
	CU_ASSERT_FALSE(snapshot_read(snapshot, record, WORDS));
	for (uint64_t n = 1; n <= 4; n++) {
		for (unsigned i = 0; i < WORDS; i++)
			record[i] = n;
		snapshot_write(snapshot, record, WORDS);
		write_half(snapshot, n + 1);
		memset(record, 0, sizeof(record));
		CU_ASSERT_TRUE(snapshot_read(snapshot, record, WORDS));
		for (unsigned i = 0; i < WORDS; i++)
			CU_ASSERT_EQUAL(record[i], n);
	}
	free(snapshot);
}

/* At five milliseconds a write, a number of 32 bits comes round in four months. */
static void a_write_after_billions_is_still_read(void)
{
	struct snapshot *snapshot = create();
	uint64_t record[WORDS] = {1};

	atomic_store(&snapshot->sequence, UINT32_MAX - 1);
	for (unsigned i = 0; i < 3; i++) {
		snapshot_write(snapshot, record, WORDS);
		CU_ASSERT_TRUE(snapshot_read(snapshot, record, WORDS));
	}
	free(snapshot);
}

#define WRITES 20000

static void *write_many(void *argument)
{
	uint64_t record[WORDS];

	for (uint64_t n = 1; n <= WRITES; n++) {
		for (unsigned i = 0; i < WORDS; i++)
			record[i] = n * (i + 1);
		snapshot_write(argument, record, WORDS);
	}
	return NULL;
}

static void what_is_read_was_written_together(void)
{
	struct snapshot *snapshot = create();
	uint64_t record[WORDS] = {0};
	uint64_t last = 0;
	pthread_t writer;

	CU_ASSERT_EQUAL_FATAL(pthread_create(&writer, NULL, write_many, snapshot), 0);
	while (last < WRITES) {
		if (!snapshot_read(snapshot, record, WORDS))
			continue;
		if (record[0] < last)
			CU_FAIL_FATAL("an older record came after a newer one");
		last = record[0];
		for (unsigned i = 0; i < WORDS; i++)
			if (record[i] != last * (i + 1))
				CU_FAIL_FATAL("a torn record");
	}
	pthread_join(writer, NULL);
	free(snapshot);
}

int main(void)
{
	return TESTS_RUN("snapshot", TEST(nothing_is_read_before_the_first_write),
			 TEST(the_last_record_is_read_while_the_writer_stands_still_half_way),
			 TEST(a_write_after_billions_is_still_read), TEST(what_is_read_was_written_together));
}
