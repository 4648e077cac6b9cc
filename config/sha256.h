/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CONFIG_SHA256_H
#define CONFIG_SHA256_H

/* SHA-256 by libcrypto. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SHA256_SIZE 32

struct sha256_part {
	const void *octets;
	size_t size;
};

/* The digest of the parts, one after the other. False if libcrypto fails: no memory, or an algorithm that is forbidden.
 */
bool sha256(const struct sha256_part *parts, size_t count, uint8_t digest[SHA256_SIZE]);

#endif
