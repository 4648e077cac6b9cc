/* SPDX-License-Identifier: BSD-3-Clause */
/* Heads as clients send them: read to their last octet and not one further, with what they ask for. */
#include <string.h>

#include "connect_support.h"
#include "support.h"

static void clients_in_use_are_understood(void)
{
	/* curl */
	connect_accepted("CONNECT www.a.test:443 HTTP/1.1\r\nHost: www.a.test:443\r\nUser-Agent: curl/7.88.1\r\n"
			 "Proxy-Connection: Keep-Alive\r\n\r\n",
			 "www.a.test", 443);
	/* Chromium */
	connect_accepted("CONNECT a.test:443 HTTP/1.1\r\nHost: a.test:443\r\nProxy-Connection: keep-alive\r\n"
			 "User-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36\r\n\r\n",
			 "a.test", 443);
	/* wget */
	connect_accepted("CONNECT a.test:443 HTTP/1.1\r\nUser-Agent: Wget/1.21.3\r\nHost: a.test:443\r\n\r\n", "a.test",
			 443);
	/* openssl s_client -proxy */
	connect_accepted("CONNECT a.test:8443 HTTP/1.0\r\n\r\n", "a.test", 8443);
	/* WinINet */
	connect_accepted("CONNECT a.test:443 HTTP/1.0\r\nUser-Agent: Mozilla/4.0 (compatible)\r\nHost: a.test:443\r\n"
			 "Content-Length: 0\r\nDNT: 1\r\nConnection: Keep-Alive\r\nPragma: no-cache\r\n\r\n",
			 "a.test", 443);
}

static void a_target_is_brought_into_its_one_form(void)
{
	connect_accepted("CONNECT WWW.A.Test.:443 HTTP/1.0\r\n\r\n", "www.a.test", 443);
	connect_accepted("CONNECT xn--bcher-kva.test:1 HTTP/1.0\r\n\r\n", "xn--bcher-kva.test", 1);
	connect_accepted("CONNECT _a.b-c.test:65535 HTTP/1.0\r\n\r\n", "_a.b-c.test", 65535);
	connect_accepted("CONNECT a:9 HTTP/1.0\r\n\r\n", "a", 9);
	connect_accepted_address("CONNECT 192.0.2.1:443 HTTP/1.0\r\n\r\n", "192.0.2.1", 443);
	connect_accepted_address("CONNECT [2001:db8::1]:443 HTTP/1.0\r\n\r\n", "2001:db8::1", 443);
	connect_accepted_address("CONNECT [2001:DB8:0:0::0:1]:443 HTTP/1.0\r\n\r\n", "2001:db8::1", 443);
	connect_accepted_address("CONNECT [::]:443 HTTP/1.0\r\n\r\n", "::", 443);
}

static void values_may_have_blanks_and_octets_of_any_encoding(void)
{
	connect_accepted(
	    "CONNECT a.test:443 HTTP/1.1\r\nHost:a.test\r\nX: \t a\tb \xc3\xbc\xff \t\r\nY:\r\nZ: \r\n\r\n", "a.test",
	    443);
	connect_accepted("CONNECT a.test:443 HTTP/1.1\r\nhOST: \t a.test:443 \t \r\n\r\n", "a.test", 443);
}

static void what_follows_belongs_to_the_tunnel(void)
{
	static const char head[] = "CONNECT a.test:443 HTTP/1.1\r\nHost: a.test\r\n\r\n";
	static const char *const followers[] = {"\x16\x03\x01\x02", "\n", "\r\n\r\n",
						"GET / HTTP/1.1\r\nHost: b.test\r\n\r\n",
						"CONNECT b.test:443 HTTP/1.1\r\nHost: b.test\r\n\r\n"};

	for (size_t i = 0; i < sizeof(followers) / sizeof(followers[0]); i++) {
		struct connect_request request;
		char stream[200];
		int length = snprintf(stream, sizeof(stream), "%s%s", head, followers[i]);

		connect_read_all(stream, (size_t)length, NULL, &request);
		CU_ASSERT_EQUAL(request.result, CONNECT_COMPLETE);
		CU_ASSERT_EQUAL(request.length, strlen(head));
		CU_ASSERT_STRING_EQUAL(request.target.name, "a.test");
	}
}

static void a_head_that_is_not_whole_is_waited_for(void)
{
	static const char head[] = "CONNECT a.test:443 HTTP/1.1\r\nHost: a.test\r\nX: y\r\n\r\n";
	struct connect_request request;

	for (size_t length = 0; length < strlen(head); length++) {
		connect_read_all(head, length, NULL, &request);
		CU_ASSERT_EQUAL(request.result, CONNECT_MORE);
	}
}

static void the_version_is_told(void)
{
	static const char old[] = "CONNECT a.test:443 HTTP/1.0\r\n\r\n";
	static const char current[] = "CONNECT a.test:443 HTTP/1.1\r\nHost: a.test\r\n\r\n";
	struct connect_request request;

	connect_read_all(old, strlen(old), NULL, &request);
	CU_ASSERT_TRUE(request.version_1_0);
	connect_read_all(current, strlen(current), NULL, &request);
	CU_ASSERT_FALSE(request.version_1_0);
}

int main(void)
{
	return TESTS_RUN(
	    "CONNECT accepted", TEST(clients_in_use_are_understood), TEST(a_target_is_brought_into_its_one_form),
	    TEST(values_may_have_blanks_and_octets_of_any_encoding), TEST(what_follows_belongs_to_the_tunnel),
	    TEST(a_head_that_is_not_whole_is_waited_for), TEST(the_version_is_told));
}
