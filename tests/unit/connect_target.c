/* SPDX-License-Identifier: BSD-3-Clause */
/* A target is host:port, and nothing that one reader could take for another host or port than the next. */
#include <string.h>

#include "connect_support.h"
#include "support.h"

#define LABEL_63 "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define NAME_253 LABEL_63 "." LABEL_63 "." LABEL_63 ".aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"

/* Each target as that of a request of either version; Host repeats it. */
static void refused(const char *const *targets, size_t count)
{
	char head[1200];
	const char *heads = head;

	for (size_t i = 0; i < count; i++) {
		snprintf(head, sizeof(head), "CONNECT %s HTTP/1.0\r\n\r\n", targets[i]);
		connect_refused(REASON_REQUEST_TARGET, &heads, 1);
		snprintf(head, sizeof(head), "CONNECT %s HTTP/1.1\r\nHost: %s\r\n\r\n", targets[i], targets[i]);
		connect_refused(REASON_REQUEST_TARGET, &heads, 1);
	}
}

#define REFUSED(...)                                                                                                   \
	refused((const char *const[]){__VA_ARGS__}, sizeof((const char *const[]){__VA_ARGS__}) / sizeof(const char *))

static void a_port_is_a_plain_number(void)
{
	REFUSED("a.test", "a.test:", ":443", ":", "a.test:0", "a.test:00", "a.test:65536", "a.test:69979", "a.test:-1",
		"a.test:+443", "a.test:0443", "a.test:44x3", "a.test:443x", "a.test:0x1bb", "a.test:4_43",
		"a.test:4294967739", "a.test:18446744073709552059", "a.test:443:443", "a.test::443", "[2001:db8::1]",
		"[2001:db8::1]:", "[2001:db8::1]443", "[2001:db8::1]:0", "192.0.2.1", "192.0.2.1:", "a.test:\xb2");
}

static void other_forms_of_targets_are_refused(void)
{
	REFUSED("a.test:443/", "a.test:443?", "a.test:443#", "a.test/:443", "a.test?:443", "a.test#:443",
		"user@a.test:443", "user:password@a.test:443", "a.test:443@b.test:443", "@a.test:443",
		"https://a.test:443", "https://a.test:443/", "https://a.test/", "//a.test:443", "/", "*", "/a.test:443",
		"a.test:443,b.test:443", "a.test:443;b.test:443", "a.test\\:443", "a.test:443\\", "\"a.test\":443",
		"<a.test>:443", "a.test|:443");
}

static void only_ordinary_ipv4_addresses_are_addresses(void)
{
	REFUSED("127.1:443", "2130706433:443", "0x7f000001:443", "0x7f.1:443", "0177.0.0.1:443", "192.0.2:443",
		"192.0.2.256:443", "192.0.2.01:443", "192.0.2.1.:443", "192.0.2.1.1:443", "1:443", "a.1:443",
		"a.0x1:443", "[192.0.2.1]:443", "+192.0.2.1:443", "192.0.2.1%20:443", "192.0.2.:443", ".0.2.1:443");
}

static void only_ipv6_addresses_in_brackets_are_addresses(void)
{
	REFUSED("2001:db8::1:443", "::1:443", ":::443", "2001:db8::1", "[2001:db8::1%eth0]:443",
		"[2001:db8::1%25eth0]:443", "[fe80::1%1]:443", "[::ffff:192.0.2.1]:443", "[::ffff:c000:201]:443",
		"[0:0:0:0:0:ffff:c000:0201]:443", "[]:443", "[:]:443", "[2001:db8::1:443", "2001:db8::1]:443",
		"[[2001:db8::1]]:443", "[2001:db8::1]]:443", "[2001:db8::g]:443", "[2001:db8::1::2]:443",
		"[2001:db8:0:0:0:0:0:0:1]:443", "[a.test]:443", "[v1.a]:443", "[2001:db8::1]a:443",
		"a[2001:db8::1]:443");
}

static void what_is_no_name_is_refused(void)
{
	REFUSED("a..test:443", ".a.test:443", "a.test..:443", ".:443", "..:443", "a" LABEL_63 ".test:443",
		"a" NAME_253 ":443", "a" NAME_253 ".:443", NAME_253 "..:443", "*.a.test:443",
		"b\xc3\xbc"
		"cher.test:443",
		"\xff.test:443", "a%00.test:443", "a%2etest:443", "a%2Etest:443", "a\xe3\x80\x82test:443",
		"a!.test:443", "a~.test:443", "a'.test:443", "a(b).test:443");
}

static void the_longest_name_is_accepted(void)
{
	CU_ASSERT_EQUAL(strlen(NAME_253), 253);
	connect_accepted("CONNECT " NAME_253 ":65535 HTTP/1.0\r\n\r\n", NAME_253, 65535);
	connect_accepted("CONNECT " NAME_253 ".:65535 HTTP/1.1\r\nHost: " NAME_253 ".:65535\r\n\r\n", NAME_253, 65535);
}

static void a_nul_ends_no_target(void)
{
	static const char *const parts[] = {"a.test", "192.0.2.1", "[2001:db8::1]"};

	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		struct connect_request request;
		char head[100];
		int length = snprintf(head, sizeof(head), "CONNECT %s%c.b.test:443 HTTP/1.0\r\n\r\n", parts[i], '\0');

		connect_read_all(head, (size_t)length, NULL, &request);
		CU_ASSERT_EQUAL(request.result, CONNECT_REFUSED);
		CU_ASSERT_EQUAL(request.reason, REASON_REQUEST_LINE);
	}
}

static void a_space_or_a_line_end_within_is_refused(void)
{
	CONNECT_REFUSED_ALL(REASON_REQUEST_LINE, "CONNECT a .test:443 HTTP/1.0\r\n\r\n",
			    "CONNECT a.test :443 HTTP/1.0\r\n\r\n", "CONNECT a.test: 443 HTTP/1.0\r\n\r\n",
			    "CONNECT a.test\r\n.b.test:443 HTTP/1.0\r\n\r\n", "CONNECT a.test\r.b:443 HTTP/1.0\r\n\r\n",
			    "CONNECT a.test\n:443 HTTP/1.0\r\n\r\n");
	CONNECT_REFUSED_ALL(REASON_REQUEST_TARGET, "CONNECT a.test\t:443 HTTP/1.0\r\n\r\n",
			    "CONNECT \ta.test:443 HTTP/1.0\r\n\r\n", "CONNECT a.test:443\t HTTP/1.0\r\n\r\n");
}

/* Returns the one of a head that is refused; NULL: it is not told. */
static const char *told(const char *target)
{
	static char text[1200];
	struct connect_request request;
	char head[1200];
	const char *found;
	size_t length;
	int size = snprintf(head, sizeof(head), "CONNECT %s HTTP/1.0\r\n\r\n", target);

	connect_read_all(head, (size_t)size, NULL, &request);
	CU_ASSERT_EQUAL(request.reason, REASON_REQUEST_TARGET);
	found = connect_request_refused_target(&request, &length);
	if (found == NULL)
		return NULL;
	snprintf(text, sizeof(text), "%.*s", (int)length, found);
	return text;
}

static void what_was_refused_is_told_as_it_was_sent(void)
{
	static const char *const targets[] = {"a..TEST:443",
					      "a.test",
					      "*",
					      ":",
					      "b\xc3\xbc"
					      "cher.test:443",
					      "a" NAME_253 ":443"};

	for (size_t i = 0; i < sizeof(targets) / sizeof(targets[0]); i++)
		CU_ASSERT_STRING_EQUAL(told(targets[i]), targets[i]);
}

static void but_not_if_it_may_hold_a_secret(void)
{
	CU_ASSERT_PTR_NULL(told("user:password@a.test:443"));
	CU_ASSERT_PTR_NULL(told("https://user:password@a.test/"));
	CU_ASSERT_PTR_NULL(told("a.test/word:443"));
	CU_ASSERT_PTR_NULL(told("a.test:443?token"));
	CU_ASSERT_PTR_NULL(told("a.test:443#token"));
	/* of which too little is kept to know */
	CU_ASSERT_PTR_NULL(told("user:" NAME_253 NAME_253 "@a.test:443"));
}

int main(void)
{
	return TESTS_RUN("CONNECT target", TEST(a_port_is_a_plain_number), TEST(other_forms_of_targets_are_refused),
			 TEST(only_ordinary_ipv4_addresses_are_addresses),
			 TEST(only_ipv6_addresses_in_brackets_are_addresses), TEST(what_is_no_name_is_refused),
			 TEST(the_longest_name_is_accepted), TEST(a_nul_ends_no_target),
			 TEST(a_space_or_a_line_end_within_is_refused), TEST(what_was_refused_is_told_as_it_was_sent),
			 TEST(but_not_if_it_may_hold_a_secret));
}
