/* SPDX-License-Identifier: BSD-3-Clause */
/* A CONNECT that announces a body is refused: nobody could tell where its tunnel begins. */
#include "connect_support.h"
#include "support.h"

#define HEAD "CONNECT a.test:443 HTTP/1.1\r\nHost: a.test\r\n"

static void a_content_length_other_than_zero_is_refused(void)
{
	CONNECT_REFUSED_ALL(REASON_REQUEST_BODY, HEAD "Content-Length: 1\r\n\r\na",
			    HEAD "content-length: 5\r\n\r\nhello", HEAD "Content-Length: 00\r\n\r\n",
			    HEAD "Content-Length: +0\r\n\r\n", HEAD "Content-Length: -0\r\n\r\n",
			    HEAD "Content-Length: 0x0\r\n\r\n", HEAD "Content-Length: 0, 0\r\n\r\n",
			    HEAD "Content-Length:\r\n\r\n", HEAD "Content-Length: 0 1\r\n\r\n",
			    HEAD "Content-Length: \"0\"\r\n\r\n", HEAD "CONTENT-LENGTH: 18446744073709551616\r\n\r\n");
}

static void content_length_zero_is_no_body_but_only_once(void)
{
	connect_accepted(HEAD "Content-Length: 0\r\n\r\n", "a.test", 443);
	connect_accepted(HEAD "Content-Length:\t0 \r\n\r\n", "a.test", 443);
	CONNECT_REFUSED_ALL(REASON_REQUEST_BODY, HEAD "Content-Length: 0\r\nContent-Length: 0\r\n\r\n",
			    HEAD "Content-Length: 0\r\nContent-Length: 3\r\n\r\nabc");
}

static void any_transfer_encoding_is_refused(void)
{
	CONNECT_REFUSED_ALL(REASON_REQUEST_BODY, HEAD "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
			    HEAD "transfer-encoding: identity\r\n\r\n", HEAD "Transfer-Encoding:\r\n\r\n",
			    HEAD "Transfer-Encoding: x\r\nContent-Length: 0\r\n\r\n",
			    HEAD "Content-Length: 0\r\nTransfer-Encoding: chunked\r\n\r\n");
}

static void names_that_are_only_alike_are_others(void)
{
	connect_accepted(HEAD
			 "Content-Lengths: 5\r\nX-Content-Length: 5\r\nTransfer-Encodin: x\r\nContent_Length: 5\r\n"
			 "Transfer-Encoding-Of-A-Name-That-Is-Long: x\r\n\r\n",
			 "a.test", 443);
}

int main(void)
{
	return TESTS_RUN("CONNECT body", TEST(a_content_length_other_than_zero_is_refused),
			 TEST(content_length_zero_is_no_body_but_only_once), TEST(any_transfer_encoding_is_refused),
			 TEST(names_that_are_only_alike_are_others));
}
