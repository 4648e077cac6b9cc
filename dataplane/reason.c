/* SPDX-License-Identifier: BSD-3-Clause */
#include "reason.h"

#include <stddef.h>

static const struct {
	const char *name;
	const char *proxy_error;
	const char *meaning;
	uint16_t status;
	uint8_t ending;
} reasons[REASONS] = {
#define REASON(identifier, name, status, proxy_error, ending, meaning)                                                 \
	[REASON_##identifier] = {name, proxy_error, meaning, status, ENDING_##ending},
#include "reason.def"
#undef REASON
};

static const struct {
	unsigned status;
	const char *phrase;
} phrases[] = {
    {400, "Bad Request"},	 {403, "Forbidden"},
    {405, "Method Not Allowed"}, {407, "Proxy Authentication Required"},
    {408, "Request Timeout"},	 {431, "Request Header Fields Too Large"},
    {502, "Bad Gateway"},	 {503, "Service Unavailable"},
    {504, "Gateway Timeout"},	 {505, "HTTP Version Not Supported"},
};

const char *reason_name(enum reason reason)
{
	return reasons[reason].name;
}

unsigned reason_status(enum reason reason)
{
	return reasons[reason].status;
}

const char *reason_proxy_error(enum reason reason)
{
	return reasons[reason].proxy_error;
}

enum reason_ending reason_ending(enum reason reason)
{
	return (enum reason_ending)reasons[reason].ending;
}

const char *reason_meaning(enum reason reason)
{
	return reasons[reason].meaning;
}

const char *reason_phrase(unsigned status)
{
	for (size_t i = 0; i < sizeof(phrases) / sizeof(phrases[0]); i++)
		if (phrases[i].status == status)
			return phrases[i].phrase;
	return NULL;
}
