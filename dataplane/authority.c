/* SPDX-License-Identifier: BSD-3-Clause */
#include "authority.h"

#include <string.h>

/* Zero if it is no port. */
static uint16_t read_port(const char *text, size_t length)
{
	uint32_t port = 0;

	if (length == 0 || length > 5 || text[0] == '0')
		return 0;
	for (size_t i = 0; i < length; i++) {
		if (text[i] < '0' || text[i] > '9')
			return 0;
		port = port * 10 + (uint32_t)(text[i] - '0');
	}
	return port <= UINT16_MAX ? (uint16_t)port : 0;
}

/* address_parse wants a NUL, and must not meet one before the end. */
static bool read_address(const char *text, size_t length, bool ipv4, struct ip_address *address)
{
	char copy[ADDRESS_TEXT_SIZE];

	if (length >= sizeof(copy) || memchr(text, '\0', length) != NULL)
		return false;
	memcpy(copy, text, length);
	copy[length] = '\0';
	return address_parse(copy, address) && address_is_ipv4(address) == ipv4;
}

static bool read_host(const char *text, size_t length, struct authority *authority)
{
	authority->name[0] = '\0';
	authority->address = (struct ip_address){0};
	if (length >= 2 && text[0] == '[' && text[length - 1] == ']')
		return read_address(text + 1, length - 2, false, &authority->address);
	switch (name_read(text, length, authority->name)) {
	case NAME_HOST:
		return true;
	case NAME_ADDRESS:
		authority->name[0] = '\0';
		return read_address(text, length, true, &authority->address);
	default:
		return false;
	}
}

bool authority_read(const char *text, size_t length, struct authority *authority)
{
	const char *colon = length > 0 && text[length - 1] != ']' ? memrchr(text, ':', length) : NULL;
	size_t host = colon != NULL ? (size_t)(colon - text) : length;

	authority->port = 0;
	if (colon != NULL) {
		authority->port = read_port(colon + 1, length - host - 1);
		if (authority->port == 0)
			return false;
	}
	return read_host(text, host, authority);
}

bool authority_same_host(const struct authority *a, const struct authority *b)
{
	return strcmp(a->name, b->name) == 0 && address_equal(&a->address, &b->address);
}
