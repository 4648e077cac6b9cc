/* SPDX-License-Identifier: BSD-3-Clause */
/* How long an answer is used: none for ever, none for less than five seconds. */
#include "stage.h"

static uint32_t ttl;
static unsigned version; /* of the address */

static void answer(const struct stage_query *query)
{
	struct dns_writer *writer = stage_begin(query, DNS_ANSWER);
	char text[32];

	snprintf(text, sizeof(text), "192.0.2.%u", version);
	dns_address(writer, DNS_ANSWERS, DNS_QUESTION_AT, ttl, text);
	stage_send(query, writer);
}

/* Asks, and expects the address of this version, and so many queries until now. */
static void expect(int wanted, unsigned queries)
{
	struct dns_request *request = stage_ask("a.test", DNS_ONLY_IPV4);

	stage_run(10);
	CU_ASSERT_EQUAL(stage_address(request, DNS_IPV4, 0), wanted);
	stage_end(request, DNS_ADDRESSES, DNS_PENDING);
	CU_ASSERT_EQUAL(stage.query_count, queries);
}

/* The second answer is seen when the time of the first is over, and not before. */
static void expect_held(uint32_t said, uint32_t seconds)
{
	stage_open((struct stage_config){.servers = 1, .serve = answer});
	ttl = said;
	version = 1;
	expect(1, 1);
	version = 2;
	stage_run(seconds * 1000ull - 30);
	expect(1, 1);
	stage_run(20);
	expect(2, 2);
	stage_close();
}

static void a_ttl_of_zero_holds_for_five_seconds(void)
{
	expect_held(0, 5);
}

static void a_ttl_is_honoured(void)
{
	expect_held(60, 60);
}

static void a_long_ttl_holds_for_an_hour(void)
{
	expect_held(86400, 3600);
	expect_held(0x7fffffff, 3600);
}

static void a_ttl_with_its_highest_bit_is_zero(void)
{
	expect_held(0x80000000, 5);
	expect_held(0xffffffff, 5);
}

static void a_changed_ttl_counts_from_the_next_answer_on(void)
{
	stage_open((struct stage_config){.servers = 1, .serve = answer});
	ttl = 60;
	version = 1;
	expect(1, 1);
	ttl = 10;
	stage_run(60000);
	version = 2;
	expect(2, 2);
	version = 3;
	stage_run(10000);
	expect(3, 3);
	stage_close();
}

int main(void)
{
	return STAGE_RUN("TTL", TEST(a_ttl_of_zero_holds_for_five_seconds), TEST(a_ttl_is_honoured),
			 TEST(a_long_ttl_holds_for_an_hour), TEST(a_ttl_with_its_highest_bit_is_zero),
			 TEST(a_changed_ttl_counts_from_the_next_answer_on));
}
