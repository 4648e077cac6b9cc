/* SPDX-License-Identifier: BSD-3-Clause */
/* Lines of JSON: well formed, escaped, and never longer than the buffer. */
#include <stdio.h>
#include <string.h>

#include <config/json_line.h>

#include "support.h"

static const char whole[] = "{\"a\":1,\"b\":{\"c\":true,\"d\":[\"x\",2]},\"e\":{},\"f\":\"y\",\"g\":null}\n";

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
	json_line_null(&line, "g");
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

/* Turns a line {"s":"..."} back into octets, by the rule that the header gives. Returns how many, or -1. */
static int read_octets(const char *text, size_t length, uint8_t *octets)
{
	const char *end = text + length - 3;
	int count = 0;

	if (length < 9 || memcmp(text, "{\"s\":\"", 6) != 0 || memcmp(end, "\"}\n", 3) != 0)
		return -1;
	for (text += 6; text < end; count++) {
		unsigned number;

		if (*text < 0x20 || *text == 0x7f || *text == '"')
			return -1;
		if (*text != '\\') {
			octets[count] = (uint8_t)*text++;
		} else if (text[1] != 'u') {
			octets[count] = (uint8_t)text[1];
			text += 2;
		} else {
			if (sscanf(text + 2, "%4x", &number) != 1 || number > 0xff)
				return -1;
			octets[count] = (uint8_t)number;
			text += 6;
		}
	}
	return count;
}

static void any_octet_can_be_turned_back(void)
{
	struct json_line line;
	uint8_t octets[10];
	char text[100];

	for (unsigned first = 0; first < 256; first++) {
		for (unsigned second = 0; second < 256; second++) {
			char given[2] = {(char)first, (char)second};
			size_t length;

			json_line_begin(&line, text, sizeof(text));
			json_line_octets(&line, "s", given, 2, false);
			length = json_line_end(&line);
			CU_ASSERT_EQUAL_FATAL(read_octets(text, length, octets), 2);
			CU_ASSERT_EQUAL_FATAL(memcmp(octets, given, 2), 0);
		}
	}
}

static void what_was_cut_ends_in_a_character_that_no_octet_gives(void)
{
	struct json_line line;
	char text[100] = "";

	json_line_begin(&line, text, sizeof(text));
	json_line_octets(&line, "s", "a\xff\x7f\"", 4, true);
	json_line_octets(&line, "t", "", 0, true);
	text[json_line_end(&line)] = '\0';
	CU_ASSERT_STRING_EQUAL(text, "{\"s\":\"a\\u00ff\\u007f\\\"\\u2026\",\"t\":\"\\u2026\"}\n");
}

static void thousandths_have_three_decimals(void)
{
	struct json_line line;
	char text[100] = "";

	json_line_begin(&line, text, sizeof(text));
	json_line_thousandths(&line, "a", 0);
	json_line_thousandths(&line, "b", 12034);
	json_line_thousandths(&line, "c", UINT64_MAX);
	text[json_line_end(&line)] = '\0';
	CU_ASSERT_STRING_EQUAL(text, "{\"a\":0.000,\"b\":12.034,\"c\":18446744073709551.615}\n");
}

int main(void)
{
	return TESTS_RUN("json line", TEST(members_are_separated_and_nested),
			 TEST(a_line_that_does_not_fit_is_told_and_stays_in_bounds),
			 TEST(what_json_reserves_is_escaped), TEST(the_largest_number_is_whole),
			 TEST(any_octet_can_be_turned_back), TEST(what_was_cut_ends_in_a_character_that_no_octet_gives),
			 TEST(thousandths_have_three_decimals));
}
