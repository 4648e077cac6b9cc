/* SPDX-License-Identifier: BSD-3-Clause */
/* host:port, read from octets with no NUL behind them and any within them. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <authority.h>

#include "support.h"

static bool read_octets(const char *text, size_t length, struct authority *authority)
{
	char *copy = (char *)support_copy(text, length);
	bool result = authority_read(copy, length, authority);

	free(copy);
	return result;
}

static void a_port_may_be_absent_but_not_its_number(void)
{
	struct authority authority;

	CU_ASSERT_TRUE(read_octets("a.test", 6, &authority));
	CU_ASSERT_EQUAL(authority.port, 0);
	CU_ASSERT_TRUE(read_octets("[2001:db8::1]", 13, &authority));
	CU_ASSERT_EQUAL(authority.port, 0);
	CU_ASSERT_FALSE(read_octets("a.test:", 7, &authority));
	CU_ASSERT_FALSE(read_octets("[2001:db8::1]:", 14, &authority));
	CU_ASSERT_FALSE(read_octets("", 0, &authority));
	CU_ASSERT_FALSE(read_octets(":", 1, &authority));
}

static void every_port_is_read_as_itself(void)
{
	struct authority authority;
	char text[20];

	for (unsigned port = 0; port < 70000; port++) {
		int length = snprintf(text, sizeof(text), "a:%u", port);
		bool result = authority_read(text, (size_t)length, &authority);

		CU_ASSERT_EQUAL(result, port >= 1 && port <= 65535);
		CU_ASSERT_TRUE(!result || authority.port == port);
	}
}

static void nothing_is_read_beyond_its_length(void)
{
	static const char whole[] = "[2001:db8::1]:443";
	struct authority authority;

	for (size_t length = 0; length < strlen(whole); length++)
		CU_ASSERT_EQUAL(read_octets(whole, length, &authority), length == 13 || length > 14);
	CU_ASSERT_TRUE(read_octets("192.0.2.123", 9, &authority));
	CU_ASSERT_EQUAL(authority.address.octets[15], 1);
}

static void a_nul_is_part_of_nothing(void)
{
	static const char *const texts[] = {"a.test:443", "192.0.2.1:443", "[2001:db8::1]:443"};
	struct authority authority;
	char text[30];

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		size_t length = strlen(texts[i]);

		/* In the place of each octet, and before it. */
		for (size_t at = 0; at < length; at++) {
			memcpy(text, texts[i], length);
			text[at] = '\0';
			CU_ASSERT_FALSE(read_octets(text, length, &authority));
			memcpy(text + at + 1, texts[i] + at, length - at);
			CU_ASSERT_FALSE(read_octets(text, length + 1, &authority));
		}
	}
}

static void hosts_are_the_same_in_one_family_and_spelling_only(void)
{
	static const char *const hosts[] = {"a.test",	 "b.test",	  "192.0.2.1",
					    "192.0.2.2", "[2001:db8::1]", "[::c000:201]"};
	struct authority a, b;

	for (size_t i = 0; i < sizeof(hosts) / sizeof(hosts[0]); i++) {
		for (size_t j = 0; j < sizeof(hosts) / sizeof(hosts[0]); j++) {
			CU_ASSERT_TRUE_FATAL(read_octets(hosts[i], strlen(hosts[i]), &a));
			CU_ASSERT_TRUE_FATAL(read_octets(hosts[j], strlen(hosts[j]), &b));
			CU_ASSERT_EQUAL(authority_same_host(&a, &b), i == j);
		}
	}
}

int main(void)
{
	return TESTS_RUN("authority", TEST(a_port_may_be_absent_but_not_its_number), TEST(every_port_is_read_as_itself),
			 TEST(nothing_is_read_beyond_its_length), TEST(a_nul_is_part_of_nothing),
			 TEST(hosts_are_the_same_in_one_family_and_spelling_only));
}
