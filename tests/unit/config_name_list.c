/* SPDX-License-Identifier: BSD-3-Clause */
/* Files of names are read in both their forms; each fault has its line and column, and a million cost no more. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <fault.h>
#include <name_list.h>

#include "config_support.h"
#include "support.h"

#define MANY 1000

/* Reads a copy with nothing around it. */
static bool read_octets(const char *text, size_t size, size_t most, struct policy_patterns *patterns,
			struct config_error *error)
{
	char *copy = (char *)support_copy(text, size);
	struct name_list list = {.count = 0};
	bool good;

	fault_begin(error, "names.txt");
	good = name_list_read(&list, copy, size, most, "list", error);
	CU_ASSERT_EQUAL(good, error->count == 0);
	free(copy);
	if (good)
		CU_ASSERT_TRUE_FATAL(name_list_finish(&list, patterns));
	name_list_free(&list);
	return good;
}

/* Expects the names, with "*." where they are wildcards, blanks between them. */
static void expect_names(const char *text, const char *expected)
{
	struct policy_patterns patterns;
	struct config_error error;
	char *joined = NULL;
	size_t size;
	FILE *stream;

	if (!read_octets(text, strlen(text), MANY, &patterns, &error)) {
		config_error_print(&error, stdout);
		CU_FAIL("a good list is refused");
		return;
	}
	stream = open_memstream(&joined, &size);
	for (size_t i = 0; i < patterns.count; i++)
		fprintf(stream, "%s%s%s", i == 0 ? "" : " ", patterns.items[i].wildcard ? "*." : "",
			patterns.items[i].name);
	fclose(stream);
	CU_ASSERT_STRING_EQUAL(joined, expected);
	free(joined);
	free(patterns.items);
}

static void expect_octets_refused(const char *text, size_t size, unsigned line, unsigned column, const char *words)
{
	struct policy_patterns patterns;
	struct config_error error;

	CU_ASSERT_FALSE_FATAL(read_octets(text, size, MANY, &patterns, &error));
	if (!config_has_fault(&error, line, column, "list", words)) {
		CU_FAIL("a fault is not as expected");
		printf("\nexpected %u:%u: ...%s... but got\n", line, column, words);
		config_error_print(&error, stdout);
	}
}

static void expect_refused(const char *text, unsigned line, unsigned column, const char *words)
{
	expect_octets_refused(text, strlen(text), line, column, words);
}

static void a_line_has_a_name_or_a_wildcard(void)
{
	expect_names("a.test\nB.Test.\n*.c.test\n", "a.test b.test *.c.test");
	expect_names("a.test", "a.test");
	expect_names("  a.test\t\n\t *.b.test  ", "a.test *.b.test");
}

static void comments_and_empty_lines_mean_nothing(void)
{
	expect_names("", "");
	expect_names("\n\n \n# a.test\n   # b.test\n", "");
	expect_names("# list\na.test # why\nb.test#why\n\n*.c.test", "a.test b.test *.c.test");
	expect_names("# b\xc3\xbc"
		     "cher \xff\na.test",
		     "a.test");
}

static void lines_may_end_as_on_other_systems(void)
{
	expect_names("a.test\r\n\r\n0.0.0.0 b.test\r\n*.c.test\r", "a.test b.test *.c.test");
}

static void a_line_may_be_one_of_a_hosts_file(void)
{
	expect_names("0.0.0.0 a.test\n127.0.0.1\tb.test c.test # and\n:: d.test\n::1 e.test",
		     "a.test b.test c.test d.test "
		     "e.test");
	expect_names("fe80::1%lo0 localhost\n0.0.0.0 0.0.0.0\n0.0.0.0 *.a.test", "localhost *.a.test");
}

static void a_wrong_name_has_its_place(void)
{
	expect_refused("a.test\nb..test\n", 2, 1, "\"b..test\" has nothing before, behind or between dots");
	expect_refused("# x\n\n  0.0.0.0 a.test b/c\n", 3, 18, "\"b/c\" has a slash");
	expect_refused("a.test:443", 1, 1, "\"a.test:443\" has a colon");
	expect_refused("||a.test^", 1, 1, "which no name has");
	expect_refused("a.test\n192.0.2.0/24", 2, 1, "has a slash");
	expect_refused("127.1 a.test", 1, 1, "some take it for an IPv4 address");
	expect_refused("a.test\n*", 2, 1, "has a '*'");
	expect_octets_refused("a.test\nb\0.test\n", 15, 2, 1, "has octet 0x00");
	expect_octets_refused("\0", 1, 1, 1, "has octet 0x00");
}

static void unicode_is_answered_with_its_a_label(void)
{
	expect_refused("a.test\n0.0.0.0 *.b\xc3\xbc"
		       "cher.test",
		       2, 9,
		       "\"*.b??cher.test\" has letters beyond ASCII; write its A-label, \"*.xn--bcher-kva.test\"");
	expect_refused("0.0.0.0 \xc3\xbc.test a_b! c.test", 1, 16, "\"a_b!\" has '!'");
	expect_refused("\xff.test", 1, 1, "no A-label");
	expect_refused("\xef\xbb\xbf"
		       "a.test",
		       1, 1, "byte order mark");
}

static void words_out_of_place_are_refused(void)
{
	expect_refused("a.test b.test", 1, 8, "is a second word");
	expect_refused("a.test 0.0.0.0", 1, 8, "is a second word");
	expect_refused("0.0.0.0", 1, 1, "without a name behind it");
	expect_refused("0.0.0.0 # a.test", 1, 1, "without a name behind it");
	expect_refused("0.0.0.0 127.0.0.1", 1, 9, "is an address, which is no name");
}

static void there_is_a_bound(void)
{
	struct policy_patterns patterns;
	struct config_error error;

	CU_ASSERT_TRUE_FATAL(read_octets("a b c", 1, 1, &patterns, &error));
	free(patterns.items);
	CU_ASSERT_FALSE(read_octets("a\nb\nc\nd!", 8, 2, &patterns, &error));
	CU_ASSERT_EQUAL(error.count, 1);
	CU_ASSERT(config_has_fault(&error, 3, 1, "list", "is one name too many"));
}

static void a_million_faults_are_ten_and_a_number(void)
{
	const unsigned count = 1000000;
	struct policy_patterns patterns;
	struct config_error error;
	char *text = malloc(9 * count);

	for (unsigned i = 0; i < count; i++)
		memcpy(text + (size_t)9 * i, "\xc3\xbc..test\n", 9);
	CU_ASSERT_FALSE(read_octets(text, (size_t)9 * count, count, &patterns, &error));
	CU_ASSERT_EQUAL(error.count, CONFIG_FAULTS);
	CU_ASSERT_EQUAL(error.more, count - CONFIG_FAULTS);
	CU_ASSERT_EQUAL(error.faults[9].line, 10);
	free(text);
}

static void a_list_grows_with_its_names(void)
{
	struct name_list list = {.count = 0};
	struct policy_patterns patterns;
	char name[32];

	for (unsigned i = 0; i < 100000; i++) {
		snprintf(name, sizeof(name), "n%u.test", i);
		CU_ASSERT_TRUE_FATAL(name_list_add(&list, name, i % 3 == 0));
	}
	CU_ASSERT_TRUE_FATAL(name_list_finish(&list, &patterns));
	CU_ASSERT_EQUAL(list.count, 0);
	CU_ASSERT_EQUAL_FATAL(patterns.count, 100000);
	for (unsigned i = 0; i < 100000; i++) {
		snprintf(name, sizeof(name), "n%u.test", i);
		CU_ASSERT(strcmp(patterns.items[i].name, name) == 0 && patterns.items[i].wildcard == (i % 3 == 0));
	}
	free(patterns.items);
}

int main(void)
{
	return TESTS_RUN("files of names", TEST(a_line_has_a_name_or_a_wildcard),
			 TEST(comments_and_empty_lines_mean_nothing), TEST(lines_may_end_as_on_other_systems),
			 TEST(a_line_may_be_one_of_a_hosts_file), TEST(a_wrong_name_has_its_place),
			 TEST(unicode_is_answered_with_its_a_label), TEST(words_out_of_place_are_refused),
			 TEST(there_is_a_bound), TEST(a_million_faults_are_ten_and_a_number),
			 TEST(a_list_grows_with_its_names));
}
