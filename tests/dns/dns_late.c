/* SPDX-License-Identifier: BSD-3-Clause */
/* Replies that come twice, or when nobody waits any more, change nothing. */
#include "stage.h"

static void answer_five_times(const struct stage_query *query)
{
	for (unsigned i = 0; i < 5; i++)
		stage_answer(query);
}

static void an_answer_that_comes_often_is_taken_once(void)
{
	struct dns_request *request;

	stage_open((struct stage_config){.servers = 1, .serve = answer_five_times, .duplicate = 1});
	request = stage_ask("a.test", DNS_BOTH);
	stage_run(20);
	stage_end(request, DNS_ADDRESSES, DNS_ADDRESSES);
	CU_ASSERT_EQUAL(stage_count(DNS_COUNT_ANSWERS), 2);
	CU_ASSERT_EQUAL(stage_counters().cache.stored, 2);
	stage_close();
}

static void an_answer_after_the_timeout_is_nobodys(void)
{
	struct dns_request *request;

	stage_open((struct stage_config){.servers = 1});
	request = stage_ask("a.test", DNS_ONLY_IPV4);
	stage_run(5001);
	stage_end(request, DNS_TIMED_OUT, DNS_PENDING);
	for (unsigned i = 0; i < stage.query_count; i++)
		stage_answer(&stage.queries[i]);
	stage_run(20);
	CU_ASSERT_EQUAL(stage_counters().cache.entries, 0);
	CU_ASSERT_EQUAL(stage_count(DNS_COUNT_ANSWERS), 0);
	stage_close();
}

static void an_old_answer_is_none_to_a_new_question(void)
{
	struct stage_query old;
	struct dns_request *request;

	stage_open((struct stage_config){.servers = 1});
	request = stage_ask("a.test", DNS_ONLY_IPV4);
	stage_run(5001);
	stage_end(request, DNS_TIMED_OUT, DNS_PENDING);
	old = stage.queries[0];
	request = stage_ask("a.test", DNS_ONLY_IPV4);
	stage_run(20);
	stage_answer(&old);
	stage_run(20);
	CU_ASSERT_EQUAL(dns_request_outcome(request, DNS_IPV4), DNS_PENDING);
	stage_answer(&stage.queries[stage.query_count - 1]);
	stage_run(20);
	stage_end(request, DNS_ADDRESSES, DNS_PENDING);
	stage_close();
}

static void fail_twice(const struct stage_query *query)
{
	if (query->server == 1)
		return;
	stage_refuse(query, DNS_SERVFAIL);
	stage_refuse(query, DNS_SERVFAIL);
}

static void a_failure_that_comes_twice_is_one(void)
{
	struct dns_request *request;

	stage_open((struct stage_config){.servers = 2, .serve = fail_twice});
	request = stage_ask("a.test", DNS_ONLY_IPV4);
	stage_run(20);
	CU_ASSERT_EQUAL(stage_count(DNS_COUNT_SERVER_FAILURES), 1);
	CU_ASSERT_EQUAL(stage.query_count, 2);
	stage_answer(&stage.queries[1]);
	stage_run(20);
	CU_ASSERT_EQUAL(stage_address(request, DNS_IPV4, 0), 2);
	stage_end(request, DNS_ADDRESSES, DNS_PENDING);
	stage_close();
}

static void every_packet_twice_over_tcp_too(void)
{
	struct dns_request *request;

	stage_open((struct stage_config){.servers = 1, .serve = stage_answer, .udp_sockets = 1, .duplicate = 1});
	request = stage_ask("a.test", DNS_BOTH);
	stage_run(50);
	stage_end(request, DNS_ADDRESSES, DNS_ADDRESSES);
	CU_ASSERT_EQUAL(stage_count(DNS_COUNT_STREAMS), 1);
	stage_close();
}

int main(void)
{
	return STAGE_RUN("late replies", TEST(an_answer_that_comes_often_is_taken_once),
			 TEST(an_answer_after_the_timeout_is_nobodys), TEST(an_old_answer_is_none_to_a_new_question),
			 TEST(a_failure_that_comes_twice_is_one), TEST(every_packet_twice_over_tcp_too));
}
