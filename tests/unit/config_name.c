/* SPDX-License-Identifier: BSD-3-Clause */
/* Names of hosts come to one form, addresses are told from them, and nothing else is taken for a name. */
#include <stdlib.h>
#include <string.h>

#include <config/name.h>

#include "support.h"

/* Reads a copy with nothing around it. What is no name leaves an empty text. */
static enum name_kind read_octets(const char *text, size_t length, char name[NAME_LENGTH_MAX + 1])
{
	char *copy = malloc(length);
	enum name_kind kind;

	memset(name, 'x', NAME_LENGTH_MAX + 1);
	memcpy(copy, text, length);
	kind = name_read(copy, length, name);
	CU_ASSERT((name[0] != '\0') == (kind == NAME_HOST));
	free(copy);
	return kind;
}

static void expect_kind(const char *text, enum name_kind kind)
{
	char name[NAME_LENGTH_MAX + 1];

	if (read_octets(text, strlen(text), name) == kind)
		return;
	CU_FAIL("a text is of another kind");
	printf("\n%s\n", text);
}

static void expect_name(const char *text, const char *expected)
{
	char name[NAME_LENGTH_MAX + 1];

	CU_ASSERT_EQUAL(read_octets(text, strlen(text), name), NAME_HOST);
	CU_ASSERT_STRING_EQUAL(name, expected);
}

static void names_come_to_one_form(void)
{
	expect_name("a", "a");
	expect_name("localhost", "localhost");
	expect_name("www.Example.TEST", "www.example.test");
	expect_name("a.test.", "a.test");
	expect_name("A.", "a");
	expect_name("xn--BCHER-KVA.test", "xn--bcher-kva.test");
	expect_name("_dmarc.a_b.test", "_dmarc.a_b.test");
	expect_name("-a-.b--c.test", "-a-.b--c.test");
	expect_name("1.2.3.4.test", "1.2.3.4.test");
	expect_name("127.0.0.1a", "127.0.0.1a");
	expect_name("a.0x7g", "a.0x7g");
	expect_name("a.1x", "a.1x");
}

static void addresses_are_no_names(void)
{
	static const char *const addresses[] = {
	    "192.0.2.1",
	    "0.0.0.0",
	    "255.255.255.255",
	    "2001:db8::1",
	    "[2001:DB8::1]",
	    "::",
	    "[::]",
	    "::1",
	    "::ffff:192.0.2.1",
	    "[::ffff:192.0.2.1]",
	    "2001:db8:1111:2222:3333:4444:5555:6666",
	    "0000:0000:0000:0000:0000:ffff:255.255.255.255",
	};

	for (size_t i = 0; i < sizeof(addresses) / sizeof(addresses[0]); i++)
		expect_kind(addresses[i], NAME_ADDRESS);
}

static void what_only_some_take_for_an_address_is_neither(void)
{
	static const char *const texts[] = {
	    "127.1",	   "2130706433",  "0x7f000001",	    "0x7f.1",	    "0X7F.0.0.1", "0177.0.0.1",
	    "127.0.0.01",  "1.2.3",	  "1.2.3.4.5",	    "256.0.0.1",    "1.2.3.4.",	  "a.1",
	    "a.0x",	   "a.0xff.",	  "a.test.09",	    "017700000001", "0",	  "fe80::1%eth0",
	    "[fe80::1%1]", "[192.0.2.1]", "[::1",	    "::1]",	    "[]",	  "[[::1]]",
	    ":",	   ":::",	  "2001:db8::1::2", "12345::",	    "[::1].",	  "::1.",
	    "[::1]:443",   "1.2.3.4:443", "1.2.3.4 ",	    " 1.2.3.4",	    "1.2.3.4/32",
	};

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		expect_kind(texts[i], NAME_INVALID);
}

static void other_octets_are_in_no_name(void)
{
	static const char *const texts[] = {
	    "",
	    " ",
	    "a b.test",
	    " a.test",
	    "a.test ",
	    "a.test:443",
	    "a.test\r\nHost: b",
	    "a.test\n",
	    "a%00.test",
	    "a%2etest",
	    "*",
	    "*.a.test",
	    "a.*.test",
	    "user@a.test",
	    "https://a.test",
	    "a.test/",
	    "a,b",
	    "a\\b",
	    "b\xc3\xbc.test",
	    "\xff.test",
	    "a\x7f.test",
	    "a\xe3\x80\x82test",
	    "a'.test",
	    "a\t.test",
	    "\"a.test\"",
	    "a.test?",
	    "[a.test]",
	    "a\x01.test",
	};

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		expect_kind(texts[i], NAME_INVALID);
}

static void each_octet_is_in_names_or_not(void)
{
	static const char allowed[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.";
	char name[NAME_LENGTH_MAX + 1];

	for (int octet = 0; octet < 256; octet++) {
		char text[] = "aa.test";
		bool good = octet != 0 && strchr(allowed, octet) != NULL;

		text[1] = (char)octet;
		if (octet == '.') /* gives an empty label */
			good = false;
		CU_ASSERT_EQUAL(read_octets(text, strlen("aa.test"), name), good ? NAME_HOST : NAME_INVALID);
	}
}

static void a_nul_is_not_the_end_of_a_name(void)
{
	char name[NAME_LENGTH_MAX + 1];

	CU_ASSERT_EQUAL(read_octets("a.test\0.evil.test", 17, name), NAME_INVALID);
	CU_ASSERT_EQUAL(read_octets("a.test\0", 7, name), NAME_INVALID);
	CU_ASSERT_EQUAL(read_octets("\0", 1, name), NAME_INVALID);
	CU_ASSERT_EQUAL(read_octets("192.0.2.1\0", 10, name), NAME_INVALID);
	CU_ASSERT_EQUAL(read_octets("192.0.2.1\0.test", 15, name), NAME_INVALID);
	CU_ASSERT_EQUAL(read_octets("::1\0", 4, name), NAME_INVALID);
}

static void labels_are_never_empty(void)
{
	expect_kind(".", NAME_INVALID);
	expect_kind("..", NAME_INVALID);
	expect_kind("a..", NAME_INVALID);
	expect_kind(".a", NAME_INVALID);
	expect_kind("a..test", NAME_INVALID);
}

/* A name of labels of `label` octets each, as many as fit in `length` octets, the last cut short. */
static void fill(char *text, size_t length, size_t label)
{
	for (size_t i = 0; i < length; i++)
		text[i] = i % (label + 1) == label ? '.' : 'a';
	text[length] = '\0';
}

static void lengths_have_their_bounds(void)
{
	char text[1024];

	fill(text, 63, 63);
	expect_kind(text, NAME_HOST);
	fill(text, 64, 64);
	expect_kind(text, NAME_INVALID);
	strcpy(text + 64, ".test");
	expect_kind(text, NAME_INVALID);
	fill(text, NAME_LENGTH_MAX, 49);
	expect_name(text, text);
	strcat(text, ".");
	expect_kind(text, NAME_HOST);
	strcat(text, ".");
	expect_kind(text, NAME_INVALID);
	fill(text, NAME_LENGTH_MAX + 1, 49);
	expect_kind(text, NAME_INVALID);
	fill(text, NAME_LENGTH_MAX + 2, 49);
	expect_kind(text, NAME_INVALID);
	fill(text, 1000, 63);
	expect_kind(text, NAME_INVALID);
	memset(text, ':', 1000);
	expect_kind(text, NAME_INVALID);
}

/* Whatever comes out goes in again and comes out the same. */
static void the_one_form_is_its_own(void)
{
	static const char octets[] = "aZ09-_.x";
	uint64_t state = 7;

	for (unsigned round = 0; round < 100000; round++) {
		size_t length = support_random(&state) % 12;
		char first[NAME_LENGTH_MAX + 1];
		char second[NAME_LENGTH_MAX + 1];
		char text[12];

		for (size_t i = 0; i < length; i++)
			text[i] = octets[support_random(&state) % strlen(octets)];
		if (read_octets(text, length, first) != NAME_HOST)
			continue;
		CU_ASSERT_EQUAL(read_octets(first, strlen(first), second), NAME_HOST);
		CU_ASSERT_STRING_EQUAL(first, second);
	}
}

int main(void)
{
	return TESTS_RUN("names", TEST(names_come_to_one_form), TEST(addresses_are_no_names),
			 TEST(what_only_some_take_for_an_address_is_neither), TEST(other_octets_are_in_no_name),
			 TEST(each_octet_is_in_names_or_not), TEST(a_nul_is_not_the_end_of_a_name),
			 TEST(labels_are_never_empty), TEST(lengths_have_their_bounds), TEST(the_one_form_is_its_own));
}
