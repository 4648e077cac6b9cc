/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef TESTS_UNIT_CONNECT_SUPPORT_H
#define TESTS_UNIT_CONNECT_SUPPORT_H

/* What the tests of CONNECT heads share: a head is read whole, cut in two at each octet, and octet by octet, each piece
 * in memory of its own, and must come to the same in all of these. */

#include <connect_request.h>

/* Gives a stream to `read` in pieces: one of `first` octets, then such of `piece` octets. */
void connect_cut(const void *stream, size_t length, size_t first, size_t piece,
		 void (*read)(void *reader, const uint8_t *octets, size_t length), void *reader);

/* Reads `length` octets in all those ways and writes what they came to; fatal if it is not the same for all. */
void connect_read_all(const void *head, size_t length, const char *pseudonym, struct connect_request *request);

/* Heads that have to be refused with this reason; every part of `heads` is a string without a NUL. */
void connect_refused(enum reason reason, const char *const *heads, size_t count);

#define CONNECT_REFUSED_ALL(reason, ...)                                                                               \
	connect_refused(reason, (const char *const[]){__VA_ARGS__},                                                    \
			sizeof((const char *const[]){__VA_ARGS__}) / sizeof(const char *))

/* The head has to be complete at its end, for that name and port. */
void connect_accepted(const char *head, const char *name, uint16_t port);

/* The same for an address, as text. */
void connect_accepted_address(const char *head, const char *address, uint16_t port);

#endif
