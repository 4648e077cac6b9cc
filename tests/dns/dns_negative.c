/* SPDX-License-Identifier: BSD-3-Clause */
/* Names that do not exist, and servers that cannot say: remembered for a bounded time, and the next server asked. */
#include "stage.h"

static uint32_t minimum;

static void deny(const struct stage_query *query)
{
	struct dns_writer *writer = stage_begin(query, DNS_ANSWER | (query->type == DNS_A ? DNS_NXDOMAIN : 0));

	dns_authority(writer, "test", 86400, minimum);
	stage_send(query, writer);
}

/* Expects the denial to be remembered for so many seconds. */
static void expect_denied(uint32_t ttl, uint32_t seconds)
{
	struct dns_request *request;

	minimum = ttl;
	stage_open((struct stage_config){.servers = 2, .serve = deny});
	request = stage_ask("a.test", DNS_BOTH);
	stage_run(20);
	stage_end(request, DNS_NO_NAME, DNS_NO_DATA);
	CU_ASSERT_EQUAL(stage.query_count, 2);
	stage_run(seconds * 1000ull - 25);
	request = stage_ask("a.test", DNS_BOTH);
	stage_end(request, DNS_NO_NAME, DNS_NO_DATA);
	stage_run(25);
	request = stage_ask("a.test", DNS_BOTH);
	CU_ASSERT_EQUAL(dns_request_outcome(request, DNS_IPV4), DNS_PENDING);
	stage_run(20);
	stage_end(request, DNS_NO_NAME, DNS_NO_DATA);
	CU_ASSERT_EQUAL(stage.query_count, 4);
	stage_close();
}

static void a_denial_holds_as_long_as_the_zone_says_within_bounds(void)
{
	expect_denied(60, 60);
	expect_denied(0, 5);
	expect_denied(86400, 300);
}

static const uint16_t *codes;

static void refuse(const struct stage_query *query)
{
	if (codes[query->server] == 0)
		stage_answer(query);
	else
		stage_refuse(query, codes[query->server]);
}

static void a_server_that_cannot_say_gives_way_to_the_next_at_once(void)
{
	static const uint16_t all[][3] = {{DNS_SERVFAIL, 0}, {DNS_REFUSED, 0}, {9, 0}, {DNS_SERVFAIL, DNS_REFUSED, 0}};

	for (unsigned i = 0; i < 4; i++) {
		unsigned good = i < 3 ? 1 : 2;
		struct dns_request *request;

		codes = all[i];
		stage_open((struct stage_config){.servers = 3, .serve = refuse});
		request = stage_ask("a.test", DNS_ONLY_IPV4);
		stage_run(20);
		CU_ASSERT_EQUAL(stage_address(request, DNS_IPV4, 0), (int)good + 1);
		stage_end(request, DNS_ADDRESSES, DNS_PENDING);
		CU_ASSERT_EQUAL(stage_count(DNS_COUNT_SERVER_FAILURES), good);
		CU_ASSERT_EQUAL(stage_count(DNS_COUNT_SERVER_CHANGES), 0);
		stage_close();
	}
}

static void where_no_server_can_say_it_is_remembered_for_5_seconds(void)
{
	static const uint16_t bad[] = {DNS_SERVFAIL, DNS_REFUSED};
	struct dns_request *request;

	codes = bad;
	stage_open((struct stage_config){.servers = 2, .serve = refuse});
	request = stage_ask("a.test", DNS_ONLY_IPV4);
	stage_run(20);
	CU_ASSERT_PTR_NULL(dns_request_answer(request, DNS_IPV4));
	stage_end(request, DNS_FAILED, DNS_PENDING);
	CU_ASSERT_EQUAL(stage.query_count, 2);
	stage_run(4900);
	request = stage_ask("a.test", DNS_ONLY_IPV4);
	CU_ASSERT_PTR_NULL(dns_request_answer(request, DNS_IPV4));
	stage_end(request, DNS_FAILED, DNS_PENDING);
	CU_ASSERT_EQUAL(stage.query_count, 2);
	stage_run(200);
	request = stage_ask("a.test", DNS_ONLY_IPV4);
	stage_run(20);
	stage_end(request, DNS_FAILED, DNS_PENDING);
	CU_ASSERT_EQUAL(stage.query_count, 4);
	stage_close();
}

static void fail_late_or_never(const struct stage_query *query)
{
	if (query->server == 1)
		stage_refuse(query, DNS_SERVFAIL);
}

static void one_that_cannot_say_does_not_end_the_wait_for_the_others(void)
{
	struct dns_request *request;

	stage_open((struct stage_config){.servers = 2, .serve = fail_late_or_never});
	request = stage_ask("a.test", DNS_ONLY_IPV4);
	stage_run(2000);
	CU_ASSERT_EQUAL(dns_request_outcome(request, DNS_IPV4), DNS_PENDING);
	stage_answer(&stage.queries[0]);
	stage_run(20);
	CU_ASSERT_EQUAL(stage_address(request, DNS_IPV4, 0), 1);
	stage_end(request, DNS_ADDRESSES, DNS_PENDING);
	stage_close();
}

static void be_silent_fail_and_answer(const struct stage_query *query)
{
	if (query->server == 1)
		stage_refuse(query, DNS_SERVFAIL);
	if (query->server == 2)
		stage_answer(query);
}

/* The first wait of three servers is 238 ms. */
static void the_next_one_is_asked_at_once_though_an_earlier_one_may_still_answer(void)
{
	struct dns_request *request;

	stage_open((struct stage_config){.servers = 3, .serve = be_silent_fail_and_answer});
	request = stage_ask("a.test", DNS_ONLY_IPV4);
	stage_run(260);
	CU_ASSERT_EQUAL(stage_address(request, DNS_IPV4, 0), 3);
	stage_end(request, DNS_ADDRESSES, DNS_PENDING);
	stage_close();
}

static void a_failure_of_one_that_nobody_waits_for_hurries_nothing(void)
{
	struct dns_request *request;

	stage_open((struct stage_config){.servers = 3});
	request = stage_ask("a.test", DNS_ONLY_IPV4);
	stage_run(300);
	CU_ASSERT_EQUAL(stage.query_count, 2);
	stage_refuse(&stage.queries[0], DNS_SERVFAIL);
	stage_run(20);
	CU_ASSERT_EQUAL(stage_count(DNS_COUNT_SERVER_FAILURES), 1);
	CU_ASSERT_EQUAL(stage.query_count, 2);
	stage_answer(&stage.queries[1]);
	stage_run(20);
	CU_ASSERT_EQUAL(stage_address(request, DNS_IPV4, 0), 2);
	stage_end(request, DNS_ADDRESSES, DNS_PENDING);
	stage_close();
}

int main(void)
{
	return STAGE_RUN("negative answers", TEST(a_denial_holds_as_long_as_the_zone_says_within_bounds),
			 TEST(a_server_that_cannot_say_gives_way_to_the_next_at_once),
			 TEST(where_no_server_can_say_it_is_remembered_for_5_seconds),
			 TEST(one_that_cannot_say_does_not_end_the_wait_for_the_others),
			 TEST(the_next_one_is_asked_at_once_though_an_earlier_one_may_still_answer),
			 TEST(a_failure_of_one_that_nobody_waits_for_hurries_nothing));
}
