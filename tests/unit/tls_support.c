/* SPDX-License-Identifier: BSD-3-Clause */
#include <stdlib.h>
#include <string.h>

#include "tls_support.h"

#define EVERY_OCTET 2048 /* octets of a stream before each of which it is cut in two */

void octets_add(struct octets *octets, const void *data, size_t length)
{
	if (length > sizeof(octets->data) - octets->length)
		abort();
	if (length > 0)
		memcpy(octets->data + octets->length, data, length);
	octets->length += length;
}

void octets_hex(struct octets *octets, const char *text)
{
	octets->length += support_hex(text, octets->data + octets->length, sizeof(octets->data) - octets->length);
}

void octets_zero(struct octets *octets, size_t count)
{
	if (count > sizeof(octets->data) - octets->length)
		abort();
	memset(octets->data + octets->length, 0, count);
	octets->length += count;
}

size_t octets_open(struct octets *octets, unsigned width)
{
	octets_zero(octets, width);
	return octets->length - width;
}

void octets_close(struct octets *octets, size_t place, unsigned width)
{
	size_t length = octets->length - place - width;

	for (unsigned i = 0; i < width; i++)
		octets->data[place + i] = (uint8_t)(length >> 8 * (width - 1 - i));
}

#define DEFAULT_RANDOM "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"

static const char *text_or(const char *text, const char *otherwise)
{
	return text != NULL ? text : otherwise;
}

static void hello_begin(struct octets *message, const char *type, const struct hello_text *text, const char *suites,
			const char *compression)
{
	static const struct hello_text ordinary;

	if (text == NULL)
		text = &ordinary;
	message->length = 0;
	octets_hex(message, type);
	octets_open(message, 3);
	octets_hex(message, text_or(text->version, "0303"));
	octets_hex(message, text_or(text->random, DEFAULT_RANDOM));
	octets_hex(message, text_or(text->session_id, "20" DEFAULT_RANDOM));
	octets_hex(message, text_or(text->cipher_suites, suites));
	octets_hex(message, text_or(text->compression, compression));
	octets_open(message, 2);
}

void client_hello_begin(struct octets *message, const struct hello_text *text)
{
	hello_begin(message, "01", text, "0006 1301 1302 c02f", "01 00");
}

void server_hello_begin(struct octets *message, const struct hello_text *text)
{
	hello_begin(message, "02", text, "1301", "00");
}

/* Where the block of extensions begins: behind the fields that have lengths. */
static size_t extensions_place(const struct octets *message)
{
	size_t place = 38 + 1 + message->data[38];

	if (message->data[0] == 2)
		return place + 3;
	place += 2 + (size_t)(message->data[place] << 8 | message->data[place + 1]);
	return place + 1 + message->data[place];
}

void hello_extension(struct octets *message, uint16_t type, const char *hex)
{
	size_t place;

	octets_add(message, (const uint8_t[]){type >> 8, type & 0xff}, 2);
	place = octets_open(message, 2);
	octets_hex(message, hex);
	octets_close(message, place, 2);
}

void hello_extension_zero(struct octets *message, uint16_t type, size_t length)
{
	size_t place;

	octets_add(message, (const uint8_t[]){type >> 8, type & 0xff}, 2);
	place = octets_open(message, 2);
	octets_zero(message, length);
	octets_close(message, place, 2);
}

void hello_name(struct octets *message, const void *name, size_t length)
{
	size_t extension, list, entry;

	octets_hex(message, "0000");
	extension = octets_open(message, 2);
	list = octets_open(message, 2);
	octets_hex(message, "00");
	entry = octets_open(message, 2);
	octets_add(message, name, length);
	octets_close(message, entry, 2);
	octets_close(message, list, 2);
	octets_close(message, extension, 2);
}

void hello_end(struct octets *message)
{
	size_t place = extensions_place(message);

	if (message->length == place + 2)
		message->length = place;
	else
		octets_close(message, place, 2);
	octets_close(message, 1, 3);
}

void hello_common(struct octets *message, size_t length)
{
	client_hello_begin(message, NULL);
	hello_name(message, "a.test", 6);
	hello_extension(message, 10, "0004 001d 0017");
	hello_extension(message, 13, "0006 0403 0804 0401");
	hello_extension(message, 16, "000c 02 6832 08 687474702f312e31");
	hello_extension(message, 43, "04 0304 0303");
	hello_extension(message, 51, "0024 001d 0020" DEFAULT_RANDOM);
	if (length > 0)
		hello_extension_zero(message, 21, length - message->length - 4);
	hello_end(message);
}

void stream_record(struct octets *stream, uint8_t type, const void *data, size_t length)
{
	octets_add(stream, (const uint8_t[]){type, 3, 1, (uint8_t)(length >> 8), length & 0xff}, 5);
	octets_add(stream, data, length);
}

void stream_records(struct octets *stream, const struct octets *message, size_t limit)
{
	for (size_t at = 0; at < message->length; at += limit) {
		size_t left = message->length - at;

		stream_record(stream, 22, message->data + at, left < limit ? left : limit);
	}
}

/* Pieces that lie alone: the octets from `first` to `last`, in pieces of `size`. */
struct pieces {
	struct piece *items;
	size_t count;
};

static struct pieces cut(const uint8_t *data, size_t length, size_t size)
{
	struct pieces pieces = {calloc(length / size + 3, sizeof(struct piece)), 0};

	if (pieces.items == NULL)
		abort();
	for (size_t at = 0; at < length; at += size) {
		size_t part = length - at < size ? length - at : size;

		pieces.items[pieces.count++] = (struct piece){support_copy(data + at, part), part};
	}
	return pieces;
}

static void add_piece(struct pieces *pieces, const uint8_t *data, size_t length)
{
	pieces->items[pieces->count++] = (struct piece){length > 0 ? support_copy(data, length) : NULL, length};
}

static void release(struct pieces *pieces)
{
	for (size_t i = 0; i < pieces->count; i++)
		free((void *)(uintptr_t)pieces->items[i].data);
	free(pieces->items);
}

static bool is_server(enum hello_expected expected)
{
	return expected == HELLO_SERVER || expected == HELLO_SERVER_AGAIN;
}

/* Reads what the reader found; `pieces` are of the stream from the hello's first record on. */
static void interpret(struct outcome *outcome, const struct piece *pieces, size_t count)
{
	enum hello_expected expected = outcome->reader.expected;

	outcome->result = outcome->reader.result;
	outcome->fault = outcome->reader.fault;
	if (outcome->result != HELLO_WHOLE)
		return;
	if (is_server(expected)) {
		outcome->result = server_hello_read(expected, pieces, count, &outcome->buffer, &outcome->server);
		outcome->fault = outcome->server.fault;
	} else {
		outcome->result = client_hello_read(pieces, count, &outcome->buffer, &outcome->client);
		outcome->fault = outcome->client.fault;
	}
}

/* Reads the pieces in as many calls as `calls` asks for at most, and then the hello from its start in them. */
static void read_pieces(struct outcome *outcome, enum hello_expected expected, const struct pieces *pieces,
			bool one_call)
{
	struct piece *rest = calloc(pieces->count + 1, sizeof(*rest));
	uint64_t skip;

	if (rest == NULL)
		abort();
	memset(outcome, 0, sizeof(*outcome));
	hello_reader_start(&outcome->reader, expected);
	if (one_call)
		hello_reader_read(&outcome->reader, pieces->items, pieces->count);
	for (size_t i = 0; i < pieces->count && !one_call; i++)
		hello_reader_read(&outcome->reader, &pieces->items[i], 1);
	skip = outcome->reader.start;
	for (size_t i = 0; i < pieces->count; i++) {
		size_t skipped = pieces->items[i].length < skip ? pieces->items[i].length : skip;

		rest[i] = (struct piece){pieces->items[i].data, pieces->items[i].length - skipped};
		if (skipped > 0)
			rest[i].data += skipped;
		skip -= skipped;
	}
	interpret(outcome, rest, pieces->count);
	free(rest);
}

static bool same_octets(struct piece a, struct piece b)
{
	return a.length == b.length && (a.length == 0 || memcmp(a.data, b.data, a.length) == 0);
}

static bool same_client(const struct client_hello *a, const struct client_hello *b)
{
	return a->fault == b->fault && a->fault_extension == b->fault_extension &&
	       a->legacy_version == b->legacy_version && a->version == b->version &&
	       a->session_id_length == b->session_id_length && a->extensions == b->extensions &&
	       same_octets(a->cipher_suites, b->cipher_suites) && same_octets(a->versions, b->versions) &&
	       same_octets(a->groups, b->groups) && same_octets(a->signature_algorithms, b->signature_algorithms) &&
	       same_octets(a->key_shares, b->key_shares) && same_octets(a->protocols, b->protocols) &&
	       a->name_kind == b->name_kind && same_octets(a->name, b->name) && a->ech == b->ech &&
	       a->esni == b->esni && a->early_data == b->early_data && a->pre_shared_keys == b->pre_shared_keys &&
	       a->grease == b->grease;
}

static bool same_server(const struct server_hello *a, const struct server_hello *b)
{
	return a->fault == b->fault && a->fault_extension == b->fault_extension && a->retry == b->retry &&
	       a->version == b->version && a->cipher_suite == b->cipher_suite && a->group == b->group &&
	       same_octets(a->protocol, b->protocol);
}

bool same_hello(const struct outcome *a, const struct outcome *b)
{
	return a->result == b->result && a->fault == b->fault && same_client(&a->client, &b->client) &&
	       same_server(&a->server, &b->server);
}

/* The same to the last octet of the stream. */
static bool same_outcome(const struct outcome *a, const struct outcome *b)
{
	return same_hello(a, b) && a->reader.result == b->reader.result && a->reader.start == b->reader.start &&
	       a->reader.octets == b->reader.octets && a->reader.protocol == b->reader.protocol &&
	       a->reader.version == b->reader.version && a->reader.alerted == b->reader.alerted &&
	       a->reader.alert_level == b->reader.alert_level && a->reader.alert == b->reader.alert &&
	       a->client.length == b->client.length && a->server.length == b->server.length;
}

static void expect_same(const struct outcome *expected, struct pieces pieces, bool one_call)
{
	static struct outcome outcome;

	read_pieces(&outcome, expected->reader.expected, &pieces, one_call);
	CU_ASSERT_TRUE(same_outcome(expected, &outcome));
	release(&pieces);
}

static void expect_more_before(const struct outcome *expected, const struct octets *stream)
{
	struct pieces pieces = cut(stream->data, expected->reader.octets - 1, SIZE_MAX / 2);
	static struct outcome outcome;

	read_pieces(&outcome, expected->reader.expected, &pieces, true);
	CU_ASSERT_EQUAL(outcome.result, HELLO_MORE);
	release(&pieces);
}

const struct outcome *hello_read(enum hello_expected expected, const struct octets *stream)
{
	struct pieces whole = cut(stream->data, stream->length, SIZE_MAX / 2);
	static struct outcome outcomes[2];
	static unsigned turn;
	struct outcome *outcome = &outcomes[turn++ % 2];

	read_pieces(outcome, expected, &whole, true);
	release(&whole);
	expect_same(outcome, cut(stream->data, stream->length, 1), true);
	expect_same(outcome, cut(stream->data, stream->length, 1), false);
	expect_same(outcome, cut(stream->data, stream->length, 7), false);
	for (size_t at = 0; at <= stream->length && at <= EVERY_OCTET; at++) {
		struct pieces two = {calloc(3, sizeof(struct piece)), 0};

		if (two.items == NULL)
			abort();
		add_piece(&two, stream->data, at);
		add_piece(&two, NULL, 0);
		add_piece(&two, stream->data + at, stream->length - at);
		expect_same(outcome, two, at % 2 == 0);
	}
	if (outcome->reader.result != HELLO_MORE)
		expect_more_before(outcome, stream);
	return outcome;
}

const struct outcome *client_read(const struct octets *message)
{
	static struct octets stream;

	stream.length = 0;
	stream_records(&stream, message, 16384);
	return hello_read(HELLO_CLIENT, &stream);
}

const struct outcome *server_read(const struct octets *message)
{
	static struct octets stream;

	stream.length = 0;
	stream_records(&stream, message, 16384);
	return hello_read(HELLO_SERVER, &stream);
}

void client_refused(const struct octets *message, enum hello_fault fault, int extension)
{
	const struct outcome *outcome = client_read(message);

	CU_ASSERT_EQUAL(outcome->result, HELLO_MALFORMED);
	CU_ASSERT_EQUAL(outcome->fault, fault);
	if (extension >= 0)
		CU_ASSERT_EQUAL(outcome->client.fault_extension, extension);
	if (outcome->fault != fault)
		printf("\nexpected %s, but: %s\n", hello_fault_name(fault), hello_fault_name(outcome->fault));
}

bool has_values(struct piece list, const uint16_t *values, size_t count)
{
	uint16_t value;
	size_t i = 0;

	while (hello_next_value(&list, &value)) {
		if (i == count || values[i++] != value)
			return false;
	}
	return i == count;
}

bool piece_is(struct piece piece, const char *text)
{
	return piece.length == strlen(text) && (piece.length == 0 || memcmp(piece.data, text, piece.length) == 0);
}
