/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef DATAPLANE_HTTP_FIELDS_H
#define DATAPLANE_HTTP_FIELDS_H

/*
 * The lines of an HTTP/1 head (RFC 9112 sections 2 to 5), octet by octet: the one that it starts with, then fields,
 * then the empty one. Heads come in pieces of any size, in mbufs that stay where they are, and nothing gathers them:
 * what is wanted of a line is copied to a small buffer as it goes by, all else is judged and forgotten. So each octet
 * is looked at once, a head that is waited for costs less than a kilooctet however long it is, and where the pieces are
 * cut cannot make a difference.
 *
 * Stricter than RFC 9112 lets a recipient be, as what this side reads one way the next may read another: lines end in
 * CRLF and nothing else; no control character but a tab within a value, no space before the colon, no folded line, no
 * empty line in front. Pure functions, any thread; plain data, nothing to free.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define HTTP_HEAD_MAX                                                                                                  \
	16384 /* octets of a head, its empty line included; longer ones are refused by those who read them */
#define HTTP_TEXT_MAX 512 /* octets that are kept of a line */

/* Octets of a stream, counted from the first that was read. */
struct http_span {
	uint32_t offset;
	uint32_t length;
};

/* The fields that somebody here wants to know of. */
enum http_field {
	HTTP_FIELD_OTHER,
	HTTP_FIELD_CONTENT_LENGTH,
	HTTP_FIELD_HOST,
	HTTP_FIELD_PROXY_AUTHORIZATION,
	HTTP_FIELD_TRANSFER_ENCODING,
	HTTP_FIELD_VIA,
};

enum http_line {
	HTTP_LINE_MORE,	     /* every octet was read; the line goes on */
	HTTP_LINE_START,     /* the start line is there, in text[] */
	HTTP_LINE_FIELD,     /* a field is there */
	HTTP_LINE_END,	     /* the empty line: the head ends before the next octet */
	HTTP_LINE_MALFORMED, /* from here on nothing can be trusted */
};

struct http_fields {
	/* Of the start line and of a field. */
	char text[HTTP_TEXT_MAX + 1]; /* the line, or the value without the blanks around it, cut at HTTP_TEXT_MAX
				       * octets, with a NUL; empty for HTTP_FIELD_OTHER, and for Proxy-Authorization: no
				       * secret is copied to where nobody would wipe it */
	uint16_t length;	      /* of the text */
	bool cut;		      /* there were more octets than the text can hold */
	/* Of a field alone. */
	enum http_field field;
	struct http_span line;	/* from its name to its CRLF, both included */
	struct http_span value; /* without the blanks around it */
	/* How far it has come. */
	uint32_t offset; /* octets read in all */
	uint8_t state;
	bool kept; /* what is being read goes to text[] */
	uint8_t name_length;
	char name[24]; /* in lower case, as far as any known name goes */
};

/* The first line to come is a start line. */
void http_fields_begin(struct http_fields *fields);

/* As http_fields_begin, but fields come at once: the trailers of a body. */
void http_fields_begin_trailers(struct http_fields *fields);

/*
 * Reads up to `length` octets at `octets` and stops behind the first line that they complete; *used says how many were
 * read. After HTTP_LINE_END and HTTP_LINE_MALFORMED there is nothing to read: *used is 0 and the answer stays.
 */
enum http_line http_fields_read(struct http_fields *fields, const uint8_t *octets, size_t length, size_t *used);

/* Whether an octet may stand in a token: a method, the name of a field (RFC 9110 section 5.6.2). */
bool http_is_token(uint8_t octet);

/* Whether an octet may stand in a line at all: anything but control characters, the tab excepted (section 5.5). */
bool http_is_text(uint8_t octet);

#endif
