/* SPDX-License-Identifier: BSD-3-Clause */
#include "http_body.h"

#define SIZE_DIGITS 15 /* so that no size overflows */

enum state {
	DATA,	 /* `remaining` octets of it */
	DATA_CR, /* behind a chunk's data */
	DATA_LF,
	SIZE,
	EXTENSION,
	SIZE_LF, /* behind the CR that ends a size, or its extensions */
	TRAILERS,
	COMPLETE,
	MALFORMED,
};

void http_body_begin(struct http_body *body, enum http_framing framing, uint64_t length)
{
	*body = (struct http_body){.framing = framing, .state = DATA, .remaining = length};
	if (framing == HTTP_FRAMING_CHUNKED) {
		body->state = SIZE;
		body->remaining = 0;
	} else if (framing == HTTP_FRAMING_LENGTH && length == 0) {
		body->state = COMPLETE;
	}
}

/* Negative: no digit. */
static int hexadecimal(uint8_t octet)
{
	if (octet >= '0' && octet <= '9')
		return octet - '0';
	octet |= 0x20;
	return octet >= 'a' && octet <= 'f' ? octet - 'a' + 10 : -1;
}

static enum state read_size(struct http_body *body, uint8_t octet)
{
	int digit = hexadecimal(octet);

	if (digit >= 0) {
		body->remaining = body->remaining << 4 | (uint64_t)digit;
		return body->digits++ < SIZE_DIGITS ? SIZE : MALFORMED;
	}
	if (body->digits == 0)
		return MALFORMED;
	body->digits = 0;
	if (octet == ';')
		return EXTENSION;
	return octet == '\r' ? SIZE_LF : MALFORMED;
}

static enum state read_extension(struct http_body *body, uint8_t octet)
{
	if (octet == '\r')
		return SIZE_LF;
	return http_is_text(octet) && body->digits++ < HTTP_CHUNK_EXTENSION_MAX ? EXTENSION : MALFORMED;
}

static enum state end_size(struct http_body *body, uint8_t octet)
{
	if (octet != '\n')
		return MALFORMED;
	if (body->remaining > 0)
		return DATA;
	http_fields_begin_trailers(&body->trailers);
	return TRAILERS;
}

static enum state begin_chunk(struct http_body *body, uint8_t octet)
{
	body->digits = 0;
	body->remaining = 0;
	return octet == '\n' ? SIZE : MALFORMED;
}

/* One octet of what stands between the chunks. */
static enum state read_between(struct http_body *body, uint8_t octet)
{
	switch ((enum state)body->state) {
	case SIZE:
		return read_size(body, octet);
	case EXTENSION:
		return read_extension(body, octet);
	case SIZE_LF:
		return end_size(body, octet);
	case DATA_CR:
		return octet == '\r' ? DATA_LF : MALFORMED;
	default:
		return begin_chunk(body, octet);
	}
}

/* Returns the octets that it used. */
static size_t skip_data(struct http_body *body, size_t length)
{
	size_t used = length < body->remaining ? length : (size_t)body->remaining;

	if (body->framing == HTTP_FRAMING_CLOSE)
		return length;
	body->remaining -= used;
	if (body->remaining == 0)
		body->state = body->framing == HTTP_FRAMING_CHUNKED ? DATA_CR : COMPLETE;
	return used;
}

/* Likewise. */
static size_t read_trailers(struct http_body *body, const uint8_t *octets, size_t length)
{
	size_t room = HTTP_HEAD_MAX - body->trailers.offset;
	size_t used;

	switch (http_fields_read(&body->trailers, octets, length < room ? length : room, &used)) {
	case HTTP_LINE_END:
		body->state = COMPLETE;
		break;
	case HTTP_LINE_MALFORMED:
		body->state = MALFORMED;
		break;
	default:
		if (body->trailers.offset == HTTP_HEAD_MAX)
			body->state = MALFORMED;
	}
	return used;
}

enum http_body_result http_body_read(struct http_body *body, const uint8_t *octets, size_t length, size_t *used)
{
	*used = 0;
	while (*used < length && body->state != COMPLETE && body->state != MALFORMED) {
		if (body->state == DATA)
			*used += skip_data(body, length - *used);
		else if (body->state == TRAILERS)
			*used += read_trailers(body, octets + *used, length - *used);
		else
			body->state = (uint8_t)read_between(body, octets[(*used)++]);
	}
	if (body->state == MALFORMED)
		return HTTP_BODY_MALFORMED;
	return body->state == COMPLETE ? HTTP_BODY_COMPLETE : HTTP_BODY_MORE;
}
