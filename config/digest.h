/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CONFIG_DIGEST_H
#define CONFIG_DIGEST_H

/* SHA-256 by libcrypto. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define DIGEST_SIZE 32

struct digest_part {
	const void *octets;
	size_t size;
};

/* The digest of the parts, one after the other. False if libcrypto fails: no memory, or an algorithm that is forbidden.
 */
bool digest_sha256(const struct digest_part *parts, size_t count, uint8_t digest[DIGEST_SIZE]);

#endif
