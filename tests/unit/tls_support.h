/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef TESTS_UNIT_TLS_SUPPORT_H
#define TESTS_UNIT_TLS_SUPPORT_H

/*
 * What the tests of tls/ share: a builder of hellos and of the records around them, and a reader that reads them cut in
 * every way and asserts that it makes no difference.
 */

#include <tls/client_hello.h>
#include <tls/server_hello.h>

#include "support.h"

/* Octets that grow at their end: a message, or a stream of records. Zeroed, they are empty. */
struct octets {
	uint8_t data[HELLO_STREAM_MAX + 4096];
	size_t length;
};

void octets_add(struct octets *octets, const void *data, size_t length);
void octets_hex(struct octets *octets, const char *text);
void octets_zero(struct octets *octets, size_t count);

/* Adds room for a length of `width` octets and returns where it is; fills it in with what was added behind it. */
size_t octets_open(struct octets *octets, unsigned width);
void octets_close(struct octets *octets, size_t place, unsigned width);

/* What stands before the extensions, in hexadecimal; NULL: that of an ordinary hello. */
struct hello_text {
	const char *version;	   /* 0303 */
	const char *random;	   /* 32 octets */
	const char *session_id;	   /* with its length; 32 octets */
	const char *cipher_suites; /* with their length (one, without, of a ServerHello); 1301, 1302, c02f */
	const char *compression;   /* with its length (without, of a ServerHello); null */
};

/* A ClientHello or ServerHello, message header included, from its start until hello_end; without extensions if none
 * was added. */
void client_hello_begin(struct octets *message, const struct hello_text *text);
void server_hello_begin(struct octets *message, const struct hello_text *text);
void hello_extension(struct octets *message, uint16_t type, const char *hex);
void hello_extension_zero(struct octets *message, uint16_t type, size_t length);
void hello_name(struct octets *message, const void *name, size_t length); /* server_name with one host_name */
void hello_end(struct octets *message);

/* A whole ClientHello of TLS 1.3 and 1.2 for a.test, as common as can be, of `length` octets (0: without padding). */
void hello_common(struct octets *message, size_t length);

/* The random of a HelloRetryRequest, for hello_text. */
#define RETRY_RANDOM "cf21ad74e59a6111be1d8c021e65b891c2a211167abb8c5e079e09e2c8a8339c"

/* Adds a record of version 3.1 with the octets, or as many as are needed for none to hold more than `limit`. */
void stream_record(struct octets *stream, uint8_t type, const void *data, size_t length);
void stream_records(struct octets *stream, const struct octets *message, size_t limit);

/* What came of reading a stream. */
struct outcome {
	struct hello_reader reader;
	enum hello_result result; /* of the reader, and if that found a hello, of what reads it */
	enum hello_fault fault;
	struct client_hello client;
	struct server_hello server;
	struct hello_buffer buffer;
};

/*
 * Reads the stream in one piece and gives what came of it, which the call after the next overwrites. Asserts that the
 * same comes of it in pieces of one octet, in one call and in as many as octets; cut in two at each octet (of the first
 * 2,048); with empty pieces between; and that without its last octet nothing would be decided. Each piece lies alone,
 * for the address sanitizer.
 */
const struct outcome *hello_read(enum hello_expected expected, const struct octets *stream);

/* The same from the message in records as long as can be. */
const struct outcome *client_read(const struct octets *message);
const struct outcome *server_read(const struct octets *message);

/* Asserts that the ClientHello is refused for that reason (and extension; -1: none). */
void client_refused(const struct octets *message, enum hello_fault fault, int extension);

/* Whether two readings say the same but for the records around the hellos. */
bool same_hello(const struct outcome *a, const struct outcome *b);

/* Whether the list has those values in that order, GREASE left out; `count` of them. */
bool has_values(struct piece list, const uint16_t *values, size_t count);
#define HAS_VALUES(list, ...)                                                                                          \
	has_values(list, (const uint16_t[]){__VA_ARGS__}, sizeof((const uint16_t[]){__VA_ARGS__}) / sizeof(uint16_t))

/* Whether the piece is the text. */
bool piece_is(struct piece piece, const char *text);

#endif
