/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef DATAPLANE_REASON_H
#define DATAPLANE_REASON_H

/*
 * Why a flow was allowed, refused or ended: the one list, reason.def, from which the log, the metrics, Proxy-Status and
 * the answers to clients take it. docs/reference/reasons.md is made from it. Static data, any thread.
 */

#include <stdint.h>

enum reason {
#define REASON(identifier, name, status, proxy_error, ending, meaning) REASON_##identifier,
#include "reason.def"
#undef REASON
	REASONS
};

/* How a client learns of a reason where no HTTP can be written to it: on a transparent flow, or in a tunnel. */
enum reason_ending {
	ENDING_NONE,			/* cannot happen there, or nothing ends */
	ENDING_FIN,			/* FIN */
	ENDING_RESET,			/* RST */
	ENDING_DECODE_ERROR = 50,	/* this fatal TLS alert (RFC 8446 section 6), then FIN */
	ENDING_INTERNAL_ERROR = 80,	/* likewise */
	ENDING_UNRECOGNIZED_NAME = 112, /* likewise, unless the service's `deny` says otherwise */
};

/* The stable name that log and metrics show, "dns-timeout". */
const char *reason_name(enum reason reason);

/* The status of the answer to a CONNECT, 400 to 505; 0: HTTP says nothing of this reason. */
unsigned reason_status(enum reason reason);

/* The proxy error type of RFC 9209 section 2.3, "dns_timeout"; NULL: none fits. */
const char *reason_proxy_error(enum reason reason);

enum reason_ending reason_ending(enum reason reason);

/* A sentence or two for people, without the last full stop: what happened and, where somebody can, what to do. */
const char *reason_meaning(enum reason reason);

/* "Forbidden" for 403, as RFC 9110 section 15 names it; NULL: no reason has this status. */
const char *reason_phrase(unsigned status);

#endif
