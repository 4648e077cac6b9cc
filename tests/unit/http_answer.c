/* SPDX-License-Identifier: BSD-3-Clause */
/* The gateway's own answers: whole, with what each status must have, and in bounds. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <http_answer.h>

#include "support.h"

static struct http_answers answers;

/* The answer with a NUL; fatal if there is none. */
static const char *answer(enum reason reason)
{
	static char text[HTTP_ANSWER_MAX + 1];
	size_t length = http_answer_write(&answers, reason, text, HTTP_ANSWER_MAX);

	CU_ASSERT_TRUE_FATAL(length > 0);
	text[length] = '\0';
	CU_ASSERT_EQUAL(strlen(text), length);
	return text;
}

static void a_tunnel_is_opened_by_the_words_of_old(void)
{
	CU_ASSERT_TRUE_FATAL(http_answers_build(&answers, "sluice"));
	CU_ASSERT_STRING_EQUAL(answer(REASON_ALLOWED), "HTTP/1.1 200 Connection established\r\n"
						       "Proxy-Status: \"sluice\"; details=\"allowed\"\r\n\r\n");
}

static void a_refusal_is_whole(void)
{
	CU_ASSERT_TRUE_FATAL(http_answers_build(&answers, "sluice"));
	CU_ASSERT_STRING_EQUAL(answer(REASON_DNS_TIMEOUT),
			       "HTTP/1.1 504 Gateway Timeout\r\n"
			       "Proxy-Status: \"sluice\"; error=dns_timeout; details=\"dns-timeout\"\r\n"
			       "Content-Type: text/plain; charset=utf-8\r\n"
			       "Content-Length: 69\r\n"
			       "Connection: close\r\n"
			       "Proxy-Connection: close\r\n"
			       "\r\n"
			       "504 Gateway Timeout\nNo DNS server answered in time; try again later.\n");
}

static void every_reason_with_a_status_has_an_answer_and_no_other(void)
{
	char buffer[HTTP_ANSWER_MAX];

	CU_ASSERT_TRUE_FATAL(http_answers_build(&answers, "sluice"));
	for (enum reason reason = 0; reason < REASONS; reason++) {
		bool has_answer = reason_status(reason) != 0 || reason == REASON_ALLOWED;

		CU_ASSERT_EQUAL(http_answer_write(&answers, reason, buffer, sizeof(buffer)) > 0, has_answer);
	}
}

/* Lines end in CR LF, the length is that of the body, and what the reason is stands in Proxy-Status. */
static void every_refusal_is_well_formed(void)
{
	CU_ASSERT_TRUE_FATAL(http_answers_build(&answers, "sluice"));
	for (enum reason reason = 0; reason < REASONS; reason++) {
		const char *text, *body, *length;
		char expected[200];

		if (reason_status(reason) == 0)
			continue;
		text = answer(reason);
		body = strstr(text, "\r\n\r\n");
		length = strstr(text, "\r\nContent-Length: ");
		CU_ASSERT_PTR_NOT_NULL_FATAL(body);
		CU_ASSERT_TRUE_FATAL(length != NULL && length < body);
		CU_ASSERT_EQUAL(strtoul(length + 18, NULL, 10), strlen(body + 4));
		snprintf(expected, sizeof(expected), "HTTP/1.1 %u %s\r\n", reason_status(reason),
			 reason_phrase(reason_status(reason)));
		CU_ASSERT_EQUAL(strncmp(text, expected, strlen(expected)), 0);
		snprintf(expected, sizeof(expected), "\r\nProxy-Status: \"sluice\"; error=%s; details=\"%s\"\r\n",
			 reason_proxy_error(reason), reason_name(reason));
		CU_ASSERT_PTR_NOT_NULL(strstr(text, expected));
		CU_ASSERT_PTR_NOT_NULL(strstr(text, "\r\nConnection: close\r\nProxy-Connection: close\r\n"));
		CU_ASSERT_PTR_NOT_NULL(strstr(body, reason_meaning(reason)));
		for (const char *at = text; at < body; at++)
			CU_ASSERT_TRUE(*at == '\r' ? at[1] == '\n' : *at >= ' ' || at[-1] == '\r');
	}
}

static void a_405_says_what_is_allowed_and_a_407_what_is_asked_for(void)
{
	CU_ASSERT_TRUE_FATAL(http_answers_build(&answers, "the gateway"));
	CU_ASSERT_PTR_NOT_NULL(strstr(answer(REASON_REQUEST_METHOD), "\r\nAllow: CONNECT\r\n"));
	CU_ASSERT_PTR_NOT_NULL(strstr(answer(REASON_CREDENTIALS_MISSING),
				      "\r\nProxy-Authenticate: Basic realm=\"the gateway\", charset=\"UTF-8\"\r\n"));
	CU_ASSERT_PTR_NOT_NULL(strstr(answer(REASON_CREDENTIALS_WRONG), "\r\nProxy-Authenticate: Basic realm="));
	CU_ASSERT_PTR_NULL(strstr(answer(REASON_REQUEST_LINE), "Proxy-Authenticate"));
	CU_ASSERT_PTR_NULL(strstr(answer(REASON_REQUEST_LINE), "Allow"));
}

static void a_buffer_that_is_too_small_stays_as_it_is(void)
{
	size_t length;
	char buffer[HTTP_ANSWER_MAX];

	CU_ASSERT_TRUE_FATAL(http_answers_build(&answers, "sluice"));
	length = http_answer_write(&answers, REASON_OVERLOAD, buffer, sizeof(buffer));
	memset(buffer, 0x5a, sizeof(buffer));
	for (size_t size = 0; size < length; size++)
		CU_ASSERT_EQUAL(http_answer_write(&answers, REASON_OVERLOAD, buffer, size), 0);
	for (size_t i = 0; i < sizeof(buffer); i++)
		CU_ASSERT_EQUAL(buffer[i], 0x5a);
	CU_ASSERT_EQUAL(http_answer_write(&answers, REASON_OVERLOAD, buffer, length), length);
	CU_ASSERT_EQUAL(buffer[length], 0x5a);
}

static void an_identity_that_would_break_a_header_is_refused(void)
{
	char longest[HTTP_ANSWER_IDENTITY_MAX + 2];

	CU_ASSERT_FALSE(http_answers_build(&answers, ""));
	CU_ASSERT_FALSE(http_answers_build(&answers, "a\"b"));
	CU_ASSERT_FALSE(http_answers_build(&answers, "a\\b"));
	CU_ASSERT_FALSE(http_answers_build(&answers, "a\r\nb"));
	CU_ASSERT_FALSE(http_answers_build(&answers, "a\x7f"));
	CU_ASSERT_FALSE(http_answers_build(&answers, "\xc3\xbc"));
	memset(longest, 'a', sizeof(longest));
	longest[HTTP_ANSWER_IDENTITY_MAX + 1] = '\0';
	CU_ASSERT_FALSE(http_answers_build(&answers, longest));
	longest[HTTP_ANSWER_IDENTITY_MAX] = '\0';
	CU_ASSERT_TRUE(http_answers_build(&answers, longest));
}

int main(void)
{
	return TESTS_RUN(
	    "HTTP answers", TEST(a_tunnel_is_opened_by_the_words_of_old), TEST(a_refusal_is_whole),
	    TEST(every_reason_with_a_status_has_an_answer_and_no_other), TEST(every_refusal_is_well_formed),
	    TEST(a_405_says_what_is_allowed_and_a_407_what_is_asked_for),
	    TEST(a_buffer_that_is_too_small_stays_as_it_is), TEST(an_identity_that_would_break_a_header_is_refused));
}
