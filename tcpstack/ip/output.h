/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef TCPSTACK_IP_OUTPUT_H
#define TCPSTACK_IP_OUTPUT_H

#include <stdint.h>

#include <rte_mbuf.h>

#include <tcpstack/address.h>

/* Computes and stores the checksum of a TCP, UDP or ICMPv6 header that begins at `offset` and reaches with its payload
 * to the end of the mbuf chain. Does nothing for other protocols, or where the header is cut short. */
void transport_checksum_fill(struct rte_mbuf *mbuf, uint32_t offset, const struct ip_address *source,
			     const struct ip_address *destination, uint8_t protocol);

#endif
