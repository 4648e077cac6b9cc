/* SPDX-License-Identifier: BSD-3-Clause */
#include <arpa/inet.h>

#include <tcpstack/address.h>

#define IPV4_BITS_BEFORE 96 /* of the 128-bit form */

/* The octet of an IPv4 address at `index`. */
static uint8_t ipv4_octet(const struct ip_address *address, unsigned index)
{
	return address->octets[IPV4_BITS_BEFORE / 8 + index];
}

bool address_is_multicast(const struct ip_address *address)
{
	if (address_is_ipv4(address))
		return ipv4_octet(address, 0) >> 4 == 0xe;
	return address->octets[0] == 0xff;
}

bool address_is_loopback(const struct ip_address *address)
{
	static const struct ip_address loopback = {.octets = {[15] = 1}};

	if (address_is_ipv4(address))
		return ipv4_octet(address, 0) == 127;
	return address_equal(address, &loopback);
}

bool address_is_link_local(const struct ip_address *address)
{
	if (address_is_ipv4(address))
		return ipv4_octet(address, 0) == 169 && ipv4_octet(address, 1) == 254;
	return address->octets[0] == 0xfe && address->octets[1] >> 6 == 2;
}

/* Whether the first `length` bits (up to 128) of both are the same. */
static bool bits_equal(const struct ip_address *a, const struct ip_address *b, uint8_t length)
{
	unsigned octets = length / 8, bits = length % 8;

	if (memcmp(a->octets, b->octets, octets) != 0)
		return false;
	return bits == 0 || (a->octets[octets] ^ b->octets[octets]) >> (8 - bits) == 0;
}

/* IPv4 addresses lie within ::/80 and shorter prefixes by their form, not by their meaning. */
bool prefix_covers(const struct ip_prefix *prefix, const struct ip_address *address)
{
	if (prefix->length == 0)
		return true;
	return address_is_ipv4(&prefix->address) == address_is_ipv4(address) &&
	       bits_equal(&prefix->address, address, prefix->length);
}

bool address_parse(const char *text, struct ip_address *address)
{
	struct ip_address parsed;
	uint32_t ipv4;

	if (inet_pton(AF_INET, text, &ipv4) == 1) {
		*address = address_from_ipv4(ipv4);
		return true;
	}
	if (inet_pton(AF_INET6, text, parsed.octets) != 1 || address_is_ipv4(&parsed))
		return false;
	*address = parsed;
	return true;
}

/* Reads a decimal number up to `most`, and nothing behind it. */
static bool length_parse(const char *text, unsigned most, uint8_t *length)
{
	unsigned value = 0;
	const char *digit = text;

	for (; *digit >= '0' && *digit <= '9' && value <= most; digit++)
		value = value * 10 + (unsigned)(*digit - '0');
	if (digit == text || *digit != '\0' || value > most || (text[0] == '0' && digit != text + 1))
		return false;
	*length = (uint8_t)value;
	return true;
}

/* Whether no bit from the one at `first` (up to 128) on is set. */
static bool bits_zero_from(const struct ip_address *address, uint8_t first)
{
	unsigned octet = first / 8;

	if (first % 8 != 0 && (uint8_t)(address->octets[octet++] << first % 8) != 0)
		return false;
	for (; octet < sizeof(address->octets); octet++) {
		if (address->octets[octet] != 0)
			return false;
	}
	return true;
}

bool prefix_parse(const char *text, struct ip_prefix *prefix)
{
	const char *slash = strchrnul(text, '/');
	char address_text[ADDRESS_TEXT_SIZE];
	struct ip_prefix parsed;
	unsigned before = 0;

	if (slash - text >= ADDRESS_TEXT_SIZE)
		return false;
	memcpy(address_text, text, (size_t)(slash - text));
	address_text[slash - text] = '\0';
	if (!address_parse(address_text, &parsed.address))
		return false;
	if (address_is_ipv4(&parsed.address))
		before = IPV4_BITS_BEFORE;
	parsed.length = (uint8_t)(128 - before);
	if (*slash == '/' && !length_parse(slash + 1, 128 - before, &parsed.length))
		return false;
	parsed.length += (uint8_t)before;
	if (!bits_zero_from(&parsed.address, parsed.length))
		return false;
	*prefix = parsed;
	return true;
}

const char *address_format(const struct ip_address *address, char buffer[ADDRESS_TEXT_SIZE])
{
	if (address_is_ipv4(address))
		inet_ntop(AF_INET, &address->words[3], buffer, ADDRESS_TEXT_SIZE);
	else
		inet_ntop(AF_INET6, address->octets, buffer, ADDRESS_TEXT_SIZE);
	return buffer;
}
