/* SPDX-License-Identifier: BSD-3-Clause */
#include "settings.h"

#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define VALUE_SIZE 64
#define LONGEST_PREFIX 126 /* there must be a neighbour beside the stack */

/* A number among the settings: where it stands in its struct, and what it may be. */
struct number {
	const char *name;
	size_t offset;
	size_t size;
	uint64_t smallest;
	uint64_t largest;
};

#define TCP_NUMBER(field, smallest, largest)                                                                           \
	{                                                                                                              \
#field, offsetof(struct tcp_config, field), sizeof(((struct tcp_config *)0)->field), smallest, largest \
	}
#define TCP_OPTION(field, largest)                                                                                     \
	{                                                                                                              \
#field, offsetof(struct tcp_config, options.field), sizeof(((struct tcp_config *)0)->options.field),   \
		    0, largest                                                                                         \
	}

static const struct number tcp_numbers[] = {
    TCP_OPTION(window_scaling, 1),
    TCP_OPTION(timestamps, 1),
    TCP_OPTION(sack, 1),
    TCP_OPTION(withhold_sack, 1),
    TCP_OPTION(window_scale, 14),
    TCP_OPTION(mss, UINT16_MAX),
    TCP_NUMBER(receive_buffer, 1, UINT32_MAX),
    TCP_NUMBER(send_buffer, 1, UINT32_MAX),
    TCP_NUMBER(initial_window, 1, 1000),
    TCP_NUMBER(rto_min, 1, UINT32_MAX),
    TCP_NUMBER(rto_max, 1, UINT32_MAX),
    TCP_NUMBER(syn_retries, 1, 255),
    TCP_NUMBER(syn_ack_retries, 1, 255),
    TCP_NUMBER(retries, 1, 255),
    TCP_NUMBER(delayed_ack, 1, 500),
    TCP_NUMBER(keepalive_idle, 1, UINT32_MAX),
    TCP_NUMBER(keepalive_interval, 1, UINT32_MAX),
    TCP_NUMBER(keepalive_count, 1, 255),
    TCP_NUMBER(time_wait, 1, UINT32_MAX),
    TCP_NUMBER(orphan, 1, UINT32_MAX),
    TCP_NUMBER(port_first, 1, UINT16_MAX),
    TCP_NUMBER(port_last, 1, UINT16_MAX),
};

static const struct number own_numbers[] = {
    {"mtu", offsetof(struct settings, mtu), sizeof(uint16_t), 1280, 9000},
    {"seed", offsetof(struct settings, seed), sizeof(uint64_t), 0, UINT64_MAX},
};

struct ip_prefix settings_with_length(const struct ip_address *address)
{
	return (struct ip_prefix){.address = *address, .length = address_is_ipv4(address) ? 96 + 16 : 48};
}

static bool parse_number(const char *text, uint64_t *number)
{
	char *end;

	if (text[0] < '0' || text[0] > '9')
		return false;
	*number = strtoull(text, &end, 10);
	return *end == '\0';
}

/* "192.168.0.1/16": unlike a prefix, an interface's address has bits beyond the length. */
static bool parse_local(const char *value, struct ip_prefix *prefix)
{
	char text[VALUE_SIZE];
	char *slash;
	uint64_t length;

	snprintf(text, sizeof(text), "%s", value);
	slash = strchr(text, '/');
	if (slash)
		*slash++ = '\0';
	if (!address_parse(text, &prefix->address))
		return false;
	*prefix = settings_with_length(&prefix->address);
	if (slash) {
		unsigned offset = address_is_ipv4(&prefix->address) ? 96 : 0;

		if (!parse_number(slash, &length) || length > LONGEST_PREFIX - offset)
			return false;
		prefix->length = length + offset;
	}
	return true;
}

static bool add_prefix(struct ip_prefix *list, unsigned *count, const struct ip_prefix *prefix)
{
	if (*count == SETTINGS_PREFIXES)
		return false;
	list[(*count)++] = *prefix;
	return true;
}

static bool set_number(void *base, const struct number *numbers, size_t count, const char *name, const char *value)
{
	for (size_t i = 0; i < count; i++) {
		uint64_t number;

		if (strcmp(numbers[i].name, name) != 0)
			continue;
		if (!parse_number(value, &number) || number < numbers[i].smallest || number > numbers[i].largest)
			return false;
		/* The fields are little-endian unsigned integers and booleans; the bound keeps to their size. */
		memcpy((char *)base + numbers[i].offset, &number, numbers[i].size);
		return true;
	}
	return false;
}

static bool set_one(struct settings *settings, struct tcp_config *tcp, const char *name, const char *value)
{
	struct ip_prefix prefix;

	if (strcmp(name, "local_ip") == 0)
		return parse_local(value, &prefix) && add_prefix(settings->local, &settings->local_count, &prefix);
	if (strcmp(name, "remote_ip") == 0)
		return prefix_parse(value, &prefix) && add_prefix(settings->remote, &settings->remote_count, &prefix);
	return set_number(settings, own_numbers, sizeof(own_numbers) / sizeof(own_numbers[0]), name, value) ||
	       set_number(tcp, tcp_numbers, sizeof(tcp_numbers) / sizeof(tcp_numbers[0]), name, value);
}

bool settings_parse(const char *flags, struct settings *settings, struct tcp_config *tcp, char *error,
		    size_t error_size)
{
	const char *next = flags ? flags : "";

	*settings = (struct settings){.mtu = 1500, .seed = 1};
	while (*next) {
		size_t length = strcspn(next, ", ");
		char name[2 * VALUE_SIZE];
		char *value;

		if (length >= sizeof(name)) {
			snprintf(error, error_size, "the setting \"%.40s...\" is too long", next);
			return false;
		}
		memcpy(name, next, length);
		name[length] = '\0';
		next += length;
		next += strspn(next, ", ");
		if (length == 0)
			continue;
		value = strchr(name, '=');
		if (value)
			*value++ = '\0';
		if (!value || strlen(value) >= VALUE_SIZE || !set_one(settings, tcp, name, value)) {
			snprintf(error, error_size,
				 "cannot use the setting \"%s%s%s\": unknown name, or a value out of range", name,
				 value ? "=" : "", value ? value : "");
			return false;
		}
	}
	return true;
}
