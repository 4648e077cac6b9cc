/* SPDX-License-Identifier: BSD-3-Clause */
/* The ring of records: in order, bounded, with what is lost counted, and neither end waits for the other. */
#include <pthread.h>
#include <sched.h>

#include "flow_ring.h"
#include "support.h"

#define RECORDS 8
#define MANY 200000

static struct flow_ring *create(void)
{
	struct fault fault = {""};
	struct flow_ring *ring = flow_ring_create(RECORDS, &fault);

	CU_ASSERT_PTR_NOT_NULL_FATAL(ring);
	return ring;
}

static bool give(struct flow_ring *ring, uint64_t flow)
{
	struct flow_record *record = flow_ring_claim(ring);

	if (record == NULL)
		return false;
	record->flow = flow;
	flow_ring_publish(ring);
	return true;
}

static uint64_t get(struct flow_ring *ring)
{
	const struct flow_record *record = flow_ring_peek(ring);
	uint64_t flow;

	if (record == NULL)
		return 0;
	flow = record->flow;
	flow_ring_release(ring);
	return flow;
}

static void records_come_out_as_they_went_in(void)
{
	struct flow_ring *ring = create();

	CU_ASSERT_EQUAL(get(ring), 0);
	for (uint64_t round = 0; round < 100; round++) {
		for (uint64_t i = 1; i <= 5; i++)
			CU_ASSERT_TRUE(give(ring, round * 10 + i));
		for (uint64_t i = 1; i <= 5; i++)
			CU_ASSERT_EQUAL(get(ring), round * 10 + i);
		CU_ASSERT_EQUAL(get(ring), 0);
	}
	CU_ASSERT_EQUAL(flow_ring_dropped(ring), 0);
	flow_ring_destroy(ring);
}

static void a_full_ring_refuses_and_counts(void)
{
	struct flow_ring *ring = create();

	for (uint64_t i = 1; i <= RECORDS; i++)
		CU_ASSERT_TRUE(give(ring, i));
	CU_ASSERT_FALSE(give(ring, 100));
	CU_ASSERT_FALSE(give(ring, 101));
	CU_ASSERT_EQUAL(flow_ring_dropped(ring), 2);
	CU_ASSERT_EQUAL(get(ring), 1);
	CU_ASSERT_TRUE(give(ring, 9));
	CU_ASSERT_FALSE(give(ring, 102));
	for (uint64_t i = 2; i <= RECORDS + 1; i++)
		CU_ASSERT_EQUAL(get(ring), i);
	CU_ASSERT_EQUAL(flow_ring_dropped(ring), 3);
	flow_ring_destroy(ring);
}

static void its_size_is_rounded_up(void)
{
	struct fault fault = {""};
	struct flow_ring *ring = flow_ring_create(RECORDS - 3, &fault);

	for (uint64_t i = 1; i <= RECORDS; i++)
		CU_ASSERT_TRUE(give(ring, i));
	CU_ASSERT_FALSE(give(ring, 100));
	flow_ring_destroy(ring);
}

static void what_is_claimed_but_not_published_is_not_seen(void)
{
	struct flow_ring *ring = create();
	struct flow_record *record = flow_ring_claim(ring);

	record->flow = 7;
	flow_record_set(record, FLOW_TEXT_SNI, "old.test", 8);
	CU_ASSERT_PTR_NULL(flow_ring_peek(ring));
	CU_ASSERT_PTR_EQUAL(flow_ring_claim(ring), record);
	CU_ASSERT_EQUAL(record->flow, 0);
	CU_ASSERT_EQUAL(record->texts[FLOW_TEXT_SNI].length, 0);
	CU_ASSERT_EQUAL(record->time_total, FLOW_TIME_UNKNOWN);
	flow_ring_publish(ring);
	CU_ASSERT_PTR_EQUAL(flow_ring_peek(ring), record);
	flow_ring_destroy(ring);
}

static void without_a_ring_nothing_is_claimed(void)
{
	CU_ASSERT_PTR_NULL(flow_ring_claim(NULL));
	flow_ring_destroy(NULL);
}

static void memory_that_is_not_there_is_a_fault(void)
{
	struct fault fault = {""};

	CU_ASSERT_PTR_NULL(flow_ring_create(1 << 20, &fault));
	CU_ASSERT_PTR_NOT_NULL(strstr(fault.text, "lower flow_log.ring"));
}

/* Each record's fields belong together, or the reader saw one before it was whole. */
static void *write_many(void *argument)
{
	struct flow_ring *ring = argument;

	for (uint64_t i = 1; i <= MANY;) {
		struct flow_record *record = flow_ring_claim(ring);

		if (record == NULL) {
			sched_yield();
			continue;
		}
		record->flow = i;
		record->bytes_c2s = 3 * i;
		flow_record_set(record, FLOW_TEXT_SNI, &i, sizeof(i));
		flow_ring_publish(ring);
		i++;
	}
	return NULL;
}

static void a_reader_beside_the_writer_sees_whole_records_in_order(void)
{
	struct flow_ring *ring = create();
	uint64_t next = 1;
	pthread_t thread;

	CU_ASSERT_EQUAL_FATAL(pthread_create(&thread, NULL, write_many, ring), 0);
	while (next <= MANY) {
		const struct flow_record *record = flow_ring_peek(ring);

		if (record == NULL) {
			sched_yield();
			continue;
		}
		if (record->flow != next || record->bytes_c2s != 3 * next ||
		    memcmp(record->octets, &next, sizeof(next)) != 0)
			CU_FAIL("a record that is not whole, or not the next");
		flow_ring_release(ring);
		next++;
	}
	pthread_join(thread, NULL);
	flow_ring_destroy(ring);
}

int main(void)
{
	support_eal();
	return TESTS_RUN("records of flows", TEST(records_come_out_as_they_went_in),
			 TEST(a_full_ring_refuses_and_counts), TEST(its_size_is_rounded_up),
			 TEST(what_is_claimed_but_not_published_is_not_seen), TEST(without_a_ring_nothing_is_claimed),
			 TEST(memory_that_is_not_there_is_a_fault),
			 TEST(a_reader_beside_the_writer_sees_whole_records_in_order));
}
