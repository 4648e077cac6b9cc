/* SPDX-License-Identifier: BSD-3-Clause */
/* The request line: three parts, one space between them, the method CONNECT, and a version that is spoken here. */
#include "connect_support.h"
#include "support.h"

static void three_parts_have_one_space_between_them(void)
{
	CONNECT_REFUSED_ALL(REASON_REQUEST_LINE, "\r\n", "\r\nCONNECT a.test:443 HTTP/1.0\r\n\r\n",
			    " CONNECT a.test:443 HTTP/1.0\r\n\r\n", "CONNECT  a.test:443 HTTP/1.0\r\n\r\n",
			    "CONNECT a.test:443  HTTP/1.0\r\n\r\n", "CONNECT a.test:443 HTTP/1.0 \r\n\r\n",
			    "CONNECT\ta.test:443 HTTP/1.0\r\n\r\n", "CONNECT a.test:443 HTTP/1.0\t\r\n\r\n",
			    "CONNECT a.test:443 HTTP/1.0 x\r\n\r\n", "CONNECT\r\n\r\n", "CONNECT \r\n\r\n",
			    "CONNECT HTTP/1.1\r\n\r\n", "CONNECT  HTTP/1.1\r\n\r\n", " \r\n", "  \r\n",
			    "CO:NNECT a.test:443 HTTP/1.0\r\n\r\n", "CONNECT, a.test:443 HTTP/1.0\r\n\r\n",
			    "C\xc3\x96NNECT a.test:443 HTTP/1.0\r\n\r\n");
}

/* RFC 9110 section 9.1: methods are case-sensitive, so this is another one. */
static void any_other_method_is_told_which_is_allowed(void)
{
	CONNECT_REFUSED_ALL(REASON_REQUEST_METHOD, "connect a.test:443 HTTP/1.1\r\nHost: a.test\r\n\r\n",
			    "Connect a.test:443 HTTP/1.0\r\n\r\n", "CONNECTX a.test:443 HTTP/1.0\r\n\r\n",
			    "CONNEC a.test:443 HTTP/1.0\r\n\r\n", "GET http://a.test/ HTTP/1.1\r\nHost: a.test\r\n\r\n",
			    "GET / HTTP/1.0\r\n\r\n", "POST http://a.test/ HTTP/1.1\r\nContent-Length: 3\r\n\r\nabc",
			    "OPTIONS * HTTP/1.1\r\nHost: a.test\r\nMax-Forwards: 0\r\n\r\n",
			    "TRACE a.test:443 HTTP/1.1\r\nHost: a.test\r\n\r\n", "M-SEARCH * HTTP/1.1\r\n\r\n",
			    "GET /\xff HTTP/1.1\r\n\r\n");
	CU_ASSERT_EQUAL(reason_status(REASON_REQUEST_METHOD), 405);
}

static void a_version_without_the_form_of_one_is_refused(void)
{
	CONNECT_REFUSED_ALL(REASON_REQUEST_LINE, "CONNECT a.test:443\r\n\r\n", "GET /\r\n", "GET / \r\n",
			    "CONNECT a.test:443 \r\n\r\n", "CONNECT a.test:443 HTTP/1\r\n\r\n",
			    "CONNECT a.test:443 HTTP/11\r\n\r\n", "CONNECT a.test:443 HTTP/1.\r\n\r\n",
			    "CONNECT a.test:443 HTTP/1.10\r\n\r\n", "CONNECT a.test:443 HTTP/01.1\r\n\r\n",
			    "CONNECT a.test:443 http/1.1\r\n\r\n", "CONNECT a.test:443 HTTP/1,1\r\n\r\n",
			    "CONNECT a.test:443 HTTP/a.1\r\n\r\n", "CONNECT a.test:443 HTTP/1.a\r\n\r\n",
			    "CONNECT a.test:443 HTTPS/1.1\r\n\r\n", "CONNECT a.test:443 ICAP/1.0\r\n\r\n");
	CU_ASSERT_EQUAL(reason_status(REASON_REQUEST_LINE), 400);
}

static void versions_that_are_not_spoken_are_told_so(void)
{
	CONNECT_REFUSED_ALL(REASON_REQUEST_VERSION, "CONNECT a.test:443 HTTP/2.0\r\nHost: a.test\r\n\r\n",
			    "CONNECT a.test:443 HTTP/0.9\r\n\r\n", "CONNECT a.test:443 HTTP/1.2\r\n\r\n",
			    "CONNECT a.test:443 HTTP/3.0\r\n\r\n", "GET / HTTP/9.9\r\n\r\n",
			    /* The preface of HTTP/2 (RFC 9113 section 3.4) */
			    "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
	CU_ASSERT_EQUAL(reason_status(REASON_REQUEST_VERSION), 505);
}

/* Whoever sends such a thing need not send more of it. */
static void the_rest_of_the_head_is_not_waited_for(void)
{
	CONNECT_REFUSED_ALL(REASON_REQUEST_METHOD, "GET / HTTP/1.1\r\n");
	CONNECT_REFUSED_ALL(REASON_REQUEST_VERSION, "PRI * HTTP/2.0\r\n");
	CONNECT_REFUSED_ALL(REASON_REQUEST_TARGET, "CONNECT a.test HTTP/1.1\r\n");
	CONNECT_REFUSED_ALL(REASON_REQUEST_LINE, "CONNECT\r\n");
}

int main(void)
{
	return TESTS_RUN("CONNECT request line", TEST(three_parts_have_one_space_between_them),
			 TEST(any_other_method_is_told_which_is_allowed),
			 TEST(a_version_without_the_form_of_one_is_refused),
			 TEST(versions_that_are_not_spoken_are_told_so), TEST(the_rest_of_the_head_is_not_waited_for));
}
