/* SPDX-License-Identifier: BSD-3-Clause */
/* Servers that are dead or slow: asked in turn with longer and longer waits, and given up in time. */
#include "stage.h"

#define MS 1000ull

static void all_dead_servers_are_asked_three_times_and_given_up_in_time(unsigned servers, uint32_t timeout)
{
	uint64_t began, unit = timeout * MS / (7 * servers);
	struct dns_request *request;

	stage_open((struct stage_config){.servers = servers, .timeout = timeout});
	began = stage.world.now;
	request = stage_ask("a.test", DNS_ONLY_IPV4);
	stage_run(timeout - 1);
	CU_ASSERT_EQUAL(dns_request_outcome(request, DNS_IPV4), DNS_PENDING);
	stage_run(1);
	stage_end(request, DNS_TIMED_OUT, DNS_PENDING);
	CU_ASSERT_EQUAL(stage.query_count, 3 * servers);
	CU_ASSERT_EQUAL(stage_count(DNS_COUNT_RETRIES), 3 * servers - 1);
	CU_ASSERT_EQUAL(stage_count(DNS_COUNT_TIMEOUTS), 1);
	for (unsigned i = 1; i < stage.query_count; i++) {
		uint64_t since = stage.queries[i].at - began - STAGE_DELAY * MS;
		unsigned round = i / servers;
		uint64_t due = unit * servers * ((1u << round) - 1) + unit * (1u << round) * (i % servers);

		CU_ASSERT_EQUAL(stage.queries[i].server, i % servers);
		CU_ASSERT(since >= due - MS && since <= due + MS);
	}
	stage_close();
}

static void one_dead_server(void)
{
	all_dead_servers_are_asked_three_times_and_given_up_in_time(1, 5000);
}

static void three_dead_servers(void)
{
	all_dead_servers_are_asked_three_times_and_given_up_in_time(3, 5000);
}

static void eight_dead_servers_in_little_time(void)
{
	all_dead_servers_are_asked_three_times_and_given_up_in_time(8, 1000);
}

static void a_timeout_is_not_remembered(void)
{
	struct dns_request *request;

	stage_open((struct stage_config){.servers = 1});
	request = stage_ask("a.test", DNS_ONLY_IPV4);
	stage_run(5000);
	stage_end(request, DNS_TIMED_OUT, DNS_PENDING);
	request = stage_ask("a.test", DNS_ONLY_IPV4);
	CU_ASSERT_EQUAL(dns_request_outcome(request, DNS_IPV4), DNS_PENDING);
	stage_run(5000);
	stage_end(request, DNS_TIMED_OUT, DNS_PENDING);
	stage_close();
}

static void a_slow_server_is_still_believed_after_a_retry(void)
{
	struct dns_request *request;

	stage_open((struct stage_config){.servers = 2});
	request = stage_ask("a.test", DNS_ONLY_IPV4);
	stage_run(600);
	CU_ASSERT_EQUAL(stage.query_count, 2);
	CU_ASSERT_EQUAL(stage.queries[1].server, 1);
	stage_answer(&stage.queries[0]);
	stage_run(20);
	CU_ASSERT_EQUAL(stage_address(request, DNS_IPV4, 0), 1);
	stage_end(request, DNS_ADDRESSES, DNS_PENDING);
	stage_close();
}

static void a_server_slower_than_every_wait_is_believed_within_the_timeout(void)
{
	struct dns_request *request;

	stage_open((struct stage_config){.servers = 1});
	request = stage_ask("a.test", DNS_ONLY_IPV4);
	stage_run(4500);
	CU_ASSERT_EQUAL(stage.query_count, 3);
	stage_answer(&stage.queries[0]);
	stage_run(20);
	stage_end(request, DNS_ADDRESSES, DNS_PENDING);
	stage_close();
}

static void second_only(const struct stage_query *query)
{
	if (query->server == 1)
		stage_answer(query);
}

static void after_a_dead_server_the_one_that_answered_is_asked_first(void)
{
	struct dns_request *request;

	stage_open((struct stage_config){.servers = 2, .serve = second_only});
	request = stage_ask("a.test", DNS_ONLY_IPV4);
	stage_run(400);
	CU_ASSERT_EQUAL(stage_address(request, DNS_IPV4, 0), 2);
	stage_end(request, DNS_ADDRESSES, DNS_PENDING);
	CU_ASSERT_EQUAL(stage_count(DNS_COUNT_SERVER_CHANGES), 1);
	request = stage_ask("b.test", DNS_ONLY_IPV4);
	stage_run(10);
	stage_end(request, DNS_ADDRESSES, DNS_PENDING);
	CU_ASSERT_EQUAL(stage.query_count, 3);
	CU_ASSERT_EQUAL(stage.queries[2].server, 1);
	stage_close();
}

static void slow_for_one_name(const struct stage_query *query)
{
	if (query->name[0] != 's')
		stage_answer(query);
}

static void other_names_do_not_wait_for_a_slow_one(void)
{
	struct dns_request *slow, *quick;
	char name[16];

	stage_open((struct stage_config){.servers = 1, .serve = slow_for_one_name});
	slow = stage_ask("slow.test", DNS_ONLY_IPV4);
	for (unsigned i = 0; i < 100; i++) {
		snprintf(name, sizeof(name), "n%u.test", i);
		quick = stage_ask(name, DNS_BOTH);
		stage_run(10);
		stage_end(quick, DNS_ADDRESSES, DNS_ADDRESSES);
	}
	stage_run(4000);
	stage_end(slow, DNS_TIMED_OUT, DNS_PENDING);
	stage_close();
}

static void an_unreachable_network_ends_in_time(void)
{
	struct dns_request *request;

	stage_open((struct stage_config){.servers = 1, .loss = 1});
	request = stage_ask("a.test", DNS_BOTH);
	stage_run(5000);
	stage_end(request, DNS_TIMED_OUT, DNS_TIMED_OUT);
	stage_close();
}

int main(void)
{
	return STAGE_RUN("time-outs", TEST(one_dead_server), TEST(three_dead_servers),
			 TEST(eight_dead_servers_in_little_time), TEST(a_timeout_is_not_remembered),
			 TEST(a_slow_server_is_still_believed_after_a_retry),
			 TEST(a_server_slower_than_every_wait_is_believed_within_the_timeout),
			 TEST(after_a_dead_server_the_one_that_answered_is_asked_first),
			 TEST(other_names_do_not_wait_for_a_slow_one), TEST(an_unreachable_network_ends_in_time));
}
