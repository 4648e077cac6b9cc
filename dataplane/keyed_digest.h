/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef DATAPLANE_KEYED_DIGEST_H
#define DATAPLANE_KEYED_DIGEST_H

/*
 * HMAC-SHA-256 (RFC 2104) by libcrypto under a random key that never leaves the object: what is compared or kept in
 * place of a secret. Whoever reads the digests cannot test guesses without the key. An object is for one thread.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "fault.h"

#define KEYED_DIGEST_SIZE 32

struct keyed_digest;

/* With a new key. NULL with a reason. */
struct keyed_digest *keyed_digest_create(struct fault *fault);

/* Wipes the key and frees all. NULL is nothing. */
void keyed_digest_destroy(struct keyed_digest *keyed);

struct keyed_digest_part {
	const void *octets;
	uint32_t length;
};

/*
 * The digest of the parts; where one ends and the next begins counts too. False if libcrypto has no memory. It takes a
 * few hundred octets for as long as the call lasts.
 */
bool keyed_digest_make(struct keyed_digest *keyed, const struct keyed_digest_part *parts, unsigned count,
		       uint8_t digest[KEYED_DIGEST_SIZE]);

/* Whether `length` octets are the same, in a time that does not depend on them. Any thread. */
bool constant_time_equal(const void *a, const void *b, size_t length);

#endif
