/* SPDX-License-Identifier: BSD-3-Clause */
/* Any octets as the next proxy's answer and its body: the same outcome however they are cut, and ends within them. */
#include <next_hop_answer.h>

#include "target.h"

struct body_progress {
	struct http_body body;
	enum http_body_result result;
	size_t used;
};

static void read_answer(void *reader, const uint8_t *octets, size_t length)
{
	next_hop_answer_read(reader, octets, length);
}

static void read_body(void *reader, const uint8_t *octets, size_t length)
{
	struct body_progress *progress = reader;
	size_t used;

	progress->result = http_body_read(&progress->body, octets, length, &used);
	progress->used += used;
	hold(used <= length && (progress->result != HTTP_BODY_MORE || used == length));
}

static void hold_body(const struct next_hop_answer *answer, const uint8_t *data, size_t size)
{
	struct body_progress whole = {0}, pieces = {0};

	http_body_begin(&whole.body, answer->framing, answer->body_length);
	http_body_begin(&pieces.body, answer->framing, answer->body_length);
	/* An answer without a body is complete before its first octet, and without one. */
	read_body(&whole, data, 0);
	read_body(&pieces, data, 0);
	read_body(&whole, data, size);
	cut(data, size, read_body, &pieces);
	hold(whole.result == pieces.result && whole.used == pieces.used);
	if (answer->framing == HTTP_FRAMING_LENGTH && whole.result == HTTP_BODY_COMPLETE)
		hold(whole.used == answer->body_length);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct next_hop_answer whole, pieces;

	next_hop_answer_begin(&whole);
	next_hop_answer_begin(&pieces);
	next_hop_answer_read(&whole, data, size);
	cut(data, size, read_answer, &pieces);
	hold(whole.result == pieces.result && whole.reason == pieces.reason && whole.start == pieces.start);
	hold(whole.end == pieces.end && whole.framing == pieces.framing && whole.body_length == pieces.body_length);
	if (whole.result == NEXT_HOP_REFUSED)
		hold(reason_status(whole.reason) == 502);
	if (whole.result != NEXT_HOP_TUNNEL && whole.result != NEXT_HOP_ANSWER)
		return 0;
	hold(whole.start < whole.end && whole.end <= size && whole.end <= HTTP_HEAD_MAX);
	hold((whole.status < 300) == (whole.result == NEXT_HOP_TUNNEL));
	hold(memcmp(data + whole.start, "HTTP/1.", 7) == 0 && memcmp(data + whole.end - 4, "\r\n\r\n", 4) == 0);
	if (whole.result == NEXT_HOP_ANSWER)
		hold_body(&whole, data + whole.end, size - whole.end);
	return 0;
}
