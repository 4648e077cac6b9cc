/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CONFIG_JSON_TEXT_H
#define CONFIG_JSON_TEXT_H

/* The strings and numbers of JSON (RFC 8259, sections 6 and 7), read strictly. */

#include <stdbool.h>
#include <stddef.h>

#include <config/error.h>

/* A text and a place in it; when something was wrong, also what and where. */
struct json_reader {
	const char *text; /* needs no NUL */
	size_t size;
	size_t at;
	size_t fault_at;
	char fault[CONFIG_MESSAGE_SIZE];
};

/* Notes what is wrong at an offset of the text. Always false. */
bool json_fail(struct json_reader *reader, size_t at, const char *format, ...) __attribute__((format(printf, 3, 4)));

/* The next octet, or -1 at the end. */
int json_peek(const struct json_reader *reader);

/* Describes the next octet for a message: 'x', octet 0x80, the end of the file. */
const char *json_describe(const struct json_reader *reader, char buffer[24]);

/*
 * Reads a string from its opening quote to behind its closing one. Refuses control characters, octets that are not
 * UTF-8 (RFC 3629), NUL in any form and halves of surrogate pairs. If `decoded` is not NULL, it gets the string with
 * its escapes resolved and a NUL; that is never more than the octets between the quotes, and the NUL.
 */
bool json_read_string(struct json_reader *reader, char *decoded);

/*
 * Reads a number to behind its last character. Refuses what a double cannot hold: too large, too small, or a whole
 * number beyond 2^53 - 1.
 */
bool json_read_number(struct json_reader *reader);

#endif
