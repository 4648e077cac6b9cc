/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef DATAPLANE_HTTP_BODY_H
#define DATAPLANE_HTTP_BODY_H

/*
 * Where the body of an HTTP/1 answer that is relayed as it came ends (RFC 9112 sections 6 and 7), read in pieces of any
 * size, each octet once and data of known length not at all. Pure functions, any thread; plain data, nothing to free.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "http_fields.h"

#define HTTP_CHUNK_EXTENSION_MAX 256 /* octets of one chunk's extensions */

enum http_framing {
	HTTP_FRAMING_LENGTH,  /* so many octets; 0: there is no body */
	HTTP_FRAMING_CHUNKED, /* chunks, the last one, trailers */
	HTTP_FRAMING_CLOSE,   /* until the sender closes */
};

enum http_body_result {
	HTTP_BODY_MORE,	     /* every octet belongs to the body, and it goes on */
	HTTP_BODY_COMPLETE,  /* it ends behind the octets that were used */
	HTTP_BODY_MALFORMED, /* where it ends cannot be known */
};

struct http_body {
	enum http_framing framing;
	uint8_t state;
	uint16_t digits;    /* of a chunk's size, or octets of its extensions */
	uint64_t remaining; /* octets of the body, or of the chunk */
	struct http_fields trailers;
};

/* Begins a body; `length` counts for HTTP_FRAMING_LENGTH alone. */
void http_body_begin(struct http_body *body, enum http_framing framing, uint64_t length);

/*
 * Reads the next `length` octets, which may be none; *used says how many of them belong to the body. Once it is
 * complete or malformed it stays so, and *used is 0. A sender that closes has ended an HTTP_FRAMING_CLOSE, and cut any
 * other that is not complete.
 */
enum http_body_result http_body_read(struct http_body *body, const uint8_t *octets, size_t length, size_t *used);

#endif
