/* SPDX-License-Identifier: BSD-3-Clause */
#include <string.h>

#include <tcpstack/wire/icmp.h>

#include "octets.h"

/* Options of neighbour discovery (RFC 4861 section 4.6). */
#define OPTION_SOURCE_LINK_LAYER 1
#define OPTION_TARGET_LINK_LAYER 2
#define OPTION_UNIT 8 /* octets that an option's length counts */

#define FLAG_ROUTER 0x80
#define FLAG_SOLICITED 0x40
#define FLAG_OVERRIDE 0x20

bool icmp_header_parse(struct icmp_header *header, const uint8_t *data, uint32_t length)
{
	if (length < ICMP_HEADER_LENGTH)
		return false;
	header->type = data[0];
	header->code = data[1];
	memcpy(&header->checksum, data + 2, sizeof(header->checksum));
	header->rest = octets_read32(data + 4);
	return true;
}

uint8_t icmp_header_emit(const struct icmp_header *header, uint8_t *data)
{
	data[0] = header->type;
	data[1] = header->code;
	memcpy(data + 2, &header->checksum, sizeof(header->checksum));
	octets_write32(data + 4, header->rest);
	return ICMP_HEADER_LENGTH;
}

/* The option that a message of this type carries its link-layer address in. */
static uint8_t link_layer_option(uint8_t type)
{
	return type == ICMPV6_NEIGHBOUR_SOLICITATION ? OPTION_SOURCE_LINK_LAYER : OPTION_TARGET_LINK_LAYER;
}

static bool nd_options_parse(struct nd_message *message, const uint8_t *option, const uint8_t *end)
{
	uint8_t wanted = link_layer_option(message->type);

	while (option < end) {
		uint32_t length;

		if (end - option < OPTION_UNIT || option[1] == 0)
			return false;
		length = option[1] * OPTION_UNIT;
		if (length > end - option)
			return false;
		if (option[0] == wanted) {
			if (length != OPTION_UNIT)
				return false;
			if (!message->has_link_layer)
				memcpy(message->link_layer.addr_bytes, option + 2, RTE_ETHER_ADDR_LEN);
			message->has_link_layer = true;
		}
		option += length;
	}
	return true;
}

bool nd_message_parse(struct nd_message *message, const uint8_t *data, uint32_t length)
{
	*message = (struct nd_message){0};
	if (length < ND_MESSAGE_LENGTH || data[1] != 0)
		return false;
	message->type = data[0];
	if (message->type == ICMPV6_NEIGHBOUR_ADVERTISEMENT) {
		message->router = data[4] & FLAG_ROUTER;
		message->solicited = data[4] & FLAG_SOLICITED;
		message->override = data[4] & FLAG_OVERRIDE;
	} else if (message->type != ICMPV6_NEIGHBOUR_SOLICITATION) {
		return false;
	}
	message->target = address_from_ipv6(data + 8);
	return message->target.octets[0] != 0xff && nd_options_parse(message, data + ND_MESSAGE_LENGTH, data + length);
}

uint8_t nd_message_emit(const struct nd_message *message, uint8_t *data)
{
	memset(data, 0, ICMP_HEADER_LENGTH);
	data[0] = message->type;
	if (message->router)
		data[4] |= FLAG_ROUTER;
	if (message->solicited)
		data[4] |= FLAG_SOLICITED;
	if (message->override)
		data[4] |= FLAG_OVERRIDE;
	memcpy(data + 8, message->target.octets, sizeof(message->target.octets));
	if (!message->has_link_layer)
		return ND_MESSAGE_LENGTH;
	data[24] = link_layer_option(message->type);
	data[25] = 1;
	memcpy(data + 26, message->link_layer.addr_bytes, RTE_ETHER_ADDR_LEN);
	return ND_MESSAGE_MAX;
}
