/* SPDX-License-Identifier: BSD-3-Clause */
#include "http_answer.h"

#include <stdio.h>
#include <string.h>

/* RFC 9110 section 9.3.6: a 2xx to CONNECT has neither Content-Length nor Transfer-Encoding. */
static const char established[] = "HTTP/1.1 200 Connection established\r\n"
				  "Proxy-Status: \"%s\"; details=\"%s\"\r\n"
				  "\r\n";

static const char refused[] = "HTTP/1.1 %u %s\r\n"
			      "Proxy-Status: \"%s\"; error=%s; details=\"%s\"\r\n"
			      "%s"
			      "Content-Type: text/plain; charset=utf-8\r\n"
			      "Content-Length: %zu\r\n"
			      "Connection: close\r\n"
			      "Proxy-Connection: close\r\n"
			      "\r\n"
			      "%s";

/* What some statuses must say beside (RFC 9110 sections 15.5.6 and 15.5.8). */
static void write_extra(unsigned status, const char *identity, char *buffer, size_t size)
{
	buffer[0] = '\0';
	if (status == 405)
		snprintf(buffer, size, "Allow: CONNECT\r\n");
	else if (status == 407)
		snprintf(buffer, size, "Proxy-Authenticate: Basic realm=\"%s\", charset=\"UTF-8\"\r\n", identity);
}

static int write_established(const char *identity, char *buffer, size_t size)
{
	return snprintf(buffer, size, established, identity, reason_name(REASON_ALLOWED));
}

static int write_refused(enum reason reason, const char *identity, char *buffer, size_t size)
{
	unsigned status = reason_status(reason);
	const char *phrase = reason_phrase(status);
	char body[HTTP_ANSWER_MAX], extra[HTTP_ANSWER_MAX];

	write_extra(status, identity, extra, sizeof(extra));
	snprintf(body, sizeof(body), "%u %s\n%s.\n", status, phrase, reason_meaning(reason));
	return snprintf(buffer, size, refused, status, phrase, identity, reason_proxy_error(reason),
			reason_name(reason), extra, strlen(body), body);
}

static bool is_identity(const char *identity)
{
	size_t length = strlen(identity);

	for (size_t i = 0; i < length; i++)
		if (identity[i] < ' ' || identity[i] > '~' || identity[i] == '"' || identity[i] == '\\')
			return false;
	return length >= 1 && length <= HTTP_ANSWER_IDENTITY_MAX;
}

bool http_answers_build(struct http_answers *answers, const char *identity)
{
	*answers = (struct http_answers){0};
	if (!is_identity(identity))
		return false;
	for (enum reason reason = 0; reason < REASONS; reason++) {
		char *text = answers->text + answers->used;
		size_t room = sizeof(answers->text) - answers->used;
		int length = 0;

		if (reason == REASON_ALLOWED)
			length = write_established(identity, text, room);
		else if (reason_status(reason) != 0)
			length = write_refused(reason, identity, text, room);
		if (length < 0 || length > HTTP_ANSWER_MAX || (size_t)length >= room)
			return false;
		answers->answers[reason].offset = (uint16_t)answers->used;
		answers->answers[reason].length = (uint16_t)length;
		answers->used += (uint32_t)length;
	}
	return true;
}

size_t http_answer_write(const struct http_answers *answers, enum reason reason, void *buffer, size_t size)
{
	size_t length = answers->answers[reason].length;

	if (length > size)
		return 0;
	memcpy(buffer, answers->text + answers->answers[reason].offset, length);
	return length;
}
