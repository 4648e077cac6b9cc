/* SPDX-License-Identifier: BSD-3-Clause */
#include "basic_credentials.h"

#include <string.h>
#include <strings.h>

static const char scheme[] = "Basic ";

/* The six bits that a character stands for; negative: none. */
static int bits_of(uint8_t character)
{
	if (character >= 'A' && character <= 'Z')
		return character - 'A';
	if (character >= 'a' && character <= 'z')
		return character - 'a' + 26;
	if (character >= '0' && character <= '9')
		return character - '0' + 52;
	if (character == '+')
		return 62;
	return character == '/' ? 63 : -1;
}

/* Writes the one to three octets of four characters. Returns how many; 0 if they are no base64. */
static size_t decode_group(const uint8_t group[4], bool last, char *octets)
{
	unsigned padding = !last || group[3] != '=' ? 0 : group[2] != '=' ? 1 : 2;
	uint32_t word = 0;

	for (unsigned i = 0; i < 4; i++) {
		int bits = i < 4 - padding ? bits_of(group[i]) : 0;

		if (bits < 0)
			return 0;
		word = word << 6 | (uint32_t)bits;
	}
	/* Each octet that the padding stands for must be zero, or one password could be written in several ways. */
	if ((word & ((1u << 8 * padding) - 1)) != 0)
		return 0;
	octets[0] = (char)(word >> 16);
	if (padding < 2)
		octets[1] = (char)(word >> 8);
	if (padding < 1)
		octets[2] = (char)word;
	return 3 - padding;
}

/* Returns the octets written, none of them a control character; 0 if there is anything wrong. */
static size_t decode(const uint8_t *text, size_t length, char octets[BASIC_CREDENTIALS_MAX])
{
	size_t used = 0;

	if (length == 0 || length % 4 != 0 || length / 4 * 3 > BASIC_CREDENTIALS_MAX)
		return 0;
	for (size_t at = 0; at < length; at += 4) {
		size_t count = decode_group(text + at, at + 4 == length, octets + used);

		if (count == 0)
			return 0;
		for (size_t i = 0; i < count; i++, used++)
			if ((uint8_t)octets[used] < ' ' || octets[used] == 0x7f)
				return 0;
	}
	return used;
}

/* Cuts what was decoded at its first colon: a password may have more of them, a user name none. */
static bool divide(struct basic_credentials *credentials, size_t length)
{
	char *colon = memchr(credentials->octets, ':', length);

	if (colon == NULL)
		return false;
	*colon = '\0';
	credentials->octets[length] = '\0';
	credentials->user = credentials->octets;
	credentials->user_length = (uint16_t)(colon - credentials->octets);
	credentials->password = colon + 1;
	credentials->password_length = (uint16_t)(length - credentials->user_length - 1);
	return true;
}

bool basic_credentials_read(struct basic_credentials *credentials, const uint8_t *value, size_t length)
{
	size_t at = strlen(scheme);

	basic_credentials_wipe(credentials);
	if (length < at || length > BASIC_CREDENTIALS_VALUE_MAX || strncasecmp((const char *)value, scheme, at) != 0)
		return false;
	while (at < length && value[at] == ' ')
		at++;
	if (divide(credentials, decode(value + at, length - at, credentials->octets)))
		return true;
	basic_credentials_wipe(credentials);
	return false;
}

void basic_credentials_wipe(struct basic_credentials *credentials)
{
	explicit_bzero(credentials, sizeof(*credentials));
}
