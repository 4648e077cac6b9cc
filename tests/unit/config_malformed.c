/* SPDX-License-Identifier: BSD-3-Clause */
/* Whatever is not JSON is refused, at the place where it ceases to be. The '@' marks that place. */
#include <stdlib.h>
#include <string.h>

#include "config_support.h"
#include "support.h"

struct malformed {
	const char *text;
	const char *path;
	const char *words;
};

#define EXPECT_ALL(cases)                                                                                              \
	for (size_t i = 0; i < sizeof(cases) / sizeof((cases)[0]); i++)                                                \
	config_expect((cases)[i].text, (cases)[i].path, (cases)[i].words)

static void what_is_no_value_is_refused(void)
{
	static const struct malformed cases[] = {
	    {"@", "", "empty"},
	    {" \n\t @", "", "empty"},
	    {"@NaN", "", "a value is wanted here, not 'N'"},
	    {"{\"tcp\": {\"mss\": @NaN}}", "tcp.mss", "not 'N'"},
	    {"{\"tcp\": {\"mss\": @Infinity}}", "tcp.mss", "not 'I'"},
	    {"{\"tcp\": {\"mss\": -@Infinity}}", "tcp.mss", "not 'I'"},
	    {"{\"tcp\": {\"sack\": @True}}", "tcp.sack", "not 'T'"},
	    {"{\"tcp\": {\"sack\": @tru}}", "tcp.sack", "not 't'"},
	    {"{\"tcp\": {\"sack\": true@ish}}", "tcp", "not 'i'"},
	    {"{\"tcp\": @}", "tcp", "not '}'"},
	    {"{\"tcp\": @", "tcp", "the end of the file"},
	    {"@'tcp'", "", "double quotes"},
	    {"[@'tcp']", "[0]", "double quotes"},
	};

	EXPECT_ALL(cases);
}

static void a_wrong_structure_is_refused(void)
{
	static const struct malformed cases[] = {
	    {"{\"a\": 1,\n@}", "", "remove the comma"},
	    {"[1,\n  @]", "[1]", "remove the comma"},
	    {"[1 @2]", "", "a comma or ']'"},
	    {"{\"a\": 1 @\"b\": 2}", "", "a comma or '}'"},
	    {"{\"a\" @1}", "", "a colon"},
	    {"{@a: 1}", "", "a key in double quotes"},
	    {"{@1: 1}", "", "a key in double quotes"},
	    {"{\"a\": [1, 2@}", "a", "a comma or ']'"},
	    {"[[[1]@", "[0]", "the end of the file"},
	    {"{@// comment\n}", "", "a key in double quotes"},
	    {"[@/* comment */ 1]", "[0]", "no comments"},
	    {"[@# comment\n 1]", "[0]", "no comments"},
	    {"{} @{}", "", "the document ended before '{'"},
	    {"{}\n@x", "", "remove what follows"},
	    {"{}@\x01", "", "octet 0x01"},
	    {"{@\xc2\xa0}", "", "octet 0xc2"},
	};

	EXPECT_ALL(cases);
}

static void a_malformed_number_is_refused(void)
{
	static const struct malformed cases[] = {
	    {"[@1e400]", "[0]", "too large"},
	    {"[@-1e400]", "[0]", "too large"},
	    {"[@1e-400]", "[0]", "too small"},
	    {"[@9007199254740992]", "[0]", "exactly"},
	    {"[@123456789012345678901234567890123456789012345678901234567890123456789]", "[0]", "characters"},
	    {"[@1.00000000000000000000000000000000000000000000000000000000000000000]", "[0]", "characters"},
	    {"[@01]", "[0]", "remove the zero"},
	    {"[-@01]", "[0]", "remove the zero"},
	    {"[@+1]", "[0]", "not '+'"},
	    {"[@.5]", "[0]", "not '.'"},
	    {"[1.@]", "[0]", "behind its point"},
	    {"[1.@e5]", "[0]", "behind its point"},
	    {"[1e@]", "[0]", "exponent"},
	    {"[1e+@]", "[0]", "exponent"},
	    {"[-@]", "[0]", "a digit here"},
	    {"[0@x10]", "", "not 'x'"},
	    {"[1@_000]", "", "not '_'"},
	};

	EXPECT_ALL(cases);
}

static void a_malformed_string_is_refused(void)
{
	static const struct malformed cases[] = {
	    {"[@\"abc", "[0]", "no end"},
	    {"[@\"abc\\\"", "[0]", "no end"},
	    {"[\"abc@\n\"]", "[0]", "the line ends"},
	    {"[\"a@\tb\"]", "[0]", "control character 0x09"},
	    {"[\"a@\x1f\"]", "[0]", "control character 0x1f"},
	    {"[\"@\\x41\"]", "[0]", "means nothing"},
	    {"[\"@\\'\"]", "[0]", "means nothing"},
	    {"[\"@\\u12\"]", "[0]", "four hexadecimal"},
	    {"[\"@\\u12g4\"]", "[0]", "four hexadecimal"},
	    {"[\"@\\u0000\"]", "[0]", "NUL"},
	    {"{\"@\\u0000\": 1}", "", "NUL"},
	    {"[\"@\\ud800\"]", "[0]", "half of a surrogate"},
	    {"[\"@\\ud800x\"]", "[0]", "half of a surrogate"},
	    {"[\"@\\ud800\\n\"]", "[0]", "half of a surrogate"},
	    {"[\"@\\udc00\"]", "[0]", "half of a surrogate"},
	    {"[\"@\\udc00\\ud800\"]", "[0]", "half of a surrogate"},
	    {"[\"@\\ud800\\ud800\"]", "[0]", "half of a surrogate"},
	    {"{\"@\\udfff\": 1}", "", "half of a surrogate"},
	};

	EXPECT_ALL(cases);
}

static void octets_that_are_not_utf8_are_refused(void)
{
	static const struct malformed cases[] = {
	    {"[\"@\x80\"]", "[0]", "octet 0x80 is not UTF-8"},	       /* continues nothing */
	    {"[\"@\xc3\"]", "[0]", "octet 0xc3 is not UTF-8"},	       /* nothing continues it */
	    {"[\"@\xc0\xaf\"]", "[0]", "octet 0xc0 is not UTF-8"},     /* overlong '/' */
	    {"[\"@\xc1\xbf\"]", "[0]", "octet 0xc1 is not UTF-8"},     /* overlong */
	    {"[\"@\xe0\x9f\xbf\"]", "[0]", "octet 0xe0 is not UTF-8"}, /* overlong */
	    {"[\"@\xf0\x8f\xbf\xbf\"]", "[0]", "octet 0xf0 is not"},   /* overlong */
	    {"[\"@\xed\xa0\x80\"]", "[0]", "octet 0xed is not UTF-8"}, /* U+D800 */
	    {"[\"@\xf4\x90\x80\x80\"]", "[0]", "octet 0xf4 is not"},   /* U+110000 */
	    {"[\"@\xf5\x80\x80\x80\"]", "[0]", "octet 0xf5 is not"},   /* never */
	    {"[\"@\xff\"]", "[0]", "octet 0xff is not UTF-8"},	       /* never */
	    {"[\"@\xe2\x82\"]", "[0]", "octet 0xe2 is not UTF-8"},     /* cut */
	    {"[\"@\xf0\x9f\x92\"]", "[0]", "octet 0xf0 is not UTF-8"}, /* cut */
	    {"[\"@\xe4", "[0]", "octet 0xe4 is not UTF-8"},	       /* cut by the end */
	    {"{\"caf@\xe9\": 1}", "", "octet 0xe9 is not UTF-8"},      /* Latin-1, in a key */
	};

	EXPECT_ALL(cases);
}

static void other_encodings_are_named(void)
{
	static const char utf16[] = "\xff\xfe{\0}\0";
	static const char swapped[] = "\xfe\xff\0{\0}";

	config_expect("@\xef\xbb\xbf{}", "", "byte order mark");
	config_expect_at(utf16, sizeof(utf16) - 1, 0, "", "UTF-16");
	config_expect_at(swapped, sizeof(swapped) - 1, 0, "", "UTF-16");
}

static void raw_nul_is_refused(void)
{
	static const char in_string[] = "[\"a\0b\"]";
	static const char in_key[] = "{\"a\0b\": 1}";
	static const char behind[] = "{}\0";
	static const char escaped[] = "[\"a\\\0b\"]";

	config_expect_at(in_string, sizeof(in_string) - 1, 3, "[0]", "NUL");
	config_expect_at(in_key, sizeof(in_key) - 1, 3, "", "NUL");
	config_expect_at("\0", 1, 0, "", "a value is wanted here, not octet 0x00");
	config_expect_at(escaped, sizeof(escaped) - 1, 3, "[0]", "means nothing");
	config_expect_at(behind, sizeof(behind) - 1, 2, "", "octet 0x00");
}

static void doubled_keys_are_refused_however_they_are_written(void)
{
	config_expect("{\"log\": {},\n @\"log\": {}}", "log", "already given at 1:2");
	config_expect("{\"log\": {},\n @\"l\\u006fg\": {}}", "log", "already given at 1:2");
	config_expect("{\"tcp\": {\"mss\": 1400, \"sack\": true, @\"mss\": 1400}}", "tcp.mss", "already given at 1:10");
	config_expect("[{\"\": 1, @\"\": 1}]", "[0][\"\"]", "already given");
	config_expect("{\"a\": 1, \"a\": 1, @\"a\": 1}", "a", "already given at 1:2");
}

static void nesting_has_a_bound(void)
{
	char text[2 * 33 + 1];

	memset(text, '[', 33);
	memset(text + 33, ']', 33);
	config_expect_at(text, 66, 32,
			 "[0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0]"
			 "[0][0][0][0][0][0]",
			 "more than 32");
	/* One less passes the scanner, and falls to the schema. */
	config_expect_at(text + 1, 64, 0, "", "is a list; write an object");
}

static void a_hundred_thousand_levels_do_no_harm(void)
{
	size_t size = 100000;
	char *text = malloc(size);
	struct config_error error;
	struct gateway gateway;

	memset(text, '[', size);
	CU_ASSERT_FALSE(gateway_parse("test", text, size, 0, &gateway, &error));
	CU_ASSERT_EQUAL(error.faults[0].column, 33);
	for (size_t i = 0; i + 5 <= size; i += 5)
		memcpy(text + i, "{\"a\":", 5);
	CU_ASSERT_FALSE(gateway_parse("test", text, size, 0, &gateway, &error));
	CU_ASSERT_EQUAL(error.faults[0].column, 5 * 32 + 1);
	free(text);
}

static void columns_count_characters(void)
{
	struct config_error error;
	struct gateway gateway;
	static const char text[] = "{\n\t\"\xc3\xa9\xe2\x82\xac\xf0\x9f\x92\xa1\": x}";

	CU_ASSERT_FALSE(gateway_parse("test", text, sizeof(text) - 1, 0, &gateway, &error));
	CU_ASSERT_EQUAL(error.faults[0].line, 2);
	CU_ASSERT_EQUAL(error.faults[0].column, 9);
	CU_ASSERT_STRING_EQUAL(error.faults[0].path, "[\"?????????\"]");
}

int main(void)
{
	return TESTS_RUN("malformed JSON", TEST(what_is_no_value_is_refused), TEST(a_wrong_structure_is_refused),
			 TEST(a_malformed_number_is_refused), TEST(a_malformed_string_is_refused),
			 TEST(octets_that_are_not_utf8_are_refused), TEST(other_encodings_are_named),
			 TEST(raw_nul_is_refused), TEST(doubled_keys_are_refused_however_they_are_written),
			 TEST(nesting_has_a_bound), TEST(a_hundred_thousand_levels_do_no_harm),
			 TEST(columns_count_characters));
}
