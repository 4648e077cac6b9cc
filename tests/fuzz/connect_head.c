/* SPDX-License-Identifier: BSD-3-Clause */
/* Any octets as the head of a CONNECT: the same outcome however they are cut, and what is accepted is beyond doubt. */
#include <connect_request.h>

#include "target.h"

static void read_piece(void *reader, const uint8_t *octets, size_t length)
{
	connect_request_read(reader, octets, length);
}

static void hold_same_span(const struct http_span *a, const struct http_span *b)
{
	hold(a->offset == b->offset && a->length == b->length);
}

static void hold_same(const struct connect_request *a, const struct connect_request *b)
{
	hold(a->result == b->result && a->reason == b->reason && a->length == b->length);
	hold(a->version_1_0 == b->version_1_0);
	if (a->result != CONNECT_COMPLETE)
		return;
	hold(authority_same_host(&a->target, &b->target) && a->target.port == b->target.port);
	hold_same_span(&a->authorization_line, &b->authorization_line);
	hold_same_span(&a->authorization_value, &b->authorization_value);
}

/* No octet of a head that is sent on could end or begin a line for a reader who is more lenient. */
static void hold_lines(const uint8_t *head, size_t length)
{
	for (size_t i = 0; i < length; i++) {
		hold(head[i] >= ' ' || head[i] == '\t' || head[i] == '\r' || head[i] == '\n');
		hold(head[i] != '\n' || (i > 0 && head[i - 1] == '\r'));
		hold(head[i] != '\r' || (i + 1 < length && head[i + 1] == '\n'));
		hold(head[i] != '\n' || i + 1 == length || (head[i + 1] != ' ' && head[i + 1] != '\t'));
	}
	hold(length >= 4 && length <= HTTP_HEAD_MAX && memcmp(head + length - 4, "\r\n\r\n", 4) == 0);
}

static void hold_target(const struct authority *target)
{
	char name[NAME_LENGTH_MAX + 1];

	hold(target->port != 0);
	if (target->name[0] == '\0')
		return;
	hold(name_read(target->name, strlen(target->name), name) == NAME_HOST);
	hold(strcmp(name, target->name) == 0);
}

static void hold_span(const struct http_span *inner, uint32_t first, uint32_t last)
{
	hold(inner->offset >= first && inner->offset <= last && inner->length <= last - inner->offset);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct connect_request whole, pieces;

	connect_request_begin(&whole, "sluice");
	connect_request_begin(&pieces, "sluice");
	connect_request_read(&whole, data, size);
	cut(data, size, read_piece, &pieces);
	hold_same(&whole, &pieces);
	if (whole.result == CONNECT_REFUSED)
		hold(reason_status(whole.reason) != 0 || data[0] < ' ' || data[0] > '~');
	if (whole.result == CONNECT_COMPLETE) {
		hold(whole.length <= size && memcmp(data, "CONNECT ", 8) == 0);
		hold_lines(data, whole.length);
		hold_target(&whole.target);
		hold_span(&whole.authorization_line, 0, whole.length);
		hold_span(&whole.authorization_value, whole.authorization_line.offset,
			  whole.authorization_line.offset + whole.authorization_line.length);
	}
	return 0;
}
