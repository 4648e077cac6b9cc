/* SPDX-License-Identifier: BSD-3-Clause */
/* What does not fit in a datagram is asked for over TCP, whatever lies are told there. */
#include <string.h>

#include "stage.h"

static stage_server *serve_stream;

/* The first server cuts its answers, and does over TCP what the test says; others answer. */
static void cut(const struct stage_query *query)
{
	if (query->server > 0)
		stage_answer(query);
	else if (query->tcp)
		serve_stream(query);
	else
		stage_send(query, stage_begin(query, DNS_ANSWER | DNS_TRUNCATED));
}

/* Asks, and expects the answer to be that of server `server` (1, 2). */
static void expect_server(int server, stage_server *script)
{
	struct dns_request *request;

	serve_stream = script;
	stage_open((struct stage_config){.servers = 2, .serve = cut});
	request = stage_ask("a.test", DNS_ONLY_IPV4);
	stage_run(3500);
	CU_ASSERT_EQUAL(stage_address(request, DNS_IPV4, 0), server);
	stage_end(request, DNS_ADDRESSES, DNS_PENDING);
	CU_ASSERT_EQUAL(stage_count(DNS_COUNT_STREAMS), 1);
	stage_close();
}

static void the_same_server_is_asked_over_tcp(void)
{
	expect_server(1, stage_answer);
}

static void answer_with_many(const struct stage_query *query)
{
	struct dns_writer *writer = stage_begin(query, DNS_ANSWER);
	char text[32];

	for (unsigned i = 0; i < 200; i++) {
		snprintf(text, sizeof(text), "198.51.100.%u", i + 1);
		dns_address(writer, DNS_ANSWERS, DNS_QUESTION_AT, 60, text);
	}
	stage_send(query, writer);
}

static void two_hundred_addresses_come_and_a_bounded_number_is_kept(void)
{
	struct dns_request *request;

	serve_stream = answer_with_many;
	stage_open((struct stage_config){.servers = 1, .family = IPV6, .serve = cut});
	request = stage_ask("a.test", DNS_ONLY_IPV4);
	stage_run(200);
	for (int i = 0; i < DNS_ADDRESSES_MAX; i++)
		CU_ASSERT_EQUAL(stage_address(request, DNS_IPV4, (unsigned)i), i + 1);
	CU_ASSERT_EQUAL(stage_address(request, DNS_IPV4, DNS_ADDRESSES_MAX), -1);
	stage_end(request, DNS_ADDRESSES, DNS_PENDING);
	stage_close();
}

static const struct stage_query *stream;

static void keep_stream(const struct stage_query *query)
{
	stream = query;
}

static void an_answer_may_come_octet_by_octet(void)
{
	struct dns_request *request;
	struct dns_writer *writer;
	uint8_t length[2];

	serve_stream = keep_stream;
	stage_open((struct stage_config){.servers = 1, .serve = cut});
	request = stage_ask("a.test", DNS_ONLY_IPV4);
	stage_run(20);
	writer = stage_begin(stream, DNS_ANSWER);
	dns_address(writer, DNS_ANSWERS, DNS_QUESTION_AT, 60, "192.0.2.7");
	length[0] = 0;
	length[1] = (uint8_t)writer->size;
	for (unsigned i = 0; i < 2 + writer->size; i++) {
		CU_ASSERT_EQUAL(dns_request_outcome(request, DNS_IPV4), DNS_PENDING);
		stage_send_octets(stream, i < 2 ? &length[i] : &writer->octets[i - 2], 1);
		stage_run(5);
	}
	CU_ASSERT_EQUAL(stage_address(request, DNS_IPV4, 0), 7);
	stage_end(request, DNS_ADDRESSES, DNS_PENDING);
	stage_close();
}

static void answer_the_longest(const struct stage_query *query)
{
	static uint8_t filler[DNS_MESSAGE_MAX];
	struct dns_writer *writer = stage_begin(query, DNS_ANSWER);

	dns_address(writer, DNS_ANSWERS, DNS_QUESTION_AT, 60, "192.0.2.1");
	dns_record(writer, DNS_ANSWERS, DNS_QUESTION_AT, DNS_TXT, 60, filler, DNS_MESSAGE_MAX - writer->size - 12);
	CU_ASSERT_EQUAL(writer->size, DNS_MESSAGE_MAX);
	stage_send(query, writer);
	stage_send_octets(query, filler, 3000); /* and what nobody asked for */
}

static void the_longest_message_is_read_and_what_follows_is_not(void)
{
	expect_server(1, answer_the_longest);
}

/* The lies. */

static void say_nothing(const struct stage_query *query)
{
}

static void hang_up(const struct stage_query *query)
{
	tcp_shutdown(stage.world.hosts[1].stack, query->connection);
}

static void reset(const struct stage_query *query)
{
	tcp_reset(stage.world.hosts[1].stack, query->connection);
}

static void claim_nothing(const struct stage_query *query)
{
	stage_send_octets(query, "\0\0", 2);
}

static void claim_less_than_a_header(const struct stage_query *query)
{
	stage_send_octets(query, "\x00\x05\x01\x02\x03\x04\x05", 7);
}

static void claim_more_than_comes(const struct stage_query *query)
{
	stage_send_octets(query, "\xff\xff", 2);
	stage_answer(query);
	hang_up(query);
}

/* The length is that of the answer less one octet. */
static void claim_less_than_comes(const struct stage_query *query)
{
	struct dns_writer *writer = stage_begin(query, DNS_ANSWER);
	uint8_t length[2] = {0};

	dns_address(writer, DNS_ANSWERS, DNS_QUESTION_AT, 60, "192.0.2.66");
	length[1] = (uint8_t)(writer->size - 1);
	stage_send_octets(query, length, 2);
	stage_send_octets(query, writer->octets, writer->size);
}

static void cut_again(const struct stage_query *query)
{
	stage_send(query, stage_begin(query, DNS_ANSWER | DNS_TRUNCATED));
}

static void answer_another_id(const struct stage_query *query)
{
	struct stage_query other = *query;

	other.id++;
	stage_answer(&other);
}

static void fail(const struct stage_query *query)
{
	stage_refuse(query, DNS_SERVFAIL);
}

static void a_server_that_lies_over_tcp_gives_way_to_the_next(void)
{
	stage_server *const lies[] = {
	    say_nothing,
	    hang_up,
	    reset,
	    claim_nothing,
	    claim_less_than_a_header,
	    claim_more_than_comes,
	    claim_less_than_comes,
	    cut_again,
	    answer_another_id,
	    fail,
	};

	for (unsigned i = 0; i < sizeof(lies) / sizeof(lies[0]); i++)
		expect_server(2, lies[i]);
}

static void a_server_without_tcp_gives_way_to_the_next(void)
{
	struct dns_request *request;

	stage_open((struct stage_config){.servers = 2, .serve = cut, .no_tcp = true});
	request = stage_ask("a.test", DNS_ONLY_IPV4);
	stage_run(100);
	CU_ASSERT_EQUAL(stage_address(request, DNS_IPV4, 0), 2);
	stage_end(request, DNS_ADDRESSES, DNS_PENDING);
	CU_ASSERT_EQUAL(stage_count(DNS_COUNT_STREAM_FAILURES), 1);
	stage_close();
}

static void where_all_lie_over_tcp_the_question_fails_in_time(void)
{
	struct dns_request *request;

	serve_stream = hang_up;
	stage_open((struct stage_config){.servers = 1, .serve = cut});
	request = stage_ask("a.test", DNS_ONLY_IPV4);
	stage_run(5100);
	stage_end(request, DNS_FAILED, DNS_PENDING);
	stage_close();

	serve_stream = say_nothing;
	stage_open((struct stage_config){.servers = 1, .serve = cut});
	request = stage_ask("a.test", DNS_ONLY_IPV4);
	stage_run(5000);
	stage_end(request, DNS_TIMED_OUT, DNS_PENDING);
	CU_ASSERT_EQUAL(stage_counters().streams, 0);
	stage_close();
}

#define MANY 16 /* as many packets as wait for a neighbour */

static void connections_at_a_time_are_bounded(void)
{
	struct dns_request *requests[MANY];
	char name[16];

	serve_stream = say_nothing;
	stage_open((struct stage_config){.servers = 1, .serve = cut});
	for (unsigned i = 0; i < MANY; i++) {
		snprintf(name, sizeof(name), "n%u.test", i);
		requests[i] = stage_ask(name, DNS_ONLY_IPV4);
	}
	stage_run(100);
	CU_ASSERT_EQUAL(stage_counters().streams, DNS_STREAMS);
	CU_ASSERT_EQUAL(stage_count(DNS_COUNT_NO_STREAM), MANY - DNS_STREAMS);
	stage_run(5000);
	for (unsigned i = 0; i < MANY; i++)
		stage_end(requests[i], DNS_TIMED_OUT, DNS_PENDING);
	stage_close();
}

int main(void)
{
	return STAGE_RUN(
	    "truncated answers", TEST(the_same_server_is_asked_over_tcp),
	    TEST(two_hundred_addresses_come_and_a_bounded_number_is_kept), TEST(an_answer_may_come_octet_by_octet),
	    TEST(the_longest_message_is_read_and_what_follows_is_not),
	    TEST(a_server_that_lies_over_tcp_gives_way_to_the_next), TEST(a_server_without_tcp_gives_way_to_the_next),
	    TEST(where_all_lie_over_tcp_the_question_fails_in_time), TEST(connections_at_a_time_are_bounded));
}
