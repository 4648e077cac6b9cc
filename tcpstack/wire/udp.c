/* SPDX-License-Identifier: BSD-3-Clause */
#include <string.h>

#include <tcpstack/wire/udp.h>

#include "octets.h"

bool udp_header_parse(struct udp_header *header, const uint8_t *data, uint32_t length)
{
	if (length < UDP_HEADER_LENGTH)
		return false;
	header->source_port = octets_read16(data);
	header->destination_port = octets_read16(data + 2);
	header->length = octets_read16(data + 4);
	memcpy(&header->checksum, data + 6, sizeof(header->checksum));
	return header->length >= UDP_HEADER_LENGTH;
}

uint8_t udp_header_emit(const struct udp_header *header, uint8_t *data)
{
	octets_write16(data, header->source_port);
	octets_write16(data + 2, header->destination_port);
	octets_write16(data + 4, header->length);
	memcpy(data + 6, &header->checksum, sizeof(header->checksum));
	return UDP_HEADER_LENGTH;
}
