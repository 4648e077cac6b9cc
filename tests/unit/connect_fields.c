/* SPDX-License-Identifier: BSD-3-Clause */
/* Lines of a head that could be read in two ways, or hide something from a reader, are refused. */
#include <string.h>

#include "connect_support.h"
#include "support.h"

#define HEAD "CONNECT a.test:443 HTTP/1.1\r\nHost: a.test\r\n"

static void lines_end_in_cr_lf_alone(void)
{
	CONNECT_REFUSED_ALL(REASON_REQUEST_LINE, "CONNECT a.test:443 HTTP/1.1\nHost: a.test\n\n",
			    "CONNECT a.test:443 HTTP/1.1\rHost: a.test\r\r", "CONNECT a.test:443 HTTP/1.1\r\r\n", "\n",
			    "\r\r", "\nCONNECT a.test:443 HTTP/1.1\r\n");
	CONNECT_REFUSED_ALL(REASON_REQUEST_FIELD, HEAD "X: y\n\r\n", HEAD "X: y\r\r\n", HEAD "X: y\rZ: y\r\n\r\n",
			    HEAD "\n", HEAD "X: y\r\n\n", HEAD "\r\r\n", HEAD "\rX: y\r\n\r\n", HEAD "X:\n\r\n",
			    HEAD "X: \r \r\n\r\n", HEAD "X\r\n\r\n", HEAD "X\n\r\n");
}

static void folded_lines_are_refused(void)
{
	CONNECT_REFUSED_ALL(REASON_REQUEST_FIELD, HEAD "X: y\r\n z\r\n\r\n", HEAD "X: y\r\n\tz\r\n\r\n",
			    HEAD " X: y\r\n\r\n", HEAD "X: y\r\n \r\n\r\n",
			    "CONNECT a.test:443 HTTP/1.1\r\n Host: a.test\r\n\r\n");
}

static void names_are_tokens_up_to_the_colon(void)
{
	CONNECT_REFUSED_ALL(
	    REASON_REQUEST_FIELD, HEAD "X : y\r\n\r\n", HEAD "X\t: y\r\n\r\n", HEAD ": y\r\n\r\n", HEAD "X y\r\n\r\n",
	    HEAD "X y: z\r\n\r\n", HEAD "X\xc3\xbc: y\r\n\r\n", HEAD "\xff: y\r\n\r\n", HEAD "X(y): z\r\n\r\n",
	    HEAD "\"X\": z\r\n\r\n", HEAD "X/y: z\r\n\r\n", HEAD "X\x7f: z\r\n\r\n", HEAD "X,Y: z\r\n\r\n",
	    HEAD "[X]: z\r\n\r\n", HEAD "@X: z\r\n\r\n", HEAD "X;: z\r\n\r\n", HEAD "X=: z\r\n\r\n",
	    HEAD "X{}: z\r\n\r\n", HEAD "X\\: z\r\n\r\n", "CONNECT a.test:443 HTTP/1.1\r\nHost : a.test\r\n\r\n");
	connect_accepted(HEAD "!#$%&'*+-.^_`|~09azAZ: y\r\n\r\n", "a.test", 443);
}

/* Every octet of a value, and of a name: which are taken does not depend on tables of the C library. */
static void control_characters_are_refused_wherever_they_stand(void)
{
	static const char tokens[] = "!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
	struct connect_request request;
	char head[100];

	for (unsigned octet = 0; octet < 256; octet++) {
		int length = snprintf(head, sizeof(head), HEAD "X: a%cb\r\n\r\n", octet);
		bool is_control = (octet < ' ' && octet != '\t') || octet == 0x7f;
		bool is_token = octet != 0 && strchr(tokens, (int)octet) != NULL;

		connect_read_all(head, (size_t)length, NULL, &request);
		CU_ASSERT_EQUAL(request.result, is_control ? CONNECT_REFUSED : CONNECT_COMPLETE);
		length = snprintf(head, sizeof(head), HEAD "X%c: b\r\n\r\n", octet);
		connect_read_all(head, (size_t)length, NULL, &request);
		/* A colon makes it the field "X" with a value. */
		CU_ASSERT_EQUAL(request.result, is_token || octet == ':' ? CONNECT_COMPLETE : CONNECT_REFUSED);
		length = snprintf(head, sizeof(head), "CONN%cECT a.test:443 HTTP/1.0\r\n\r\n", octet);
		connect_read_all(head, (size_t)length, NULL, &request);
		CU_ASSERT_EQUAL(request.result, CONNECT_REFUSED);
		CU_ASSERT_EQUAL(request.reason, is_token ? REASON_REQUEST_METHOD : REASON_REQUEST_LINE);
	}
}

int main(void)
{
	return TESTS_RUN("CONNECT fields", TEST(lines_end_in_cr_lf_alone), TEST(folded_lines_are_refused),
			 TEST(names_are_tokens_up_to_the_colon),
			 TEST(control_characters_are_refused_wherever_they_stand));
}
