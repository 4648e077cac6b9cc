/* SPDX-License-Identifier: BSD-3-Clause */
/* Aliases are told to who asked; what a server says of other names is not believed. */
#include <string.h>

#include "stage.h"

static void answer_by_alias(const struct stage_query *query)
{
	struct dns_writer *writer = stage_begin(query, DNS_ANSWER);

	dns_alias(writer, DNS_ANSWERS, DNS_QUESTION_AT, 60, "b.test");
	dns_alias(writer, DNS_ANSWERS, "b.test", 60, "c.test");
	dns_address(writer, DNS_ANSWERS, "c.test", 60, "192.0.2.9");
	dns_address(writer, DNS_ANSWERS, "bank.test", 60, "192.0.2.66");
	dns_address(writer, DNS_ADDITIONALS, "bank.test", 60, "192.0.2.66");
	stage_send(query, writer);
}

static void aliases_come_with_the_addresses_from_the_server_and_from_the_cache(void)
{
	stage_open((struct stage_config){.servers = 1, .serve = answer_by_alias});
	for (unsigned i = 0; i < 2; i++) {
		struct dns_request *request = stage_ask("a.test", DNS_ONLY_IPV4);
		const struct dns_answer *answer;
		const char *alias;

		stage_run(20);
		answer = dns_request_answer(request, DNS_IPV4);
		CU_ASSERT_PTR_NOT_NULL_FATAL(answer);
		alias = dns_answer_alias(answer, NULL);
		CU_ASSERT_STRING_EQUAL(alias, "b.test");
		alias = dns_answer_alias(answer, alias);
		CU_ASSERT_STRING_EQUAL(alias, "c.test");
		CU_ASSERT_PTR_NULL(dns_answer_alias(answer, alias));
		CU_ASSERT_EQUAL(stage_address(request, DNS_IPV4, 0), 9);
		CU_ASSERT_EQUAL(stage_address(request, DNS_IPV4, 1), -1);
		stage_end(request, DNS_ADDRESSES, DNS_PENDING);
	}
	CU_ASSERT_EQUAL(stage.query_count, 1);
	stage_close();
}

static void only_the_name_that_was_asked_is_remembered(void)
{
	static const char *const others[] = {"bank.test", "b.test", "c.test"};
	struct dns_request *request;

	stage_open((struct stage_config){.servers = 1, .serve = answer_by_alias});
	request = stage_ask("a.test", DNS_ONLY_IPV4);
	stage_run(20);
	stage_end(request, DNS_ADDRESSES, DNS_PENDING);
	CU_ASSERT_EQUAL(stage_counters().cache.entries, 1);
	for (unsigned i = 0; i < 3; i++) {
		request = stage_ask(others[i], DNS_ONLY_IPV4);
		CU_ASSERT_EQUAL(dns_request_outcome(request, DNS_IPV4), DNS_PENDING);
		stage_run(20);
		resolver_release(stage.resolver, request);
	}
	CU_ASSERT_EQUAL(stage.query_count, 4);
	stage_close();
}

static void answer_by_a_loop(const struct stage_query *query)
{
	struct dns_writer *writer = stage_begin(query, DNS_ANSWER);

	if (query->server == 1) {
		stage_answer(query);
		return;
	}
	dns_alias(writer, DNS_ANSWERS, DNS_QUESTION_AT, 60, "b.test");
	dns_alias(writer, DNS_ANSWERS, "b.test", 60, "a.test");
	stage_send(query, writer);
}

static void a_loop_of_aliases_sends_us_to_the_next_server(void)
{
	struct dns_request *request;

	stage_open((struct stage_config){.servers = 2, .serve = answer_by_a_loop});
	request = stage_ask("a.test", DNS_ONLY_IPV4);
	stage_run(20);
	CU_ASSERT_EQUAL(stage_address(request, DNS_IPV4, 0), 2);
	CU_ASSERT_EQUAL(stage_count(DNS_COUNT_MALFORMED), 1);
	stage_end(request, DNS_ADDRESSES, DNS_PENDING);
	stage_close();

	stage_open((struct stage_config){.servers = 1, .serve = answer_by_a_loop});
	request = stage_ask("a.test", DNS_ONLY_IPV4);
	stage_run(20);
	stage_end(request, DNS_FAILED, DNS_PENDING);
	stage_close();
}

int main(void)
{
	return STAGE_RUN("aliases", TEST(aliases_come_with_the_addresses_from_the_server_and_from_the_cache),
			 TEST(only_the_name_that_was_asked_is_remembered),
			 TEST(a_loop_of_aliases_sends_us_to_the_next_server));
}
