/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef TLS_ALERT_H
#define TLS_ALERT_H

/* Alerts (RFC 8446 section 6), and those that the gateway sends where there is no TLS connection to send them on. */

#include <stddef.h>
#include <stdint.h>

#define ALERT_RECORD_LENGTH 7 /* octets of a record that holds an alert, not encrypted */

enum alert_level {
	ALERT_WARNING = 1,
	ALERT_FATAL = 2,
};

/* The octet on the wire; a peer may send others than these. */
enum alert {
	ALERT_CLOSE_NOTIFY = 0,
	ALERT_UNEXPECTED_MESSAGE = 10,
	ALERT_RECORD_OVERFLOW = 22,
	ALERT_HANDSHAKE_FAILURE = 40,
	ALERT_ILLEGAL_PARAMETER = 47,
	ALERT_DECODE_ERROR = 50,
	ALERT_PROTOCOL_VERSION = 70,
	ALERT_INTERNAL_ERROR = 80,
	ALERT_MISSING_EXTENSION = 109,
	ALERT_UNRECOGNIZED_NAME = 112,
};

/*
 * Writes the record of a fatal alert (of a warning, if it is close_notify) to ALERT_RECORD_LENGTH octets at `record`,
 * for a client that waits for its ServerHello; returns ALERT_RECORD_LENGTH.
 *
 * `client_version` is the legacy_version of its ClientHello, or as long as that is not known the version of the record
 * that it began in (struct hello_reader). Clients of SSL 3.0 to TLS 1.1 look for a record of a version of their own;
 * all later ones expect that of TLS 1.2 (RFC 8446 section 5.1). What is neither, 0 too, is brought into that range.
 */
size_t alert_write(enum alert alert, uint16_t client_version, uint8_t record[ALERT_RECORD_LENGTH]);

#endif
