/* SPDX-License-Identifier: BSD-3-Clause */
#include <string.h>

#include <tcpstack/wire/arp.h>
#include <tcpstack/wire/ethernet.h>

#include "octets.h"

#define HARDWARE_ETHERNET 1
#define LENGTHS (RTE_ETHER_ADDR_LEN << 8 | 4) /* of hardware and protocol address */

static struct ip_address read_address(const uint8_t *data)
{
	uint32_t network_order;

	memcpy(&network_order, data, sizeof(network_order));
	return address_from_ipv4(network_order);
}

static void write_address(uint8_t *data, const struct ip_address *address)
{
	uint32_t network_order = address_ipv4(address);

	memcpy(data, &network_order, sizeof(network_order));
}

bool arp_packet_parse(struct arp_packet *packet, const uint8_t *data, uint32_t length)
{
	if (length < ARP_PACKET_LENGTH)
		return false;
	if (octets_read16(data) != HARDWARE_ETHERNET || octets_read16(data + 2) != ETHERNET_TYPE_IPV4 ||
	    octets_read16(data + 4) != LENGTHS)
		return false;
	packet->operation = octets_read16(data + 6);
	if (packet->operation != ARP_REQUEST && packet->operation != ARP_REPLY)
		return false;
	memcpy(packet->sender_mac.addr_bytes, data + 8, RTE_ETHER_ADDR_LEN);
	packet->sender = read_address(data + 14);
	memcpy(packet->target_mac.addr_bytes, data + 18, RTE_ETHER_ADDR_LEN);
	packet->target = read_address(data + 24);
	return true;
}

uint8_t arp_packet_emit(const struct arp_packet *packet, uint8_t *data)
{
	octets_write16(data, HARDWARE_ETHERNET);
	octets_write16(data + 2, ETHERNET_TYPE_IPV4);
	octets_write16(data + 4, LENGTHS);
	octets_write16(data + 6, packet->operation);
	memcpy(data + 8, packet->sender_mac.addr_bytes, RTE_ETHER_ADDR_LEN);
	write_address(data + 14, &packet->sender);
	memcpy(data + 18, packet->target_mac.addr_bytes, RTE_ETHER_ADDR_LEN);
	write_address(data + 24, &packet->target);
	return ARP_PACKET_LENGTH;
}
