/* SPDX-License-Identifier: BSD-3-Clause */
/* Any octets as an Ethernet frame with ARP or ICMP in it, neighbour discovery included: what is accepted can be
 * written, and reads again as the same. */
#include <string.h>

#include <tcpstack/wire/arp.h>
#include <tcpstack/wire/ethernet.h>
#include <tcpstack/wire/icmp.h>

#include "target.h"

static void try_arp(const uint8_t *data, uint32_t length)
{
	struct arp_packet packet;
	uint8_t written[ARP_PACKET_LENGTH];

	if (!arp_packet_parse(&packet, data, length))
		return;
	hold(address_is_ipv4(&packet.sender) && address_is_ipv4(&packet.target));
	hold(arp_packet_emit(&packet, written) == ARP_PACKET_LENGTH);
	hold(memcmp(data, written, ARP_PACKET_LENGTH) == 0);
}

static void try_icmp(const uint8_t *data, uint32_t length)
{
	struct icmp_header header;
	uint8_t written[ICMP_HEADER_LENGTH];

	if (!icmp_header_parse(&header, data, length))
		return;
	hold(icmp_header_emit(&header, written) == ICMP_HEADER_LENGTH);
	hold(memcmp(data, written, ICMP_HEADER_LENGTH) == 0);
}

static void try_neighbour_discovery(const uint8_t *data, uint32_t length)
{
	struct nd_message message, again;
	uint8_t written[ND_MESSAGE_MAX], octets;

	if (!nd_message_parse(&message, data, length))
		return;
	octets = nd_message_emit(&message, written);
	hold(octets == (message.has_link_layer ? ND_MESSAGE_MAX : ND_MESSAGE_LENGTH) && octets <= length);
	hold(nd_message_parse(&again, written, octets));
	hold(memcmp(&message, &again, sizeof(message)) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct ethernet_header header;
	uint8_t written[ETHERNET_TAGGED_LENGTH];

	if (size > UINT16_MAX || !ethernet_header_parse(&header, data, (uint32_t)size))
		return 0;
	hold(header.length <= size && ethernet_header_emit(&header, written) == header.length);
	if (header.tagged)
		written[14] |= data[14] & 0x10; /* the drop-eligible bit, which nobody asks for */
	hold(memcmp(data, written, header.length) == 0);
	data += header.length;
	size -= header.length;
	try_arp(data, (uint32_t)size);
	try_icmp(data, (uint32_t)size);
	try_neighbour_discovery(data, (uint32_t)size);
	return 0;
}
