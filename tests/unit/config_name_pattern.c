/* SPDX-License-Identifier: BSD-3-Clause */
/* A policy's names and wildcards are read, and whoever writes another thing is told what to write. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <config/error.h>
#include <config/name.h>

#include "support.h"

static bool read_octets(const char *text, size_t length, char name[NAME_LENGTH_MAX + 1], bool *wildcard,
			char message[CONFIG_MESSAGE_SIZE])
{
	char *copy = malloc(length);
	bool good;

	memcpy(copy, text, length);
	good = name_read_pattern(copy, length, name, wildcard, message, CONFIG_MESSAGE_SIZE);
	free(copy);
	return good;
}

static void expect_pattern(const char *text, const char *expected, bool expected_wildcard)
{
	char message[CONFIG_MESSAGE_SIZE] = "";
	char name[NAME_LENGTH_MAX + 1];
	bool wildcard;

	CU_ASSERT_TRUE_FATAL(read_octets(text, strlen(text), name, &wildcard, message));
	CU_ASSERT_STRING_EQUAL(name, expected);
	CU_ASSERT_EQUAL(wildcard, expected_wildcard);
}

static void expect_octets_refused(const char *text, size_t length, const char *words)
{
	char message[CONFIG_MESSAGE_SIZE] = "accepted";
	char name[NAME_LENGTH_MAX + 1];
	bool wildcard;

	CU_ASSERT_FALSE(read_octets(text, length, name, &wildcard, message));
	CU_ASSERT_PTR_NOT_NULL(strstr(message, words));
	if (strstr(message, words) == NULL)
		printf("\n%s: expected ...%s..., but: %s\n", text, words, message);
	for (const char *at = message; *at != '\0'; at++)
		CU_ASSERT(*at >= 0x20 && *at < 0x7f);
}

static void expect_refused(const char *text, const char *words)
{
	expect_octets_refused(text, strlen(text), words);
}

static void names_and_wildcards_are_read(void)
{
	expect_pattern("a.test", "a.test", false);
	expect_pattern("A.Test.", "a.test", false);
	expect_pattern("*.a.test", "a.test", true);
	expect_pattern("*.A.TEST.", "a.test", true);
	expect_pattern("*.test", "test", true);
	expect_pattern("_a.test", "_a.test", false);
}

static void a_star_stands_at_the_beginning_only(void)
{
	expect_refused("*", "has a '*' elsewhere");
	expect_refused("*a.test", "has a '*' elsewhere");
	expect_refused("*.*.test", "has a '*' elsewhere");
	expect_refused("a.*.test", "has a '*' elsewhere");
	expect_refused("www*.test", "regular expression");
	expect_refused("*.", "is no name");
	expect_refused("*..", "nothing before, behind or between dots");
}

static void addresses_have_another_place(void)
{
	expect_refused("192.0.2.1", "write it among the addresses");
	expect_refused("2001:db8::1", "write it among the addresses");
	expect_refused("[2001:db8::1]", "write it among the addresses");
	expect_refused("127.1", "some take it for an IPv4 address");
	expect_refused("0x7f000001", "some take it for an IPv4 address");
	expect_refused("*.1", "some take it for an IPv4 address");
}

static void faults_are_told_with_what_to_do(void)
{
	char text[300];

	expect_refused("", "is no name; write one like a.test");
	expect_refused("a..test", "write one dot between labels");
	expect_refused(".a.test", "write one dot between labels");
	expect_refused("a.test:443", "has a colon; write the name alone");
	expect_refused("https://a.test", "has a colon; write the name alone");
	expect_refused("a.test/path", "has a slash; write the name alone");
	expect_refused("a@b", "has '@', which no name has");
	expect_refused("a b", "has octet 0x20");
	expect_refused("a\r\nb", "has octet 0x0d");
	expect_octets_refused("a\0b", 3, "has octet 0x00");
	expect_octets_refused("a.test\0", 7, "has octet 0x00");
	memset(text, 'a', sizeof(text));
	text[64] = '\0';
	expect_refused(text, "has a label of more than 63 octets");
	text[64] = 'a';
	text[254] = '\0';
	expect_refused(text, "has more than 253 octets");
}

static void unicode_is_answered_with_its_a_label(void)
{
	expect_refused("b\xc3\xbc"
		       "cher.test",
		       "write its A-label, \"xn--bcher-kva.test\"");
	expect_refused("*.B\xc3\x9c"
		       "CHER.test",
		       "write its A-label, \"*.xn--bcher-kva.test\"");
	expect_refused("stra\xc3\x9f"
		       "e.test",
		       "write its A-label, \"xn--strae-oqa.test\"");
	expect_refused("\xe6\x97\xa5\xe6\x9c\xac\xe3\x80\x82test", "write its A-label, \"xn--wgv71a.test\"");
}

static void unicode_without_an_a_label_is_told_so(void)
{
	char text[2000];

	expect_refused("\xff.test", "no A-label");
	expect_refused("\xc0\xae.test", "no A-label");
	expect_refused("a\xe2\x80\x8b..test", "no A-label");
	expect_octets_refused("b\xc3\xbc\0.test", 9, "no A-label");
	/* digits of another width, which come out as an address, and a star that stays one */
	expect_refused("\xef\xbc\x91\xef\xbc\x92\xef\xbc\x97.0.0.1", "no A-label");
	expect_refused("\xc3\xbc.*.test", "no A-label");
	memset(text, '\xc3', sizeof(text));
	for (unsigned i = 1; i < sizeof(text); i += 2)
		text[i] = '\xbc';
	expect_octets_refused(text, sizeof(text), "no A-label");
}

int main(void)
{
	return TESTS_RUN("patterns of names", TEST(names_and_wildcards_are_read),
			 TEST(a_star_stands_at_the_beginning_only), TEST(addresses_have_another_place),
			 TEST(faults_are_told_with_what_to_do), TEST(unicode_is_answered_with_its_a_label),
			 TEST(unicode_without_an_a_label_is_told_so));
}
