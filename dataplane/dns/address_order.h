/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef DATAPLANE_DNS_ADDRESS_ORDER_H
#define DATAPLANE_DNS_ADDRESS_ORDER_H

/* The order in which the addresses of a name are tried. */

#include <tcpstack/address.h>

/*
 * Interleaves the addresses of the preferred family with those of the other (RFC 8305, section 4, with one address of
 * the preferred family first), each in the order given, up to `room` of them. Returns how many were written to `order`.
 * Pure function, any thread.
 */
unsigned address_order(const struct ip_address *preferred, unsigned preferred_count, const struct ip_address *other,
		       unsigned other_count, struct ip_address *order, unsigned room);

#endif
