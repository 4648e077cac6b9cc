/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef TLS_SERVER_HELLO_H
#define TLS_SERVER_HELLO_H

/* What a ServerHello says, or the HelloRetryRequest that looks like one (RFC 8446 sections 4.1.3 and 4.1.4). */

#include <tls/hello.h>

/* The piece is of the buffer that the hello was read into. */
struct server_hello {
	enum hello_fault fault;	  /* if malformed */
	uint16_t fault_extension; /* the type of the extension that is at fault, if one is */
	size_t length;		  /* octets of the stream from the first record's header to the hello's end */
	bool retry;		  /* HelloRetryRequest: the client will send another hello */
	uint16_t version;	  /* the one that is chosen: 0x0304 is TLS 1.3 */
	uint16_t cipher_suite;
	uint16_t group;	       /* TLS 1.3: of the server's key share, or the one that is asked for; 0: none */
	struct piece protocol; /* ALPN, before TLS 1.3 (which encrypts it); of no length: none */
};

/*
 * Reads the hello that a hello_reader found whole; as client_hello_read. `expected` is the reader's: after a
 * HelloRetryRequest there must be no other. In TLS 1.2 and before, more messages may follow in the same record.
 */
enum hello_result server_hello_read(enum hello_expected expected, const struct piece *pieces, size_t count,
				    struct hello_buffer *buffer, struct server_hello *hello);

#endif
