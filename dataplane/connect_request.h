/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef DATAPLANE_CONNECT_REQUEST_H
#define DATAPLANE_CONNECT_REQUEST_H

/*
 * The head of a CONNECT (RFC 9110 section 9.3.6, RFC 9112), read as it comes, in pieces of any size (http_fields.h says
 * why nothing gathers them). It is strict: what two readers could understand in two ways is refused, as a request that
 * gateway and next hop understand differently goes where policy did not let it. docs/architecture.md lists what is
 * refused. Pure functions, any thread; plain data, nothing to free.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "authority.h"
#include "http_fields.h"
#include "reason.h"

enum connect_result {
	CONNECT_MORE,	  /* all is well so far; read on when more has come */
	CONNECT_COMPLETE, /* the head ended; what follows it belongs to the tunnel */
	CONNECT_REFUSED,  /* `reason` says why; discard whatever the client sends from now on */
};

struct connect_request {
	/* CONNECT_REFUSED: its reason_status() is that of the answer. 0: close without one, as no HTTP client is there.
	 */
	enum reason reason;

	/* CONNECT_COMPLETE */
	struct authority target; /* with a port; whether policy allows it is not looked at here */
	uint32_t length;	 /* octets of the head, the empty line included */
	bool version_1_0;	 /* HTTP/1.0, not 1.1 */
	/*
	 * Proxy-Authorization; value.length 0: there is none, or an empty one. The whole line is `line` (length 0:
	 * there is none), to be left out of the head that is sent on. The octets are the caller's, who reads them from
	 * where they are (basic_credentials.h).
	 */
	struct http_span authorization_value;
	struct http_span authorization_line;

	/* How far it has come. */
	struct http_fields fields;
	const char *pseudonym;
	uint8_t result;
	bool has_host;
	bool has_content_length;
};

/*
 * Begins a head. `pseudonym`, which must outlive the reading, is the name that this gateway gives itself in Via
 * (RFC 9110 section 7.6.3), compared caselessly: a head that has it is REASON_PROXY_LOOP. NULL: Via is not looked at.
 */
void connect_request_begin(struct connect_request *request, const char *pseudonym);

/*
 * Reads the next `length` octets of the stream (octets behind the head are left alone), each just once. After
 * CONNECT_COMPLETE or CONNECT_REFUSED it reads nothing and says the same again. The answer to a stream does not depend
 * on where it is cut; CONNECT_REFUSED comes with the line that earns it, the end of the head is not waited for.
 */
enum connect_result connect_request_read(struct connect_request *request, const uint8_t *octets, size_t length);

/*
 * The target that was refused (REASON_REQUEST_TARGET), as it was sent: *length octets that live as long as the request,
 * without a NUL. NULL if it found no room, or has "@", "/", "?" or "#": what goes with a user, a path or a query may be
 * a secret.
 */
const char *connect_request_refused_target(const struct connect_request *request, size_t *length);

#endif
