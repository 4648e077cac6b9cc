/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef TLS_RECORD_H
#define TLS_RECORD_H

/* The record layer (RFC 8446 section 5). */

#define RECORD_HEADER_LENGTH 5
#define RECORD_CONTENT_MAX 16384			/* octets of a record that is not encrypted */
#define RECORD_ENCRYPTED_MAX (RECORD_CONTENT_MAX + 256) /* section 5.2 */

enum record_type {
	RECORD_CHANGE_CIPHER_SPEC = 20,
	RECORD_ALERT = 21,
	RECORD_HANDSHAKE = 22,
	RECORD_APPLICATION_DATA = 23,
	RECORD_HEARTBEAT = 24,
};

#endif
