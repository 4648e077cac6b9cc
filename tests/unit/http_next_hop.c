/* SPDX-License-Identifier: BSD-3-Clause */
/* The next proxy's answer: 2xx opens the tunnel, 1xx is not the answer yet, and what is malformed goes nowhere. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <next_hop_answer.h>

#include "connect_support.h"
#include "support.h"

static void read_answer(void *reader, const uint8_t *octets, size_t length)
{
	next_hop_answer_read(reader, octets, length);
}

static void read_all(const char *stream, size_t length, struct next_hop_answer *answer)
{
	size_t step = length > 2000 ? length / 100 : 1;
	struct next_hop_answer cut;

	next_hop_answer_begin(answer);
	connect_cut(stream, length, length, length, read_answer, answer);
	for (size_t first = 1; first <= length; first += step) {
		next_hop_answer_begin(&cut);
		connect_cut(stream, length, first, first == length ? 1 : length, read_answer, &cut);
		CU_ASSERT_EQUAL_FATAL(cut.result, answer->result);
		CU_ASSERT_EQUAL_FATAL(cut.reason, answer->reason);
		CU_ASSERT_TRUE_FATAL(cut.start == answer->start && cut.end == answer->end);
	}
	next_hop_answer_begin(&cut);
	connect_cut(stream, length, 1, 1, read_answer, &cut);
	CU_ASSERT_EQUAL_FATAL(cut.result, answer->result);
	next_hop_answer_read(&cut, (const uint8_t *)"HTTP/1.1 500 No\r\n\r\n", 19);
	CU_ASSERT_TRUE_FATAL(answer->result == NEXT_HOP_MORE || cut.status == answer->status);
}

/* `interim` and `head` together, and octets of the tunnel behind them. */
static void tunnel(const char *interim, const char *head, unsigned status)
{
	struct next_hop_answer answer;
	char stream[1000];
	int length = snprintf(stream, sizeof(stream), "%s%s\x16\x03\x03HTTP/1.1 400 No\r\n\r\n", interim, head);

	read_all(stream, (size_t)length, &answer);
	CU_ASSERT_EQUAL(answer.result, NEXT_HOP_TUNNEL);
	CU_ASSERT_EQUAL(answer.status, status);
	CU_ASSERT_EQUAL(answer.start, strlen(interim));
	CU_ASSERT_EQUAL(answer.end, strlen(interim) + strlen(head));
}

static void refused(enum reason reason, const char *stream)
{
	struct next_hop_answer answer;

	read_all(stream, strlen(stream), &answer);
	if (answer.result != NEXT_HOP_REFUSED)
		fprintf(stderr, "not refused:\n%s\n", stream);
	CU_ASSERT_EQUAL(answer.result, NEXT_HOP_REFUSED);
	CU_ASSERT_EQUAL(answer.reason, reason);
}

static void any_2xx_opens_the_tunnel(void)
{
	tunnel("", "HTTP/1.1 200 Connection established\r\n\r\n", 200);
	tunnel("", "HTTP/1.0 200 Connection established\r\nVia: 1.1 squid\r\nX-Cache: MISS\r\n\r\n", 200);
	tunnel("", "HTTP/1.1 200\r\n\r\n", 200);
	tunnel("", "HTTP/1.1 200 \r\n\r\n", 200);
	tunnel("", "HTTP/1.1 204 \xc3\xbc\tb\r\n\r\n", 204);
	tunnel("", "HTTP/1.1 299 X\r\n\r\n", 299);
}

/* RFC 9110 section 9.3.6: what it says of a body is to be ignored. */
static void a_2xx_has_no_body_whatever_it_says(void)
{
	tunnel("", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n", 200);
	tunnel("", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", 200);
	tunnel("", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: x\r\n\r\n", 200);
}

static void interim_answers_are_passed_over(void)
{
	tunnel("HTTP/1.1 100 Continue\r\n\r\n", "HTTP/1.1 200 OK\r\n\r\n", 200);
	tunnel("HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 102 \r\n\r\n", "HTTP/1.1 200 OK\r\n\r\n", 200);
	refused(REASON_NEXT_HOP_MALFORMED, "HTTP/1.1 100 Continue\r\nContent-Length: 5\r\n\r\n");
	refused(REASON_NEXT_HOP_MALFORMED, "HTTP/1.1 100 Continue\r\nTransfer-Encoding: chunked\r\n\r\n");
	refused(REASON_NEXT_HOP_MALFORMED, "HTTP/1.1 100 Continue\r\n\r\n\x16");
}

static void another_protocol_is_refused(void)
{
	refused(REASON_NEXT_HOP_MALFORMED, "HTTP/1.1 101 Switching Protocols\r\nUpgrade: h2c\r\n\r\n");
	refused(REASON_NEXT_HOP_MALFORMED, "HTTP/2.0 200 OK\r\n\r\n");
	refused(REASON_NEXT_HOP_MALFORMED, "HTTP/1.2 200 OK\r\n\r\n");
	refused(REASON_NEXT_HOP_MALFORMED, "ICY 200 OK\r\n\r\n");
	refused(REASON_NEXT_HOP_MALFORMED, "\x15\x03\x03");
}

static void what_is_no_status_line_is_refused(void)
{
	refused(REASON_NEXT_HOP_MALFORMED, "\r\nHTTP/1.1 200 OK\r\n\r\n");
	refused(REASON_NEXT_HOP_MALFORMED, " HTTP/1.1 200 OK\r\n\r\n");
	refused(REASON_NEXT_HOP_MALFORMED, "http/1.1 200 OK\r\n\r\n");
	refused(REASON_NEXT_HOP_MALFORMED, "HTTP/1.1\r\n\r\n");
	refused(REASON_NEXT_HOP_MALFORMED, "HTTP/1.1 \r\n\r\n");
	refused(REASON_NEXT_HOP_MALFORMED, "HTTP/1.1 20\r\n\r\n");
	refused(REASON_NEXT_HOP_MALFORMED, "HTTP/1.1 2000\r\n\r\n");
	refused(REASON_NEXT_HOP_MALFORMED, "HTTP/1.1 20x OK\r\n\r\n");
	refused(REASON_NEXT_HOP_MALFORMED, "HTTP/1.1  200 OK\r\n\r\n");
	refused(REASON_NEXT_HOP_MALFORMED, "HTTP/1.1 +20 OK\r\n\r\n");
	refused(REASON_NEXT_HOP_MALFORMED, "HTTP/1.1 099 OK\r\n\r\n");
	refused(REASON_NEXT_HOP_MALFORMED, "HTTP/1.1 600 OK\r\n\r\n");
	refused(REASON_NEXT_HOP_MALFORMED, "HTTP/1.1\t200\tOK\r\n\r\n");
}

static void malformed_lines_are_refused(void)
{
	refused(REASON_NEXT_HOP_MALFORMED, "HTTP/1.1 200 OK\n\n");
	refused(REASON_NEXT_HOP_MALFORMED, "HTTP/1.1 200 O\x01K\r\n\r\n");
	refused(REASON_NEXT_HOP_MALFORMED, "HTTP/1.1 200 OK\r\nX: y\n\r\n");
	refused(REASON_NEXT_HOP_MALFORMED, "HTTP/1.1 200 OK\r\nX : y\r\n\r\n");
	refused(REASON_NEXT_HOP_MALFORMED, "HTTP/1.1 200 OK\r\nX: y\r\n z\r\n\r\n");
	refused(REASON_NEXT_HOP_MALFORMED, "HTTP/1.1 200 OK\r\nX\r\n\r\n");
	refused(REASON_NEXT_HOP_MALFORMED, "HTTP/1.1 200 OK\r\n\n");
	CU_ASSERT_EQUAL(reason_status(REASON_NEXT_HOP_MALFORMED), 502);
}

static void all_heads_together_have_a_limit(void)
{
	static const char interim[] = "HTTP/1.1 100 C\r\n\r\n";
	struct next_hop_answer answer;
	char *stream = malloc(HTTP_HEAD_MAX + 1);

	CU_ASSERT_PTR_NOT_NULL_FATAL(stream);
	/* As long as may be, and an octet longer. */
	for (size_t length = HTTP_HEAD_MAX; length <= HTTP_HEAD_MAX + 1; length++) {
		memset(stream, 'a', length);
		memcpy(stream, "HTTP/1.1 200 OK\r\nX: ", 20);
		memcpy(stream + length - 4, "\r\n\r\n", 4);
		read_all(stream, length, &answer);
		CU_ASSERT_EQUAL(answer.result, length == HTTP_HEAD_MAX ? NEXT_HOP_TUNNEL : NEXT_HOP_REFUSED);
	}
	CU_ASSERT_EQUAL(answer.reason, REASON_NEXT_HOP_TOO_LARGE);
	/* A flood of interim answers. */
	for (size_t at = 0; at < HTTP_HEAD_MAX; at += strlen(interim))
		memcpy(stream + at, interim,
		       HTTP_HEAD_MAX - at < strlen(interim) ? HTTP_HEAD_MAX - at : strlen(interim));
	read_all(stream, HTTP_HEAD_MAX - 1, &answer);
	CU_ASSERT_EQUAL(answer.result, NEXT_HOP_MORE);
	read_all(stream, HTTP_HEAD_MAX, &answer);
	CU_ASSERT_EQUAL(answer.result, NEXT_HOP_REFUSED);
	CU_ASSERT_EQUAL(answer.reason, REASON_NEXT_HOP_TOO_LARGE);
	free(stream);
}

static void an_answer_that_is_not_whole_is_waited_for(void)
{
	static const char stream[] = "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nX: y\r\n\r\n";
	struct next_hop_answer answer;

	for (size_t length = 0; length < strlen(stream); length++) {
		read_all(stream, length, &answer);
		CU_ASSERT_EQUAL(answer.result, NEXT_HOP_MORE);
	}
}

int main(void)
{
	return TESTS_RUN("next hop", TEST(any_2xx_opens_the_tunnel), TEST(a_2xx_has_no_body_whatever_it_says),
			 TEST(interim_answers_are_passed_over), TEST(another_protocol_is_refused),
			 TEST(what_is_no_status_line_is_refused), TEST(malformed_lines_are_refused),
			 TEST(all_heads_together_have_a_limit), TEST(an_answer_that_is_not_whole_is_waited_for));
}
