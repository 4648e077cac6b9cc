/* SPDX-License-Identifier: BSD-3-Clause */
#include "message.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include <ldns/rbtree.h> /* host2wire.h needs it, and does not bring it */

#include <ldns/dname.h>
#include <ldns/host2wire.h>
#include <ldns/packet.h>
#include <ldns/wire2host.h>

#define RECORD_FIXED 10	     /* octets between a record's owner and its data: type, class, TTL, length */
#define POINTERS_MAX 127     /* of one name: it cannot have more labels */
#define TTL_MOST 0x7fffffffu /* RFC 2181, section 8: what is above counts as zero */
#define WIRE_NAME_MAX 255
#define SOA_MINIMUM 6 /* field of the record's data */

/* A record as it lies in the message. */
struct record {
	size_t at;     /* of its owner's name */
	size_t data;   /* of its data */
	size_t behind; /* of what comes next */
	uint16_t type;
	uint16_t class;
	uint32_t ttl;
};

/* A message being read. */
struct reading {
	const uint8_t *octets;
	size_t size;
	size_t at;
	ldns_rr_type wanted; /* A or AAAA */
	ldns_rr *records[DNS_RECORDS_KEPT];
	unsigned record_count;
	ldns_rr *authority; /* the first SOA */
	bool extended;	    /* an OPT record was met */
	unsigned extended_code;
};

static ldns_rr_type type_of(enum dns_family family)
{
	return family == DNS_IPV4 ? LDNS_RR_TYPE_A : LDNS_RR_TYPE_AAAA;
}

static size_t write_packet(ldns_pkt *packet, const struct dns_question *question, uint8_t octets[DNS_QUERY_MAX])
{
	uint8_t *wire = NULL;
	size_t size = 0;

	ldns_pkt_set_id(packet, question->id);
	if (!question->plain)
		ldns_pkt_set_edns_udp_size(packet, DNS_UDP_PAYLOAD);
	if (ldns_pkt2wire(&wire, packet, &size) != LDNS_STATUS_OK || size > DNS_QUERY_MAX)
		size = 0;
	if (size > 0)
		memcpy(octets, wire, size);
	free(wire);
	return size;
}

size_t dns_message_write(const struct dns_question *question, uint8_t octets[DNS_QUERY_MAX])
{
	ldns_rdf *name = ldns_dname_new_frm_str(question->name);
	ldns_pkt *packet;
	size_t size;

	if (name == NULL)
		return 0;
	packet = ldns_pkt_query_new(name, type_of(question->family), LDNS_RR_CLASS_IN, LDNS_RD);
	if (packet == NULL) {
		ldns_rdf_deep_free(name);
		return 0;
	}
	size = write_packet(packet, question, octets);
	ldns_pkt_free(packet); /* and the name with it */
	return size;
}

/*
 * Follows the name at `at`: labels of ordinary form, pointers only to what stands before everything that was read of
 * this name so far. False if it is not so; else *behind is where the name ends in the place that it began.
 */
static bool follow_name(const uint8_t *octets, size_t size, size_t at, size_t *behind)
{
	size_t lowest = at;
	unsigned length = 0;
	unsigned pointers = 0;

	for (;;) {
		if (at >= size)
			return false;
		if (octets[at] < 64) {
			length += octets[at] + 1u;
			if (length > WIRE_NAME_MAX)
				return false;
			if (octets[at] == 0)
				break;
			at += octets[at] + 1u;
			continue;
		}
		if (octets[at] < 192 || at + 1 >= size || ++pointers > POINTERS_MAX)
			return false;
		if (pointers == 1)
			*behind = at + 2;
		at = (size_t)(octets[at] & 63) << 8 | octets[at + 1];
		if (at >= lowest || at < LDNS_HEADER_SIZE)
			return false;
		lowest = at;
	}
	if (pointers == 0)
		*behind = at + 1;
	return true;
}

/* Takes the next record's place and fixed part. False if it does not lie within the message. */
static bool next_record(struct reading *reading, struct record *record)
{
	const uint8_t *fixed;
	size_t end;

	if (!follow_name(reading->octets, reading->size, reading->at, &end) || reading->size - end < RECORD_FIXED)
		return false;
	fixed = reading->octets + end;
	record->at = reading->at;
	record->type = ldns_read_uint16(fixed);
	record->class = ldns_read_uint16(fixed + 2);
	record->ttl = ldns_read_uint32(fixed + 4);
	record->data = end + RECORD_FIXED;
	record->behind = record->data + ldns_read_uint16(fixed + 8);
	reading->at = record->behind;
	return record->behind <= reading->size;
}

/* Whether the record's data is a good name and nothing else. */
static bool is_name(const struct reading *reading, const struct record *record)
{
	size_t end;

	return follow_name(reading->octets, reading->size, record->data, &end) && end == record->behind;
}

/* Two good names and five numbers (RFC 1035, section 3.3.13). */
static bool is_authority(const struct reading *reading, const struct record *record)
{
	size_t end;

	return follow_name(reading->octets, reading->size, record->data, &end) &&
	       follow_name(reading->octets, reading->size, end, &end) && end + 20 == record->behind;
}

/* Has ldns read the record. NULL if it refuses. Owners and targets are in lower case then. */
static ldns_rr *parse(const struct reading *reading, const struct record *record)
{
	size_t at = record->at;
	ldns_rr *parsed;

	if (ldns_wire2rr(&parsed, reading->octets, record->behind, &at, LDNS_SECTION_ANSWER) != LDNS_STATUS_OK)
		return NULL;
	if (at != record->behind || ldns_rr_rd_count(parsed) == 0) {
		ldns_rr_free(parsed);
		return NULL;
	}
	ldns_dname2canonical(ldns_rr_owner(parsed));
	if (record->type == LDNS_RR_TYPE_CNAME)
		ldns_dname2canonical(ldns_rr_rdf(parsed, 0));
	return parsed;
}

/* Keeps the CNAMEs and addresses of the answer section. */
static bool read_answers(struct reading *reading, unsigned count)
{
	size_t address_size = reading->wanted == LDNS_RR_TYPE_A ? 4 : 16;
	struct record record;

	for (; count > 0; count--) {
		bool is_address;

		if (!next_record(reading, &record))
			return false;
		is_address = record.type == reading->wanted;
		if (record.class != LDNS_RR_CLASS_IN || (!is_address && record.type != LDNS_RR_TYPE_CNAME) ||
		    reading->record_count == DNS_RECORDS_KEPT)
			continue;
		if (is_address ? record.behind - record.data != address_size : !is_name(reading, &record))
			return false;
		reading->records[reading->record_count] = parse(reading, &record);
		if (reading->records[reading->record_count] == NULL)
			return false;
		reading->record_count++;
	}
	return true;
}

static bool read_authority(struct reading *reading, unsigned count)
{
	struct record record;

	for (; count > 0; count--) {
		if (!next_record(reading, &record))
			return false;
		if (record.class != LDNS_RR_CLASS_IN || record.type != LDNS_RR_TYPE_SOA || reading->authority != NULL)
			continue;
		if (!is_authority(reading, &record))
			return false;
		reading->authority = parse(reading, &record);
		if (reading->authority == NULL)
			return false;
	}
	return true;
}

/* Nothing of it counts but the upper bits of the response code (RFC 6891, section 6.1.3). */
static bool read_additional(struct reading *reading, unsigned count)
{
	struct record record;

	for (; count > 0; count--) {
		if (!next_record(reading, &record))
			return false;
		if (record.type != LDNS_RR_TYPE_OPT)
			continue;
		if (reading->extended)
			return false;
		reading->extended = true;
		reading->extended_code = record.ttl >> 24;
	}
	return true;
}

/*
 * Writes a name in lower case without its last dot. False if it has an octet that no host's name has, is longer than
 * `room` with its NUL, or is the root.
 */
static bool write_name(const ldns_rdf *name, char *text, size_t room)
{
	const uint8_t *octets = ldns_rdf_data(name);
	size_t length = 0;

	for (size_t at = 0; octets[at] != 0; at += octets[at] + 1u) {
		if (length + octets[at] + 1u > room)
			return false;
		for (unsigned i = 1; i <= octets[at]; i++) {
			char letter = (char)octets[at + i];

			if (!isascii(letter) || (!isalnum(letter) && letter != '-' && letter != '_'))
				return false;
			text[length++] = (char)tolower(letter);
		}
		text[length++] = '.';
	}
	if (length == 0)
		return false;
	text[length - 1] = '\0';
	return true;
}

/* Whether the one question of the message is ours. It stands first, so nothing is compressed. */
static bool is_asked(struct reading *reading, const struct dns_question *question, ldns_rdf **name)
{
	char text[NAME_LENGTH_MAX + 2];
	ldns_rr *parsed;
	size_t end;
	bool same;

	if (!follow_name(reading->octets, reading->size, reading->at, &end) || reading->size - end < 4 ||
	    ldns_wire2rr(&parsed, reading->octets, reading->size, &reading->at, LDNS_SECTION_QUESTION) !=
		LDNS_STATUS_OK)
		return false;
	same = ldns_rr_get_type(parsed) == reading->wanted && ldns_rr_get_class(parsed) == LDNS_RR_CLASS_IN &&
	       write_name(ldns_rr_owner(parsed), text, sizeof(text)) && strcmp(text, question->name) == 0;
	if (same) {
		*name = ldns_rdf_clone(ldns_rr_owner(parsed));
		same = *name != NULL;
	}
	if (same)
		ldns_dname2canonical(*name);
	ldns_rr_free(parsed);
	return same;
}

/* Whether `name` is `zone` or lies below it; both in lower case. */
static bool is_within(const ldns_rdf *name, const ldns_rdf *zone)
{
	const uint8_t *octets = ldns_rdf_data(name);
	size_t size = ldns_rdf_size(name);
	size_t at = 0;

	while (size - at > ldns_rdf_size(zone))
		at += octets[at] + 1u;
	return size - at == ldns_rdf_size(zone) && memcmp(octets + at, ldns_rdf_data(zone), size - at) == 0;
}

static uint32_t least_ttl(uint32_t least, uint32_t ttl)
{
	if (ttl > TTL_MOST)
		ttl = 0;
	return ttl < least ? ttl : least;
}

static const ldns_rr *find_alias(const struct reading *reading, const ldns_rdf *owner)
{
	for (unsigned i = 0; i < reading->record_count; i++) {
		const ldns_rr *record = reading->records[i];

		if (ldns_rr_get_type(record) == LDNS_RR_TYPE_CNAME &&
		    ldns_rdf_compare(ldns_rr_owner(record), owner) == 0)
			return record;
	}
	return NULL;
}

/* Follows the CNAMEs from *name on, which becomes the last of them. False if there are too many, or one leads to what
 * is no host's name. */
static bool follow_aliases(const struct reading *reading, const ldns_rdf **name, struct dns_answer *answer)
{
	const ldns_rr *record;

	while ((record = find_alias(reading, *name)) != NULL) {
		char *text = answer->aliases + answer->alias_octets;

		*name = ldns_rr_rdf(record, 0);
		if (answer->alias_count == DNS_ALIASES_MAX ||
		    !write_name(*name, text, (size_t)(DNS_ALIAS_OCTETS - answer->alias_octets)))
			return false;
		answer->alias_octets += (uint16_t)(strlen(text) + 1);
		answer->alias_count++;
		answer->ttl = least_ttl(answer->ttl, ldns_rr_ttl(record));
	}
	return true;
}

static void take_addresses(const struct reading *reading, const ldns_rdf *name, struct dns_answer *answer)
{
	for (unsigned i = 0; i < reading->record_count && answer->address_count < DNS_ADDRESSES_MAX; i++) {
		const ldns_rr *record = reading->records[i];
		struct ip_address address;
		uint32_t ipv4;

		if (ldns_rr_get_type(record) != reading->wanted || ldns_rdf_compare(ldns_rr_owner(record), name) != 0)
			continue;
		if (reading->wanted == LDNS_RR_TYPE_A) {
			memcpy(&ipv4, ldns_rdf_data(ldns_rr_rdf(record, 0)), sizeof(ipv4));
			address = address_from_ipv4(ipv4);
		} else {
			address = address_from_ipv6(ldns_rdf_data(ldns_rr_rdf(record, 0)));
			if (address_is_ipv4(&address))
				continue;
		}
		answer->addresses[answer->address_count++] = address;
		answer->ttl = least_ttl(answer->ttl, ldns_rr_ttl(record));
	}
}

/* How long the absence of something holds: RFC 2308, section 5; not at all if nobody said. */
static uint32_t negative_ttl(const struct reading *reading, const ldns_rdf *name, uint32_t ttl)
{
	const ldns_rr *authority = reading->authority;

	if (authority == NULL || !is_within(name, ldns_rr_owner(authority)))
		return 0;
	ttl = least_ttl(ttl, ldns_rr_ttl(authority));
	return least_ttl(ttl, ldns_rdf2native_int32(ldns_rr_rdf(authority, SOA_MINIMUM)));
}

static enum dns_reading conclude(const struct reading *reading, const ldns_rdf *name, struct dns_answer *answer)
{
	struct dns_answer found = {.ttl = TTL_MOST};

	if (!follow_aliases(reading, &name, &found))
		return DNS_READ_MALFORMED;
	take_addresses(reading, name, &found);
	if (LDNS_RCODE_WIRE(reading->octets) == LDNS_RCODE_NXDOMAIN) {
		found.outcome = DNS_NO_NAME;
		found.address_count = 0;
	} else if (found.address_count > 0) {
		found.outcome = DNS_ADDRESSES;
	} else if (!LDNS_RA_WIRE(reading->octets) && !LDNS_AA_WIRE(reading->octets)) {
		return DNS_READ_FAILURE; /* a referral, or a server that does not resolve for us */
	} else {
		found.outcome = DNS_NO_DATA;
	}
	if (found.outcome != DNS_ADDRESSES)
		found.ttl = negative_ttl(reading, name, found.ttl);
	*answer = found;
	return DNS_READ_ANSWER;
}

/* What stands behind the question. */
static enum dns_reading read_rest(struct reading *reading, const ldns_rdf *name, struct dns_answer *answer)
{
	const uint8_t *octets = reading->octets;
	unsigned code;

	if (LDNS_TC_WIRE(octets))
		return DNS_READ_TRUNCATED;
	if ((unsigned)LDNS_ANCOUNT(octets) + LDNS_NSCOUNT(octets) + LDNS_ARCOUNT(octets) > DNS_RECORDS_MAX)
		return DNS_READ_MALFORMED;
	if (!read_answers(reading, LDNS_ANCOUNT(octets)) || !read_authority(reading, LDNS_NSCOUNT(octets)) ||
	    !read_additional(reading, LDNS_ARCOUNT(octets)))
		return DNS_READ_MALFORMED;
	code = reading->extended_code << 4 | LDNS_RCODE_WIRE(octets);
	if (code == LDNS_RCODE_FORMERR || code == LDNS_RCODE_NOTIMPL || code == 16)
		return DNS_READ_NO_EDNS;
	if (code != LDNS_RCODE_NOERROR && code != LDNS_RCODE_NXDOMAIN)
		return DNS_READ_FAILURE;
	return conclude(reading, name, answer);
}

enum dns_reading dns_message_read(const struct dns_question *question, const uint8_t *octets, size_t size,
				  struct dns_answer *answer)
{
	struct reading reading = {
	    .octets = octets, .size = size, .at = LDNS_HEADER_SIZE, .wanted = type_of(question->family)};
	enum dns_reading result;
	ldns_rdf *name = NULL;

	if (size < LDNS_HEADER_SIZE || size > DNS_MESSAGE_MAX || LDNS_ID_WIRE(octets) != question->id ||
	    !LDNS_QR_WIRE(octets) || LDNS_OPCODE_WIRE(octets) != LDNS_PACKET_QUERY)
		return DNS_READ_UNMATCHED;
	/* A server that stumbled over the query may not repeat its question. */
	if (LDNS_QDCOUNT(octets) == 0 && LDNS_RCODE_WIRE(octets) == LDNS_RCODE_FORMERR && !question->plain)
		return DNS_READ_NO_EDNS;
	if (LDNS_QDCOUNT(octets) != 1 || !is_asked(&reading, question, &name))
		return DNS_READ_UNMATCHED;
	result = read_rest(&reading, name, answer);
	for (unsigned i = 0; i < reading.record_count; i++)
		ldns_rr_free(reading.records[i]);
	ldns_rr_free(reading.authority);
	ldns_rdf_deep_free(name);
	return result;
}

const char *dns_answer_alias(const struct dns_answer *answer, const char *previous)
{
	const char *next = previous == NULL ? answer->aliases : previous + strlen(previous) + 1;

	return next < answer->aliases + answer->alias_octets ? next : NULL;
}
