/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef TLS_CLIENT_HELLO_H
#define TLS_CLIENT_HELLO_H

/* What a ClientHello says (RFC 8446 section 4.1.2, RFC 5246 section 7.4.1.2). */

#include <tls/hello.h>

/* The server_name extension (RFC 6066 section 3). */
enum client_hello_name {
	CLIENT_HELLO_NAME_NONE, /* no such extension */
	CLIENT_HELLO_NAME_ONE,	/* one host_name, whose octets may still be anything but NUL */
	/* What no client should send, and servers read in different ways: */
	CLIENT_HELLO_NAME_EMPTY, /* no content, no names, or one of no octets */
	CLIENT_HELLO_NAME_TWO,	 /* more than one host_name */
	CLIENT_HELLO_NAME_TYPE,	 /* a name of another type, alone or beside a host_name */
	CLIENT_HELLO_NAME_NUL,	 /* NUL among its octets */
};

/* The encrypted_client_hello extension (RFC 9849), which is GREASE more often than not. */
enum client_hello_ech {
	CLIENT_HELLO_ECH_NONE,
	CLIENT_HELLO_ECH_OUTER, /* the name here is the outer one */
	CLIENT_HELLO_ECH_INNER, /* decrypted already: only between the two servers of a split mode */
};

/* Pieces are of the buffer that the hello was read into, and of no length if the hello has no such list. */
struct client_hello {
	enum hello_fault fault;		   /* if malformed */
	uint16_t fault_extension;	   /* the type of the extension that is at fault, if one is */
	size_t length;			   /* octets of the stream from the first record's header to the hello's end */
	uint16_t legacy_version;	   /* 0x0303 in every hello since TLS 1.2 */
	uint16_t version;		   /* the highest 3.x that is offered; of legacy_version if the list has none */
	uint8_t session_id_length;	   /* 0 to 32 */
	uint16_t extensions;		   /* how many there are */
	struct piece cipher_suites;	   /* hello_next_value */
	struct piece versions;		   /* hello_next_value; none: those up to legacy_version */
	struct piece groups;		   /* hello_next_value */
	struct piece signature_algorithms; /* hello_next_value */
	struct piece key_shares;	   /* hello_next_key_share */
	struct piece protocols;		   /* ALPN (RFC 7301): hello_next_protocol */
	enum client_hello_name name_kind;
	struct piece name; /* the first host_name as it was sent, whatever name_kind says of it */
	enum client_hello_ech ech;
	bool esni;		  /* the encrypted_server_name extension, from which ECH grew (0xffce) */
	bool early_data;	  /* is offered, and may follow */
	uint16_t pre_shared_keys; /* how many are offered */
	bool grease;		  /* seen among extensions or in a list */
};

/*
 * Reads the hello that a hello_reader found whole. The pieces begin at the first record of the hello, which is
 * reader->start octets behind where the reader began, and hold at least all of it; they are not kept.
 *
 * Returns HELLO_WHOLE and fills *hello; or HELLO_MALFORMED with hello->fault and its extension, legacy_version if it is
 * known, and nothing else that may be relied on. A hello that is malformed must not be passed on, even where what is
 * not TLS may: a server could read another name in it. (With other pieces than those: what a hello_reader would say of
 * them.)
 *
 * Every length must agree with those around it, and every list that is mentioned above must be one of its kind, empty
 * where and only where its RFC allows that. What other extensions hold is not looked at; any number of them is taken,
 * but no type twice, and none behind pre_shared_key (RFC 8446 sections 4.2 and 4.2.11).
 */
enum hello_result client_hello_read(const struct piece *pieces, size_t count, struct hello_buffer *buffer,
				    struct client_hello *hello);

#endif
