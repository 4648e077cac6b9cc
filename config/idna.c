/* SPDX-License-Identifier: BSD-3-Clause */
#include "idna.h"

#include <string.h>

#include <idn2.h>

/* Each character of a name takes at least an octet of its A-label, and four octets of UTF-8 at the most. */
#define TEXT_LENGTH_MAX (4 * (NAME_LENGTH_MAX + 1))

bool idna_to_ascii(const char *text, size_t length, char name[NAME_LENGTH_MAX + 1])
{
	char copy[TEXT_LENGTH_MAX + 1];
	char *ascii = NULL;
	bool good;

	if (length > TEXT_LENGTH_MAX || memchr(text, '\0', length) != NULL)
		return false;
	memcpy(copy, text, length);
	copy[length] = '\0';
	if (idn2_to_ascii_8z(copy, &ascii, IDN2_NONTRANSITIONAL) != IDN2_OK)
		return false;
	/* Other scripts have digits and dots of their own, so that what comes out may well be an address. */
	good = name_read(ascii, strlen(ascii), name) == NAME_HOST;
	idn2_free(ascii);
	return good;
}
