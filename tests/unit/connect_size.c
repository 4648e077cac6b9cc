/* SPDX-License-Identifier: BSD-3-Clause */
/* A head has at most 16384 octets, whatever they are spent on. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "connect_support.h"
#include "support.h"

#define LARGE 70000

static const char beginning[] = "CONNECT a.test:443 HTTP/1.1\r\nHost: a.test\r\n";

/* The beginning, `unit` again and again, and, so that it is `length` octets, a field and the end. */
static char *head_of(size_t length, const char *unit)
{
	char *head = malloc(length + 1);
	size_t used = strlen(beginning);

	CU_ASSERT_PTR_NOT_NULL_FATAL(head);
	memcpy(head, beginning, used + 1);
	while (length - used >= strlen(unit) + 6) {
		memcpy(head + used, unit, strlen(unit));
		used += strlen(unit);
	}
	memcpy(head + used, "X:", 2);
	memset(head + used + 2, 'y', length - used - 6);
	memcpy(head + length - 4, "\r\n\r\n", 5);
	return head;
}

static void expect(size_t length, const char *unit, enum connect_result result, enum reason reason)
{
	char *head = head_of(length, unit);
	struct connect_request request;

	connect_read_all(head, length, NULL, &request);
	CU_ASSERT_EQUAL(request.result, result);
	CU_ASSERT_EQUAL(request.reason, reason);
	CU_ASSERT_EQUAL(request.length, result == CONNECT_COMPLETE ? length : 0);
	free(head);
}

static void the_limit_is_16384_octets(void)
{
	static const char *const units[] = {"a:\r\n", "Long-name: long value\r\n"};

	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
		expect(HTTP_HEAD_MAX - 1, units[i], CONNECT_COMPLETE, REASON_ALLOWED);
		expect(HTTP_HEAD_MAX, units[i], CONNECT_COMPLETE, REASON_ALLOWED);
		expect(HTTP_HEAD_MAX + 1, units[i], CONNECT_REFUSED, REASON_REQUEST_TOO_LARGE);
		expect(HTTP_HEAD_MAX + 2, units[i], CONNECT_REFUSED, REASON_REQUEST_TOO_LARGE);
	}
	CU_ASSERT_EQUAL(reason_status(REASON_REQUEST_TOO_LARGE), 431);
}

static void ten_thousand_fields_are_refused(void)
{
	expect(50000, "a:b\r\n", CONNECT_REFUSED, REASON_REQUEST_TOO_LARGE);
}

static void octets_behind_the_head_do_not_count(void)
{
	struct connect_request request;
	char *head = head_of(HTTP_HEAD_MAX, "a:\r\n");
	char *stream = calloc(1, LARGE);

	CU_ASSERT_PTR_NOT_NULL_FATAL(stream);
	memcpy(stream, head, HTTP_HEAD_MAX);
	connect_read_all(stream, LARGE, NULL, &request);
	CU_ASSERT_EQUAL(request.result, CONNECT_COMPLETE);
	CU_ASSERT_EQUAL(request.length, HTTP_HEAD_MAX);
	free(stream);
	free(head);
}

/* `text`, then `fill` up to a length far beyond the limit. */
static void expect_filled(const char *text, char fill, enum reason reason)
{
	char *stream = malloc(LARGE);
	struct connect_request request;

	CU_ASSERT_PTR_NOT_NULL_FATAL(stream);
	memset(stream, fill, LARGE);
	memcpy(stream, text, strlen(text));
	connect_read_all(stream, LARGE, NULL, &request);
	CU_ASSERT_EQUAL(request.result, CONNECT_REFUSED);
	CU_ASSERT_EQUAL(request.reason, reason);
	free(stream);
}

static void lines_without_an_end_are_refused(void)
{
	expect_filled("", 'A', REASON_REQUEST_TOO_LARGE);
	expect_filled("CONNECT ", 'a', REASON_REQUEST_TOO_LARGE);
	expect_filled("CONNECT a.test:443 HTTP/1.0\r\n", 'a', REASON_REQUEST_TOO_LARGE);
	expect_filled("CONNECT a.test:443 HTTP/1.0\r\nX:", ' ', REASON_REQUEST_TOO_LARGE);
	expect_filled("CONNECT a.test:443 HTTP/1.0\r\nX: ", '\xff', REASON_REQUEST_TOO_LARGE);
	expect_filled("CONNECT a.test:443 HTTP/1.0\r\nHost: ", 'a', REASON_REQUEST_TOO_LARGE);
}

/* A line of more octets than are kept of it. */
static void long_request_lines_are_refused_for_what_they_are(void)
{
	char line[2000], filler[1001];
	const char *lines = line;

	memset(filler, 'a', 1000);
	filler[1000] = '\0';
	snprintf(line, sizeof(line), "CONNECT %s:443 HTTP/1.1\r\n", filler);
	connect_refused(REASON_REQUEST_TARGET, &lines, 1);
	snprintf(line, sizeof(line), "GET http://a.test/%s HTTP/1.1\r\n", filler);
	connect_refused(REASON_REQUEST_METHOD, &lines, 1);
	snprintf(line, sizeof(line), "%s a.test:443 HTTP/1.1\r\n", filler);
	connect_refused(REASON_REQUEST_LINE, &lines, 1);
	snprintf(line, sizeof(line), "G(T http://a.test/%s HTTP/1.1\r\n", filler);
	connect_refused(REASON_REQUEST_LINE, &lines, 1);
	snprintf(line, sizeof(line), "CONNECT a.test:443 HTTP/1.1\r\nHost: a.test%s\r\n", filler);
	connect_refused(REASON_REQUEST_HOST, &lines, 1);
	snprintf(line, sizeof(line), "CONNECT a.test:443 HTTP/1.1\r\nHost: a.test\r\nContent-Length: 0%s\r\n", filler);
	connect_refused(REASON_REQUEST_BODY, &lines, 1);
}

int main(void)
{
	return TESTS_RUN("CONNECT size", TEST(the_limit_is_16384_octets), TEST(ten_thousand_fields_are_refused),
			 TEST(octets_behind_the_head_do_not_count), TEST(lines_without_an_end_are_refused),
			 TEST(long_request_lines_are_refused_for_what_they_are));
}
