/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef DATAPLANE_HTTP_ANSWER_H
#define DATAPLANE_HTTP_ANSWER_H

/*
 * What the gateway itself answers to a CONNECT: 200 Connection established, and an error for each reason that has a
 * status (reason.h). All are written once, at start-up; on the packet path one is copied. None holds anything that a
 * peer sent, so none can be made to say something else (response splitting).
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "reason.h"

#define HTTP_ANSWER_MAX 1024	    /* octets of the longest answer */
#define HTTP_ANSWER_IDENTITY_MAX 64 /* octets of the gateway's name */

/* All answers, in one piece of memory; read only once it is made, by any number of threads. */
struct http_answers {
	uint32_t used;
	struct {
		uint16_t offset;
		uint16_t length; /* 0: HTTP says nothing of this reason */
	} answers[REASONS];
	char text[32768];
};

/*
 * Writes all answers into *answers. `identity` is what the gateway calls itself in Proxy-Status (RFC 9209 section 2)
 * and as the realm of its users (RFC 7617 section 2): 1 to 64 printing ASCII characters without the quotation mark and
 * the backslash. False if it is not that.
 */
bool http_answers_build(struct http_answers *answers, const char *identity);

/*
 * Copies the answer that a reason calls for to `buffer`: that of REASON_ALLOWED is the 200, after which the octets of
 * the tunnel come; after any other the connection is to be closed. Returns its octets; 0, and nothing is written, if
 * the reason has no answer or `size` is too small for it (HTTP_ANSWER_MAX never is).
 */
size_t http_answer_write(const struct http_answers *answers, enum reason reason, void *buffer, size_t size);

#endif
