/* SPDX-License-Identifier: BSD-3-Clause */
#include "connect_support.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support.h"

void connect_cut(const void *stream, size_t length, size_t first, size_t piece,
		 void (*read)(void *reader, const uint8_t *octets, size_t length), void *reader)
{
	const uint8_t *octets = stream;

	for (size_t at = 0, next = first; at < length; at += next, next = piece) {
		uint8_t *copy;

		if (next > length - at)
			next = length - at;
		copy = support_copy(octets + at, next);
		read(reader, copy, next);
		free(copy);
	}
}

static void read_request(void *reader, const uint8_t *octets, size_t length)
{
	connect_request_read(reader, octets, length);
}

/* Reads in pieces of up to `piece` octets, of which the first one has `first`. */
static void read_pieces(const void *head, size_t length, size_t first, size_t piece, const char *pseudonym,
			struct connect_request *request)
{
	connect_request_begin(request, pseudonym);
	connect_cut(head, length, first, piece, read_request, request);
}

static bool same_span(const struct http_span *a, const struct http_span *b)
{
	return a->offset == b->offset && a->length == b->length;
}

static bool same(const struct connect_request *a, const struct connect_request *b)
{
	if (a->result != b->result)
		return false;
	if (a->result == CONNECT_REFUSED)
		return a->reason == b->reason;
	if (a->result == CONNECT_MORE)
		return true;
	return authority_same_host(&a->target, &b->target) && a->target.port == b->target.port &&
	       a->length == b->length && a->version_1_0 == b->version_1_0 &&
	       same_span(&a->authorization_line, &b->authorization_line) &&
	       same_span(&a->authorization_value, &b->authorization_value);
}

void connect_read_all(const void *head, size_t length, const char *pseudonym, struct connect_request *request)
{
	size_t step = length > 2000 ? length / 100 : 1;
	struct connect_request cut;

	read_pieces(head, length, length, length, pseudonym, request);
	for (size_t at = 1; at < length; at += step) {
		read_pieces(head, length, at, length, pseudonym, &cut);
		CU_ASSERT_TRUE_FATAL(same(&cut, request));
	}
	read_pieces(head, length, 1, 1, pseudonym, &cut);
	CU_ASSERT_TRUE_FATAL(same(&cut, request));
	/* What comes later changes nothing that was said. */
	if (request->result != CONNECT_MORE) {
		connect_request_read(&cut, (const uint8_t *)"GET / HTTP/1.1\r\n\r\n", 18);
		CU_ASSERT_TRUE_FATAL(same(&cut, request));
	}
}

void connect_refused(enum reason reason, const char *const *heads, size_t count)
{
	struct connect_request request;

	for (size_t i = 0; i < count; i++) {
		connect_read_all(heads[i], strlen(heads[i]), NULL, &request);
		if (request.result == CONNECT_REFUSED && request.reason == reason)
			continue;
		fprintf(stderr, "%s\nis not refused with %s but %s\n", heads[i], reason_name(reason),
			request.result == CONNECT_REFUSED ? reason_name(request.reason) : "accepted");
		CU_FAIL("another outcome");
	}
}

static void accepted(const char *head, struct connect_request *request)
{
	connect_read_all(head, strlen(head), NULL, request);
	if (request->result != CONNECT_COMPLETE)
		fprintf(stderr, "%s\nis not accepted: %s\n", head,
			request->result == CONNECT_REFUSED ? reason_name(request->reason) : "more is waited for");
	CU_ASSERT_EQUAL_FATAL(request->result, CONNECT_COMPLETE);
	CU_ASSERT_EQUAL(request->length, strlen(head));
}

void connect_accepted(const char *head, const char *name, uint16_t port)
{
	struct connect_request request;

	accepted(head, &request);
	CU_ASSERT_STRING_EQUAL(request.target.name, name);
	CU_ASSERT_EQUAL(request.target.port, port);
}

void connect_accepted_address(const char *head, const char *address, uint16_t port)
{
	struct connect_request request;
	struct ip_address expected;

	CU_ASSERT_TRUE_FATAL(address_parse(address, &expected));
	accepted(head, &request);
	CU_ASSERT_STRING_EQUAL(request.target.name, "");
	CU_ASSERT_TRUE(address_equal(&request.target.address, &expected));
	CU_ASSERT_EQUAL(request.target.port, port);
}
