/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef TLS_PIECE_H
#define TLS_PIECE_H

#include <stddef.h>
#include <stdint.h>

/* Octets that lie somewhere, and belong to somebody else. What comes from a network is an array of pieces, of any
 * number and any lengths, which are to be read as if they stood one behind another. No octets: data may be NULL. */
struct piece {
	const uint8_t *data;
	size_t length; /* octets */
};

#endif
