/* SPDX-License-Identifier: BSD-3-Clause */
#include "address_ranges.h"

#include <stdlib.h>
#include <string.h>

#include "notation.h"

#define BITS 128

/* A prefix of a row. Of two, one holds the other or they have nothing in common. */
struct claim {
	struct gateway_prefix prefix;
	uint32_t row;
};

static bool in_family(const struct gateway_prefix *prefix, enum image_family family)
{
	return prefix->length == 0 || notation_is_ipv4(&prefix->address) == (family == IMAGE_IPV4);
}

static size_t count_claims(const struct policy_filter *filter, enum image_family family)
{
	size_t count = 0;

	for (unsigned row = 0; row < filter->row_count; row++)
		for (unsigned i = 0; i < filter->rows[row].address_count; i++)
			count += in_family(&filter->rows[row].addresses[i], family);
	return count;
}

static void collect(const struct policy_filter *filter, enum image_family family, struct claim *claims)
{
	for (unsigned row = 0; row < filter->row_count; row++)
		for (unsigned i = 0; i < filter->rows[row].address_count; i++)
			if (in_family(&filter->rows[row].addresses[i], family))
				*claims++ = (struct claim){filter->rows[row].addresses[i], row};
}

/* By address; the wider of two before what it holds. */
static int compare_claims(const void *left, const void *right)
{
	const struct claim *a = left, *b = right;
	int order = memcmp(&a->prefix.address, &b->prefix.address, sizeof(a->prefix.address));

	if (order != 0)
		return order;
	if (a->prefix.length != b->prefix.length)
		return a->prefix.length < b->prefix.length ? -1 : 1;
	return a->row < b->row ? -1 : a->row > b->row;
}

/* The first address behind a prefix. False: there is none. */
static bool next_address(const struct gateway_prefix *prefix, struct gateway_address *next)
{
	unsigned carry;

	*next = prefix->address;
	if (prefix->length == 0)
		return false;
	carry = 1u << (BITS - prefix->length) % 8;
	for (int octet = (prefix->length - 1) / 8; octet >= 0 && carry != 0; octet--) {
		carry += next->octets[octet];
		next->octets[octet] = (uint8_t)carry;
		carry >>= 8;
	}
	return carry == 0;
}

/* From `start` on `row` holds. What a range at the same address said is void; what says nothing new is left out. */
static void begin_range(struct address_ranges *ranges, const struct gateway_address *start, uint32_t row)
{
	struct image_range *items = ranges->items;

	if (ranges->count > 0 && memcmp(&items[ranges->count - 1].start, start, sizeof(*start)) == 0)
		ranges->count--;
	if (ranges->count == 0 || items[ranges->count - 1].row != row)
		items[ranges->count++] = (struct image_range){*start, row};
}

/* Of nested prefixes the row that counts is the lowest of those that are open. */
struct sweep {
	struct claim open[BITS + 1]; /* each within the one before; row: the lowest of it and those before */
	unsigned depth;
	struct address_ranges *ranges;
};

static void close_innermost(struct sweep *sweep)
{
	const struct claim *closed = &sweep->open[--sweep->depth];
	struct gateway_address next;

	if (next_address(&closed->prefix, &next))
		begin_range(sweep->ranges, &next, sweep->depth > 0 ? closed[-1].row : IMAGE_NO_ROW);
}

static void take_claim(struct sweep *sweep, const struct claim *claim)
{
	const struct gateway_prefix *prefix = &claim->prefix;
	struct claim *open;
	uint32_t row = claim->row;

	while (sweep->depth > 0) {
		const struct gateway_prefix *outer = &sweep->open[sweep->depth - 1].prefix;

		if (notation_same_prefix(&outer->address, &prefix->address, outer->length))
			break;
		close_innermost(sweep);
	}
	if (sweep->depth > 0) {
		open = &sweep->open[sweep->depth - 1];
		if (open->prefix.length == prefix->length)
			return; /* the same prefix again, of a row that is not lower */
		if (open->row < row)
			row = open->row;
	}
	sweep->open[sweep->depth++] = (struct claim){*prefix, row};
	begin_range(sweep->ranges, &prefix->address, row);
}

static void make(const struct claim *claims, size_t count, struct address_ranges *ranges)
{
	static const struct gateway_address lowest;
	struct sweep sweep = {.ranges = ranges};

	begin_range(ranges, &lowest, IMAGE_NO_ROW);
	for (size_t i = 0; i < count; i++)
		take_claim(&sweep, &claims[i]);
	while (sweep.depth > 0)
		close_innermost(&sweep);
}

bool address_ranges_make(const struct policy_filter *filter, enum image_family family, struct address_ranges *ranges)
{
	size_t count = count_claims(filter, family);
	struct claim *claims;

	*ranges = (struct address_ranges){0};
	if (count == 0)
		return true;
	claims = malloc(count * sizeof(*claims));
	ranges->items = malloc((2 * count + 1) * sizeof(*ranges->items));
	if (claims == NULL || ranges->items == NULL) {
		free(claims);
		free(ranges->items);
		return false;
	}
	collect(filter, family, claims);
	qsort(claims, count, sizeof(*claims), compare_claims);
	make(claims, count, ranges);
	free(claims);
	return true;
}
