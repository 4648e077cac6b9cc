/* SPDX-License-Identifier: BSD-3-Clause */
/* The flows of several workers, one worker after the other: bounded, and without waiting for one that stands still. The
 * workers are the test's own. */
#include <string.h>

#include "flow_lister.h"
#include "support.h"

#define WORKERS 3

static struct flow_listing *listings[WORKERS];
static struct flow_lister lister;
static uint64_t now;

uint16_t __wrap_workers_count(const struct workers *workers);
struct flow_listing *__wrap_workers_listing(const struct workers *workers, uint16_t index);

uint16_t __wrap_workers_count(const struct workers *workers)
{
	return WORKERS;
}

struct flow_listing *__wrap_workers_listing(const struct workers *workers, uint16_t index)
{
	return listings[index];
}

static void begin(void)
{
	struct fault fault = {""};

	lister = (struct flow_lister){0};
	now = 1000000;
	for (unsigned i = 0; i < WORKERS; i++) {
		listings[i] = flow_listing_create(&fault);
		CU_ASSERT_PTR_NOT_NULL_FATAL(listings[i]);
	}
}

static void end(void)
{
	flow_lister_end(&lister);
	CU_ASSERT_FALSE(lister.busy);
	for (unsigned i = 0; i < WORKERS; i++)
		flow_listing_destroy(listings[i]);
}

/* A worker's turn: tells of flows `first` and so on, up to what is asked. */
static void work(unsigned worker, uint64_t first, unsigned count)
{
	bool fresh;
	const struct flow_query *query = flow_listing_query(listings[worker], &fresh);

	if (query == NULL)
		return;
	for (unsigned i = 0; i < count && i < query->most; i++) {
		struct flow_record *record = flow_listing_claim(listings[worker]);

		CU_ASSERT_PTR_NOT_NULL_FATAL(record);
		record->flow = first + i;
		flow_listing_publish(listings[worker]);
	}
	flow_listing_end(listings[worker]);
}

/* The next flow, which is taken; 0: it waits, 1: it is over. */
static uint64_t next(void)
{
	const struct flow_record *record = NULL;
	uint64_t flow;

	switch (flow_lister_look(&lister, now, &record)) {
	case FLOW_LISTER_WAITS:
		return 0;
	case FLOW_LISTER_OVER:
		return 1;
	default:
		flow = record->flow;
		flow_lister_take(&lister);
		return flow;
	}
}

static void all_workers_are_asked_in_turn(void)
{
	begin();
	CU_ASSERT_TRUE(flow_lister_begin(&lister, &(struct flow_query){.most = 100}));
	CU_ASSERT_FALSE(flow_lister_begin(&lister, &(struct flow_query){.most = 100}));
	CU_ASSERT_EQUAL(next(), 0);
	work(1, 77, 1); /* not asked yet */
	work(0, 10, 2);
	CU_ASSERT_EQUAL(next(), 10);
	CU_ASSERT_EQUAL(next(), 11);
	CU_ASSERT_EQUAL(next(), 0);
	work(1, 20, 0);
	CU_ASSERT_EQUAL(next(), 0);
	work(2, 30, 1);
	CU_ASSERT_EQUAL(next(), 30);
	CU_ASSERT_EQUAL(next(), 1);
	CU_ASSERT_TRUE(lister.listed == 3 && !lister.more && lister.missing == 0);
	flow_lister_end(&lister);
	CU_ASSERT_TRUE(flow_lister_begin(&lister, &(struct flow_query){.most = 1}));
	end();
}

static void no_more_than_was_asked_for_are_told(void)
{
	begin();
	CU_ASSERT_TRUE(flow_lister_begin(&lister, &(struct flow_query){.most = 3}));
	CU_ASSERT_EQUAL(next(), 0);
	work(0, 10, 2);
	CU_ASSERT_EQUAL(next(), 10);
	CU_ASSERT_EQUAL(next(), 11);
	CU_ASSERT_EQUAL(next(), 0);
	work(1, 20, 50);
	CU_ASSERT_EQUAL(next(), 20);
	CU_ASSERT_EQUAL(next(), 1);
	CU_ASSERT_EQUAL(next(), 1);
	CU_ASSERT_TRUE(lister.listed == 3 && lister.more);
	end();
}

static void as_many_as_were_asked_for_are_all(void)
{
	begin();
	CU_ASSERT_TRUE(flow_lister_begin(&lister, &(struct flow_query){.most = 2}));
	CU_ASSERT_EQUAL(next(), 0);
	work(0, 10, 2);
	CU_ASSERT_TRUE(next() == 10 && next() == 11 && next() == 0);
	work(1, 0, 0);
	CU_ASSERT_EQUAL(next(), 0);
	work(2, 0, 0);
	CU_ASSERT_EQUAL(next(), 1);
	CU_ASSERT_TRUE(lister.listed == 2 && !lister.more);
	end();
}

static void a_worker_that_stands_still_is_left_out(void)
{
	begin();
	CU_ASSERT_TRUE(flow_lister_begin(&lister, &(struct flow_query){.most = 100}));
	CU_ASSERT_EQUAL(next(), 0);
	now += FLOW_LISTER_PATIENCE - 1;
	CU_ASSERT_EQUAL(next(), 0);
	now += 1;
	CU_ASSERT_EQUAL(next(), 0); /* for the second */
	work(1, 20, 1);
	CU_ASSERT_EQUAL(next(), 20);
	CU_ASSERT_EQUAL(next(), 0);
	work(2, 30, 0);
	CU_ASSERT_EQUAL(next(), 1);
	CU_ASSERT_EQUAL(lister.missing, 1);
	flow_lister_end(&lister);
	/* It still has not looked: nobody waits for it again. */
	CU_ASSERT_TRUE(flow_lister_begin(&lister, &(struct flow_query){.most = 100}));
	CU_ASSERT_EQUAL(next(), 0);
	CU_ASSERT_EQUAL(lister.worker, 1);
	CU_ASSERT_EQUAL(lister.missing, 1);
	end();
}

static void an_end_in_the_middle_takes_the_question_back(void)
{
	bool fresh;

	begin();
	CU_ASSERT_TRUE(flow_lister_begin(&lister, &(struct flow_query){.most = 100}));
	CU_ASSERT_EQUAL(next(), 0);
	flow_lister_end(&lister);
	CU_ASSERT_PTR_NULL(flow_listing_query(listings[0], &fresh));
	CU_ASSERT_TRUE(flow_lister_begin(&lister, &(struct flow_query){.most = 100}));
	CU_ASSERT_EQUAL(next(), 0);
	work(0, 10, 1);
	CU_ASSERT_EQUAL(next(), 10);
	end();
}

static void without_an_application_there_are_no_flows(void)
{
	struct flow_listing *kept[WORKERS];

	begin();
	memcpy(kept, listings, sizeof(kept));
	memset(listings, 0, sizeof(listings));
	CU_ASSERT_TRUE(flow_lister_begin(&lister, &(struct flow_query){.most = 100}));
	CU_ASSERT_EQUAL(next(), 1);
	CU_ASSERT_EQUAL(lister.missing, 0);
	memcpy(listings, kept, sizeof(kept));
	end();
}

int main(void)
{
	support_pool("lister", 64); /* DPDK's memory */
	return TESTS_RUN(
	    "lister of flows", TEST(all_workers_are_asked_in_turn), TEST(no_more_than_was_asked_for_are_told),
	    TEST(as_many_as_were_asked_for_are_all), TEST(a_worker_that_stands_still_is_left_out),
	    TEST(an_end_in_the_middle_takes_the_question_back), TEST(without_an_application_there_are_no_flows));
}
