/* SPDX-License-Identifier: BSD-3-Clause */
/* Lines of JSON: well formed, escaped, and never longer than the buffer. */
#include <string.h>

#include "json_line.h"
#include "support.h"

static const char whole[] = "{\"a\":1,\"b\":{\"c\":true,\"d\":[\"x\",2]},\"e\":{},\"f\":\"y\"}\n";

static size_t write_whole(char *text, size_t size)
{
	struct json_line line;

	json_line_begin(&line, text, size);
	json_line_number(&line, "a", 1);
	json_line_open(&line, "b", '{');
	json_line_boolean(&line, "c", true);
	json_line_open(&line, "d", '[');
	json_line_string(&line, NULL, "x");
	json_line_number(&line, NULL, 2);
	json_line_close(&line, ']');
	json_line_close(&line, '}');
	json_line_open(&line, "e", '{');
	json_line_close(&line, '}');
	json_line_string(&line, "f", "y");
	return json_line_end(&line);
}

static void members_are_separated_and_nested(void)
{
	char text[200];
	size_t length = write_whole(text, sizeof(text));

	CU_ASSERT_EQUAL_FATAL(length, strlen(whole));
	CU_ASSERT_EQUAL(memcmp(text, whole, length), 0);
}

static void a_line_that_does_not_fit_is_told_and_stays_in_bounds(void)
{
	char text[200];

	for (size_t size = 0; size < strlen(whole); size++) {
		memset(text, 0x5a, sizeof(text));
		CU_ASSERT_EQUAL(write_whole(text, size), 0);
		for (size_t i = size; i < sizeof(text); i++)
			CU_ASSERT_EQUAL(text[i], 0x5a);
	}
	CU_ASSERT_EQUAL(write_whole(text, strlen(whole)), strlen(whole));
}

static void what_json_reserves_is_escaped(void)
{
	static const char expected[] = "{\"s\":\"a\\\"b\\\\c\\u000a\\u0001\xc3\xbc\"}\n";
	struct json_line line;
	char text[100];
	size_t length;

	json_line_begin(&line, text, sizeof(text));
	json_line_string(&line, "s", "a\"b\\c\n\x01\xc3\xbc");
	length = json_line_end(&line);
	CU_ASSERT_EQUAL_FATAL(length, strlen(expected));
	CU_ASSERT_EQUAL(memcmp(text, expected, length), 0);
}

static void the_largest_number_is_whole(void)
{
	struct json_line line;
	char text[100] = "";

	json_line_begin(&line, text, sizeof(text));
	json_line_number(&line, "n", UINT64_MAX);
	text[json_line_end(&line)] = '\0';
	CU_ASSERT_STRING_EQUAL(text, "{\"n\":18446744073709551615}\n");
}

int main(void)
{
	return TESTS_RUN("json line", TEST(members_are_separated_and_nested),
			 TEST(a_line_that_does_not_fit_is_told_and_stays_in_bounds),
			 TEST(what_json_reserves_is_escaped), TEST(the_largest_number_is_whole));
}
