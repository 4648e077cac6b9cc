/* SPDX-License-Identifier: BSD-3-Clause */
/* The record that workers publish: read whole or not at all, and no reader waits for a writer that stands still. */
#include <pthread.h>
#include <stdlib.h>

#include "snapshot.h"
#include "support.h"

#define WORDS 64

static struct snapshot *create(void)
{
	return calloc(1, sizeof(struct snapshot) + WORDS * sizeof(uint64_t));
}

static void nothing_is_read_before_the_first_write(void)
{
	struct snapshot *snapshot = create();
	uint64_t record[WORDS];

	CU_ASSERT_FALSE(snapshot_read(snapshot, record, WORDS));
	free(snapshot);
}

static void a_writer_that_stands_still_half_way_is_not_waited_for(void)
{
	struct snapshot *snapshot = create();
	uint64_t record[WORDS] = {1};

	snapshot_write(snapshot, record, WORDS);
	CU_ASSERT_TRUE(snapshot_read(snapshot, record, WORDS));
	atomic_fetch_add(&snapshot->sequence, 1);
	CU_ASSERT_FALSE(snapshot_read(snapshot, record, WORDS));
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
			 TEST(a_writer_that_stands_still_half_way_is_not_waited_for),
			 TEST(a_write_after_billions_is_still_read), TEST(what_is_read_was_written_together));
}
