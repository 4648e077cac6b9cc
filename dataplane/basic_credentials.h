/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef DATAPLANE_BASIC_CREDENTIALS_H
#define DATAPLANE_BASIC_CREDENTIALS_H

/*
 * The value of a Proxy-Authorization field, read as Basic credentials (RFC 7617). Whether they are right is not judged
 * here. Pure functions, any thread.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define BASIC_CREDENTIALS_MAX 384 /* octets of user name, colon and password together */

/* The longest value: "Basic", a space, and that much in base64. */
#define BASIC_CREDENTIALS_VALUE_MAX (5 + 1 + BASIC_CREDENTIALS_MAX / 3 * 4)

/* In the caller's memory, who wipes it after use. Both strings end with a NUL and hold none before it. */
struct basic_credentials {
	const char *user;
	const char *password;
	uint16_t user_length; /* octets, in whatever encoding the client took; RFC 7617 section 2.1 asks for UTF-8 */
	uint16_t password_length;
	char octets[BASIC_CREDENTIALS_MAX + 1];
};

/*
 * Reads `length` octets at `value`: "Basic" (in any case), one or more spaces, strict base64 (RFC 4648 section 4:
 * padded, nothing between or behind, no stray bits under the padding), in that a colon, and no control character.
 * Either part may be empty. False, and *credentials is wiped, for all else, values over BASIC_CREDENTIALS_VALUE_MAX
 * included.
 */
bool basic_credentials_read(struct basic_credentials *credentials, const uint8_t *value, size_t length);

/* Overwrites all of *credentials, in a way that no compiler leaves out. */
void basic_credentials_wipe(struct basic_credentials *credentials);

#endif
