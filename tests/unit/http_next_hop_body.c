/* SPDX-License-Identifier: BSD-3-Clause */
/* Which framing the body of a refusal by the next proxy has; what two readers could frame in two ways is refused. */
#include <stdio.h>
#include <string.h>

#include <next_hop_answer.h>

#include "connect_support.h"
#include "support.h"

static void read_answer(void *reader, const uint8_t *octets, size_t length)
{
	next_hop_answer_read(reader, octets, length);
}

static void read_all(const char *head, struct next_hop_answer *answer)
{
	struct next_hop_answer cut;
	size_t length = strlen(head);

	next_hop_answer_begin(answer);
	connect_cut(head, length, length, length, read_answer, answer);
	for (size_t first = 1; first < length; first++) {
		next_hop_answer_begin(&cut);
		connect_cut(head, length, first, first % 5 + 1, read_answer, &cut);
		CU_ASSERT_EQUAL_FATAL(cut.result, answer->result);
		CU_ASSERT_TRUE_FATAL(cut.framing == answer->framing && cut.body_length == answer->body_length);
	}
}

static void expect(const char *head, enum http_framing framing, uint64_t body_length)
{
	struct next_hop_answer answer;

	read_all(head, &answer);
	CU_ASSERT_EQUAL(answer.result, NEXT_HOP_ANSWER);
	CU_ASSERT_EQUAL(answer.end, strlen(head));
	CU_ASSERT_EQUAL(answer.framing, framing);
	if (framing == HTTP_FRAMING_LENGTH)
		CU_ASSERT_EQUAL(answer.body_length, body_length);
}

static void refused(const char *fields)
{
	struct next_hop_answer answer;
	char head[500];

	snprintf(head, sizeof(head), "HTTP/1.1 407 No\r\n%s\r\n\r\n", fields);
	read_all(head, &answer);
	if (answer.result != NEXT_HOP_REFUSED)
		fprintf(stderr, "not refused: %s\n", fields);
	CU_ASSERT_EQUAL(answer.result, NEXT_HOP_REFUSED);
	CU_ASSERT_EQUAL(answer.reason, REASON_NEXT_HOP_MALFORMED);
}

static void the_framing_is_told(void)
{
	expect("HTTP/1.1 407 No\r\nContent-Length: 0\r\n\r\n", HTTP_FRAMING_LENGTH, 0);
	expect("HTTP/1.1 403 No\r\ncontent-length:  1234 \r\n\r\n", HTTP_FRAMING_LENGTH, 1234);
	expect("HTTP/1.0 502 No\r\nContent-Length: 999999999999999999\r\n\r\n", HTTP_FRAMING_LENGTH,
	       999999999999999999);
	expect("HTTP/1.1 503 No\r\nTransfer-Encoding: chunked\r\n\r\n", HTTP_FRAMING_CHUNKED, 0);
	expect("HTTP/1.1 503 No\r\ntransfer-encoding: CHUNKED\r\n\r\n", HTTP_FRAMING_CHUNKED, 0);
	expect("HTTP/1.1 302 No\r\nLocation: x\r\n\r\n", HTTP_FRAMING_CLOSE, 0);
	expect("HTTP/1.0 599 No\r\n\r\n", HTTP_FRAMING_CLOSE, 0);
	expect("HTTP/1.1 304 No\r\nContent-Length: 5\r\n\r\n", HTTP_FRAMING_LENGTH, 0);
	expect("HTTP/1.1 304 No\r\n\r\n", HTTP_FRAMING_LENGTH, 0);
}

static void an_ambiguous_framing_is_refused(void)
{
	refused("Content-Length: 5\r\nTransfer-Encoding: chunked");
	refused("Transfer-Encoding: chunked\r\nContent-Length: 5");
	refused("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked");
	refused("Transfer-Encoding: chunked\r\nTransfer-Encoding: identity");
	refused("Transfer-Encoding: gzip, chunked");
	refused("Transfer-Encoding: chunked, identity");
	refused("Transfer-Encoding: xchunked");
	refused("Transfer-Encoding: \"chunked\"");
	refused("Transfer-Encoding: chunked;q=1");
	refused("Transfer-Encoding:");
	refused("Transfer-Encoding: identity");
	refused("Transfer-Encoding: \x0b"
		"chunked");
	refused("Transfer-Encoding : chunked");
	refused("Transfer-Encoding: chunked\r\n , identity");
	refused("Content-Length: 5\r\nContent-Length: 5");
	refused("Content-Length: 5\r\nContent-Length: 6");
	refused("Content-Length: 5, 5");
	refused("Content-Length: +5");
	refused("Content-Length: -5");
	refused("Content-Length: 0x5");
	refused("Content-Length: 05");
	refused("Content-Length: 5 5");
	refused("Content-Length:");
	refused("Content-Length: 1000000000000000000");
	refused("Content-Length: 18446744073709551621");
}

static void http_1_0_knows_no_chunks(void)
{
	struct next_hop_answer answer;

	read_all("HTTP/1.0 407 No\r\nTransfer-Encoding: chunked\r\n\r\n", &answer);
	CU_ASSERT_EQUAL(answer.result, NEXT_HOP_REFUSED);
}

static void an_interim_answer_says_nothing_of_the_final_one(void)
{
	static const char stream[] = "HTTP/1.0 100 C\r\n\r\nHTTP/1.1 407 No\r\nTransfer-Encoding: chunked\r\n\r\n";

	expect(stream, HTTP_FRAMING_CHUNKED, 0);
}

int main(void)
{
	return TESTS_RUN("next hop's body", TEST(the_framing_is_told), TEST(an_ambiguous_framing_is_refused),
			 TEST(http_1_0_knows_no_chunks), TEST(an_interim_answer_says_nothing_of_the_final_one));
}
