/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef TLS_EXTENSION_H
#define TLS_EXTENSION_H

/* The block of extensions at the end of a hello (RFC 8446 section 4.2). */

#include <tls/hello.h>

enum extension_type {
	EXTENSION_SERVER_NAME = 0,
	EXTENSION_SUPPORTED_GROUPS = 10,
	EXTENSION_SIGNATURE_ALGORITHMS = 13,
	EXTENSION_ALPN = 16,
	EXTENSION_PRE_SHARED_KEY = 41,
	EXTENSION_EARLY_DATA = 42,
	EXTENSION_SUPPORTED_VERSIONS = 43,
	EXTENSION_KEY_SHARE = 51,
	EXTENSION_ENCRYPTED_CLIENT_HELLO = 0xfe0d,
	EXTENSION_ENCRYPTED_SERVER_NAME = 0xffce,
};

/* Reads one extension into a hello; false if its content is not what its type prescribes. */
typedef bool extension_reader(uint16_t type, struct piece content, void *hello);

/*
 * Reads what is left of a hello's body: a block of extensions, or nothing at all. Gives each extension, in order, to
 * `read`; returns the first fault, with the type of the extension in *fault_extension if it is one's.
 */
enum hello_fault extensions_read(struct piece rest, extension_reader *read, void *hello, uint16_t *fault_extension);

#endif
