/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef TLS_VECTOR_H
#define TLS_VECTOR_H

/* Taking fields off the front of contiguous octets, in the presentation language of TLS (RFC 8446 section 3). False,
 * and nothing that counts is changed, if fewer octets are left than the field has. */

#include <stdbool.h>

#include <tls/piece.h>

static inline bool take_octets(struct piece *from, size_t length, struct piece *octets)
{
	if (from->length < length)
		return false;
	*octets = (struct piece){from->data, length};
	if (length > 0)
		*from = (struct piece){from->data + length, from->length - length};
	return true;
}

static inline bool take_uint8(struct piece *from, uint8_t *value)
{
	struct piece octets;

	if (!take_octets(from, 1, &octets))
		return false;
	*value = octets.data[0];
	return true;
}

static inline bool take_uint16(struct piece *from, uint16_t *value)
{
	struct piece octets;

	if (!take_octets(from, 2, &octets))
		return false;
	*value = (uint16_t)(octets.data[0] << 8 | octets.data[1]);
	return true;
}

/* A vector behind its length of one octet, or of two. */
static inline bool take_vector8(struct piece *from, struct piece *vector)
{
	uint8_t length;

	return take_uint8(from, &length) && take_octets(from, length, vector);
}

static inline bool take_vector16(struct piece *from, struct piece *vector)
{
	uint16_t length;

	return take_uint16(from, &length) && take_octets(from, length, vector);
}

#endif
