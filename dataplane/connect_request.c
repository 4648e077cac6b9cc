/* SPDX-License-Identifier: BSD-3-Clause */
#include "connect_request.h"

#include <string.h>
#include <strings.h>

#define TLS_HANDSHAKE 0x16 /* the first octet of a record that holds a ClientHello (RFC 8446 section 5.1) */

static const char method_and_space[] = "CONNECT ";

static enum connect_result refuse(struct connect_request *request, enum reason reason)
{
	request->reason = reason;
	request->result = CONNECT_REFUSED;
	return CONNECT_REFUSED;
}

/* Who begins with an octet that no text has speaks another protocol, and would not understand an answer. SSL 2.0 set
 * the highest bit of its first octet, as QUIC does. */
static bool is_no_text(uint8_t octet)
{
	return octet >= 0x7f || (octet < ' ' && octet != '\t' && octet != '\r' && octet != '\n');
}

static bool are_tokens(const char *text, size_t length)
{
	for (size_t i = 0; i < length; i++)
		if (!http_is_token((uint8_t)text[i]))
			return false;
	return length > 0;
}

/* A line that found no room is of no use, but its method tells what its sender should know. */
static enum connect_result refuse_long_line(struct connect_request *request)
{
	const char *text = request->fields.text;
	size_t method = strcspn(text, " ");

	if (text[method] == '\0' || !are_tokens(text, method))
		return refuse(request, REASON_REQUEST_LINE);
	if (strncmp(text, method_and_space, strlen(method_and_space)) == 0)
		return refuse(request, REASON_REQUEST_TARGET);
	return refuse(request, REASON_REQUEST_METHOD);
}

/* "HTTP/1.1" */
static bool is_version(const char *text)
{
	return strlen(text) == 8 && memcmp(text, "HTTP/", 5) == 0 && text[5] >= '0' && text[5] <= '9' &&
	       text[6] == '.' && text[7] >= '0' && text[7] <= '9';
}

static enum connect_result read_request_line(struct connect_request *request)
{
	const char *text = request->fields.text;
	size_t method = strcspn(text, " ");
	const char *target, *version;

	if (request->fields.cut)
		return refuse_long_line(request);
	if (text[method] == '\0' || !are_tokens(text, method))
		return refuse(request, REASON_REQUEST_LINE);
	target = text + method + 1;
	version = strchr(target, ' ');
	if (version == NULL || version == target || !is_version(version + 1))
		return refuse(request, REASON_REQUEST_LINE);
	if (strcmp(version + 1, "HTTP/1.1") != 0 && strcmp(version + 1, "HTTP/1.0") != 0)
		return refuse(request, REASON_REQUEST_VERSION);
	request->version_1_0 = version[8] == '0';
	if (strncmp(text, method_and_space, strlen(method_and_space)) != 0)
		return refuse(request, REASON_REQUEST_METHOD);
	if (!authority_read(target, (size_t)(version - target), &request->target) || request->target.port == 0)
		return refuse(request, REASON_REQUEST_TARGET);
	return CONNECT_MORE;
}

static enum connect_result read_host(struct connect_request *request)
{
	const struct http_fields *fields = &request->fields;
	struct authority host;

	if (request->has_host || fields->cut || !authority_read(fields->text, fields->length, &host) ||
	    !authority_same_host(&host, &request->target) || (host.port != 0 && host.port != request->target.port))
		return refuse(request, REASON_REQUEST_HOST);
	request->has_host = true;
	return CONNECT_MORE;
}

/* Some clients (WinINet is one) say that there is no body by Content-Length: 0. */
static enum connect_result read_content_length(struct connect_request *request)
{
	if (request->has_content_length || strcmp(request->fields.text, "0") != 0)
		return refuse(request, REASON_REQUEST_BODY);
	request->has_content_length = true;
	return CONNECT_MORE;
}

static enum connect_result read_authorization(struct connect_request *request)
{
	if (request->authorization_line.length != 0)
		return refuse(request, REASON_REQUEST_AUTHORIZATION);
	request->authorization_line = request->fields.line;
	request->authorization_value = request->fields.value;
	return CONNECT_MORE;
}

/* Whether a word of Via is ours. Words in comments are nobody's; so long a list of proxies that it found no room is a
 * loop, whoever is in it. */
static bool is_loop(const struct http_fields *via, const char *pseudonym)
{
	size_t length = strlen(pseudonym);
	unsigned depth = 0;

	for (const char *word = via->text; *word != '\0';) {
		size_t end = strcspn(word, " \t,()");

		if (depth == 0 && end == length && strncasecmp(word, pseudonym, length) == 0)
			return true;
		word += end;
		if (*word == '(')
			depth++;
		else if (*word == ')' && depth > 0)
			depth--;
		if (*word != '\0')
			word++;
	}
	return via->cut;
}

static enum connect_result read_field(struct connect_request *request)
{
	switch (request->fields.field) {
	case HTTP_FIELD_HOST:
		return read_host(request);
	case HTTP_FIELD_CONTENT_LENGTH:
		return read_content_length(request);
	case HTTP_FIELD_TRANSFER_ENCODING:
		return refuse(request, REASON_REQUEST_BODY);
	case HTTP_FIELD_PROXY_AUTHORIZATION:
		return read_authorization(request);
	case HTTP_FIELD_VIA:
		if (request->pseudonym != NULL && is_loop(&request->fields, request->pseudonym))
			return refuse(request, REASON_PROXY_LOOP);
		return CONNECT_MORE;
	default:
		return CONNECT_MORE;
	}
}

static enum connect_result read_end(struct connect_request *request)
{
	if (!request->has_host && !request->version_1_0)
		return refuse(request, REASON_REQUEST_HOST);
	request->length = request->fields.offset;
	request->result = CONNECT_COMPLETE;
	return CONNECT_COMPLETE;
}

void connect_request_begin(struct connect_request *request, const char *pseudonym)
{
	*request = (struct connect_request){.pseudonym = pseudonym, .result = CONNECT_MORE};
	http_fields_begin(&request->fields);
}

/* What the line at hand, of the kind that was read, means for the request. */
static enum connect_result read_line(struct connect_request *request, enum http_line line)
{
	switch (line) {
	case HTTP_LINE_START:
		return read_request_line(request);
	case HTTP_LINE_FIELD:
		return read_field(request);
	case HTTP_LINE_END:
		return read_end(request);
	case HTTP_LINE_MALFORMED:
		return refuse(request, request->target.port == 0 ? REASON_REQUEST_LINE : REASON_REQUEST_FIELD);
	default:
		return CONNECT_MORE;
	}
}

enum connect_result connect_request_read(struct connect_request *request, const uint8_t *octets, size_t length)
{
	struct http_fields *fields = &request->fields;
	size_t used;

	if (request->result == CONNECT_MORE && fields->offset == 0 && length > 0 && is_no_text(octets[0]))
		return refuse(request, octets[0] == TLS_HANDSHAKE ? REASON_TLS_TO_PROXY : REASON_NOT_HTTP);
	while (request->result == CONNECT_MORE && length > 0) {
		size_t room = HTTP_HEAD_MAX - fields->offset;
		enum http_line line = http_fields_read(fields, octets, length < room ? length : room, &used);

		octets += used;
		length -= used;
		if (read_line(request, line) == CONNECT_MORE && fields->offset == HTTP_HEAD_MAX)
			refuse(request, REASON_REQUEST_TOO_LARGE);
	}
	return (enum connect_result)request->result;
}

const char *connect_request_refused_target(const struct connect_request *request, size_t *length)
{
	const char *target = request->fields.text + strlen(method_and_space);

	if (request->fields.cut)
		return NULL;
	*length = strcspn(target, " ");
	return strcspn(target, "@/?#") >= *length ? target : NULL;
}
