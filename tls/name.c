/* SPDX-License-Identifier: BSD-3-Clause */
#include <tls/name.h>

#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

struct named {
	uint16_t number;
	const char *name;
};

static const struct named versions[] = {
#define VERSION(number, name) {number, name},
#define CIPHER(number, name)
#define GROUP(number, name)
#include <tls/name.def>
#undef VERSION
#undef CIPHER
#undef GROUP
};

static const struct named ciphers[] = {
#define VERSION(number, name)
#define CIPHER(number, name) {number, name},
#define GROUP(number, name)
#include <tls/name.def>
#undef VERSION
#undef CIPHER
#undef GROUP
};

static const struct named groups[] = {
#define VERSION(number, name)
#define CIPHER(number, name)
#define GROUP(number, name) {number, name},
#include <tls/name.def>
#undef VERSION
#undef CIPHER
#undef GROUP
};

static int compare(const void *key, const void *item)
{
	return (int)*(const uint16_t *)key - (int)((const struct named *)item)->number;
}

static const char *name_of(const struct named *table, size_t count, uint16_t value, char number[TLS_NAME_NUMBER])
{
	const struct named *found = bsearch(&value, table, count, sizeof(*table), compare);

	if (found != NULL)
		return found->name;
	snprintf(number, TLS_NAME_NUMBER, "0x%04x", value);
	return number;
}

#define NAME_OF(table, value, number) name_of(table, sizeof(table) / sizeof(table[0]), value, number)

const char *tls_name_version(uint16_t version, char number[TLS_NAME_NUMBER])
{
	return NAME_OF(versions, version, number);
}

const char *tls_name_cipher(uint16_t cipher, char number[TLS_NAME_NUMBER])
{
	return NAME_OF(ciphers, cipher, number);
}

const char *tls_name_group(uint16_t group, char number[TLS_NAME_NUMBER])
{
	return NAME_OF(groups, group, number);
}
