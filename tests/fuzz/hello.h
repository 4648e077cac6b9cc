/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef TESTS_FUZZ_HELLO_H
#define TESTS_FUZZ_HELLO_H

/* What the targets of the two hellos share: a stream is cut in several ways, of which nothing may depend. */

#include <tls/hello.h>

/* Reads the stream in one piece, in pieces of an octet, and in pieces of lengths that its octets draw. Holds that the
 * same is found each time, and that it lies within the stream; *reader is what was found. */
void hello_find(struct hello_reader *reader, enum hello_expected expected, const uint8_t *data, size_t size);

/* The octets in pieces of one each, as many as there are octets; to be freed by free(). */
struct piece *hello_crumbs(const uint8_t *data, size_t size);

/* The hello that was found, its message in records of another length, which its octets draw: a stream of *length
 * octets, to be freed by free(). */
uint8_t *hello_records(const struct hello_reader *reader, const uint8_t *data, size_t *length);

/* Holds that the piece, unless it is empty, lies within the buffer. */
void hold_within(struct piece piece, const struct hello_buffer *buffer);

/* Holds that the pieces have the same octets. */
void hold_same(struct piece a, struct piece b);

#endif
