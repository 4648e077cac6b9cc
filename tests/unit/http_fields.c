/* SPDX-License-Identifier: BSD-3-Clause */
/* Lines of a head are told one by one, with what is kept of them and where they stand. */
#include <stdio.h>
#include <string.h>

#include <http_fields.h>

#include "support.h"

static const char head[] = "GET / HTTP/1.1\r\n"
			   "Host: \t a.test \t\r\n"
			   "X:\t y  z \r\n"
			   "VIA: a, b\r\n"
			   "Empty:\r\n"
			   "Proxy-Authorization: Basic YTpi\r\n"
			   "\r\n"
			   "more";

/* Expects the next line to begin at the first place of `line` in the head, and to be `value` without blanks. */
static void expect(struct http_fields *fields, enum http_field field, const char *line, const char *value)
{
	size_t start = (size_t)(strstr(head, line) - head), used;

	CU_ASSERT_EQUAL(fields->offset, start);
	CU_ASSERT_EQUAL(http_fields_read(fields, (const uint8_t *)head + start, strlen(head) - start, &used),
			HTTP_LINE_FIELD);
	CU_ASSERT_EQUAL(used, strlen(line));
	CU_ASSERT_EQUAL(fields->field, field);
	CU_ASSERT_EQUAL(fields->line.offset, start);
	CU_ASSERT_EQUAL(fields->line.length, strlen(line));
	CU_ASSERT_EQUAL_FATAL(fields->value.length, strlen(value));
	CU_ASSERT_EQUAL(memcmp(head + fields->value.offset, value, strlen(value)), 0);
}

static void each_line_is_told_in_its_turn(void)
{
	const uint8_t *octets = (const uint8_t *)head;
	size_t end = (size_t)(strstr(head, "more") - head), used;
	struct http_fields fields;

	http_fields_begin(&fields);
	CU_ASSERT_EQUAL(http_fields_read(&fields, octets, strlen(head), &used), HTTP_LINE_START);
	CU_ASSERT_STRING_EQUAL(fields.text, "GET / HTTP/1.1");
	CU_ASSERT_EQUAL(used, 16);
	expect(&fields, HTTP_FIELD_HOST, "Host: \t a.test \t\r\n", "a.test");
	CU_ASSERT_STRING_EQUAL(fields.text, "a.test");
	expect(&fields, HTTP_FIELD_OTHER, "X:\t y  z \r\n", "y  z");
	CU_ASSERT_STRING_EQUAL(fields.text, "");
	expect(&fields, HTTP_FIELD_VIA, "VIA: a, b\r\n", "a, b");
	CU_ASSERT_STRING_EQUAL(fields.text, "a, b");
	expect(&fields, HTTP_FIELD_OTHER, "Empty:\r\n", "");
	expect(&fields, HTTP_FIELD_PROXY_AUTHORIZATION, "Proxy-Authorization: Basic YTpi\r\n", "Basic YTpi");
	CU_ASSERT_STRING_EQUAL(fields.text, "");
	CU_ASSERT_EQUAL(http_fields_read(&fields, octets + end - 2, 6, &used), HTTP_LINE_END);
	CU_ASSERT_EQUAL(used, 2);
	CU_ASSERT_EQUAL(fields.offset, end);
}

static void nothing_is_read_behind_the_end(void)
{
	struct http_fields fields;
	size_t used;

	http_fields_begin_trailers(&fields);
	CU_ASSERT_EQUAL(http_fields_read(&fields, (const uint8_t *)"\r\nX: y\r\n", 8, &used), HTTP_LINE_END);
	CU_ASSERT_EQUAL(used, 2);
	CU_ASSERT_EQUAL(http_fields_read(&fields, (const uint8_t *)"X: y\r\n", 6, &used), HTTP_LINE_END);
	CU_ASSERT_EQUAL(used, 0);
	CU_ASSERT_EQUAL(fields.offset, 2);
}

static void nothing_is_read_behind_a_fault(void)
{
	struct http_fields fields;
	size_t used;

	http_fields_begin_trailers(&fields);
	CU_ASSERT_EQUAL(http_fields_read(&fields, (const uint8_t *)"X: y\nZ: y\r\n", 11, &used), HTTP_LINE_MALFORMED);
	CU_ASSERT_EQUAL(used, 5);
	CU_ASSERT_EQUAL(http_fields_read(&fields, (const uint8_t *)"Z: y\r\n", 6, &used), HTTP_LINE_MALFORMED);
	CU_ASSERT_EQUAL(used, 0);
}

/* A line that was cut says nothing of the next one. */
static void what_finds_no_room_is_cut_and_told(void)
{
	uint8_t line[6 + HTTP_TEXT_MAX + 3] = "Host: ";
	struct http_fields fields;
	size_t used;

	for (size_t length = HTTP_TEXT_MAX; length <= HTTP_TEXT_MAX + 1; length++) {
		memset(line + 6, 'a', length);
		memcpy(line + 6 + length, "\r\n", 2);
		http_fields_begin_trailers(&fields);
		CU_ASSERT_EQUAL(http_fields_read(&fields, line, 6 + length + 2, &used), HTTP_LINE_FIELD);
		CU_ASSERT_EQUAL(fields.cut, length > HTTP_TEXT_MAX);
		CU_ASSERT_EQUAL(fields.length, HTTP_TEXT_MAX);
		CU_ASSERT_EQUAL(strlen(fields.text), HTTP_TEXT_MAX);
		CU_ASSERT_EQUAL(fields.value.length, length);
		CU_ASSERT_EQUAL(http_fields_read(&fields, (const uint8_t *)"Host: b\r\n", 9, &used), HTTP_LINE_FIELD);
		CU_ASSERT_FALSE(fields.cut);
		CU_ASSERT_STRING_EQUAL(fields.text, "b");
	}
}

/* Names as long as what is kept of one, and longer, that begin like a known one. */
static void a_long_name_is_no_known_one(void)
{
	char line[100];

	for (int more = 1; more < 60; more++) {
		int length = snprintf(line, sizeof(line), "Proxy-Authorization%.*s: x\r\n", more,
				      "nnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnn");
		struct http_fields fields;
		size_t used;

		http_fields_begin_trailers(&fields);
		CU_ASSERT_EQUAL(http_fields_read(&fields, (const uint8_t *)line, (size_t)length, &used),
				HTTP_LINE_FIELD);
		CU_ASSERT_EQUAL(fields.field, HTTP_FIELD_OTHER);
	}
}

int main(void)
{
	return TESTS_RUN("HTTP fields", TEST(each_line_is_told_in_its_turn), TEST(nothing_is_read_behind_the_end),
			 TEST(nothing_is_read_behind_a_fault), TEST(what_finds_no_room_is_cut_and_told),
			 TEST(a_long_name_is_no_known_one));
}
