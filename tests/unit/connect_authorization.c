/* SPDX-License-Identifier: BSD-3-Clause */
/* Where Proxy-Authorization stands in a head is told to the octet, and its value is kept nowhere. */
#include <stdio.h>
#include <string.h>

#include "connect_support.h"
#include "support.h"

#define HEAD "CONNECT a.test:443 HTTP/1.1\r\nHost: a.test\r\n"

static void expect(const char *head, const char *line, const char *value)
{
	struct connect_request request;

	connect_read_all(head, strlen(head), NULL, &request);
	CU_ASSERT_EQUAL_FATAL(request.result, CONNECT_COMPLETE);
	CU_ASSERT_EQUAL_FATAL(request.authorization_line.length, strlen(line));
	CU_ASSERT_EQUAL(memcmp(head + request.authorization_line.offset, line, strlen(line)), 0);
	CU_ASSERT_EQUAL_FATAL(request.authorization_value.length, strlen(value));
	CU_ASSERT_EQUAL(memcmp(head + request.authorization_value.offset, value, strlen(value)), 0);
}

static void line_and_value_are_told(void)
{
	expect(HEAD "Proxy-Authorization: Basic YTpi\r\n\r\n", "Proxy-Authorization: Basic YTpi\r\n", "Basic YTpi");
	expect("CONNECT a.test:443 HTTP/1.1\r\nPROXY-authorization:Basic YTpi\r\nHost: a.test\r\n\r\n",
	       "PROXY-authorization:Basic YTpi\r\n", "Basic YTpi");
	expect(HEAD "X: y\r\nproxy-authorization: \t Basic  YTpi \t\r\nZ: y\r\n\r\n",
	       "proxy-authorization: \t Basic  YTpi \t\r\n", "Basic  YTpi");
	expect(HEAD "Proxy-Authorization:\r\n\r\n", "Proxy-Authorization:\r\n", "");
	expect(HEAD "Proxy-Authorization:  \r\n\r\n", "Proxy-Authorization:  \r\n", "");
}

static void a_head_without_one_says_so(void)
{
	expect(HEAD "\r\n", "", "");
	expect(HEAD "Authorization: Basic YTpi\r\nProxy-Authorizations: x\r\nProxy-Authorizatio: x\r\n\r\n", "", "");
}

static void two_of_them_are_refused(void)
{
	CONNECT_REFUSED_ALL(REASON_REQUEST_AUTHORIZATION,
			    HEAD "Proxy-Authorization: Basic YTpi\r\nProxy-Authorization: Basic YTpi\r\n\r\n",
			    HEAD "Proxy-Authorization:\r\nX: y\r\nproxy-authorization: Basic YTpi\r\n\r\n");
}

static void no_part_of_the_secret_stays_in_the_reader(void)
{
	static const char head[] = HEAD "Proxy-Authorization: Basic secretsecret\r\nX: y\r\n\r\n";
	struct connect_request request;

	connect_request_begin(&request, NULL);
	for (size_t at = 0; at < strlen(head); at++) {
		connect_request_read(&request, (const uint8_t *)head + at, 1);
		CU_ASSERT_PTR_NULL(memmem(&request, sizeof(request), "sec", 3));
	}
	CU_ASSERT_EQUAL(request.result, CONNECT_COMPLETE);
}

int main(void)
{
	return TESTS_RUN("CONNECT authorization", TEST(line_and_value_are_told), TEST(a_head_without_one_says_so),
			 TEST(two_of_them_are_refused), TEST(no_part_of_the_secret_stays_in_the_reader));
}
