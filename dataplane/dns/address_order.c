/* SPDX-License-Identifier: BSD-3-Clause */
#include "address_order.h"

unsigned address_order(const struct ip_address *preferred, unsigned preferred_count, const struct ip_address *other,
		       unsigned other_count, struct ip_address *order, unsigned room)
{
	unsigned count = 0;

	for (unsigned i = 0; i < preferred_count || i < other_count; i++) {
		if (i < preferred_count && count < room)
			order[count++] = preferred[i];
		if (i < other_count && count < room)
			order[count++] = other[i];
	}
	return count;
}
