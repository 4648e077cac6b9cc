/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Finding a hello in a stream of records, octet by octet where headers are, by runs elsewhere. Every decision is made
 * at the octet that allows it and looks at no later one, so that it cannot matter what else has come by then.
 */
#include <string.h>

#include "hello_message.h"
#include "record.h"

#define MESSAGE_HEADER_LENGTH 4

enum state {
	IN_RECORD_HEADER,
	IN_STRANGER, /* the first octets of what is not TLS */
	IN_HANDSHAKE,
	IN_ALERT,
	IN_CHANGE_CIPHER_SPEC,
	IN_EARLY_DATA,
};

enum handshake_type {
	HANDSHAKE_CLIENT_HELLO = 1,
	HANDSHAKE_SERVER_HELLO = 2,
};

static const struct {
	const char *opening;
	enum hello_protocol protocol;
} strangers[] = {
    {"GET ", HELLO_PROTOCOL_HTTP},     {"HEAD ", HELLO_PROTOCOL_HTTP},	 {"POST ", HELLO_PROTOCOL_HTTP},
    {"PUT ", HELLO_PROTOCOL_HTTP},     {"DELETE ", HELLO_PROTOCOL_HTTP}, {"CONNECT ", HELLO_PROTOCOL_HTTP},
    {"OPTIONS ", HELLO_PROTOCOL_HTTP}, {"TRACE ", HELLO_PROTOCOL_HTTP},	 {"PATCH ", HELLO_PROTOCOL_HTTP},
    {"PRI * ", HELLO_PROTOCOL_HTTP},   {"HTTP/1.", HELLO_PROTOCOL_HTTP}, {"SSH-", HELLO_PROTOCOL_SSH},
};

const char *hello_protocol_name(enum hello_protocol protocol)
{
	static const char *const names[] = {
	    [HELLO_PROTOCOL_UNKNOWN] = "unknown",
	    [HELLO_PROTOCOL_SSL2] = "ssl2",
	    [HELLO_PROTOCOL_HTTP] = "http",
	    [HELLO_PROTOCOL_SSH] = "ssh",
	};

	return names[protocol];
}

void hello_reader_start(struct hello_reader *reader, enum hello_expected expected)
{
	*reader = (struct hello_reader){.expected = expected, .result = HELLO_MORE, .state = IN_RECORD_HEADER};
}

static size_t smaller(size_t a, size_t b)
{
	return a < b ? a : b;
}

static bool is_client(const struct hello_reader *reader)
{
	return reader->expected != HELLO_SERVER && reader->expected != HELLO_SERVER_AGAIN;
}

static bool is_again(const struct hello_reader *reader)
{
	return reader->expected != HELLO_CLIENT && reader->expected != HELLO_SERVER;
}

static void malformed(struct hello_reader *reader, enum hello_fault fault)
{
	reader->result = HELLO_MALFORMED;
	reader->fault = fault;
}

static void not_tls(struct hello_reader *reader, enum hello_protocol protocol)
{
	reader->result = HELLO_NOT_TLS;
	reader->protocol = protocol;
}

/* A length of two octets with the high bit set, message type 1, and version 0.2 or 3.x (RFC 5246 appendix E.2). */
static bool may_be_ssl2(const uint8_t *octets, uint8_t length)
{
	return (octets[0] & 0x80) && (length < 3 || octets[2] == 1) &&
	       (length < 4 || octets[3] == 0 || octets[3] == 3) && (length < 5 || octets[3] == 3 || octets[4] == 2);
}

/* Says what is not TLS as soon as that is certain. */
static void identify(struct hello_reader *reader)
{
	bool undecided = may_be_ssl2(reader->header, reader->header_length);

	if (undecided && reader->header_length == 5) {
		not_tls(reader, HELLO_PROTOCOL_SSL2);
		return;
	}
	for (size_t i = 0; i < sizeof(strangers) / sizeof(strangers[0]); i++) {
		size_t length = strlen(strangers[i].opening);

		if (length > reader->header_length)
			length = reader->header_length;
		if (memcmp(strangers[i].opening, reader->header, length) != 0)
			continue;
		if (strangers[i].opening[length] == '\0') {
			not_tls(reader, strangers[i].protocol);
			return;
		}
		undecided = true;
	}
	if (!undecided)
		not_tls(reader, HELLO_PROTOCOL_UNKNOWN);
}

/* What began as no record does: at the very beginning it is no TLS, behind records of TLS it is a fault. */
static void no_record(struct hello_reader *reader, enum hello_fault fault)
{
	if (reader->version != 0 || is_again(reader)) {
		malformed(reader, fault);
		return;
	}
	reader->state = IN_STRANGER;
	identify(reader);
}

static bool has_place(const struct hello_reader *reader, uint8_t type)
{
	if (type == RECORD_HANDSHAKE)
		return true;
	if (reader->message_read > 0)
		return false;
	if (type == RECORD_ALERT)
		return reader->expected != HELLO_CLIENT;
	if (type == RECORD_CHANGE_CIPHER_SPEC)
		return is_again(reader);
	return type == RECORD_APPLICATION_DATA && reader->expected == HELLO_CLIENT_AGAIN_EARLY_DATA;
}

static enum hello_fault record_fault(uint8_t type, uint32_t length)
{
	if (length == 0)
		return HELLO_FAULT_RECORD_EMPTY;
	if (type == RECORD_ALERT && length != 2)
		return HELLO_FAULT_ALERT;
	if (type == RECORD_CHANGE_CIPHER_SPEC && length != 1)
		return HELLO_FAULT_CHANGE_CIPHER_SPEC;
	if (length > (type == RECORD_APPLICATION_DATA ? RECORD_ENCRYPTED_MAX : RECORD_CONTENT_MAX))
		return HELLO_FAULT_RECORD_TOO_LONG;
	return HELLO_SOUND;
}

static void record_begins(struct hello_reader *reader)
{
	static const uint8_t states[] = {
	    [RECORD_CHANGE_CIPHER_SPEC] = IN_CHANGE_CIPHER_SPEC,
	    [RECORD_ALERT] = IN_ALERT,
	    [RECORD_HANDSHAKE] = IN_HANDSHAKE,
	    [RECORD_APPLICATION_DATA] = IN_EARLY_DATA,
	};
	uint32_t length = (uint32_t)reader->header[3] << 8 | reader->header[4];
	enum hello_fault fault = record_fault(reader->header[0], length);

	if (fault != HELLO_SOUND) {
		malformed(reader, fault);
		return;
	}
	reader->record_left = length;
	reader->state = states[reader->header[0]];
}

static void record_header_octet(struct hello_reader *reader, uint8_t octet)
{
	reader->header[reader->header_length++] = octet;
	switch (reader->header_length) {
	case 1:
		if (octet < RECORD_CHANGE_CIPHER_SPEC || octet > RECORD_HEARTBEAT)
			no_record(reader, HELLO_FAULT_RECORD_TYPE);
		break;
	case 2:
		if (octet != 3)
			no_record(reader, HELLO_FAULT_RECORD_VERSION);
		else if (!has_place(reader, reader->header[0]))
			malformed(reader, HELLO_FAULT_RECORD_TYPE);
		break;
	case 3:
		if (reader->version == 0)
			reader->version = (uint16_t)(0x0300 | octet);
		break;
	case RECORD_HEADER_LENGTH:
		record_begins(reader);
		break;
	}
}

/* A record that was none of the hello's is over. */
static void passed_over(struct hello_reader *reader)
{
	reader->start = reader->octets;
	if (reader->state != IN_EARLY_DATA && ++reader->passed > HELLO_PASSED_RECORDS_MAX)
		malformed(reader, HELLO_FAULT_TOO_MANY_RECORDS);
}

static void alert_octet(struct hello_reader *reader, uint8_t octet)
{
	if (reader->record_left == 1) {
		if (octet != ALERT_WARNING && octet != ALERT_FATAL)
			malformed(reader, HELLO_FAULT_ALERT);
		reader->alert_level = octet;
		return;
	}
	reader->alert = octet;
	reader->alerted = true;
	if (reader->alert_level == ALERT_FATAL || octet == ALERT_CLOSE_NOTIFY)
		reader->result = HELLO_ALERT;
	else
		passed_over(reader);
}

static void message_header_octet(struct hello_reader *reader, uint8_t octet)
{
	if (reader->message_read++ == 0) {
		if (octet != (is_client(reader) ? HANDSHAKE_CLIENT_HELLO : HANDSHAKE_SERVER_HELLO))
			malformed(reader, HELLO_FAULT_MESSAGE_TYPE);
		return;
	}
	reader->message_length = reader->message_length << 8 | octet;
	if (reader->message_read < MESSAGE_HEADER_LENGTH)
		return;
	reader->message_length += MESSAGE_HEADER_LENGTH;
	if (reader->message_length > HELLO_MESSAGE_MAX)
		malformed(reader, HELLO_FAULT_MESSAGE_TOO_LONG);
}

static void message_ends(struct hello_reader *reader)
{
	/* What follows a ClientHello has other keys, or comes after the answer to it: it cannot be in the record. */
	if (is_client(reader) && reader->record_left > 0)
		malformed(reader, HELLO_FAULT_RECORD_GOES_ON);
	else
		reader->result = HELLO_WHOLE;
}

/* Octets of a record's content are taken. */
static void took(struct hello_reader *reader, size_t count)
{
	reader->octets += count;
	reader->record_left -= (uint32_t)count;
}

/* Each of these takes some of the octets, at least one, and returns how many. */

static size_t read_record_header(struct hello_reader *reader, uint8_t octet)
{
	reader->octets++;
	record_header_octet(reader, octet);
	return 1;
}

static size_t read_stranger(struct hello_reader *reader, uint8_t octet)
{
	reader->octets++;
	reader->header[reader->header_length++] = octet;
	identify(reader);
	return 1;
}

static size_t read_handshake(struct hello_reader *reader, const uint8_t *data, size_t length, uint8_t *message)
{
	size_t count = 1;

	if (reader->message_read < MESSAGE_HEADER_LENGTH) {
		message_header_octet(reader, data[0]);
	} else {
		count = smaller(length, reader->message_length - reader->message_read);
		if (message != NULL)
			memcpy(message + reader->message_read, data, count);
		reader->message_read += (uint32_t)count;
	}
	took(reader, count);
	if (reader->result == HELLO_MORE && reader->message_read >= MESSAGE_HEADER_LENGTH &&
	    reader->message_read == reader->message_length)
		message_ends(reader);
	return count;
}

static size_t read_alert(struct hello_reader *reader, uint8_t octet)
{
	took(reader, 1);
	alert_octet(reader, octet);
	return 1;
}

static size_t read_change_cipher_spec(struct hello_reader *reader, uint8_t octet)
{
	took(reader, 1);
	if (octet == 1)
		passed_over(reader);
	else
		malformed(reader, HELLO_FAULT_CHANGE_CIPHER_SPEC);
	return 1;
}

static size_t read_early_data(struct hello_reader *reader, size_t length)
{
	took(reader, length);
	if (reader->record_left == 0)
		passed_over(reader);
	return length;
}

/* Octets of one record, or of what is not TLS. */
static size_t read_content(struct hello_reader *reader, const uint8_t *data, size_t length, uint8_t *message)
{
	switch ((enum state)reader->state) {
	case IN_STRANGER:
		return read_stranger(reader, data[0]);
	case IN_HANDSHAKE:
		return read_handshake(reader, data, smaller(length, reader->record_left), message);
	case IN_ALERT:
		return read_alert(reader, data[0]);
	case IN_CHANGE_CIPHER_SPEC:
		return read_change_cipher_spec(reader, data[0]);
	case IN_EARLY_DATA:
		return read_early_data(reader, smaller(length, reader->record_left));
	case IN_RECORD_HEADER:
		break;
	}
	return read_record_header(reader, data[0]);
}

static void read_piece(struct hello_reader *reader, const uint8_t *data, size_t length, uint8_t *message)
{
	while (length > 0 && reader->result == HELLO_MORE) {
		size_t count = read_content(reader, data, length, message);

		data += count;
		length -= count;
		if (reader->state >= IN_HANDSHAKE && reader->record_left == 0) {
			reader->state = IN_RECORD_HEADER;
			reader->header_length = 0;
		}
	}
}

enum hello_result hello_reader_read(struct hello_reader *reader, const struct piece *pieces, size_t count)
{
	for (size_t i = 0; i < count; i++)
		read_piece(reader, pieces[i].data, pieces[i].length, NULL);
	return reader->result;
}

enum hello_result hello_message_collect(struct hello_reader *reader, enum hello_expected expected,
					const struct piece *pieces, size_t count, struct hello_buffer *buffer,
					struct piece *body)
{
	hello_reader_start(reader, expected);
	for (size_t i = 0; i < count; i++)
		read_piece(reader, pieces[i].data, pieces[i].length, buffer->octets);
	if (reader->result == HELLO_WHOLE)
		*body = (struct piece){buffer->octets + MESSAGE_HEADER_LENGTH,
				       reader->message_length - MESSAGE_HEADER_LENGTH};
	return reader->result;
}
