/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CONFIG_ADDRESS_RANGES_H
#define CONFIG_ADDRESS_RANGES_H

/*
 * Makes, of the prefixes of a filter's rows, ranges of addresses that do not overlap, each with the lowest row that has
 * it: so that one binary search answers for all rows, however many prefixes they have.
 */

#include <stdbool.h>
#include <stdint.h>

#include <config/policy.h>

#include "image_layout.h"

/* The ranges of one family, allocated by address_ranges_make, freed by the caller. */
struct address_ranges {
	struct image_range *items;
	uint32_t count; /* 0: no row has an address of the family */
};

/* Families never mix, but for the prefix of length 0, which is everything. False: no memory. */
bool address_ranges_make(const struct policy_filter *filter, enum image_family family, struct address_ranges *ranges);

#endif
