/* SPDX-License-Identifier: BSD-3-Clause */
/* A relayed body ends where its framing says, wherever it is cut, and chunks that lie end nothing. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <http_body.h>

#include "connect_support.h"
#include "support.h"

struct progress {
	struct http_body body;
	enum http_body_result result;
	size_t used;
};

static void read_piece(void *reader, const uint8_t *octets, size_t length)
{
	struct progress *progress = reader;
	size_t used;

	progress->result = http_body_read(&progress->body, octets, length, &used);
	progress->used += used;
	CU_ASSERT_TRUE(used <= length);
	CU_ASSERT_TRUE(progress->result != HTTP_BODY_MORE || used == length);
}

static struct progress read_all(enum http_framing framing, uint64_t body_length, const char *stream, size_t length)
{
	struct progress whole = {.result = HTTP_BODY_MORE};

	http_body_begin(&whole.body, framing, body_length);
	connect_cut(stream, length, length, length, read_piece, &whole);
	for (size_t first = 1; first<length; first += length> 2000 ? 97 : 1) {
		struct progress cut = {.result = HTTP_BODY_MORE};

		http_body_begin(&cut.body, framing, body_length);
		connect_cut(stream, length, first, first % 7 + 1, read_piece, &cut);
		CU_ASSERT_EQUAL_FATAL(cut.result, whole.result);
		CU_ASSERT_TRUE_FATAL(cut.used == whole.used);
	}
	return whole;
}

/* Chunks, and octets behind them that are none of theirs. */
static void complete(const char *chunks)
{
	struct progress progress;
	char stream[1000];
	int length = snprintf(stream, sizeof(stream), "%sHTTP/1.1 200 OK", chunks);

	progress = read_all(HTTP_FRAMING_CHUNKED, 0, stream, (size_t)length);
	CU_ASSERT_EQUAL(progress.result, HTTP_BODY_COMPLETE);
	CU_ASSERT_EQUAL(progress.used, strlen(chunks));
	CU_ASSERT_EQUAL(read_all(HTTP_FRAMING_CHUNKED, 0, stream, strlen(chunks) - 1).result, HTTP_BODY_MORE);
}

static void malformed(const char *chunks)
{
	struct progress progress = read_all(HTTP_FRAMING_CHUNKED, 0, chunks, strlen(chunks));

	if (progress.result != HTTP_BODY_MALFORMED)
		fprintf(stderr, "not malformed: %s\n", chunks);
	CU_ASSERT_EQUAL(progress.result, HTTP_BODY_MALFORMED);
}

static void a_length_is_counted(void)
{
	static const char stream[] = "0\r\n\r\nabc";

	for (size_t length = 1; length < strlen(stream); length++) {
		struct progress progress = read_all(HTTP_FRAMING_LENGTH, length, stream, strlen(stream));

		CU_ASSERT_EQUAL(progress.result, HTTP_BODY_COMPLETE);
		CU_ASSERT_EQUAL(progress.used, length);
	}
	CU_ASSERT_EQUAL(read_all(HTTP_FRAMING_LENGTH, 9, stream, strlen(stream)).result, HTTP_BODY_MORE);
	CU_ASSERT_EQUAL(read_all(HTTP_FRAMING_LENGTH, UINT64_MAX, stream, strlen(stream)).result, HTTP_BODY_MORE);
}

static void no_body_is_complete_at_once(void)
{
	struct http_body body;
	size_t used;

	http_body_begin(&body, HTTP_FRAMING_LENGTH, 0);
	CU_ASSERT_EQUAL(http_body_read(&body, NULL, 0, &used), HTTP_BODY_COMPLETE);
	CU_ASSERT_EQUAL(read_all(HTTP_FRAMING_LENGTH, 0, "abc", 3).used, 0);
}

static void until_the_sender_closes_all_is_body(void)
{
	static const char stream[] = "0\r\n\r\nHTTP/1.1 200 OK\r\n\r\n";
	struct progress progress = read_all(HTTP_FRAMING_CLOSE, 0, stream, strlen(stream));

	CU_ASSERT_EQUAL(progress.result, HTTP_BODY_MORE);
	CU_ASSERT_EQUAL(progress.used, strlen(stream));
}

static void chunks_end_with_the_empty_one_and_trailers(void)
{
	complete("0\r\n\r\n");
	complete("5\r\nhello\r\n0\r\n\r\n");
	complete("1\r\n0\r\n10\r\n0\r\n\r\n0\r\n\r\n0\r\n\r\na\r\n000\r\n\r\n");
	complete("A\r\n0123456789\r\n0\r\nX: y\r\nZ: y\r\n\r\n");
	complete("00005;name=\"value; x\"\r\nhello\r\n0;x\r\n\r\n");
	complete("5;\r\nhello\r\n0\r\n\r\n");
}

static void chunks_that_can_be_read_in_two_ways_are_malformed(void)
{
	malformed("\r\n");
	malformed("x\r\n");
	malformed(" 5\r\nhello\r\n");
	malformed("5 \r\nhello\r\n");
	malformed("+5\r\n");
	malformed("-5\r\n");
	malformed("0x5\r\n");
	malformed(";x\r\n");
	malformed("5\nhello\r\n");
	malformed("5\r\nhello\n");
	malformed("5\r\nhello0\r\n\r\n");
	malformed("5\r\nhello\r\r\n");
	malformed("5\rhello");
	malformed("5;x\ny\r\n");
	malformed("5;x\x01\r\n");
	malformed("0\r\n\n");
	malformed("0\r\nX\r\n\r\n");
	malformed("0\r\n X: y\r\n\r\n");
	malformed("0\r\n\r\r\n");
}

static void sizes_do_not_overflow(void)
{
	CU_ASSERT_EQUAL(read_all(HTTP_FRAMING_CHUNKED, 0, "fffffffffffffff\r\na", 18).result, HTTP_BODY_MORE);
	malformed("1000000000000005\r\nhello\r\n0\r\n\r\n");
	malformed("10000000000000005\r\nhello\r\n0\r\n\r\n");
	malformed("0000000000000000\r\n\r\n");
}

static void extensions_and_trailers_have_limits(void)
{
	char *stream = malloc(HTTP_HEAD_MAX + 100);
	int length;

	CU_ASSERT_PTR_NOT_NULL_FATAL(stream);
	memset(stream, 'x', HTTP_HEAD_MAX + 100);
	memcpy(stream, "5;", 2);
	CU_ASSERT_EQUAL(read_all(HTTP_FRAMING_CHUNKED, 0, stream, 2 + HTTP_CHUNK_EXTENSION_MAX).result, HTTP_BODY_MORE);
	CU_ASSERT_EQUAL(read_all(HTTP_FRAMING_CHUNKED, 0, stream, 3 + HTTP_CHUNK_EXTENSION_MAX).result,
			HTTP_BODY_MALFORMED);
	/* Each chunk has that many of its own. */
	length = snprintf(stream, 1000, "1;%200s\r\na\r\n1;%200s\r\na\r\n0;%200s\r\n\r\n", "x", "x", "x");
	CU_ASSERT_EQUAL(read_all(HTTP_FRAMING_CHUNKED, 0, stream, (size_t)length).result, HTTP_BODY_COMPLETE);
	memset(stream, 'x', HTTP_HEAD_MAX + 100);
	memcpy(stream, "0\r\n", 3);
	CU_ASSERT_EQUAL(read_all(HTTP_FRAMING_CHUNKED, 0, stream, 3 + HTTP_HEAD_MAX - 1).result, HTTP_BODY_MORE);
	CU_ASSERT_EQUAL(read_all(HTTP_FRAMING_CHUNKED, 0, stream, 3 + HTTP_HEAD_MAX).result, HTTP_BODY_MALFORMED);
	free(stream);
}

int main(void)
{
	return TESTS_RUN("HTTP body", TEST(a_length_is_counted), TEST(no_body_is_complete_at_once),
			 TEST(until_the_sender_closes_all_is_body), TEST(chunks_end_with_the_empty_one_and_trailers),
			 TEST(chunks_that_can_be_read_in_two_ways_are_malformed), TEST(sizes_do_not_overflow),
			 TEST(extensions_and_trailers_have_limits));
}
