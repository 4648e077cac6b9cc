/* SPDX-License-Identifier: BSD-3-Clause */
#include <string.h>

#include "hello.h"
#include "target.h"

#define RECORD_HEADER_LENGTH 5

/* Numbers that the octets decide, so that an input which fails goes on failing. */
static uint32_t draw(uint32_t *state)
{
	*state = *state * 1664525 + 1013904223;
	return *state >> 16;
}

static uint32_t seed_of(const uint8_t *data, size_t size)
{
	uint32_t seed = 1;

	for (size_t i = 0; i < size; i++)
		seed = (seed ^ data[i]) * 16777619;
	return seed;
}

static void hold_found(const struct hello_reader *reader, size_t size)
{
	hold(reader->start <= reader->octets && reader->octets <= size);
	hold(reader->octets - reader->start <= HELLO_STREAM_MAX);
	hold((reader->result == HELLO_MALFORMED) == (reader->fault != HELLO_SOUND));
	if (reader->result == HELLO_MORE)
		hold(reader->octets == size);
	if (reader->result == HELLO_ALERT)
		hold(reader->alerted);
	if (reader->result == HELLO_WHOLE)
		hold(reader->octets - reader->start >= RECORD_HEADER_LENGTH + 4);
}

static void hold_same_find(const struct hello_reader *a, const struct hello_reader *b)
{
	hold(a->result == b->result && a->start == b->start && a->octets == b->octets && a->fault == b->fault);
	hold(a->protocol == b->protocol && a->version == b->version);
	hold(a->alerted == b->alerted && a->alert_level == b->alert_level && a->alert == b->alert);
}

void hello_find(struct hello_reader *reader, enum hello_expected expected, const uint8_t *data, size_t size)
{
	uint32_t state = seed_of(data, size);
	struct piece piece = {data, size};
	struct hello_reader other;

	hello_reader_start(reader, expected);
	hello_reader_read(reader, &piece, 1);
	hold_found(reader, size);

	hello_reader_start(&other, expected);
	for (size_t i = 0; i < size; i++) {
		piece = (struct piece){data + i, 1};
		hello_reader_read(&other, &piece, 1);
		/* what was decided had to be decided here */
		hold((other.result == HELLO_MORE) == (reader->result == HELLO_MORE || i + 1 < reader->octets));
	}
	hold_same_find(reader, &other);

	hello_reader_start(&other, expected);
	for (size_t at = 0; at < size; at += piece.length) {
		piece = (struct piece){data + at, draw(&state) % 40};
		if (piece.length > size - at)
			piece.length = size - at;
		hello_reader_read(&other, &piece, 1);
	}
	hold_same_find(reader, &other);
}

struct piece *hello_crumbs(const uint8_t *data, size_t size)
{
	struct piece *pieces = calloc(size + 1, sizeof(*pieces));

	hold(pieces != NULL);
	for (size_t i = 0; i < size; i++)
		pieces[i] = (struct piece){data + i, 1};
	return pieces;
}

/* The contents of the records, one behind another. */
static size_t message_of(const struct hello_reader *reader, const uint8_t *data, uint8_t *message)
{
	size_t length = 0;

	for (size_t at = reader->start; at < reader->octets;) {
		size_t content = (size_t)data[at + 3] << 8 | data[at + 4];

		at += RECORD_HEADER_LENGTH;
		if (content > reader->octets - at)
			content = reader->octets - at;
		memcpy(message + length, data + at, content);
		length += content;
		at += content;
	}
	return length;
}

uint8_t *hello_records(const struct hello_reader *reader, const uint8_t *data, size_t *length)
{
	uint32_t state = seed_of(data, reader->octets), limit = 1 + draw(&state) % 300;
	uint8_t *message = malloc(reader->octets), *stream = malloc(HELLO_STREAM_MAX);
	size_t left, part;

	hold(message != NULL && stream != NULL);
	left = message_of(reader, data, message);
	*length = 0;
	for (const uint8_t *from = message; left > 0; from += part, left -= part) {
		part = left < limit ? left : limit;
		memcpy(stream + *length, (const uint8_t[]){22, 3, 3, (uint8_t)(part >> 8), part & 0xff}, 5);
		memcpy(stream + *length + 5, from, part);
		*length += 5 + part;
	}
	free(message);
	return stream;
}

void hold_within(struct piece piece, const struct hello_buffer *buffer)
{
	uintptr_t first = (uintptr_t)piece.data, begin = (uintptr_t)buffer->octets;

	if (piece.length > 0)
		hold(first >= begin && first + piece.length <= begin + sizeof(buffer->octets));
}

void hold_same(struct piece a, struct piece b)
{
	hold(a.length == b.length && (a.length == 0 || memcmp(a.data, b.data, a.length) == 0));
}
