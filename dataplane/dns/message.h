/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef DATAPLANE_DNS_MESSAGE_H
#define DATAPLANE_DNS_MESSAGE_H

/*
 * DNS messages (RFC 1035): a query written, an answer read. The one place that knows ldns.
 *
 * ldns allocates with malloc. All of it is freed before a function returns, and it is bounded: at most
 * DNS_RECORDS_KEPT records of a message are held at a time, each with two names of 255 octets at most, so some
 * 300 KiB; records of other types than those that are asked for are stepped over and never given to ldns. Before ldns
 * sees a name its compression was followed once, backwards only and over a bounded number of pointers, since ldns
 * itself would follow 65535 of them for every name. An ordinary answer takes about 2 microseconds to read, the worst
 * that fits in 64 KiB less than a millisecond.
 *
 * Pure functions, any thread. Names are as config/name.h says: lower case, no trailing dot, up to 253 octets.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <config/name.h>
#include <tcpstack/address.h>

#define DNS_ADDRESSES_MAX 32  /* of an answer; more are left out */
#define DNS_ALIASES_MAX 16    /* CNAMEs in a row; an answer with more is refused (a loop has no end) */
#define DNS_ALIAS_OCTETS 1024 /* of the aliases' names together, each with its NUL; likewise */
#define DNS_RECORDS_KEPT 256  /* CNAMEs and addresses that are looked at; those behind are left out */
#define DNS_RECORDS_MAX 1024  /* of a message, of whatever type; one with more is refused */
#define DNS_QUERY_MAX 512     /* octets of a query */
#define DNS_MESSAGE_MAX 65535 /* octets of a message, over TCP */
#define DNS_UDP_PAYLOAD 1232  /* octets of an answer that we ask for over UDP (RFC 6891, section 6.2.3) */

enum dns_family {
	DNS_IPV4, /* A */
	DNS_IPV6, /* AAAA */
	DNS_FAMILIES,
};

struct dns_question {
	const char *name;
	enum dns_family family;
	uint16_t id;
	bool plain; /* without EDNS, for servers that do not know it */
};

/* How a question ended. */
enum dns_outcome {
	DNS_PENDING,   /* it has not */
	DNS_ADDRESSES, /* there are addresses */
	DNS_NO_DATA,   /* the name exists, but has no address of the family */
	DNS_NO_NAME,   /* the name does not exist (NXDOMAIN) */
	DNS_FAILED,    /* no server could say: SERVFAIL, REFUSED, answers that make no sense */
	DNS_TIMED_OUT, /* no server answered in time */
};

/* What is known about a name and a family. */
struct dns_answer {
	enum dns_outcome outcome;
	uint32_t ttl; /* seconds: the least of the records that it comes from; of negative answers as RFC 2308 says */
	uint8_t address_count;
	uint8_t alias_count;
	uint16_t alias_octets;
	struct ip_address addresses[DNS_ADDRESSES_MAX];
	char aliases[DNS_ALIAS_OCTETS]; /* the targets of the CNAMEs in their order, each with its NUL */
};

/* What a message turned out to be. */
enum dns_reading {
	DNS_READ_ANSWER,    /* *answer is filled: addresses, no data, or no name */
	DNS_READ_UNMATCHED, /* no answer to the question: another id, name, type, a query; waiting goes on */
	DNS_READ_TRUNCATED, /* it is to be asked for again over TCP */
	DNS_READ_NO_EDNS,   /* the server does not understand the query as it is (FORMERR, NOTIMP, BADVERS) */
	DNS_READ_FAILURE,   /* the server cannot say: SERVFAIL, REFUSED and other codes, or it does not resolve */
	DNS_READ_MALFORMED, /* it answers the question, but cannot be read, or its CNAMEs lead nowhere */
};

/* Writes the query, recursion desired, and returns its octets; 0 if it cannot be: no memory, no name. */
size_t dns_message_write(const struct dns_question *question, uint8_t octets[DNS_QUERY_MAX]);

/*
 * Reads the message that came for a question. Of its records only those count that follow from the question through
 * the CNAMEs; names are compared without regard to case. Addresses of the form ::ffff:a.b.c.d are left out of AAAA
 * answers. *answer is changed only if DNS_READ_ANSWER is returned.
 */
enum dns_reading dns_message_read(const struct dns_question *question, const uint8_t *octets, size_t size,
				  struct dns_answer *answer);

/* The next alias of an answer, the first for NULL; NULL behind the last. */
const char *dns_answer_alias(const struct dns_answer *answer, const char *previous);

#endif
