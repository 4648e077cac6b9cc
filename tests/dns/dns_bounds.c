/* SPDX-License-Identifier: BSD-3-Clause */
/* Names, questions, waiters and sockets are bounded: what is beyond is refused and counted, and all comes back. */
#include "stage.h"

static const char *name_of(unsigned number)
{
	static char name[24];

	snprintf(name, sizeof(name), "n%u.test", number);
	return name;
}

static void many_names_stay_within_the_cache(void)
{
	stage_open((struct stage_config){.servers = 1, .serve = stage_answer, .cache_entries = 32});
	for (unsigned i = 0; i < 1000; i++) {
		struct dns_request *request = stage_ask(name_of(i), DNS_BOTH);

		stage_run(10);
		stage_end(request, DNS_ADDRESSES, DNS_ADDRESSES);
	}
	CU_ASSERT_EQUAL(stage_counters().cache.entries, 32);
	CU_ASSERT_EQUAL(stage_counters().cache.evicted, 2000 - 32);
	stage_close();
}

static void deny(const struct stage_query *query)
{
	struct dns_writer *writer = stage_begin(query, DNS_ANSWER | DNS_NXDOMAIN);

	dns_authority(writer, "test", 86400, 3600);
	stage_send(query, writer);
}

static void many_names_that_do_not_exist_stay_within_it_too(void)
{
	stage_open((struct stage_config){.servers = 1, .serve = deny, .cache_entries = 32});
	for (unsigned i = 0; i < 1000; i++) {
		struct dns_request *request = stage_ask(name_of(i), DNS_BOTH);

		stage_run(10);
		stage_end(request, DNS_NO_NAME, DNS_NO_NAME);
	}
	CU_ASSERT_EQUAL(stage_counters().cache.entries, 32);
	CU_ASSERT_EQUAL(stage_counters().cache.evicted, 2000 - 32);
	stage_close();
}

static void questions_are_bounded(void)
{
	struct dns_request *requests[4];

	stage_open((struct stage_config){.servers = 1, .questions = 7});
	for (unsigned i = 0; i < 3; i++)
		requests[i] = stage_ask(name_of(i), DNS_BOTH);
	CU_ASSERT_PTR_NULL(stage_ask(name_of(3), DNS_BOTH)); /* two are needed, and one is left */
	CU_ASSERT_EQUAL(stage_count(DNS_COUNT_REFUSED_QUESTIONS), 1);
	CU_ASSERT_EQUAL(stage_counters().questions, 6);
	requests[3] = stage_ask(name_of(3), DNS_ONLY_IPV4);
	CU_ASSERT_PTR_NOT_NULL(requests[3]);
	stage_run(5000);
	for (unsigned i = 0; i < 3; i++)
		stage_end(requests[i], DNS_TIMED_OUT, DNS_TIMED_OUT);
	stage_end(requests[3], DNS_TIMED_OUT, DNS_PENDING);
	requests[0] = stage_ask(name_of(4), DNS_BOTH);
	CU_ASSERT_PTR_NOT_NULL(requests[0]);
	stage_run(5000);
	stage_end(requests[0], DNS_TIMED_OUT, DNS_TIMED_OUT);
	stage_close();
}

static void waiters_are_bounded(void)
{
	struct dns_request *requests[5];

	stage_open((struct stage_config){.servers = 1, .serve = stage_answer, .waiters = 5});
	for (unsigned i = 0; i < 5; i++)
		requests[i] = stage_ask("a.test", DNS_BOTH);
	CU_ASSERT_PTR_NULL(stage_ask("a.test", DNS_BOTH));
	CU_ASSERT_EQUAL(stage_count(DNS_COUNT_REFUSED_WAITERS), 1);
	resolver_release(stage.resolver, requests[2]);
	requests[2] = stage_ask("a.test", DNS_BOTH);
	CU_ASSERT_PTR_NOT_NULL(requests[2]);
	stage_run(20);
	for (unsigned i = 0; i < 5; i++)
		stage_end(requests[i], DNS_ADDRESSES, DNS_ADDRESSES);
	stage_close();
}

static void a_cache_that_is_held_whole_refuses_what_comes_new(void)
{
	struct dns_request *first, *second;

	stage_open((struct stage_config){.servers = 1, .serve = stage_answer, .cache_entries = 1});
	first = stage_ask("a.test", DNS_ONLY_IPV4);
	stage_run(20);
	second = stage_ask("b.test", DNS_ONLY_IPV4);
	stage_run(20);
	stage_end(second, DNS_FAILED, DNS_PENDING);
	CU_ASSERT_EQUAL(stage_counters().cache.refused, 1);
	CU_ASSERT_EQUAL(stage_address(first, DNS_IPV4, 0), 1);
	stage_end(first, DNS_ADDRESSES, DNS_PENDING);
	second = stage_ask("b.test", DNS_ONLY_IPV4);
	stage_run(20);
	stage_end(second, DNS_ADDRESSES, DNS_PENDING);
	stage_close();
}

static void an_answer_stays_readable_while_a_newer_one_comes(void)
{
	struct dns_request *old, *new;

	stage_open((struct stage_config){.servers = 1, .serve = stage_answer});
	old = stage_ask("a.test", DNS_ONLY_IPV4);
	stage_run(61000);
	new = stage_ask("a.test", DNS_ONLY_IPV4);
	stage_run(20);
	CU_ASSERT_EQUAL(stage.query_count, 2);
	CU_ASSERT_PTR_NOT_EQUAL(dns_request_answer(old, DNS_IPV4), dns_request_answer(new, DNS_IPV4));
	CU_ASSERT_EQUAL(stage_address(old, DNS_IPV4, 0), 1);
	stage_end(old, DNS_ADDRESSES, DNS_PENDING);
	stage_end(new, DNS_ADDRESSES, DNS_PENDING);
	stage_close();
}

static void without_sockets_questions_go_over_tcp(void)
{
	struct dns_request *requests[3];

	stage_open((struct stage_config){.servers = 1, .serve = stage_answer, .udp_sockets = 1});
	for (unsigned i = 0; i < 3; i++)
		requests[i] = stage_ask(name_of(i), DNS_BOTH);
	stage_run(50);
	for (unsigned i = 0; i < 3; i++)
		stage_end(requests[i], DNS_ADDRESSES, DNS_ADDRESSES);
	CU_ASSERT_EQUAL(stage_count(DNS_COUNT_NO_SOCKET), 5);
	CU_ASSERT_EQUAL(stage_count(DNS_COUNT_STREAMS), 5);
	stage_close();
}

static void without_sockets_and_connections_questions_fail_and_are_not_remembered(void)
{
	struct dns_request *first, *second;

	stage_open((struct stage_config){.servers = 1, .serve = stage_answer, .udp_sockets = 1, .connections = 1});
	first = stage_ask("a.test", DNS_BOTH);
	second = stage_ask("b.test", DNS_ONLY_IPV4);
	stage_end(second, DNS_FAILED, DNS_PENDING);
	CU_ASSERT(stage_count(DNS_COUNT_NO_STREAM) > 0);
	stage_run(50);
	stage_end(first, DNS_ADDRESSES, DNS_ADDRESSES);
	second = stage_ask("b.test", DNS_ONLY_IPV4);
	stage_run(50);
	stage_end(second, DNS_ADDRESSES, DNS_PENDING);
	stage_close();
}

static void without_memory_there_is_no_resolver(void)
{
	struct gateway_dns dns = {.timeout = 5000, .cache_entries = 16, .questions = 16, .waiters = 16};
	struct resolver_config config = {.dns = &dns};
	struct dns_ground ground = {.seed = 1};
	struct resolver *resolver;

	config.environment = dns_ground_environment(&ground);
	for (unsigned i = 1; i <= 7; i++) {
		ground.refuse = i;
		CU_ASSERT_PTR_NULL(resolver_create(&config));
		CU_ASSERT_EQUAL(ground.allocated, 0);
	}
	ground.refuse = 0;
	resolver = resolver_create(&config);
	CU_ASSERT_PTR_NOT_NULL_FATAL(resolver);
	resolver_destroy(resolver);
	CU_ASSERT_EQUAL(ground.allocated, 0);
}

int main(void)
{
	return STAGE_RUN("bounds", TEST(many_names_stay_within_the_cache),
			 TEST(many_names_that_do_not_exist_stay_within_it_too), TEST(questions_are_bounded),
			 TEST(waiters_are_bounded), TEST(a_cache_that_is_held_whole_refuses_what_comes_new),
			 TEST(an_answer_stays_readable_while_a_newer_one_comes),
			 TEST(without_sockets_questions_go_over_tcp),
			 TEST(without_sockets_and_connections_questions_fail_and_are_not_remembered),
			 TEST(without_memory_there_is_no_resolver));
}
