/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CONFIG_IMAGE_LAYOUT_H
#define CONFIG_IMAGE_LAYOUT_H

/*
 * What an image holds, behind its header: sections, each an array, in the order of enum image_section, each on a
 * boundary of 64 octets, without gaps beyond that. A list within a section is a place and a length; lists that belong
 * to one kind of thing follow one another in the order of those things, so that none overlaps another and each octet of
 * the image has one meaning. docs/architecture.md tells why it looks like this.
 */

#include <stdint.h>

#include <config/image.h>
#include <config/name.h>

#include "digest.h"

enum image_section {
	IMAGE_SERVICES,	     /* struct image_service_record */
	IMAGE_LISTENERS,     /* struct policy_listener */
	IMAGE_INTERCEPTS,    /* struct image_intercept_record */
	IMAGE_PREFIXES,	     /* struct gateway_prefix */
	IMAGE_PORTS,	     /* uint16_t */
	IMAGE_USERS,	     /* struct image_user_record, those of a service sorted by name */
	IMAGE_FILTERS,	     /* struct image_filter_record */
	IMAGE_MEMBERS,	     /* uint32_t: filters */
	IMAGE_ROWS,	     /* struct image_row_record */
	IMAGE_CATEGORY_ROWS, /* uint16_t: for each category, a filter's lowest row with it, or IMAGE_NOWHERE */
	IMAGE_RANGES,	     /* struct image_range */
	IMAGE_DATABASES,     /* octets: Hyperscan's databases, each on a boundary of 64 octets */
	IMAGE_BUCKETS,	     /* struct image_bucket */
	IMAGE_POSTINGS,	     /* struct image_posting */
	IMAGE_STRINGS,	     /* octets; the first is NUL, for "none", the last is NUL too */
	IMAGE_SECTIONS,
};

/* `count` elements from `first` on. */
struct image_span {
	uint32_t first;
	uint32_t count;
};

/* A string is its place in IMAGE_STRINGS; 0 is none. */

struct image_service_record {
	uint32_t name;
	uint32_t filter;
	struct image_span listeners;
	struct image_span intercepts;
	struct image_span clients; /* of IMAGE_PREFIXES */
	struct image_span private_networks;
	struct image_span connect_ports;
	struct image_span users;
	uint32_t next_hop_host;
	uint32_t connections_per_client;
	struct policy_timeouts timeouts;
	uint16_t next_hop_port;
	uint8_t type; /* the enumerations of policy.h, from here on */
	uint8_t connect;
	uint8_t server_address;
	uint8_t source_address;
	uint8_t deny;
	uint8_t non_tls;
	uint8_t ech;
	uint8_t allow_udp; /* 0 or 1 */
	uint8_t unused[2];
};

struct image_intercept_record {
	uint32_t interface;
	struct image_span to;
	struct image_span ports;
};

struct image_user_record {
	uint32_t name;
	uint32_t password;
};

/* A verdict in one octet. */
#define IMAGE_ALLOW 0x1
#define IMAGE_LOG 0x2
#define IMAGE_EXCEPTION 0x4

enum image_family {
	IMAGE_IPV4,
	IMAGE_IPV6,
	IMAGE_FAMILIES,
};

struct image_filter_record {
	uint32_t name;
	uint32_t first_counter; /* of its rows, then of its three defaults in the order of enum image_match */
	struct image_span rows;
	struct image_span members;
	struct image_span category_rows; /* none, or one for each category */
	struct image_span ranges[IMAGE_FAMILIES];
	uint64_t database; /* its place in IMAGE_DATABASES */
	uint64_t database_size;
	uint32_t first_regex_row; /* IMAGE_NO_ROW: there is no database */
	uint8_t uncategorized;
	uint8_t any;
	uint8_t no_fqdn;
	uint8_t has_uncategorized; /* 0 or 1 */
};

struct image_row_record {
	uint32_t label;
	uint8_t verdict;
	uint8_t unused[3];
};

/* Addresses from `start` to the next range's: sorted, the first from the lowest address on. */
struct image_range {
	struct gateway_address start;
	uint32_t row; /* IMAGE_NO_ROW: none */
};

/*
 * The table of names. A space is a category (0 .. categories - 1) or a filter (categories + filter). A posting says
 * what a name is in one space: the lowest row that has it as a name, and the lowest that has it behind "*."; in a
 * category row 0 stands for "is there".
 */
#define IMAGE_NOWHERE UINT16_MAX

struct image_posting {
	uint16_t space;
	uint16_t exact;
	uint16_t wildcard;
};

struct image_entry {
	uint32_t check; /* the lower half of the name's hash */
	uint32_t name;	/* 0: the entry is free, and so are those behind it in its bucket */
	union {
		uint32_t first; /* of `count` in IMAGE_POSTINGS, sorted by space; if there are several */
		struct {
			struct image_posting posting; /* if there is one */
			uint16_t count;
		};
	};
};

#define IMAGE_BUCKET_ENTRIES 4
#define IMAGE_DEFAULTS 3 /* of each filter: IMAGE_MATCH_UNCATEGORIZED and those after it */

/*
 * One cache line. An entry lies in its home bucket, which the upper half of its hash gives, or in one of the `probes`
 * - 1 behind it if those before are full. The last homes's followers are at the end of the section: nothing wraps.
 */
struct image_bucket {
	struct image_entry entries[IMAGE_BUCKET_ENTRIES];
};

#define IMAGE_PROBES_MAX 64
#define IMAGE_LABELS_MAX ((NAME_LENGTH_MAX + 1) / 2)

struct image_extent {
	uint64_t at; /* from the image's first octet */
	uint64_t count;
};

struct image_layout {
	struct image_header header;
	uint64_t seed[2]; /* of the names' hash */
	uint32_t homes;	  /* of buckets; at least 1 */
	uint32_t probes;  /* at least 1 */
	uint32_t deepest; /* labels of the name that has the most */
	uint32_t categories;
	uint32_t counters;
	uint32_t unused;
	struct image_extent extents[IMAGE_SECTIONS];
};

_Static_assert(sizeof(struct policy_listener) == 18, "listeners lie in the image without padding");
_Static_assert(sizeof(struct gateway_prefix) == 17, "prefixes lie in the image without padding");
_Static_assert(sizeof(struct image_service_record) == 96, "services have no padding");
_Static_assert(sizeof(struct image_filter_record) == 72, "filters have no padding");
_Static_assert(sizeof(struct image_row_record) == 8, "rows have no padding");
_Static_assert(sizeof(struct image_range) == 20, "ranges have no padding");
_Static_assert(sizeof(struct image_posting) == 6, "postings have no padding");
_Static_assert(sizeof(struct image_bucket) == 64, "a bucket is one cache line");
_Static_assert(POLICY_ROWS < IMAGE_NOWHERE, "postings hold any row");
_Static_assert(POLICY_CATEGORIES + POLICY_FILTERS <= IMAGE_NOWHERE, "postings hold any space");

static inline const struct image_layout *image_layout(const struct image_header *image)
{
	return (const void *)image;
}

static inline uint64_t image_aligned(uint64_t at)
{
	return (at + IMAGE_ALIGNMENT - 1) & ~(uint64_t)(IMAGE_ALIGNMENT - 1);
}

/* Octets of one element of a section. */
size_t image_element_size(enum image_section section);

/* Where the sections come to lie if they hold so many elements, each below 2^40; returns the octets of the image. */
uint64_t image_place_sections(const uint64_t counts[IMAGE_SECTIONS], struct image_extent extents[IMAGE_SECTIONS]);

/* The checksum of an image, whose size is as its header says. False: libcrypto fails. */
bool image_checksum(const struct image_layout *layout, uint8_t checksum[DIGEST_SIZE]);

/* The first element of a section. */
static inline const void *image_section(const struct image_layout *layout, enum image_section section)
{
	return (const unsigned char *)layout + layout->extents[section].at;
}

static inline const char *image_string(const struct image_layout *layout, uint32_t string)
{
	return (const char *)image_section(layout, IMAGE_STRINGS) + string;
}

static inline const struct image_filter_record *image_filter_at(const struct image_layout *layout, uint32_t filter)
{
	return (const struct image_filter_record *)image_section(layout, IMAGE_FILTERS) + filter;
}

#endif
