/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef TCPSTACK_WIRE_UDP_H
#define TCPSTACK_WIRE_UDP_H

/* UDP header (RFC 768): stateless parse and emit. */

#include <stdbool.h>
#include <stdint.h>

#define UDP_HEADER_LENGTH 8

/* A header in host byte order. */
struct udp_header {
	uint16_t source_port;
	uint16_t destination_port;
	uint16_t length;   /* octets of header and payload; at least 8 */
	uint16_t checksum; /* as in memory: 0 means that the sender made none; emit writes it as given */
};

/* Reads a header from `length` contiguous octets, which may be fewer than the datagram: whoever knows its real length
 * compares that. False if they are fewer than 8, or the length field is below 8. */
bool udp_header_parse(struct udp_header *header, const uint8_t *data, uint32_t length);

/* Writes the header and returns the octets written: 8. */
uint8_t udp_header_emit(const struct udp_header *header, uint8_t *data);

#endif
