/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef DATAPLANE_NEXT_HOP_ANSWER_H
#define DATAPLANE_NEXT_HOP_ANSWER_H

/*
 * The head of what the next proxy answers to a CONNECT that was forwarded to it, read as it comes, in pieces of any
 * size. It is relayed as it came, so nothing of it may be sent on before it is known to be whole and sound: until then
 * a failure can still be told as 502. Pure functions, any thread; plain data, nothing to free.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "http_body.h"
#include "http_fields.h"
#include "reason.h"

enum next_hop_result {
	NEXT_HOP_MORE,	  /* all is well so far; read on when more has come */
	NEXT_HOP_TUNNEL,  /* 2xx: what follows the head belongs to the tunnel (RFC 9110 section 9.3.6) */
	NEXT_HOP_ANSWER,  /* any other final answer: a body follows by `framing`, then the connection ends */
	NEXT_HOP_REFUSED, /* `reason` says why; nothing of it goes to the client */
};

struct next_hop_answer {
	enum reason reason; /* of NEXT_HOP_REFUSED */
	uint16_t status;    /* of the final answer, 200 to 599 */

	/*
	 * The final answer's head is the stream's octets from `start` up to `end`. Interim answers (1xx) stand before
	 * it: for the client, unless it spoke HTTP/1.0 (RFC 9110 section 15.2).
	 */
	uint32_t start;
	uint32_t end;

	/* Of NEXT_HOP_ANSWER, for http_body_begin. */
	enum http_framing framing;
	uint64_t body_length;

	/* How far it has come. */
	struct http_fields fields;
	uint8_t result;
	bool version_1_0;
	bool has_content_length;
	bool has_transfer_encoding;
	bool is_ambiguous; /* the fields say more than one thing about the body */
};

void next_hop_answer_begin(struct next_hop_answer *answer);

/*
 * Reads the next `length` octets of the stream; octets behind the final head are left alone. A final result stays, and
 * does not depend on where the stream is cut. All heads together may have HTTP_HEAD_MAX octets.
 *
 * Refused as REASON_NEXT_HOP_MALFORMED: what http_fields.h refuses, other versions than HTTP/1.1 and HTTP/1.0, 101
 * (nobody asked for another protocol), and, but for a 2xx, whose framing means nothing, a body that two readers could
 * end at two places: Content-Length that is no plain number or comes twice, Transfer-Encoding that is not just
 * "chunked", comes twice, from HTTP/1.0, or beside Content-Length (RFC 9112 section 6.3).
 */
enum next_hop_result next_hop_answer_read(struct next_hop_answer *answer, const uint8_t *octets, size_t length);

#endif
