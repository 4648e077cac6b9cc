/* SPDX-License-Identifier: BSD-3-Clause */
/* A request that went through this proxy before is not sent round again. */
#include <stdio.h>
#include <string.h>

#include "connect_support.h"
#include "support.h"

static void read_via(const char *via, const char *pseudonym, struct connect_request *request)
{
	char head[2000];
	int length =
	    snprintf(head, sizeof(head), "CONNECT a.test:443 HTTP/1.1\r\nHost: a.test\r\nVia: %s\r\n\r\n", via);

	connect_read_all(head, (size_t)length, pseudonym, request);
}

static void expect_loop(const char *via)
{
	struct connect_request request;

	read_via(via, "sluice.test", &request);
	CU_ASSERT_EQUAL(request.result, CONNECT_REFUSED);
	CU_ASSERT_EQUAL(request.reason, REASON_PROXY_LOOP);
	/* One who has no name for himself cannot know. */
	read_via(via, NULL, &request);
	CU_ASSERT_EQUAL(request.result, CONNECT_COMPLETE);
}

static void expect_none(const char *via)
{
	struct connect_request request;

	read_via(via, "sluice.test", &request);
	CU_ASSERT_EQUAL(request.result, CONNECT_COMPLETE);
}

static void our_own_name_in_via_is_a_loop(void)
{
	expect_loop("1.1 sluice.test");
	expect_loop("1.1 SLUICE.Test");
	expect_loop("HTTP/1.1 sluice.test");
	expect_loop("1.0 a.test, 1.1 sluice.test, 1.1 b.test");
	expect_loop("1.0 a.test,1.1\tsluice.test,1.1 b.test");
	expect_loop("1.1 sluice.test (the first), 1.1 b.test");
	expect_loop("1.1 sluice.test(the first)");
	expect_loop("1.1 a.test (a (nested) comment), 1.1 sluice.test");
	expect_loop("1.1 a.test) , 1.1 sluice.test");
	expect_loop("1.1 a.test\r\nVia: 1.1 sluice.test");
}

static void other_names_are_none(void)
{
	expect_none("");
	expect_none("1.1 a.test");
	expect_none("1.1 xsluice.test");
	expect_none("1.1 sluice.testx");
	expect_none("1.1 sluice.test.b");
	expect_none("1.1 a.test (sluice.test)");
	expect_none("1.1 a.test (is not sluice.test but a.test)");
	expect_none("1.1 sluice");
}

static void a_list_of_proxies_without_end_is_a_loop(void)
{
	struct connect_request request;
	char via[1200] = "";

	for (size_t used = 0; used < 1000; used += 12)
		snprintf(via + used, sizeof(via) - used, "1.1 a.test, ");
	read_via(via, "sluice.test", &request);
	CU_ASSERT_EQUAL(request.reason, REASON_PROXY_LOOP);
}

int main(void)
{
	return TESTS_RUN("CONNECT loop", TEST(our_own_name_in_via_is_a_loop), TEST(other_names_are_none),
			 TEST(a_list_of_proxies_without_end_is_a_loop));
}
