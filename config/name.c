/* SPDX-License-Identifier: BSD-3-Clause */
#include <config/name.h>

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#include "idna.h"

/* What is wrong with a text that is to be a name. */
enum flaw {
	FLAW_NONE,
	FLAW_EMPTY,
	FLAW_LONG,
	FLAW_EMPTY_LABEL,
	FLAW_LONG_LABEL,
	FLAW_CHARACTER,
	FLAW_NUMBER,
};

static bool is_digit(char character)
{
	return character >= '0' && character <= '9';
}

/* Of one family, in the only form that every reader of addresses takes for the same one. */
static bool is_address_of(int family, const char *text, size_t length)
{
	char copy[INET6_ADDRSTRLEN];
	struct in6_addr address;

	if (length >= sizeof(copy) || memchr(text, '\0', length) != NULL)
		return false;
	memcpy(copy, text, length);
	copy[length] = '\0';
	return inet_pton(family, copy, &address) == 1;
}

static bool is_address(const char *text, size_t length)
{
	if (length == 0)
		return false;
	if (is_digit(text[0]) && is_address_of(AF_INET, text, length))
		return true;
	if (length >= 2 && text[0] == '[' && text[length - 1] == ']') {
		text++;
		length -= 2;
	}
	return memchr(text, ':', length) != NULL && is_address_of(AF_INET6, text, length);
}

/* The character in lower case if labels may have it, else 0. */
static char label_character(char character)
{
	if ((character >= 'a' && character <= 'z') || is_digit(character) || character == '-' || character == '_')
		return character;
	return character >= 'A' && character <= 'Z' ? (char)(character - 'A' + 'a') : '\0';
}

/* Whether some reader of addresses would take a name with this last label, in lower case, for an IPv4 address. */
static bool is_number(const char *label)
{
	static const char decimal[] = "0123456789";
	static const char hexadecimal[] = "0123456789abcdef";

	if (label[strspn(label, decimal)] == '\0')
		return true;
	return label[0] == '0' && label[1] == 'x' && label[2 + strspn(label + 2, hexadecimal)] == '\0';
}

/* Writes what is no address in its one form; the flaw's place in the text comes to *at. */
static enum flaw read_host(const char *text, size_t length, char name[NAME_LENGTH_MAX + 1], size_t *at)
{
	size_t label = 0;

	*at = 0;
	if (length > 1 && text[length - 1] == '.')
		length--;
	if (length == 0)
		return FLAW_EMPTY;
	if (length > NAME_LENGTH_MAX)
		return FLAW_LONG;
	for (size_t i = 0; i <= length; i++) {
		*at = i;
		if (i == length || text[i] == '.') {
			if (i == label)
				return FLAW_EMPTY_LABEL;
			if (i - label > NAME_LABEL_MAX)
				return FLAW_LONG_LABEL;
			if (i == length)
				break;
			name[i] = '.';
			label = i + 1;
		} else {
			name[i] = label_character(text[i]);
			if (name[i] == '\0')
				return FLAW_CHARACTER;
		}
	}
	name[length] = '\0';
	return is_number(name + label) ? FLAW_NUMBER : FLAW_NONE;
}

enum name_kind name_read(const char *text, size_t length, char name[NAME_LENGTH_MAX + 1])
{
	enum name_kind kind;
	size_t at;

	if (read_host(text, length, name, &at) == FLAW_NONE)
		return NAME_HOST;
	kind = is_address(text, length) ? NAME_ADDRESS : NAME_INVALID;
	name[0] = '\0';
	return kind;
}

static bool has_unicode(const char *text, size_t length)
{
	for (size_t i = 0; i < length; i++)
		if ((unsigned char)text[i] >= 0x80)
			return true;
	return false;
}

static void explain_unicode(const char *text, size_t length, bool wildcard, char *message, size_t size)
{
	char name[NAME_LENGTH_MAX + 1];

	if (idna_to_ascii(text, length, name))
		snprintf(message, size, "has letters beyond ASCII; write its A-label, \"%s%s\"", wildcard ? "*." : "",
			 name);
	else
		snprintf(message, size, "has octets beyond ASCII that have no A-label; write a name in ASCII");
}

static void explain_character(char character, char *message, size_t size)
{
	if (character == '*')
		snprintf(message, size,
			 "has a '*' elsewhere than in \"*.\" at its beginning; write names, or a regular "
			 "expression");
	else if (character == ':')
		snprintf(message, size, "has a colon; write the name alone, without port or scheme");
	else if (character == '/')
		snprintf(message, size, "has a slash; write the name alone, without scheme or path");
	else if (character > ' ' && character < 0x7f)
		snprintf(message, size, "has '%c', which no name has; write letters, digits, \"-\", \"_\" and dots",
			 character);
	else
		snprintf(message, size, "has octet 0x%02x, which no name has; remove it", (unsigned char)character);
}

static void explain(enum flaw flaw, char character, char *message, size_t size)
{
	switch (flaw) {
	case FLAW_EMPTY:
		snprintf(message, size, "is no name; write one like a.test or *.a.test");
		break;
	case FLAW_LONG:
		snprintf(message, size, "has more than %d octets; no name is longer", NAME_LENGTH_MAX);
		break;
	case FLAW_EMPTY_LABEL:
		snprintf(message, size, "has nothing before, behind or between dots; write one dot between labels");
		break;
	case FLAW_LONG_LABEL:
		snprintf(message, size, "has a label of more than %d octets; no label is longer", NAME_LABEL_MAX);
		break;
	case FLAW_NUMBER:
		snprintf(message, size, "ends in a number, so that some take it for an IPv4 address; write a name");
		break;
	default:
		explain_character(character, message, size);
	}
}

bool name_read_pattern(const char *text, size_t length, char name[NAME_LENGTH_MAX + 1], bool *wildcard, char *message,
		       size_t message_size)
{
	enum flaw flaw;
	size_t at;

	*wildcard = length >= 2 && text[0] == '*' && text[1] == '.';
	if (*wildcard) {
		text += 2;
		length -= 2;
	}
	flaw = read_host(text, length, name, &at);
	if (flaw == FLAW_NONE)
		return true;
	if (has_unicode(text, length))
		explain_unicode(text, length, *wildcard, message, message_size);
	else if (is_address(text, length))
		snprintf(message, message_size, "is an address, which is no name; write it among the addresses");
	else
		explain(flaw, flaw == FLAW_CHARACTER ? text[at] : '\0', message, message_size);
	return false;
}
