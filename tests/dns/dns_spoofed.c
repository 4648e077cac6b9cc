/* SPDX-License-Identifier: BSD-3-Clause */
/* Replies of somebody else are ignored, and the wait goes on; ids and ports give nothing to guess by. */
#include "stage.h"

#define SERVER_ADDRESS 0xc0000202 /* 192.0.2.2, as the servers have it */

/* An answer whose address ends in 66, so that it is seen if it is believed. */
static struct dns_writer *lie(const struct stage_query *query)
{
	struct dns_writer *writer = stage_begin(query, DNS_ANSWER);

	dns_address(writer, DNS_ANSWERS, DNS_QUESTION_AT, 60, "192.0.2.66");
	return writer;
}

static struct dns_request *ask_and_wait(void)
{
	struct dns_request *request;

	stage_open((struct stage_config){.servers = 2});
	request = stage_ask("a.test", DNS_ONLY_IPV4);
	stage_run(20);
	CU_ASSERT_EQUAL_FATAL(stage.query_count, 1);
	return request;
}

/* Nothing was believed; then the true answer is. */
static void expect_ignored(struct dns_request *request, enum dns_counter counter, unsigned times)
{
	stage_run(20);
	CU_ASSERT_EQUAL(dns_request_outcome(request, DNS_IPV4), DNS_PENDING);
	CU_ASSERT_EQUAL(stage_count(counter), times);
	stage_answer(&stage.queries[0]);
	stage_run(20);
	CU_ASSERT_EQUAL(stage_address(request, DNS_IPV4, 0), 1);
	stage_end(request, DNS_ADDRESSES, DNS_PENDING);
	stage_close();
}

static void another_id_is_ignored(void)
{
	struct dns_request *request = ask_and_wait();
	struct dns_writer *writer = lie(&stage.queries[0]);

	for (unsigned bit = 0; bit < 16; bit++) {
		dns_patch(writer, 0, (uint16_t)(stage.queries[0].id ^ 1u << bit));
		stage_send(&stage.queries[0], writer);
	}
	expect_ignored(request, DNS_COUNT_IGNORED_UNMATCHED, 16);
}

static void another_question_is_ignored(void)
{
	struct dns_request *request = ask_and_wait();
	struct stage_query other = stage.queries[0];

	other.name[0] = 'b';
	stage_send(&other, lie(&other));
	other = stage.queries[0];
	other.type = DNS_AAAA;
	stage_send(&other, lie(&other));
	expect_ignored(request, DNS_COUNT_IGNORED_UNMATCHED, 2);
}

static void another_port_of_the_server_is_ignored(void)
{
	struct dns_request *request = ask_and_wait();

	stage_send_from(1, &stage.queries[0], lie(&stage.queries[0]));
	expect_ignored(request, DNS_COUNT_IGNORED_SOURCE, 1);
}

static void another_address_is_ignored(void)
{
	struct dns_request *request = ask_and_wait();

	stage_forge(SERVER_ADDRESS + 1, STAGE_PORT, stage.queries[0].tuple.remote_port, lie(&stage.queries[0]));
	expect_ignored(request, DNS_COUNT_IGNORED_SOURCE, 1);
}

static void another_port_of_ours_is_nobodys(void)
{
	struct dns_request *request = ask_and_wait();

	for (unsigned bit = 0; bit < 16; bit++)
		stage_forge(SERVER_ADDRESS, STAGE_PORT, (uint16_t)(stage.queries[0].tuple.remote_port ^ 1u << bit),
			    lie(&stage.queries[0]));
	expect_ignored(request, DNS_COUNT_IGNORED_SOURCE, 0);
}

/* What the forging proves only if a forgery without a fault would be believed. */
static void the_right_answer_is_believed_wherever_it_comes_from(void)
{
	struct dns_request *request = ask_and_wait();

	stage_forge(SERVER_ADDRESS, STAGE_PORT, stage.queries[0].tuple.remote_port, lie(&stage.queries[0]));
	stage_run(20);
	CU_ASSERT_EQUAL(stage_address(request, DNS_IPV4, 0), 66);
	stage_end(request, DNS_ADDRESSES, DNS_PENDING);
	stage_close();
}

static void a_flood_of_lies_does_not_hide_the_truth(void)
{
	struct dns_request *request = ask_and_wait();
	struct dns_writer *writer;

	for (unsigned i = 0; i < 2000; i++) {
		writer = lie(&stage.queries[0]);
		dns_patch(writer, 0, (uint16_t)(stage.queries[0].id + 1 + i));
		stage_forge(SERVER_ADDRESS, STAGE_PORT, stage.queries[0].tuple.remote_port, writer);
		if (i % 100 == 99)
			stage_run(0);
	}
	expect_ignored(request, DNS_COUNT_IGNORED_UNMATCHED, 2000);
}

static int compare(const void *a, const void *b)
{
	return *(const uint16_t *)a - *(const uint16_t *)b;
}

/* How many different values there are. */
static unsigned distinct(uint16_t *values, unsigned count)
{
	unsigned different = 1;

	qsort(values, count, sizeof(*values), compare);
	for (unsigned i = 1; i < count; i++)
		different += values[i] != values[i - 1];
	return different;
}

static void every_query_has_an_id_and_a_port_of_its_own(void)
{
	uint16_t ids[1000], ports[1000];
	char name[16];

	stage_open((struct stage_config){.servers = 1, .serve = stage_answer});
	for (unsigned i = 0; i < 500; i++) {
		struct dns_request *request;

		snprintf(name, sizeof(name), "n%u.test", i);
		request = stage_ask(name, DNS_BOTH);
		stage_run(10);
		stage_end(request, DNS_ADDRESSES, DNS_ADDRESSES);
	}
	CU_ASSERT_EQUAL(stage.query_count, 1000);
	for (unsigned i = 0; i < 1000; i++) {
		ids[i] = stage.queries[i].id;
		ports[i] = stage.queries[i].tuple.remote_port;
	}
	CU_ASSERT(distinct(ids, 1000) > 970);
	CU_ASSERT(distinct(ports, 1000) > 950);
	CU_ASSERT(ids[0] < 600 && ids[999] > 64900);
	CU_ASSERT(ports[0] >= 32768 && ports[0] < 33300 && ports[999] <= 60999 && ports[999] > 60400);
	stage_close();
}

int main(void)
{
	return STAGE_RUN(
	    "spoofed replies", TEST(another_id_is_ignored), TEST(another_question_is_ignored),
	    TEST(another_port_of_the_server_is_ignored), TEST(another_address_is_ignored),
	    TEST(another_port_of_ours_is_nobodys), TEST(the_right_answer_is_believed_wherever_it_comes_from),
	    TEST(a_flood_of_lies_does_not_hide_the_truth), TEST(every_query_has_an_id_and_a_port_of_its_own));
}
