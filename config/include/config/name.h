/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CONFIG_NAME_H
#define CONFIG_NAME_H

/*
 * Names of hosts as policy, SNI, CONNECT and DNS mean them: letters, digits, "-" and "_" in labels (RFC 1035 section
 * 2.3.4 for the lengths; "_" because it is in use), lower-cased, without the trailing dot. What is held in this form
 * can be compared octet by octet. Pure functions, any thread.
 */

#include <stdbool.h>
#include <stddef.h>

#define NAME_LENGTH_MAX 253 /* octets, without a trailing dot */
#define NAME_LABEL_MAX 63

enum name_kind {
	NAME_HOST,    /* a name, now in its one form */
	NAME_ADDRESS, /* an IPv4 address, or an IPv6 address with or without brackets: no name */
	NAME_INVALID,
};

/*
 * Reads `length` octets at `text`, which need no NUL, and writes the name in its one form, with a NUL, if it is one:
 * one trailing dot is dropped, letters become lower case. Invalid are: nothing at all, more than 253 octets, an empty
 * label or one over 63 octets, any other octet than those above (so NUL, control characters, "*", ":port" and Unicode),
 * and a name whose last label is digits only, or "0x" and hexadecimal digits, without being an IPv4 address in its
 * ordinary form: some readers take "127.1", "0x7f.1" and "2130706433" for addresses (WHATWG URL section 3.5).
 */
enum name_kind name_read(const char *text, size_t length, char name[NAME_LENGTH_MAX + 1]);

/* The same for a pattern of a policy: a name, or "*." and a name, which is then written without its "*." and *wildcard
 * set. False if it is neither, with what is wrong and what to do in `message`; Unicode is quoted as its A-label. */
bool name_read_pattern(const char *text, size_t length, char name[NAME_LENGTH_MAX + 1], bool *wildcard, char *message,
		       size_t message_size);

#endif
