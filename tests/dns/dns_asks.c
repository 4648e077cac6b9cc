/* SPDX-License-Identifier: BSD-3-Clause */
/* A name is asked for, both families at once, and the addresses come to those who asked. */
#include "stage.h"

static void both_families_are_asked_at_once_and_answered(enum family family)
{
	struct dns_request *request;

	stage_open((struct stage_config){.servers = 1, .family = family, .serve = stage_answer});
	request = stage_ask("a.test", DNS_BOTH);
	CU_ASSERT_EQUAL(dns_request_outcome(request, DNS_IPV4), DNS_PENDING);
	CU_ASSERT_PTR_NULL(dns_request_answer(request, DNS_IPV4));
	stage_run(20);
	CU_ASSERT_EQUAL(stage.query_count, 2);
	CU_ASSERT_EQUAL(stage.queries[0].at, stage.queries[1].at);
	CU_ASSERT_EQUAL(stage.queries[0].type, DNS_A);
	CU_ASSERT_EQUAL(stage.queries[1].type, DNS_AAAA);
	for (unsigned i = 0; i < 2; i++) {
		CU_ASSERT_STRING_EQUAL(stage.queries[i].name, "a.test");
		CU_ASSERT_EQUAL(stage.queries[i].flags, 0x0100);
		CU_ASSERT(stage.queries[i].edns);
		CU_ASSERT_EQUAL(stage.queries[i].payload, 1232);
	}
	CU_ASSERT_EQUAL(stage_address(request, DNS_IPV4, 0), 1);
	CU_ASSERT_EQUAL(stage_address(request, DNS_IPV6, 0), 1);
	stage_end(request, DNS_ADDRESSES, DNS_ADDRESSES);
	CU_ASSERT_EQUAL(stage_count(DNS_COUNT_ANSWERS), 2);
	stage_close();
}

static void over_ipv4(void)
{
	both_families_are_asked_at_once_and_answered(IPV4);
}

static void over_ipv6(void)
{
	both_families_are_asked_at_once_and_answered(IPV6);
}

static void only_the_wanted_family_is_asked(void)
{
	struct dns_request *request;

	stage_open((struct stage_config){.servers = 1, .serve = stage_answer});
	request = stage_ask("a.test", DNS_ONLY_IPV6);
	stage_run(20);
	CU_ASSERT_EQUAL(stage.query_count, 1);
	CU_ASSERT_EQUAL(stage.queries[0].type, DNS_AAAA);
	stage_end(request, DNS_PENDING, DNS_ADDRESSES);
	stage_close();
}

static void answer_ipv6_at_once(const struct stage_query *query)
{
	if (query->type == DNS_AAAA)
		stage_answer(query);
}

static void there_is_news_for_each_family_that_ends(void)
{
	struct dns_request *request;

	stage_open((struct stage_config){.servers = 1, .serve = answer_ipv6_at_once});
	request = stage_ask("a.test", DNS_BOTH);
	CU_ASSERT_PTR_EQUAL(dns_request_context(request), &stage);
	CU_ASSERT_PTR_NULL(resolver_next_event(stage.resolver));
	stage_run(20);
	CU_ASSERT_PTR_EQUAL(resolver_next_event(stage.resolver), request);
	CU_ASSERT_PTR_NULL(resolver_next_event(stage.resolver));
	CU_ASSERT_EQUAL(dns_request_outcome(request, DNS_IPV4), DNS_PENDING);
	CU_ASSERT_EQUAL(dns_request_outcome(request, DNS_IPV6), DNS_ADDRESSES);
	stage_answer(&stage.queries[0]);
	stage_run(20);
	CU_ASSERT_PTR_EQUAL(resolver_next_event(stage.resolver), request);
	stage_end(request, DNS_ADDRESSES, DNS_ADDRESSES);
	stage_close();
}

static void what_is_known_is_told_without_a_query(void)
{
	struct dns_request *request;

	stage_open((struct stage_config){.servers = 1, .serve = stage_answer});
	request = stage_ask("a.test", DNS_BOTH);
	stage_run(20);
	stage_end(request, DNS_ADDRESSES, DNS_ADDRESSES);
	request = stage_ask("a.test", DNS_BOTH);
	CU_ASSERT_PTR_EQUAL(resolver_next_event(stage.resolver), request);
	stage_end(request, DNS_ADDRESSES, DNS_ADDRESSES);
	CU_ASSERT_EQUAL(stage.query_count, 2);
	stage_run(60000);
	request = stage_ask("a.test", DNS_ONLY_IPV4);
	stage_run(20);
	CU_ASSERT_EQUAL(stage.query_count, 3);
	stage_end(request, DNS_ADDRESSES, DNS_PENDING);
	stage_close();
}

static void without_servers_a_question_fails_at_once(void)
{
	struct dns_request *request;

	stage_open((struct stage_config){.servers = 0});
	request = stage_ask("a.test", DNS_BOTH);
	CU_ASSERT_PTR_EQUAL(resolver_next_event(stage.resolver), request);
	stage_end(request, DNS_FAILED, DNS_FAILED);
	stage_close();
}

static void counters_have_names_of_their_own(void)
{
	for (unsigned i = 0; i < DNS_COUNTERS; i++)
		for (unsigned j = 0; j < i; j++)
			CU_ASSERT_STRING_NOT_EQUAL(dns_counter_name(i), dns_counter_name(j));
	CU_ASSERT_STRING_EQUAL(dns_counter_name(DNS_COUNT_IGNORED_SOURCE), "ignored-source");
}

int main(void)
{
	return STAGE_RUN("asking", TEST(over_ipv4), TEST(over_ipv6), TEST(only_the_wanted_family_is_asked),
			 TEST(there_is_news_for_each_family_that_ends), TEST(what_is_known_is_told_without_a_query),
			 TEST(without_servers_a_question_fails_at_once), TEST(counters_have_names_of_their_own));
}
