/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef TCPSTACK_WIRE_ETHERNET_H
#define TCPSTACK_WIRE_ETHERNET_H

/* Ethernet II header with at most one 802.1Q tag: stateless parse and emit. */

#include <stdbool.h>
#include <stdint.h>

#include <rte_ether.h>

#define ETHERNET_HEADER_LENGTH 14
#define ETHERNET_TAGGED_LENGTH 18

#define ETHERNET_TYPE_IPV4 0x0800
#define ETHERNET_TYPE_ARP 0x0806
#define ETHERNET_TYPE_VLAN 0x8100 /* 802.1Q customer tag */
#define ETHERNET_TYPE_IPV6 0x86dd
#define ETHERNET_TYPE_SERVICE 0x88a8 /* 802.1ad service tag */

/* A header in host byte order. */
struct ethernet_header {
	struct rte_ether_addr destination;
	struct rte_ether_addr source;
	uint16_t type;	  /* of the payload: behind the tag, if there is one */
	uint16_t vlan;	  /* 0..4095; 0 in a tagged frame is a priority tag, which belongs to no VLAN */
	uint8_t priority; /* 802.1p, 0..7 */
	uint8_t length;	  /* 14, or 18 if tagged: set by parse; emit computes it */
	bool tagged;	  /* one 802.1Q tag */
	bool stacked; /* a service tag, or a tag within the tag; `type` is that of the tag not read. Not for emit. */
};

/* Reads a header from `length` contiguous octets; false if they are too few for it and its tag. */
bool ethernet_header_parse(struct ethernet_header *header, const uint8_t *data, uint32_t length);

/* Writes the header, with a tag if `tagged`, and returns the octets written: 14 or 18. */
uint8_t ethernet_header_emit(const struct ethernet_header *header, uint8_t *data);

#endif
