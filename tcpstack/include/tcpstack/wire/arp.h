/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef TCPSTACK_WIRE_ARP_H
#define TCPSTACK_WIRE_ARP_H

/* ARP for IPv4 over Ethernet (RFC 826): stateless parse and emit. */

#include <stdbool.h>
#include <stdint.h>

#include <rte_ether.h>

#include <tcpstack/address.h>

#define ARP_PACKET_LENGTH 28

#define ARP_REQUEST 1
#define ARP_REPLY 2

struct arp_packet {
	uint16_t operation; /* ARP_REQUEST or ARP_REPLY */
	struct rte_ether_addr sender_mac;
	struct rte_ether_addr target_mac; /* means nothing in a request */
	struct ip_address sender;	  /* IPv4; unspecified in a probe (RFC 5227) */
	struct ip_address target;	  /* IPv4 */
};

/* Reads a packet from `length` contiguous octets behind the Ethernet header. False if it is truncated, not for IPv4
 * over Ethernet, or neither request nor reply. Addresses are given as they stand. */
bool arp_packet_parse(struct arp_packet *packet, const uint8_t *data, uint32_t length);

/* Writes the packet and returns the octets written: 28. */
uint8_t arp_packet_emit(const struct arp_packet *packet, uint8_t *data);

#endif
