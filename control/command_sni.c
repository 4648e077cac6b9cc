/* SPDX-License-Identifier: BSD-3-Clause */
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <config/json_line.h>
#include <config/name.h>
#include <tls/client_hello.h>
#include <tls/name.h>

#include "command.h"

/* Two octets of a hello make at most one number with a name of 50 characters and its punctuation, one octet of a text
 * at most six. */
#define LINE_SIZE (HELLO_MESSAGE_MAX * 32)

/* What came so far, as many octets as a hello may take. */
struct stream {
	uint8_t octets[HELLO_STREAM_MAX];
	size_t length;
	struct hello_reader reader;
};

/* Reads until it is decided what it is: a pipe need not have come to its end. */
static bool read_stream(int file, const char *path, struct stream *stream)
{
	ssize_t got;

	hello_reader_start(&stream->reader, HELLO_CLIENT);
	do {
		struct piece piece = {stream->octets + stream->length, 0};

		got = read(file, stream->octets + stream->length, sizeof(stream->octets) - stream->length);
		if (got <= 0)
			continue;
		piece.length = (size_t)got;
		stream->length += piece.length;
		hello_reader_read(&stream->reader, &piece, 1);
	} while ((got > 0 && stream->reader.result == HELLO_MORE) || (got < 0 && errno == EINTR));
	if (got < 0)
		warn("%s cannot be read", path);
	return got >= 0;
}

static bool open_stream(const char *path, struct stream *stream)
{
	bool good;
	int file;

	if (strcmp(path, "-") == 0)
		return read_stream(STDIN_FILENO, "standard input", stream);
	file = open(path, O_RDONLY | O_CLOEXEC);
	if (file < 0) {
		warn("%s cannot be opened", path);
		return false;
	}
	good = read_stream(file, path, stream);
	close(file);
	return good;
}

/* There is no alert: it is a fault where the first hello is expected. */
static const char *result_name(enum hello_result result)
{
	static const char *const names[] = {
	    [HELLO_MORE] = "more",
	    [HELLO_WHOLE] = "whole",
	    [HELLO_NOT_TLS] = "not-tls",
	    [HELLO_MALFORMED] = "malformed",
	};

	return names[result];
}

static void put_octets(struct json_line *line, const char *name, struct piece piece)
{
	json_line_octets(line, name, (const char *)piece.data, piece.length, false);
}

typedef const char *name_of_number(uint16_t number, char text[TLS_NAME_NUMBER]);

static const char *plain_number(uint16_t number, char text[TLS_NAME_NUMBER])
{
	snprintf(text, TLS_NAME_NUMBER, "0x%04x", number);
	return text;
}

static void put_values(struct json_line *line, const char *name, struct piece list, name_of_number *name_of)
{
	char number[TLS_NAME_NUMBER];
	uint16_t value;

	json_line_open(line, name, '[');
	while (hello_next_value(&list, &value))
		json_line_string(line, NULL, name_of(value, number));
	json_line_close(line, ']');
}

static void put_key_shares(struct json_line *line, struct piece list)
{
	char number[TLS_NAME_NUMBER];
	struct piece key;
	uint16_t group;

	json_line_open(line, "key_shares", '[');
	while (hello_next_key_share(&list, &group, &key)) {
		json_line_open(line, NULL, '{');
		json_line_string(line, "group", tls_name_group(group, number));
		json_line_number(line, "length", key.length);
		json_line_close(line, '}');
	}
	json_line_close(line, ']');
}

static void put_protocols(struct json_line *line, struct piece list)
{
	struct piece protocol;

	json_line_open(line, "alpn", '[');
	while (hello_next_protocol(&list, &protocol))
		put_octets(line, NULL, protocol);
	json_line_close(line, ']');
}

static void put_sni(struct json_line *line, const struct client_hello *hello)
{
	static const char *const kinds[] = {
	    [CLIENT_HELLO_NAME_NONE] = "none", [CLIENT_HELLO_NAME_ONE] = "one",	  [CLIENT_HELLO_NAME_EMPTY] = "empty",
	    [CLIENT_HELLO_NAME_TWO] = "two",   [CLIENT_HELLO_NAME_TYPE] = "type", [CLIENT_HELLO_NAME_NUL] = "nul",
	};
	char name[NAME_LENGTH_MAX + 1];

	json_line_open(line, "sni", '{');
	json_line_string(line, "kind", kinds[hello->name_kind]);
	if (hello->name.length > 0)
		put_octets(line, "name", hello->name);
	if (hello->name_kind == CLIENT_HELLO_NAME_ONE &&
	    name_read((const char *)hello->name.data, hello->name.length, name) == NAME_HOST)
		json_line_string(line, "host", name);
	else
		json_line_null(line, "host");
	json_line_close(line, '}');
}

static void put_hello(struct json_line *line, const struct client_hello *hello)
{
	static const char *const ech[] = {
	    [CLIENT_HELLO_ECH_NONE] = "none", [CLIENT_HELLO_ECH_OUTER] = "outer", [CLIENT_HELLO_ECH_INNER] = "inner"};
	char number[TLS_NAME_NUMBER];

	json_line_string(line, "legacy_version", tls_name_version(hello->legacy_version, number));
	if (hello->version != 0)
		json_line_string(line, "version", tls_name_version(hello->version, number));
	else
		json_line_null(line, "version");
	put_sni(line, hello);
	put_protocols(line, hello->protocols);
	json_line_string(line, "ech", ech[hello->ech]);
	json_line_boolean(line, "esni", hello->esni);
	json_line_boolean(line, "early_data", hello->early_data);
	json_line_number(line, "pre_shared_keys", hello->pre_shared_keys);
	json_line_boolean(line, "grease", hello->grease);
	json_line_number(line, "session_id_length", hello->session_id_length);
	json_line_number(line, "extensions", hello->extensions);
	put_values(line, "versions", hello->versions, tls_name_version);
	put_values(line, "cipher_suites", hello->cipher_suites, tls_name_cipher);
	put_values(line, "groups", hello->groups, tls_name_group);
	put_key_shares(line, hello->key_shares);
	put_values(line, "signature_algorithms", hello->signature_algorithms, plain_number);
}

static void put_fault(struct json_line *line, enum hello_fault fault, uint16_t extension)
{
	json_line_open(line, "fault", '{');
	json_line_string(line, "name", hello_fault_name(fault));
	json_line_string(line, "meaning", hello_fault_meaning(fault));
	json_line_number(line, "alert", hello_fault_alert(fault));
	if (fault == HELLO_FAULT_EXTENSION || fault == HELLO_FAULT_EXTENSION_TWICE ||
	    fault == HELLO_FAULT_EXTENSION_ORDER)
		json_line_number(line, "extension", extension);
	json_line_close(line, '}');
}

/* What the data plane gets to know. */
static enum hello_result describe(const struct stream *stream, struct hello_buffer *buffer, struct json_line *line)
{
	const struct hello_reader *reader = &stream->reader;
	struct piece piece = {stream->octets + reader->start, stream->length - reader->start};
	struct client_hello hello = {.fault = reader->fault};
	enum hello_result result = reader->result;
	char number[TLS_NAME_NUMBER];

	if (result == HELLO_WHOLE)
		result = client_hello_read(&piece, 1, buffer, &hello);
	json_line_string(line, "result", result_name(result));
	json_line_number(line, "octets", reader->octets);
	if (reader->version != 0)
		json_line_string(line, "record_version", tls_name_version(reader->version, number));
	if (result == HELLO_WHOLE)
		put_hello(line, &hello);
	else if (result == HELLO_MALFORMED)
		put_fault(line, hello.fault, hello.fault_extension);
	else if (result == HELLO_NOT_TLS)
		json_line_string(line, "protocol", hello_protocol_name(reader->protocol));
	return result;
}

struct room {
	struct stream stream;
	struct hello_buffer buffer;
	char line[LINE_SIZE];
};

enum command_status command_sni(const struct command_request *request)
{
	struct room *room = calloc(1, sizeof(*room));
	enum hello_result result = HELLO_MORE;
	struct json_line line;

	if (room == NULL) {
		warnx("out of memory");
		return COMMAND_REFUSED;
	}
	if (open_stream(request->arguments[0], &room->stream)) {
		json_line_begin(&line, room->line, sizeof(room->line));
		result = describe(&room->stream, &room->buffer, &line);
		fwrite(room->line, 1, json_line_end(&line), stdout);
	}
	free(room);
	return result == HELLO_WHOLE ? COMMAND_DONE : COMMAND_REFUSED;
}
