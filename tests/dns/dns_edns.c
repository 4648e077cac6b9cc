/* SPDX-License-Identifier: BSD-3-Clause */
/* EDNS: servers that do not know it, or make too much of it, and answers that are cut. */
#include <string.h>

#include "stage.h"

static unsigned code;
static bool repeats_question;

static void know_no_edns(const struct stage_query *query)
{
	struct dns_writer *writer = stage_begin(query, (uint16_t)(DNS_ANSWER | (code & 15)));

	if (!query->edns) {
		stage_answer(query);
		return;
	}
	if (!repeats_question)
		dns_begin(writer, query->id, (uint16_t)(DNS_ANSWER | code), NULL, 0);
	if (code > 15)
		dns_extension(writer, (uint8_t)(code >> 4), 0);
	stage_send(query, writer);
	stage_send(query, writer); /* twice: the second must not count against the plain query */
}

static void expect_plain_query(unsigned response, bool repeats)
{
	struct dns_request *request;

	code = response;
	repeats_question = repeats;
	stage_open((struct stage_config){.servers = 2, .serve = know_no_edns});
	request = stage_ask("a.test", DNS_ONLY_IPV4);
	stage_run(20);
	CU_ASSERT_EQUAL(stage.query_count, 2);
	CU_ASSERT(stage.queries[0].edns && !stage.queries[1].edns);
	CU_ASSERT_EQUAL(stage.queries[1].server, 0);
	CU_ASSERT_NOT_EQUAL(stage.queries[1].id, stage.queries[0].id);
	CU_ASSERT_EQUAL(stage_address(request, DNS_IPV4, 0), 1);
	CU_ASSERT_EQUAL(stage_count(DNS_COUNT_NO_EDNS), 1);
	stage_end(request, DNS_ADDRESSES, DNS_PENDING);
	stage_close();
}

static void a_server_that_does_not_know_edns_is_asked_without(void)
{
	expect_plain_query(DNS_FORMERR, true);
	expect_plain_query(DNS_FORMERR, false);
	expect_plain_query(DNS_NOTIMP, true);
	expect_plain_query(16, true); /* BADVERS */
}

static void know_nothing(const struct stage_query *query)
{
	if (query->server == 1)
		stage_answer(query);
	else
		stage_refuse(query, DNS_FORMERR);
}

static void a_server_that_understands_no_query_gives_way(void)
{
	struct dns_request *request;

	stage_open((struct stage_config){.servers = 2, .serve = know_nothing});
	request = stage_ask("a.test", DNS_ONLY_IPV4);
	stage_run(20);
	CU_ASSERT_EQUAL(stage.query_count, 3);
	CU_ASSERT_EQUAL(stage_address(request, DNS_IPV4, 0), 2);
	stage_end(request, DNS_ADDRESSES, DNS_PENDING);
	stage_close();
}

static void answer_with_much_edns(const struct stage_query *query)
{
	struct dns_writer *writer = stage_begin(query, DNS_ANSWER);

	dns_address(writer, DNS_ANSWERS, DNS_QUESTION_AT, 60, "192.0.2.1");
	dns_extension(writer, 0, 20000); /* comes in fragments */
	stage_send(query, writer);
}

static void a_huge_option_is_stepped_over(void)
{
	struct dns_request *request;

	stage_open((struct stage_config){.servers = 1, .serve = answer_with_much_edns});
	request = stage_ask("a.test", DNS_ONLY_IPV4);
	stage_run(100);
	CU_ASSERT_EQUAL(stage_address(request, DNS_IPV4, 0), 1);
	stage_end(request, DNS_ADDRESSES, DNS_PENDING);
	stage_close();
}

static size_t cut_at, whole;

static void cut(const struct stage_query *query)
{
	struct dns_writer *writer = stage_begin(query, DNS_ANSWER);

	if (query->server == 1) {
		stage_answer(query);
		return;
	}
	dns_alias(writer, DNS_ANSWERS, DNS_QUESTION_AT, 60, "b.test");
	dns_address(writer, DNS_ANSWERS, "b.test", 60, "192.0.2.66");
	dns_extension(writer, 0, 4);
	whole = writer->size;
	writer->size = cut_at;
	stage_send(query, writer);
}

static void an_answer_cut_at_any_octet_leads_to_another_server(void)
{
	whole = 1;
	for (cut_at = 0; cut_at < whole; cut_at++) {
		struct dns_request *request;

		stage_open((struct stage_config){.servers = 2, .serve = cut});
		request = stage_ask("a.test", DNS_ONLY_IPV4);
		stage_run(500);
		CU_ASSERT_EQUAL(stage_address(request, DNS_IPV4, 0), 2);
		CU_ASSERT_EQUAL(stage_count(DNS_COUNT_IGNORED_UNMATCHED) + stage_count(DNS_COUNT_MALFORMED), 1);
		stage_end(request, DNS_ADDRESSES, DNS_PENDING);
		stage_close();
	}
	CU_ASSERT(whole > 60);
}

int main(void)
{
	return STAGE_RUN("EDNS", TEST(a_server_that_does_not_know_edns_is_asked_without),
			 TEST(a_server_that_understands_no_query_gives_way), TEST(a_huge_option_is_stepped_over),
			 TEST(an_answer_cut_at_any_octet_leads_to_another_server));
}
