/* SPDX-License-Identifier: BSD-3-Clause */
/* The main lcore's question for a worker's open flows: one at a time, answered in pieces, never waited for by the
 * worker, and taken back whenever the main lcore likes. */
#include <pthread.h>
#include <sched.h>
#include <string.h>

#include "flow_listing.h"
#include "support.h"

static struct flow_listing *listing;

static void begin(void)
{
	struct fault fault = {""};

	listing = flow_listing_create(&fault);
	CU_ASSERT_PTR_NOT_NULL_FATAL(listing);
}

static void end(void)
{
	flow_listing_destroy(listing);
}

static bool ask(uint64_t most, const char *service)
{
	struct flow_query query = {.most = most};

	snprintf(query.service, sizeof(query.service), "%s", service);
	return flow_listing_ask(listing, &query);
}

static bool publish(uint64_t flow)
{
	struct flow_record *record = flow_listing_claim(listing);

	if (record == NULL)
		return false;
	record->flow = flow;
	flow_listing_publish(listing);
	return true;
}

/* The flow of the next record, which is taken; 0: there is none. */
static uint64_t take(void)
{
	const struct flow_record *record = flow_listing_peek(listing);
	uint64_t flow = record != NULL ? record->flow : 0;

	if (record != NULL)
		flow_listing_take(listing);
	return flow;
}

static void a_question_is_seen_until_its_answer_ends(void)
{
	const struct flow_query *query;
	bool fresh = false;

	begin();
	CU_ASSERT_PTR_NULL(flow_listing_query(listing, &fresh));
	CU_ASSERT_TRUE(flow_listing_ended(listing));
	CU_ASSERT_TRUE(ask(5, "web"));
	CU_ASSERT_FALSE(flow_listing_ended(listing));
	query = flow_listing_query(listing, &fresh);
	CU_ASSERT_PTR_NOT_NULL_FATAL(query);
	CU_ASSERT_TRUE(fresh && query->most == 5 && strcmp(query->service, "web") == 0);
	CU_ASSERT_TRUE(publish(1));
	CU_ASSERT_PTR_NOT_NULL(flow_listing_query(listing, &fresh));
	CU_ASSERT_FALSE(fresh);
	CU_ASSERT_FALSE(ask(1, ""));
	CU_ASSERT_EQUAL(take(), 1);
	CU_ASSERT_EQUAL(take(), 0);
	flow_listing_end(listing);
	CU_ASSERT_TRUE(flow_listing_ended(listing));
	CU_ASSERT_PTR_NULL(flow_listing_query(listing, &fresh));
	CU_ASSERT_TRUE(ask(1, ""));
	CU_ASSERT_PTR_NOT_NULL(flow_listing_query(listing, &fresh));
	CU_ASSERT_TRUE(fresh);
	end();
}

static void no_more_than_fits_is_on_its_way(void)
{
	bool fresh;

	begin();
	CU_ASSERT_TRUE(ask(1000, ""));
	flow_listing_query(listing, &fresh);
	for (unsigned i = 1; i <= FLOW_LISTING_RECORDS; i++)
		CU_ASSERT_TRUE(publish(i));
	CU_ASSERT_FALSE(publish(99));
	CU_ASSERT_EQUAL(take(), 1);
	CU_ASSERT_TRUE(publish(FLOW_LISTING_RECORDS + 1));
	for (unsigned i = 2; i <= FLOW_LISTING_RECORDS + 1; i++)
		CU_ASSERT_EQUAL(take(), i);
	end();
}

static void what_is_taken_back_is_over_at_the_workers_next_look(void)
{
	bool fresh;

	begin();
	CU_ASSERT_TRUE(ask(1000, ""));
	CU_ASSERT_PTR_NOT_NULL(flow_listing_query(listing, &fresh));
	CU_ASSERT_TRUE(publish(1) && publish(2));
	flow_listing_cancel(listing);
	CU_ASSERT_FALSE(ask(1, "")); /* the worker has not seen it */
	CU_ASSERT_PTR_NULL(flow_listing_query(listing, &fresh));
	CU_ASSERT_TRUE(ask(1, ""));
	CU_ASSERT_EQUAL(take(), 0); /* nothing is left of the answer before */
	CU_ASSERT_PTR_NOT_NULL(flow_listing_query(listing, &fresh));
	CU_ASSERT_TRUE(fresh);
	end();
}

static _Atomic bool stopping;

/* A worker in a thread of its own, with 1000 flows for each question. */
static void *work(void *unused)
{
	uint64_t next = 0;
	bool fresh;

	while (!stopping) {
		const struct flow_query *query = flow_listing_query(listing, &fresh);

		if (query == NULL) {
			sched_yield();
			continue;
		}
		if (fresh)
			next = 0;
		while (next < query->most && publish(query->most * 10000 + next + 1))
			next++;
		if (next == query->most)
			flow_listing_end(listing);
		else
			sched_yield();
	}
	return NULL;
}

static uint64_t take_soon(void)
{
	uint64_t flow;

	while ((flow = take()) == 0)
		sched_yield();
	return flow;
}

static void answers_come_whole_and_in_order_between_threads(void)
{
	pthread_t thread;

	begin();
	CU_ASSERT_EQUAL_FATAL(pthread_create(&thread, NULL, work, NULL), 0);
	for (uint64_t round = 1; round <= 60; round++) {
		uint64_t wanted = round % 3 == 0 ? 5 : 10 * round; /* every third is taken back early */

		while (!ask(10 * round, ""))
			sched_yield();
		for (uint64_t i = 0; i < wanted; i++)
			CU_ASSERT_EQUAL(take_soon(), 100000 * round + i + 1);
		if (round % 3 == 0)
			flow_listing_cancel(listing);
	}
	stopping = true;
	pthread_join(thread, NULL);
	end();
}

int main(void)
{
	support_pool("listing", 64); /* DPDK's memory */
	return TESTS_RUN("listing of flows", TEST(a_question_is_seen_until_its_answer_ends),
			 TEST(no_more_than_fits_is_on_its_way),
			 TEST(what_is_taken_back_is_over_at_the_workers_next_look),
			 TEST(answers_come_whole_and_in_order_between_threads));
}
