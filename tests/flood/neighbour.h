/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef TESTS_FLOOD_NEIGHBOUR_H
#define TESTS_FLOOD_NEIGHBOUR_H

#include <stdint.h>

/* Asks the kernel's neighbour table for the MAC address that an address (of AF_INET or AF_INET6) has on an interface.
 * Returns 0, or -1 with errno (ENOENT: not known, or known not to answer). */
int neighbour_find(unsigned int interface, int family, const void *address, uint8_t mac[6]);

#endif
