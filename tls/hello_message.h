/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef TLS_HELLO_MESSAGE_H
#define TLS_HELLO_MESSAGE_H

#include <tls/hello.h>

#define TLS_1_2 0x0303
#define TLS_1_3 0x0304

#define HELLO_RANDOM_LENGTH 32
#define HELLO_SESSION_ID_MAX 32

/*
 * Starts the reader and has it read the pieces, with the message copied into the buffer, its records taken away. If it
 * is whole, *body is what stands behind the message's header, in the buffer.
 */
enum hello_result hello_message_collect(struct hello_reader *reader, enum hello_expected expected,
					const struct piece *pieces, size_t count, struct hello_buffer *buffer,
					struct piece *body);

/* Whether the ALPN name is one of those of two octets that RFC 8701 section 2 reserves. */
bool hello_is_grease_protocol(const struct piece *name);

#endif
