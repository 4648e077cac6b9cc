/* SPDX-License-Identifier: BSD-3-Clause */
/* However many wait for a name, it is asked for once; and who no longer waits leaves the others alone. */
#include "stage.h"

#define MANY 10000

static struct dns_request *requests[MANY];

static void ten_thousand_waiters_make_one_query_of_each_family(void)
{
	stage_open((struct stage_config){.servers = 1, .serve = stage_answer, .waiters = MANY});
	for (unsigned i = 0; i < MANY; i++)
		requests[i] = stage_ask("a.test", DNS_BOTH);
	stage_run(20);
	CU_ASSERT_EQUAL(stage.query_count, 2);
	CU_ASSERT_EQUAL(stage_count(DNS_COUNT_MERGED), 2 * (MANY - 1));
	for (unsigned i = 0; i < MANY; i++)
		CU_ASSERT_PTR_NOT_NULL_FATAL(resolver_next_event(stage.resolver));
	CU_ASSERT_PTR_NULL(resolver_next_event(stage.resolver));
	for (unsigned i = 0; i < MANY; i++)
		stage_end(requests[i], DNS_ADDRESSES, DNS_ADDRESSES);
	stage_close();
}

static void those_who_come_later_join(void)
{
	stage_open((struct stage_config){.servers = 1});
	requests[0] = stage_ask("a.test", DNS_ONLY_IPV4);
	stage_run(300);
	requests[1] = stage_ask("a.test", DNS_BOTH);
	stage_run(20);
	CU_ASSERT_EQUAL(stage.query_count, 2);
	stage_answer(&stage.queries[0]);
	stage_run(20);
	stage_end(requests[0], DNS_ADDRESSES, DNS_PENDING);
	CU_ASSERT_EQUAL(stage_address(requests[1], DNS_IPV4, 0), 1);
	stage_answer(&stage.queries[1]);
	stage_run(20);
	stage_end(requests[1], DNS_ADDRESSES, DNS_ADDRESSES);
	stage_close();
}

static void who_leaves_hears_nothing_and_the_others_do(void)
{
	stage_open((struct stage_config){.servers = 1});
	for (unsigned i = 0; i < 5; i++)
		requests[i] = stage_ask("a.test", DNS_BOTH);
	stage_run(20);
	resolver_release(stage.resolver, requests[0]);
	resolver_release(stage.resolver, requests[2]);
	resolver_release(stage.resolver, requests[4]);
	stage_answer(&stage.queries[0]);
	stage_run(20);
	resolver_release(stage.resolver, requests[1]); /* with one family answered, and news that nobody fetched */
	stage_answer(&stage.queries[1]);
	stage_run(20);
	CU_ASSERT_PTR_EQUAL(resolver_next_event(stage.resolver), requests[3]);
	CU_ASSERT_PTR_NULL(resolver_next_event(stage.resolver));
	stage_end(requests[3], DNS_ADDRESSES, DNS_ADDRESSES);
	stage_close();
}

static void a_question_whose_askers_all_left_is_answered_for_the_next(void)
{
	stage_open((struct stage_config){.servers = 1});
	requests[0] = stage_ask("a.test", DNS_ONLY_IPV4);
	stage_run(20);
	resolver_release(stage.resolver, requests[0]);
	stage_answer(&stage.queries[0]);
	stage_run(20);
	requests[0] = stage_ask("a.test", DNS_ONLY_IPV4);
	CU_ASSERT_EQUAL(stage_address(requests[0], DNS_IPV4, 0), 1);
	stage_end(requests[0], DNS_ADDRESSES, DNS_PENDING);
	CU_ASSERT_EQUAL(stage.query_count, 1);
	stage_close();
}

static void a_resolver_can_end_in_the_middle_of_everything(void)
{
	stage_open((struct stage_config){.servers = 1, .udp_sockets = 1});
	for (unsigned i = 0; i < 5; i++) {
		char name[8] = {(char)('a' + i), '\0'};

		requests[i] = stage_ask(name, DNS_BOTH);
	}
	stage_run(20);
	for (unsigned i = 0; i < 5; i++)
		resolver_release(stage.resolver, requests[i]);
	CU_ASSERT_EQUAL(stage_counters().streams, DNS_STREAMS);
	resolver_destroy(stage.resolver);
	CU_ASSERT_EQUAL(stage.ground.allocated, 0);
	CU_ASSERT_PTR_NULL(world_stop(&stage.world));
}

int main(void)
{
	return STAGE_RUN("merged questions", TEST(ten_thousand_waiters_make_one_query_of_each_family),
			 TEST(those_who_come_later_join), TEST(who_leaves_hears_nothing_and_the_others_do),
			 TEST(a_question_whose_askers_all_left_is_answered_for_the_next),
			 TEST(a_resolver_can_end_in_the_middle_of_everything));
}
