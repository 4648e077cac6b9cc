/* SPDX-License-Identifier: BSD-3-Clause */
#include "dns_writer.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

static void append_number(struct dns_writer *writer, uint32_t value, unsigned octets)
{
	while (octets-- > 0) {
		uint8_t octet = (uint8_t)(value >> 8 * octets);

		dns_append(writer, &octet, 1);
	}
}

static void append_name(struct dns_writer *writer, const char *name)
{
	if (name[0] == '@') {
		append_number(writer, 0xc000u | (uint32_t)atoi(name + 1), 2);
		return;
	}
	while (*name != '\0') {
		size_t length = strcspn(name, ".");

		append_number(writer, (uint32_t)length, 1);
		dns_append(writer, name, length);
		name += length;
		name += *name == '.';
	}
	append_number(writer, 0, 1);
}

void dns_append(struct dns_writer *writer, const void *octets, size_t length)
{
	if (writer->size + length > sizeof(writer->octets))
		abort();
	if (length > 0)
		memcpy(writer->octets + writer->size, octets, length);
	writer->size += length;
}

void dns_patch(struct dns_writer *writer, size_t at, uint16_t value)
{
	writer->octets[at] = (uint8_t)(value >> 8);
	writer->octets[at + 1] = (uint8_t)value;
}

uint16_t dns_number(const uint8_t *octets, size_t at)
{
	return (uint16_t)(octets[at] << 8 | octets[at + 1]);
}

static void count(struct dns_writer *writer, enum dns_section section)
{
	size_t at = 4 + 2 * (size_t)section;

	dns_patch(writer, at, (uint16_t)(dns_number(writer->octets, at) + 1));
}

void dns_begin(struct dns_writer *writer, uint16_t id, uint16_t flags, const char *name, uint16_t type)
{
	memset(writer->octets, 0, 12);
	writer->size = 12;
	dns_patch(writer, 0, id);
	dns_patch(writer, 2, flags);
	if (name == NULL)
		return;
	append_name(writer, name);
	append_number(writer, type, 2);
	append_number(writer, 1, 2);
	count(writer, DNS_QUESTIONS);
}

static size_t begin_record(struct dns_writer *writer, enum dns_section section, const char *owner, uint16_t type,
			   uint16_t class, uint32_t ttl)
{
	append_name(writer, owner);
	append_number(writer, type, 2);
	append_number(writer, class, 2);
	append_number(writer, ttl, 4);
	append_number(writer, 0, 2);
	count(writer, section);
	return writer->size;
}

static void end_record(struct dns_writer *writer, size_t data)
{
	dns_patch(writer, data - 2, (uint16_t)(writer->size - data));
}

void dns_record(struct dns_writer *writer, enum dns_section section, const char *owner, uint16_t type, uint32_t ttl,
		const void *data, size_t length)
{
	size_t at = begin_record(writer, section, owner, type, 1, ttl);

	dns_append(writer, data, length);
	end_record(writer, at);
}

void dns_address(struct dns_writer *writer, enum dns_section section, const char *owner, uint32_t ttl,
		 const char *address)
{
	uint8_t octets[16];

	if (inet_pton(AF_INET, address, octets) == 1)
		dns_record(writer, section, owner, DNS_A, ttl, octets, 4);
	else if (inet_pton(AF_INET6, address, octets) == 1)
		dns_record(writer, section, owner, DNS_AAAA, ttl, octets, 16);
	else
		abort();
}

void dns_alias(struct dns_writer *writer, enum dns_section section, const char *owner, uint32_t ttl, const char *target)
{
	size_t at = begin_record(writer, section, owner, DNS_CNAME, 1, ttl);

	append_name(writer, target);
	end_record(writer, at);
}

void dns_authority(struct dns_writer *writer, const char *owner, uint32_t ttl, uint32_t minimum)
{
	size_t at = begin_record(writer, DNS_AUTHORITIES, owner, DNS_SOA, 1, ttl);

	append_name(writer, "ns.test");
	append_name(writer, "hostmaster.test");
	for (unsigned i = 0; i < 4; i++)
		append_number(writer, 7200, 4);
	append_number(writer, minimum, 4);
	end_record(writer, at);
}

void dns_extension(struct dns_writer *writer, uint8_t extended_code, size_t length)
{
	static const uint8_t zeros[65535];
	size_t at = begin_record(writer, DNS_ADDITIONALS, "", DNS_OPT, 1232, (uint32_t)extended_code << 24);

	dns_append(writer, zeros, length);
	end_record(writer, at);
}
