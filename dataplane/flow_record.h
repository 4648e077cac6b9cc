/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef DATAPLANE_FLOW_RECORD_H
#define DATAPLANE_FLOW_RECORD_H

/*
 * What a worker tells of a flow, once for each decision and once at the flow's end. Plain data of a fixed size, with
 * all texts inside: a policy may be replaced, and a flow be gone, before the main lcore makes a line of the record.
 *
 * Zero means "not known", and is left out of the line, wherever no other word is said. The worker that got the record
 * from flow_ring_claim fills it; flow_line.h says how each member looks in the log.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <config/gateway.h>
#include <tcpstack/address.h>

enum flow_event {
	FLOW_DECISION,
	FLOW_END,
	FLOW_OPEN, /* asked for while it is open: for no log */
};

/* What an open flow does. */
enum flow_record_phase {
	FLOW_RECORD_OPENING, /* until both ends may talk untouched */
	FLOW_RECORD_SPLICED,
	FLOW_RECORD_ENDING, /* refused; the client is reading why */
};

enum flow_type {
	FLOW_E1, /* explicit, decryption exception */
	FLOW_T1, /* transparent, decryption exception */
};

enum flow_action {
	FLOW_UNDECIDED, /* the flow ended before */
	FLOW_DENY,
	FLOW_ALLOW,
};

/* What decided, in the filter of FLOW_TEXT_FILTER. */
enum flow_match {
	FLOW_MATCH_NONE,
	FLOW_MATCH_ROW,
	FLOW_MATCH_UNCATEGORIZED,
	FLOW_MATCH_ANY,
	FLOW_MATCH_NO_FQDN,
};

/* Why a flow that could have been decrypted was not. */
enum flow_exception {
	FLOW_EXCEPTION_NONE,
	FLOW_EXCEPTION_POLICY,
};

enum flow_close {
	FLOW_CLOSE_NONE,
#define CLOSE(identifier, name, meaning) FLOW_CLOSE_##identifier,
#include "flow_close.def"
#undef CLOSE
	FLOW_CLOSES
};

/* One side's TLS, as far as its hello tells; numbers as TLS has them. */
struct flow_tls {
	uint16_t version; /* of the client: the highest that it offers */
	uint16_t cipher;
	uint16_t group;
};

/* The texts of a record. Peers' texts hold whatever octets they sent. */
enum flow_text {
	FLOW_TEXT_SERVICE,	/* the service's name */
	FLOW_TEXT_FILTER,	/* the name of the filter that decided: a group's member, where a group was asked */
	FLOW_TEXT_CONNECT_HOST, /* the host that CONNECT names, in its one form; a target that is none as it was sent */
	FLOW_TEXT_HOST,		/* the name or address that was decided, in its one form */
	FLOW_TEXT_SNI,		/* as it was sent */
	FLOW_TEXT_CLIENT_ALPN,	/* a ProtocolNameList (RFC 7301 section 3.1), without its length */
	FLOW_TEXT_SERVER_ALPN,	/* the protocol's name */
	FLOW_TEXTS
};

#define FLOW_TEXT_MOST 254 /* octets that are kept of one text: a name with its trailing dot */
#define FLOW_OCTETS 842	   /* of all texts together: three such names, and more */

#define FLOW_TIME_UNKNOWN UINT64_MAX

struct flow_record {
	uint64_t at;   /* microseconds of the workers' clock: when it happened */
	uint64_t flow; /* the same in all records of a flow, and in those of no other */
	uint64_t generation;
	uint32_t row; /* only with FLOW_MATCH_ROW */
	uint8_t event;
	uint8_t type;
	uint8_t action;
	uint8_t match;
	uint8_t reason; /* named by the application's reason_name */
	uint8_t exception;
	uint8_t close;
	bool decrypted;
	bool ech;      /* the client's hello has ECH, which may be GREASE, or ESNI */
	uint8_t phase; /* only with FLOW_OPEN */
	uint16_t client_port;
	uint16_t server_port; /* that was dialled, or that the client asked for; 0: it did not come so far */
	struct ip_address client;
	struct ip_address server;   /* that was dialled, at last, or was not to be; all zero: it did not come so far */
	struct ip_address original; /* that the client dialled; all zero on explicit services */
	struct flow_tls client_tls;
	struct flow_tls server_tls;
	uint64_t bytes_c2s; /* of the tunnel's payload, passed on from client to server; right at a flow's end and while
			       it is open */
	uint64_t bytes_s2c;
	/* Microseconds; FLOW_TIME_UNKNOWN: it did not happen. */
	uint64_t time_dns;
	uint64_t time_connect;
	uint64_t time_total; /* since the client's SYN was answered */
	struct {
		uint16_t first; /* in octets[] */
		uint8_t length;
		bool cut; /* there were more octets */
	} texts[FLOW_TEXTS];
	uint16_t used; /* of octets[]: texts stand one behind the other, so that few cache lines are touched */
	char octets[FLOW_OCTETS];
};

_Static_assert(sizeof(struct flow_record) == GATEWAY_FLOW_RECORD, "gateway.json's check of memory counts with this");

/* Makes all but octets[] zero, and the times unknown. */
static inline void flow_record_begin(struct flow_record *record)
{
	memset(record, 0, offsetof(struct flow_record, octets));
	record->time_dns = FLOW_TIME_UNKNOWN;
	record->time_connect = FLOW_TIME_UNKNOWN;
	record->time_total = FLOW_TIME_UNKNOWN;
}

/* Copies a text into the record, each at most once. What is beyond FLOW_TEXT_MOST octets, or does not find room any
 * more, is cut off, and marked so. An empty text, which may be NULL, is as none. */
static inline void flow_record_set(struct flow_record *record, enum flow_text text, const void *octets, size_t length)
{
	size_t room = sizeof(record->octets) - record->used;
	size_t kept = length;

	if (kept > FLOW_TEXT_MOST)
		kept = FLOW_TEXT_MOST;
	if (kept > room)
		kept = room;
	if (kept > 0)
		memcpy(record->octets + record->used, octets, kept);
	record->texts[text].first = record->used;
	record->texts[text].length = (uint8_t)kept;
	record->texts[text].cut = kept < length;
	record->used = (uint16_t)(record->used + kept);
}

#endif
