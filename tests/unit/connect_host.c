/* SPDX-License-Identifier: BSD-3-Clause */
/* Host is there once, names the target, and nothing else. */
#include "connect_support.h"
#include "support.h"

#define TO_NAME "CONNECT a.test:443 HTTP/1.1\r\n"
#define TO_NAME_1_0 "CONNECT a.test:443 HTTP/1.0\r\n"
#define TO_IPV4 "CONNECT 192.0.2.1:443 HTTP/1.1\r\n"
#define TO_IPV6 "CONNECT [2001:db8::1]:443 HTTP/1.1\r\n"

static void the_same_host_is_accepted_however_it_is_written(void)
{
	connect_accepted(TO_NAME "Host: a.test\r\n\r\n", "a.test", 443);
	connect_accepted(TO_NAME "Host: A.TEST:443\r\n\r\n", "a.test", 443);
	connect_accepted(TO_NAME "Host: a.test.:443\r\n\r\n", "a.test", 443);
	connect_accepted(TO_NAME "X: y\r\nHOST: a.test\r\nZ: y\r\n\r\n", "a.test", 443);
	connect_accepted(TO_NAME_1_0 "Host: a.test\r\n\r\n", "a.test", 443);
	connect_accepted_address(TO_IPV4 "Host: 192.0.2.1\r\n\r\n", "192.0.2.1", 443);
	connect_accepted_address(TO_IPV4 "Host: 192.0.2.1:443\r\n\r\n", "192.0.2.1", 443);
	connect_accepted_address(TO_IPV6 "Host: [2001:db8::1]\r\n\r\n", "2001:db8::1", 443);
	connect_accepted_address(TO_IPV6 "Host: [2001:DB8:0::1]:443\r\n\r\n", "2001:db8::1", 443);
}

static void it_may_be_absent_in_http_1_0_alone(void)
{
	connect_accepted(TO_NAME_1_0 "\r\n", "a.test", 443);
	CONNECT_REFUSED_ALL(REASON_REQUEST_HOST, TO_NAME "\r\n", TO_NAME "X: y\r\n\r\n",
			    TO_NAME "X-Host: a.test\r\n\r\n", TO_NAME "Hos: a.test\r\nHostt: a.test\r\n\r\n");
}

static void it_comes_once(void)
{
	CONNECT_REFUSED_ALL(REASON_REQUEST_HOST, TO_NAME "Host: a.test\r\nHost: a.test\r\n\r\n",
			    TO_NAME "Host: a.test\r\nHost: b.test\r\n\r\n",
			    TO_NAME "Host: b.test\r\nHost: a.test\r\n\r\n",
			    TO_NAME_1_0 "Host: a.test\r\nX: y\r\nhost: a.test\r\n\r\n",
			    TO_NAME "Host: a.test, a.test\r\n\r\n", TO_NAME "Host: a.test a.test\r\n\r\n");
}

static void another_host_is_refused(void)
{
	CONNECT_REFUSED_ALL(REASON_REQUEST_HOST, TO_NAME "Host: b.test\r\n\r\n", TO_NAME "Host: b.a.test\r\n\r\n",
			    TO_NAME "Host: test\r\n\r\n", TO_NAME "Host: a.test.b\r\n\r\n", TO_NAME "Host:\r\n\r\n",
			    TO_NAME "Host: \r\n\r\n", TO_NAME_1_0 "Host: b.test\r\n\r\n",
			    TO_NAME "Host: 192.0.2.1\r\n\r\n", TO_IPV4 "Host: a.test\r\n\r\n",
			    TO_IPV4 "Host: 192.0.2.2\r\n\r\n", TO_IPV4 "Host: [2001:db8::1]\r\n\r\n",
			    TO_IPV4 "Host: [::ffff:192.0.2.1]\r\n\r\n", TO_IPV6 "Host: [2001:db8::2]\r\n\r\n",
			    TO_IPV6 "Host: 2001:db8::1\r\n\r\n", TO_IPV6 "Host: 192.0.2.1\r\n\r\n",
			    TO_IPV6 "Host: [2001:db8::1%1]\r\n\r\n");
}

static void another_port_is_refused(void)
{
	CONNECT_REFUSED_ALL(REASON_REQUEST_HOST, TO_NAME "Host: a.test:80\r\n\r\n", TO_NAME "Host: a.test:\r\n\r\n",
			    TO_NAME "Host: a.test:0443\r\n\r\n", TO_NAME "Host: a.test:0\r\n\r\n",
			    TO_NAME "Host: a.test:+443\r\n\r\n", TO_NAME "Host: a.test:65979\r\n\r\n",
			    TO_IPV6 "Host: [2001:db8::1]:444\r\n\r\n", TO_IPV6 "Host: [2001:db8::1]:\r\n\r\n");
}

static void what_is_no_host_is_refused(void)
{
	CONNECT_REFUSED_ALL(REASON_REQUEST_HOST, TO_NAME "Host: user@a.test\r\n\r\n",
			    TO_NAME "Host: https://a.test\r\n\r\n", TO_NAME "Host: a.test/\r\n\r\n",
			    TO_NAME "Host: \"a.test\"\r\n\r\n", TO_NAME "Host: a%2etest\r\n\r\n",
			    TO_NAME "Host: a.test\xff\r\n\r\n", TO_NAME "Host: a..test\r\n\r\n");
}

int main(void)
{
	return TESTS_RUN("CONNECT Host", TEST(the_same_host_is_accepted_however_it_is_written),
			 TEST(it_may_be_absent_in_http_1_0_alone), TEST(it_comes_once), TEST(another_host_is_refused),
			 TEST(another_port_is_refused), TEST(what_is_no_host_is_refused));
}
