/* SPDX-License-Identifier: BSD-3-Clause */
#include "notation.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct gateway_address mapped = {{[10] = 0xff, [11] = 0xff}};

const struct gateway_prefix notation_everywhere[2] = {
    {.address = {{[10] = 0xff, [11] = 0xff}}, .length = 96},
    {.length = 0},
};

static bool fail(char message[CONFIG_MESSAGE_SIZE], const char *text)
{
	snprintf(message, CONFIG_MESSAGE_SIZE, "%s", text);
	return false;
}

bool notation_is_ipv4(const struct gateway_address *address)
{
	return memcmp(address->octets, mapped.octets, 12) == 0;
}

bool notation_same_prefix(const struct gateway_address *a, const struct gateway_address *b, unsigned length)
{
	unsigned whole = length / 8;
	unsigned rest = length % 8;

	if (memcmp(a->octets, b->octets, whole) != 0)
		return false;
	return rest == 0 || ((a->octets[whole] ^ b->octets[whole]) >> (8 - rest)) == 0;
}

bool notation_covers(const struct gateway_prefix *outer, const struct gateway_prefix *inner)
{
	return notation_is_ipv4(&outer->address) == notation_is_ipv4(&inner->address) &&
	       outer->length <= inner->length && notation_same_prefix(&outer->address, &inner->address, outer->length);
}

const char *notation_format(const struct gateway_address *address, char buffer[NOTATION_ADDRESS_SIZE])
{
	if (notation_is_ipv4(address))
		inet_ntop(AF_INET, address->octets + 12, buffer, NOTATION_ADDRESS_SIZE);
	else
		inet_ntop(AF_INET6, address->octets, buffer, NOTATION_ADDRESS_SIZE);
	return buffer;
}

bool notation_address(const char *text, void *member, char message[CONFIG_MESSAGE_SIZE])
{
	struct gateway_address address = mapped;

	if (strchr(text, '/') != NULL)
		return fail(message, "is a prefix where an address is wanted; write it without the slash");
	if (strchr(text, '%') != NULL)
		return fail(message, "has a zone; write the address without the per cent sign and what follows it");
	if (inet_pton(AF_INET, text, address.octets + 12) != 1) {
		if (inet_pton(AF_INET6, text, address.octets) != 1)
			return fail(message, "is no address; write one like 192.0.2.1 or 2001:db8::1");
		if (notation_is_ipv4(&address))
			return fail(message, "is an IPv4 address written as IPv6; write it as IPv4, like 192.0.2.1");
	}
	memcpy(member, &address, sizeof(address));
	return true;
}

/* Reads address and length, both within their family. */
static bool read_prefix(const char *text, struct gateway_prefix *prefix, char message[CONFIG_MESSAGE_SIZE])
{
	const char *slash = strchr(text, '/');
	char address[NOTATION_ADDRESS_SIZE];
	unsigned digits;
	bool ipv4;
	long length;

	if (slash == NULL)
		return fail(message, "has no length; write one behind a slash, like 192.0.2.0/24 or 2001:db8::/64");
	if ((size_t)(slash - text) >= sizeof(address))
		return fail(message, "is no address; write one like 192.0.2.1/24 or 2001:db8::1/64");
	memcpy(address, text, (size_t)(slash - text));
	address[slash - text] = '\0';
	if (!notation_address(address, &prefix->address, message))
		return false;

	ipv4 = notation_is_ipv4(&prefix->address);
	digits = (unsigned)strspn(slash + 1, "0123456789");
	length = strtol(slash + 1, NULL, 10);
	if (digits == 0 || digits > 3 || slash[1 + digits] != '\0' || (slash[1] == '0' && digits > 1) ||
	    length > (ipv4 ? 32 : 128))
		return fail(message, ipv4 ? "has a wrong length; write a number from 0 to 32 behind the slash"
					  : "has a wrong length; write a number from 0 to 128 behind the slash");
	prefix->length = (uint8_t)(ipv4 ? length + 96 : length);
	return true;
}

struct gateway_address notation_mask(const struct gateway_prefix *prefix)
{
	struct gateway_address address = {{0}};
	unsigned whole = prefix->length / 8;

	memcpy(address.octets, prefix->address.octets, whole);
	if (prefix->length % 8 != 0)
		address.octets[whole] = (uint8_t)(prefix->address.octets[whole] & 0xff << (8 - prefix->length % 8));
	return address;
}

bool notation_prefix(const char *text, void *member, char message[CONFIG_MESSAGE_SIZE])
{
	char buffer[NOTATION_ADDRESS_SIZE];
	struct gateway_address masked;
	struct gateway_prefix prefix;

	if (!read_prefix(text, &prefix, message))
		return false;
	masked = notation_mask(&prefix);
	if (memcmp(&masked, &prefix.address, sizeof(masked)) != 0) {
		snprintf(message, CONFIG_MESSAGE_SIZE, "has bits behind its length; write %s/%u",
			 notation_format(&masked, buffer),
			 prefix.length - (notation_is_ipv4(&prefix.address) ? 96u : 0u));
		return false;
	}
	memcpy(member, &prefix, sizeof(prefix));
	return true;
}

const char *notation_unfit_host(const struct gateway_address *address)
{
	static const struct gateway_address unspecified, loopback = {{[15] = 1}};
	const uint8_t *octets = address->octets;

	if (notation_is_ipv4(address)) {
		if (octets[12] == 0)
			return "begins with 0, and such an address belongs to no host (RFC 1122); choose another";
		if (octets[12] == 127)
			return "is a loopback address; choose another";
		if (octets[12] >= 240)
			return "is a reserved or the broadcast address; choose another";
		if (octets[12] >= 224)
			return "is a multicast address; choose another";
		return NULL;
	}
	if (memcmp(address, &unspecified, sizeof(*address)) == 0)
		return "is the unspecified address; choose another";
	if (memcmp(address, &loopback, sizeof(*address)) == 0)
		return "is the loopback address; choose another";
	if (octets[0] == 0xff)
		return "is a multicast address; choose another";
	return NULL;
}

bool notation_station(const char *text, void *member, char message[CONFIG_MESSAGE_SIZE])
{
	struct gateway_address address;
	const char *unfit;

	if (!notation_address(text, &address, message))
		return false;
	unfit = notation_unfit_host(&address);
	if (unfit != NULL)
		return fail(message, unfit);
	memcpy(member, &address, sizeof(address));
	return true;
}

/* An IPv4 network's own and its broadcast address; RFC 3021: a /31 has neither. */
static bool is_edge(const struct gateway_prefix *host)
{
	uint32_t address, bits;

	if (!notation_is_ipv4(&host->address) || host->length >= 127)
		return false;
	memcpy(&address, host->address.octets + 12, sizeof(address));
	bits = UINT32_MAX >> (host->length - 96);
	address = ntohl(address) & bits;
	return address == 0 || address == bits;
}

bool notation_host(const char *text, void *member, char message[CONFIG_MESSAGE_SIZE])
{
	struct gateway_prefix host;
	const char *unfit;

	if (!read_prefix(text, &host, message))
		return false;
	if (host.length == 0 || host.length == 96)
		return fail(message, "puts everything on the link; write the length of the link's own prefix");
	unfit = notation_unfit_host(&host.address);
	if (unfit != NULL)
		return fail(message, unfit);
	if (is_edge(&host))
		return fail(message, "is the network's own or its broadcast address; choose one between them");
	memcpy(member, &host, sizeof(host));
	return true;
}

bool notation_mac(const char *text, void *member, char message[CONFIG_MESSAGE_SIZE])
{
	static const struct gateway_mac zero;
	struct gateway_mac mac;

	if (strlen(text) != 17)
		return fail(message, "is no MAC address; write six octets like 02:00:00:00:00:01");
	for (unsigned i = 0; i < 6; i++) {
		const unsigned char *octet = (const unsigned char *)text + 3 * i;

		if (!isxdigit(octet[0]) || !isxdigit(octet[1]) || (i < 5 && octet[2] != ':'))
			return fail(message, "is no MAC address; write six octets like 02:00:00:00:00:01");
		mac.octets[i] = (uint8_t)strtoul((const char *)octet, NULL, 16);
	}
	if ((mac.octets[0] & 1) != 0)
		return fail(message, "is a group address; the first octet's lowest bit must be 0");
	if (memcmp(&mac, &zero, sizeof(mac)) == 0)
		return fail(message, "is all zero; leave the key out to use the device's own address");
	memcpy(member, &mac, sizeof(mac));
	return true;
}
