/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef TESTS_FLOOD_FRAME_H
#define TESTS_FLOOD_FRAME_H

/* The frames of a flood: SYNs as Linux sends them, from addresses, ports and sequence numbers at random. Pure. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define FRAME_MAC_LENGTH 6
#define FRAME_ADDRESS_LENGTH 16
#define FRAME_MAXIMUM (14 + 40 + 40)

struct frame_plan {
	bool ipv6; /* of all addresses; IPv4 ones stand in the first four octets */
	uint8_t source_mac[FRAME_MAC_LENGTH];
	uint8_t destination_mac[FRAME_MAC_LENGTH];
	uint8_t sources[FRAME_ADDRESS_LENGTH]; /* a prefix, out of which each source address is drawn */
	unsigned int prefix_length;	       /* bits; at most 32 or 128 */
	uint8_t destination[FRAME_ADDRESS_LENGTH];
	uint16_t port; /* of the destination, host order */
	uint64_t seed;
};

/*
 * Writes the frame with this number, from Ethernet header to TCP options, and returns its length. The same plan and
 * number make the same frame. IPv4 sources are never the network's or the broadcast address of their prefix, unless
 * that is of 31 or 32 bits; source ports are 1024 or above. All checksums are finished.
 */
size_t frame_write(const struct frame_plan *plan, uint64_t number, uint8_t octets[FRAME_MAXIMUM]);

/* Reads "10.1.0.0/16" or "fd00::/64" (no length: one address) into the plan's sources. Returns 4 or 6, or 0 if the
 * text is no prefix. Bits behind the length are cleared. */
int frame_read_sources(struct frame_plan *plan, const char *text);

#endif
