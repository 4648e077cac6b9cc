/* SPDX-License-Identifier: BSD-3-Clause */
#include "link_spec.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ITEM_MAXIMUM 128

#define LARGEST_RATE 400e9
#define LARGEST_SIZE (1024.0 * 1024 * 1024)
#define LONGEST_TIME 86400e9

struct unit {
	const char *name;
	double factor;
};

static const struct unit rate_units[] = {{"bit", 1}, {"kbit", 1e3}, {"mbit", 1e6}, {"gbit", 1e9}, {NULL, 0}};
static const struct unit size_units[] = {{"", 1}, {"k", 1024}, {"m", 1024 * 1024}, {NULL, 0}};
static const struct unit time_units[] = {{"ns", 1}, {"us", 1e3}, {"ms", 1e6}, {"s", 1e9}, {NULL, 0}};
static const struct unit part_units[] = {{"%", 0.01}, {"", 1}, {NULL, 0}};
static const struct unit plain_units[] = {{"", 1}, {NULL, 0}};

/*
 * Read `number unit` up to the end of the text or to one of the characters in `until`; *rest is then where it stopped.
 * The unit must follow at once. Infinity, hexadecimal and signs, which strtod() would take, are no numbers here.
 */
static int read_number(const char *text, const struct unit *units, const char *until, double maximum, double *value,
		       const char **rest)
{
	char *end;
	size_t unit_length;
	double number;

	if (strspn(text, "0123456789.") == 0 || text[1] == 'x' || text[1] == 'X')
		return -1;
	number = strtod(text, &end);
	unit_length = strcspn(end, until);
	*rest = end + unit_length;
	for (; units->name; units++) {
		if (strlen(units->name) != unit_length || strncmp(end, units->name, unit_length) != 0)
			continue;
		*value = number * units->factor;
		return *value <= maximum ? 0 : -1;
	}
	return -1;
}

static int read_whole(const char *text, const struct unit *units, const char *until, double maximum, uint64_t *value,
		      const char **rest)
{
	double number;

	if (read_number(text, units, until, maximum, &number, rest) < 0)
		return -1;
	*value = (uint64_t)(number + 0.5);
	return 0;
}

/* A value that is one number and nothing else. */
static int only_whole(const char *text, const struct unit *units, double maximum, uint64_t *value)
{
	const char *rest;

	return read_whole(text, units, "", maximum, value, &rest);
}

static int only_part(const char *text, double *value)
{
	const char *rest;

	return read_number(text, part_units, "", 1, value, &rest);
}

/* `part` or `part:count`. */
static int part_and_count(const char *text, double *part, uint32_t *count, uint32_t maximum)
{
	const char *rest;
	uint64_t number;

	if (read_number(text, part_units, ":", 1, part, &rest) < 0)
		return -1;
	if (*rest == '\0')
		return 0;
	if (only_whole(rest + 1, plain_units, maximum, &number) < 0 || number == 0)
		return -1;
	*count = (uint32_t)number;
	return 0;
}

static int set_rate(struct link_config *config, const char *text)
{
	return only_whole(text, rate_units, LARGEST_RATE, &config->rate);
}

static int set_queue(struct link_config *config, const char *text)
{
	return only_whole(text, size_units, LARGEST_SIZE, &config->queue);
}

static int set_memory(struct link_config *config, const char *text)
{
	return only_whole(text, size_units, LARGEST_SIZE, &config->memory);
}

static int set_delay(struct link_config *config, const char *text)
{
	return only_whole(text, time_units, LONGEST_TIME, &config->delay);
}

static int set_jitter(struct link_config *config, const char *text)
{
	return only_whole(text, time_units, LONGEST_TIME, &config->jitter);
}

static int set_hold(struct link_config *config, const char *text)
{
	return only_whole(text, time_units, LONGEST_TIME, &config->hold);
}

static int set_loss(struct link_config *config, const char *text)
{
	return only_part(text, &config->loss);
}

static int set_duplicate(struct link_config *config, const char *text)
{
	return only_part(text, &config->duplicate);
}

static int set_corrupt(struct link_config *config, const char *text)
{
	return only_part(text, &config->corrupt);
}

static int set_truncate(struct link_config *config, const char *text)
{
	return only_part(text, &config->truncate);
}

static int set_burst(struct link_config *config, const char *text)
{
	return part_and_count(text, &config->burst, &config->burst_length, 1000000);
}

static int set_reorder(struct link_config *config, const char *text)
{
	return part_and_count(text, &config->reorder, &config->reorder_depth, LINK_REORDER_DEPTH_MAXIMUM);
}

static int set_mtu(struct link_config *config, const char *text)
{
	const char *rest;
	uint64_t mtu;

	if (read_whole(text, plain_units, "@", LINK_FRAME_MAXIMUM, &mtu, &rest) < 0 || (mtu > 0 && mtu < 68))
		return -1;
	config->mtu = (uint32_t)mtu;
	config->mtu_from = 0;
	return *rest == '\0' ? 0 : only_whole(rest + 1, time_units, LONGEST_TIME, &config->mtu_from);
}

static int set_icmp(struct link_config *config, const char *text)
{
	config->too_big_reply = strcmp(text, "on") == 0;
	return config->too_big_reply || strcmp(text, "off") == 0 ? 0 : -1;
}

static int set_blackhole(struct link_config *config, const char *text)
{
	const char *rest;

	config->blackhole_from = 0;
	config->blackhole_every = 0;
	if (read_whole(text, time_units, "@/", LONGEST_TIME, &config->blackhole, &rest) < 0)
		return -1;
	if (*rest == '@' && read_whole(rest + 1, time_units, "/", LONGEST_TIME, &config->blackhole_from, &rest) < 0)
		return -1;
	return *rest == '\0' ? 0 : only_whole(rest + 1, time_units, LONGEST_TIME, &config->blackhole_every);
}

static int set_seed(struct link_config *config, const char *text)
{
	return only_whole(text, plain_units, 4294967295.0, &config->seed);
}

static const struct item {
	const char *name;
	int (*set)(struct link_config *config, const char *text);
	const char *example;
} items[] = {
    {"rate", set_rate, "100mbit"},
    {"queue", set_queue, "256k"},
    {"memory", set_memory, "64m"},
    {"delay", set_delay, "20ms"},
    {"jitter", set_jitter, "5ms"},
    {"hold", set_hold, "20ms"},
    {"loss", set_loss, "5%"},
    {"duplicate", set_duplicate, "1%"},
    {"corrupt", set_corrupt, "0.1%"},
    {"truncate", set_truncate, "0.1%"},
    {"burst", set_burst, "0.1%:20"},
    {"reorder", set_reorder, "3%:5"},
    {"mtu", set_mtu, "1280@2s"},
    {"icmp", set_icmp, "on"},
    {"blackhole", set_blackhole, "1s@5s/30s"},
    {"seed", set_seed, "7"},
};

static const struct item *item_find(const char *name, size_t length)
{
	for (size_t i = 0; i < sizeof(items) / sizeof(items[0]); i++) {
		if (strlen(items[i].name) == length && strncmp(items[i].name, name, length) == 0)
			return &items[i];
	}
	return NULL;
}

static int unknown_item(const char *text, char *error, size_t error_size)
{
	int used = snprintf(error, error_size, "'%s' is no item of a wire; items are", text);

	for (size_t i = 0; i < sizeof(items) / sizeof(items[0]); i++) {
		if (used > 0 && (size_t)used < error_size)
			used += snprintf(error + used, error_size - (size_t)used, " %s=%s", items[i].name,
					 items[i].example);
	}
	return -1;
}

static int parse_item(const char *text, struct link_config configs[LINK_DIRECTIONS], char *error, size_t error_size)
{
	bool wanted[LINK_DIRECTIONS] = {true, true};
	const char *name = text;
	const struct item *item;
	size_t length;

	if (strncmp(name, "up:", 3) == 0) {
		wanted[LINK_DOWN] = false;
		name += 3;
	} else if (strncmp(name, "down:", 5) == 0) {
		wanted[LINK_UP] = false;
		name += 5;
	}
	length = strcspn(name, "=");
	item = item_find(name, length);
	if (!item || name[length] != '=')
		return unknown_item(text, error, error_size);
	for (int direction = 0; direction < LINK_DIRECTIONS; direction++) {
		if (wanted[direction] && item->set(&configs[direction], name + length + 1) < 0) {
			snprintf(error, error_size, "'%s': the value is malformed or out of range, write it like %s=%s",
				 text, item->name, item->example);
			return -1;
		}
	}
	return 0;
}

static int check(const struct link_config *config, char *error, size_t error_size)
{
	if (config->jitter > config->delay) {
		snprintf(error, error_size, "the jitter is larger than the delay: a frame cannot leave before it came");
		return -1;
	}
	if (config->blackhole_every > 0 && config->blackhole_every < config->blackhole) {
		snprintf(error, error_size, "the black hole returns before it is over");
		return -1;
	}
	if (config->too_big_reply && config->mtu == 0) {
		snprintf(error, error_size, "icmp=on needs an mtu");
		return -1;
	}
	return 0;
}

int link_spec_parse(const char *text, struct link_config configs[LINK_DIRECTIONS], char *error, size_t error_size)
{
	for (int direction = 0; direction < LINK_DIRECTIONS; direction++)
		link_config_default(&configs[direction]);
	while (*text != '\0') {
		size_t length = strcspn(text, ",");
		char item[ITEM_MAXIMUM];

		if (length >= sizeof(item)) {
			snprintf(error, error_size, "an item of more than %d characters", ITEM_MAXIMUM - 1);
			return -1;
		}
		memcpy(item, text, length);
		item[length] = '\0';
		if (parse_item(item, configs, error, error_size) < 0)
			return -1;
		text += length;
		text += *text == ',';
	}
	configs[LINK_UP].seed = configs[LINK_UP].seed * 2;
	configs[LINK_DOWN].seed = configs[LINK_DOWN].seed * 2 + 1;
	for (int direction = 0; direction < LINK_DIRECTIONS; direction++) {
		if (check(&configs[direction], error, error_size) < 0)
			return -1;
	}
	return 0;
}
