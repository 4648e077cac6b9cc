/* SPDX-License-Identifier: BSD-3-Clause */
/* The forms of texts in gateway.json. */
#include "gateway_schema.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

static bool fail(char message[CONFIG_MESSAGE_SIZE], const char *text)
{
	snprintf(message, CONFIG_MESSAGE_SIZE, "%s", text);
	return false;
}

bool gateway_name(const char *text, void *member, char message[CONFIG_MESSAGE_SIZE])
{
	for (const char *at = text; *at != '\0'; at++)
		if (!isalnum((unsigned char)*at) && (at == text || strchr("_-.", *at) == NULL))
			return fail(message, "is no name; write letters, digits, \"_\", \"-\" and \".\", "
					     "with a letter or digit first");
	return true;
}

bool gateway_absolute_path(const char *text, void *member, char message[CONFIG_MESSAGE_SIZE])
{
	if (text[0] != '/')
		return fail(message, "is no absolute path; begin it with a slash");
	return true;
}

/* "0000:03:00.0" or "03:00.0", up to `end`. */
static bool is_pci_address(const char *text, const char *end)
{
	static const char full[] = "hhhh:hh:hh.o";
	size_t length = (size_t)(end - text);
	const char *form = full;

	if (length == strlen(full) - 5)
		form += 5;
	else if (length != strlen(full))
		return false;
	for (; text < end; text++, form++) {
		bool good = *form == 'h'   ? isxdigit((unsigned char)*text)
			    : *form == 'o' ? *text >= '0' && *text <= '7'
					   : *text == *form;

		if (!good)
			return false;
	}
	return true;
}

/* A virtual device, or a device with its bus before it ("pci:0000:03:00.0"). */
static bool is_device_name(const char *text, const char *end)
{
	if (text == end || !isalpha((unsigned char)*text))
		return false;
	for (; text < end; text++)
		if (!isalnum((unsigned char)*text) && strchr("_-.:", *text) == NULL)
			return false;
	return true;
}

bool gateway_device(const char *text, void *member, char message[CONFIG_MESSAGE_SIZE])
{
	const char *end = text + strcspn(text, ",");

	for (const char *at = text; *at != '\0'; at++)
		if (!isgraph((unsigned char)*at))
			return fail(message, "has a blank or a character that is not ASCII; remove it");
	if (!is_pci_address(text, end) && !is_device_name(text, end))
		return fail(message, "names no device; write a PCI address like 0000:03:00.0 or a virtual device "
				     "like net_tap0, and parameters behind commas");
	return true;
}
