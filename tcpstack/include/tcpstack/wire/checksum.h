/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef TCPSTACK_WIRE_CHECKSUM_H
#define TCPSTACK_WIRE_CHECKSUM_H

/* The Internet checksum (RFC 1071, 1624). Sums are kept as they lie in memory, so results are stored without a byte
 * swap. */

#include <stdint.h>

#include <rte_mbuf.h>

#include <tcpstack/address.h>

/* Adds `length` octets at `data` to a running, unfolded sum. The octets start at an even offset of what is summed. */
uint32_t checksum_add(uint32_t sum, const void *data, uint32_t length);

/* Folds and complements: the value to store in a header, or 0 where a received sum is right. */
uint16_t checksum_finish(uint32_t sum);

/* Sum of the pseudo header of either family (RFC 9293 section 3.1, RFC 8200 section 8.1); addresses of one family. */
uint32_t checksum_pseudo(const struct ip_address *source, const struct ip_address *destination, uint8_t protocol,
			 uint32_t length);

/* Adds `length` octets of an mbuf chain from `offset` on, whatever the lengths of its mbufs. The chain holds that many.
 */
uint32_t checksum_add_mbuf(uint32_t sum, const struct rte_mbuf *mbuf, uint32_t offset, uint32_t length);

/* The new checksum after a 16-bit (32-bit) field changed from old to new (RFC 1624, equation 3). All as in memory. */
uint16_t checksum_update16(uint16_t checksum, uint16_t old, uint16_t new);
uint16_t checksum_update32(uint16_t checksum, uint32_t old, uint32_t new);

#endif
