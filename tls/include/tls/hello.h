/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef TLS_HELLO_H
#define TLS_HELLO_H

/*
 * What ClientHello and ServerHello have in common: being the first handshake message of a TCP stream, in any number of
 * records (RFC 8446 section 5.1), of which any number of octets has come.
 *
 * Whoever waits for a hello keeps its octets, and gives each of them once to a hello_reader, which finds out where the
 * hello ends and copies nothing. Once it is whole, client_hello.h or server_hello.h tell what it says. The outcome
 * depends on the octets of the stream alone, never on how they were cut into pieces, calls or records.
 *
 * As records forbidden by RFC 8446 are refused: records without content before or within a hello (section 5.1: they
 * must not be sent; some servers bear them), other records within it, and octets of the same record behind a
 * ClientHello. The version in a record's header is ignored as that section says, but for its major part: 3, without
 * which no TLS server takes it.
 *
 * A gateway that passes a ClientHello on, and what follows untouched, has to read the server's first message: if that
 * is a HelloRetryRequest, another ClientHello will come, which may name another site. It may even be there already, as
 * a client can foresee it. So of what follows the first hello only early data may be passed on before that message is
 * known, and after a HelloRetryRequest nothing but what comes before the second hello: a reader that is started for
 * that one right behind the first tells both by `start`.
 *
 * Nothing here allocates, locks or keeps anything between calls but in what the caller gives: any thread.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <tls/alert.h>
#include <tls/piece.h>

#define HELLO_MESSAGE_MAX 16384			 /* octets of a hello, with its message header of 4 */
#define HELLO_STREAM_MAX (6 * HELLO_MESSAGE_MAX) /* octets of the stream that it takes at most: a record for each */
#define HELLO_PASSED_RECORDS_MAX 8		 /* of warnings and change_cipher_spec before a hello */

/*
 * Which hello, and so what may come before it. Before the first ClientHello that is nothing; before all others also
 * alerts, of which warnings (but close_notify) do not end the waiting: some servers send unrecognized_name so (RFC 6066
 * section 3).
 */
enum hello_expected {
	HELLO_CLIENT,
	HELLO_CLIENT_AGAIN,	       /* after a HelloRetryRequest: change_cipher_spec (RFC 8446 appendix D.4) */
	HELLO_CLIENT_AGAIN_EARLY_DATA, /* if early data was offered, also records of it (RFC 8446 section 4.2.10) */
	HELLO_SERVER,		       /* ServerHello or HelloRetryRequest */
	HELLO_SERVER_AGAIN,	       /* the ServerHello after a HelloRetryRequest: change_cipher_spec */
};

enum hello_result {
	HELLO_MORE,    /* nothing is decided yet */
	HELLO_WHOLE,   /* there is a hello, and all of it */
	HELLO_ALERT,   /* the peer gave up instead: an alert that is fatal, or close_notify */
	HELLO_NOT_TLS, /* the stream does not begin as TLS does */
	HELLO_MALFORMED,
};

/* What a stream is that does not begin as TLS does. */
enum hello_protocol {
	HELLO_PROTOCOL_UNKNOWN,
	HELLO_PROTOCOL_SSL2, /* a ClientHello in the form of SSL 2.0, whatever versions it offers */
	HELLO_PROTOCOL_HTTP, /* a method of RFC 9110 or RFC 5789, HTTP/2's preface, or a status line of HTTP/1 */
	HELLO_PROTOCOL_SSH,
};

/* Why a hello is refused; the list with its meanings is hello_fault.def. */
enum hello_fault {
	HELLO_SOUND,
#define FAULT(identifier, name, alert, meaning) HELLO_FAULT_##identifier,
#include <tls/hello_fault.def>
#undef FAULT
	HELLO_FAULTS
};

/* The stable name ("record-empty"; "none" of HELLO_SOUND) and the one-line meaning of a fault: static strings. The
 * alert that tells it to whoever sent the hello (of HELLO_SOUND: internal_error). */
const char *hello_fault_name(enum hello_fault fault);
const char *hello_fault_meaning(enum hello_fault fault);
enum alert hello_fault_alert(enum hello_fault fault);

/* "unknown", "ssl2", "http", "ssh": static strings. */
const char *hello_protocol_name(enum hello_protocol protocol);

/* Finds a hello in a stream. Plain data: nothing to free, may be copied. To be read from outside are: */
struct hello_reader {
	/* Octets of the stream before the hello's first record: whole records that are none of its own. */
	uint64_t start;
	/* Octets of the stream that were looked at: once a hello is whole, or there is an alert, where it ends. */
	uint64_t octets;
	enum hello_expected expected;
	enum hello_result result;
	enum hello_fault fault;	      /* if malformed */
	enum hello_protocol protocol; /* if not TLS */
	uint16_t version;	      /* of the first record's header; 0: not known yet */
	bool alerted;		      /* an alert was read, of: */
	uint8_t alert_level;
	uint8_t alert; /* its description */

	/* The rest is the reader's own. */
	uint8_t state;
	uint8_t header_length; /* octets in header */
	uint8_t header[8];     /* of a record, or the octets of what is not TLS */
	uint8_t passed;	       /* warnings and change_cipher_spec records */
	uint32_t record_left;
	uint32_t message_length; /* with its header; grows while that is being read */
	uint32_t message_read;
};

/* Starts at the first octet of a stream, or at the first behind what was read before: for a hello after a
 * HelloRetryRequest that is behind the first hello, or behind the HelloRetryRequest. */
void hello_reader_start(struct hello_reader *reader, enum hello_expected expected);

/*
 * Goes on with the next octets of the stream, and returns reader->result. Each octet is given once; the pieces need not
 * outlive the call. A result other than HELLO_MORE is final: octets behind it are not looked at (reader->octets tells
 * them apart), and later calls return it again.
 *
 * HELLO_WHOLE says that the records and the message's header are sound, not that what they hold is.
 */
enum hello_result hello_reader_read(struct hello_reader *reader, const struct piece *pieces, size_t count);

/* Room for the message of a hello without its records. One for each thread is enough, as what is read from a hello
 * is gone with the next one that is read into the same buffer. */
struct hello_buffer {
	uint8_t octets[HELLO_MESSAGE_MAX];
};

/*
 * Walking the lists of a hello, which are pieces of its buffer: takes the first item off *list and gives it, or returns
 * false at the end. Values that only keep others from ossifying (GREASE, RFC 8701) are skipped.
 *
 * hello_next_value: a list of 16-bit values, given in host byte order: versions, cipher suites, groups, signature
 * algorithms. hello_next_protocol: a list of ALPN names. hello_next_key_share: a list of key shares.
 */
bool hello_next_value(struct piece *list, uint16_t *value);
bool hello_next_protocol(struct piece *list, struct piece *name);
bool hello_next_key_share(struct piece *list, uint16_t *group, struct piece *key);

/* Whether the value is one of RFC 8701's sixteen: 0x0a0a, 0x1a1a ... 0xfafa. */
bool hello_is_grease(uint16_t value);

#endif
