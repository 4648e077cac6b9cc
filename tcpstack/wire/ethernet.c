/* SPDX-License-Identifier: BSD-3-Clause */
#include <string.h>

#include <tcpstack/wire/ethernet.h>

#include "octets.h"

static bool is_tag(uint16_t type)
{
	return type == ETHERNET_TYPE_VLAN || type == ETHERNET_TYPE_SERVICE;
}

bool ethernet_header_parse(struct ethernet_header *header, const uint8_t *data, uint32_t length)
{
	*header = (struct ethernet_header){.length = ETHERNET_HEADER_LENGTH};
	if (length < ETHERNET_HEADER_LENGTH)
		return false;
	memcpy(header->destination.addr_bytes, data, RTE_ETHER_ADDR_LEN);
	memcpy(header->source.addr_bytes, data + 6, RTE_ETHER_ADDR_LEN);
	header->type = octets_read16(data + 12);
	if (header->type == ETHERNET_TYPE_VLAN) {
		uint16_t control;

		if (length < ETHERNET_TAGGED_LENGTH)
			return false;
		control = octets_read16(data + 14);
		header->tagged = true;
		header->length = ETHERNET_TAGGED_LENGTH;
		header->priority = (uint8_t)(control >> 13);
		header->vlan = control & 0x0fff;
		header->type = octets_read16(data + 16);
	}
	header->stacked = is_tag(header->type);
	return true;
}

uint8_t ethernet_header_emit(const struct ethernet_header *header, uint8_t *data)
{
	memcpy(data, header->destination.addr_bytes, RTE_ETHER_ADDR_LEN);
	memcpy(data + 6, header->source.addr_bytes, RTE_ETHER_ADDR_LEN);
	if (!header->tagged) {
		octets_write16(data + 12, header->type);
		return ETHERNET_HEADER_LENGTH;
	}
	octets_write16(data + 12, ETHERNET_TYPE_VLAN);
	octets_write16(data + 14, (uint16_t)(header->priority << 13 | (header->vlan & 0x0fff)));
	octets_write16(data + 16, header->type);
	return ETHERNET_TAGGED_LENGTH;
}
