/* SPDX-License-Identifier: BSD-3-Clause */
#include "next_hop_answer.h"

#include <string.h>
#include <strings.h>

#define CONTENT_LENGTH_DIGITS 18 /* so that no length overflows */

static enum next_hop_result refuse(struct next_hop_answer *answer, enum reason reason)
{
	answer->reason = reason;
	answer->result = NEXT_HOP_REFUSED;
	return NEXT_HOP_REFUSED;
}

/* The status of "HTTP/1.1 200 OK"; the words are for people, and not all send the space before there are none. Zero: it
 * is no status line. */
static uint16_t status_of(const char *line)
{
	static const char versions[][10] = {"HTTP/1.1 ", "HTTP/1.0 "};
	const char *digits = line + 9;

	if (strncmp(line, versions[0], 9) != 0 && strncmp(line, versions[1], 9) != 0)
		return 0;
	if (strspn(digits, "0123456789") != 3 || (digits[3] != ' ' && digits[3] != '\0'))
		return 0;
	if (digits[0] < '1' || digits[0] > '5')
		return 0;
	return (uint16_t)((digits[0] - '0') * 100 + (digits[1] - '0') * 10 + digits[2] - '0');
}

static enum next_hop_result read_status_line(struct next_hop_answer *answer)
{
	answer->status = status_of(answer->fields.text);
	if (answer->status == 0 || answer->status == 101)
		return refuse(answer, REASON_NEXT_HOP_MALFORMED);
	answer->version_1_0 = answer->fields.text[7] == '0';
	return NEXT_HOP_MORE;
}

static void read_content_length(struct next_hop_answer *answer)
{
	const char *text = answer->fields.text;
	size_t length = strspn(text, "0123456789");

	if (answer->has_content_length || length == 0 || length > CONTENT_LENGTH_DIGITS || text[length] != '\0' ||
	    (text[0] == '0' && length > 1))
		answer->is_ambiguous = true;
	answer->has_content_length = true;
	answer->body_length = 0;
	for (size_t i = 0; i < length && i < CONTENT_LENGTH_DIGITS; i++)
		answer->body_length = answer->body_length * 10 + (uint64_t)(text[i] - '0');
}

static void read_transfer_encoding(struct next_hop_answer *answer)
{
	if (answer->has_transfer_encoding || answer->version_1_0 || strcasecmp(answer->fields.text, "chunked") != 0)
		answer->is_ambiguous = true;
	answer->has_transfer_encoding = true;
}

static enum next_hop_result read_field(struct next_hop_answer *answer)
{
	if (answer->fields.field == HTTP_FIELD_CONTENT_LENGTH)
		read_content_length(answer);
	else if (answer->fields.field == HTTP_FIELD_TRANSFER_ENCODING)
		read_transfer_encoding(answer);
	return NEXT_HOP_MORE;
}

/* An interim answer has no body, and another answer follows. */
static enum next_hop_result end_interim(struct next_hop_answer *answer)
{
	if (answer->has_content_length || answer->has_transfer_encoding)
		return refuse(answer, REASON_NEXT_HOP_MALFORMED);
	answer->start += answer->fields.offset;
	http_fields_begin(&answer->fields);
	return NEXT_HOP_MORE;
}

static enum next_hop_result end_head(struct next_hop_answer *answer)
{
	if (answer->status < 200)
		return end_interim(answer);
	answer->end = answer->start + answer->fields.offset;
	if (answer->status < 300) {
		answer->result = NEXT_HOP_TUNNEL;
		return NEXT_HOP_TUNNEL;
	}
	if (answer->is_ambiguous || (answer->has_transfer_encoding && answer->has_content_length))
		return refuse(answer, REASON_NEXT_HOP_MALFORMED);
	answer->framing = HTTP_FRAMING_LENGTH;
	if (answer->status == 304)
		answer->body_length = 0;
	else if (answer->has_transfer_encoding)
		answer->framing = HTTP_FRAMING_CHUNKED;
	else if (!answer->has_content_length)
		answer->framing = HTTP_FRAMING_CLOSE;
	answer->result = NEXT_HOP_ANSWER;
	return NEXT_HOP_ANSWER;
}

static enum next_hop_result read_line(struct next_hop_answer *answer, enum http_line line)
{
	switch (line) {
	case HTTP_LINE_START:
		return read_status_line(answer);
	case HTTP_LINE_FIELD:
		return read_field(answer);
	case HTTP_LINE_END:
		return end_head(answer);
	case HTTP_LINE_MALFORMED:
		return refuse(answer, REASON_NEXT_HOP_MALFORMED);
	default:
		return NEXT_HOP_MORE;
	}
}

void next_hop_answer_begin(struct next_hop_answer *answer)
{
	*answer = (struct next_hop_answer){.result = NEXT_HOP_MORE};
	http_fields_begin(&answer->fields);
}

enum next_hop_result next_hop_answer_read(struct next_hop_answer *answer, const uint8_t *octets, size_t length)
{
	size_t used;

	while (answer->result == NEXT_HOP_MORE && length > 0) {
		size_t room = HTTP_HEAD_MAX - answer->start - answer->fields.offset;
		enum http_line line = http_fields_read(&answer->fields, octets, length < room ? length : room, &used);

		octets += used;
		length -= used;
		if (read_line(answer, line) == NEXT_HOP_MORE && answer->start + answer->fields.offset == HTTP_HEAD_MAX)
			refuse(answer, REASON_NEXT_HOP_TOO_LARGE);
	}
	return (enum next_hop_result)answer->result;
}
