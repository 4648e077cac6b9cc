/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef TESTS_UNIT_DNS_WRITER_H
#define TESTS_UNIT_DNS_WRITER_H

/*
 * DNS messages (RFC 1035) written octet by octet, without the library that the code under test uses: right ones, and
 * wrong ones where a test says so.
 *
 *	dns_begin(&writer, 0x1234, DNS_ANSWER, "a.test", DNS_A);
 *	dns_alias(&writer, DNS_ANSWERS, "a.test", 300, "b.test");
 *	dns_address(&writer, DNS_ANSWERS, "b.test", 60, "192.0.2.1");
 *
 * Names are written as they stand, uncompressed; sections have to be written in their order. A name that begins with
 * "@" is a compression pointer to the decimal offset behind it.
 */

#include <stddef.h>
#include <stdint.h>

#define DNS_ANSWER 0x8180 /* flags: an answer, recursion desired and available, no error */
#define DNS_TRUNCATED 0x0200
#define DNS_AUTHORITATIVE 0x0400
#define DNS_RECURSES 0x0080

#define DNS_FORMERR 1 /* response codes, for the flags */
#define DNS_SERVFAIL 2
#define DNS_NXDOMAIN 3
#define DNS_NOTIMP 4
#define DNS_REFUSED 5

#define DNS_A 1
#define DNS_CNAME 5
#define DNS_SOA 6
#define DNS_TXT 16
#define DNS_AAAA 28
#define DNS_OPT 41

#define DNS_QUESTION_AT "@12" /* the name of the question, as a pointer */

enum dns_section {
	DNS_QUESTIONS,
	DNS_ANSWERS,
	DNS_AUTHORITIES,
	DNS_ADDITIONALS,
};

struct dns_writer {
	size_t size;
	uint8_t octets[66000];
};

/* A header with this id and these flags, and the question; without one if `name` is NULL. */
void dns_begin(struct dns_writer *writer, uint16_t id, uint16_t flags, const char *name, uint16_t type);

/* Any record. */
void dns_record(struct dns_writer *writer, enum dns_section section, const char *owner, uint16_t type, uint32_t ttl,
		const void *data, size_t length);

/* A or AAAA, as the text says. */
void dns_address(struct dns_writer *writer, enum dns_section section, const char *owner, uint32_t ttl,
		 const char *address);

void dns_alias(struct dns_writer *writer, enum dns_section section, const char *owner, uint32_t ttl,
	       const char *target);

/* An SOA with the time that negative answers hold. */
void dns_authority(struct dns_writer *writer, const char *owner, uint32_t ttl, uint32_t minimum);

/* EDNS: an OPT record with `length` octets of options. */
void dns_extension(struct dns_writer *writer, uint8_t extended_code, size_t length);

/* Octets as they are; and a number of 16 bits over what stands at `at`. */
void dns_append(struct dns_writer *writer, const void *octets, size_t length);
void dns_patch(struct dns_writer *writer, size_t at, uint16_t value);

/* The number of 16 bits at `at`. */
uint16_t dns_number(const uint8_t *octets, size_t at);

#endif
