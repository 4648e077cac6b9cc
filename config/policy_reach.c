/* SPDX-License-Identifier: BSD-3-Clause */
#include "policy_reach.h"

#include <string.h>

#include <config/name.h>

#include "notation.h"

#define KEY_SIZE 4200 /* a path of a file, or anything else, and what kind of thing it is */

/* A row being judged: `fresh` if it has anything that rows before it have not. */
struct row_judgement {
	struct text_table *seen;
	bool any;
	bool fresh;
	bool memory;
};

/* What the table holds of a prefix. */
static void prefix_key(const struct gateway_prefix *prefix, char key[KEY_SIZE])
{
	struct gateway_address network = notation_mask(prefix);
	size_t used = 0;

	key[used++] = 'a';
	for (unsigned i = 0; i < sizeof(network.octets); i++)
		used += (size_t)snprintf(key + used, KEY_SIZE - used, "%02x", network.octets[i]);
	snprintf(key + used, KEY_SIZE - used, "/%u", prefix->length);
}

static bool is_seen(const struct row_judgement *judgement, char kind, const char *text)
{
	char key[KEY_SIZE];

	snprintf(key, sizeof(key), "%c%s", kind, text);
	return text_table_find(judgement->seen, key) != TEXT_TABLE_NONE;
}

/* Adds a part of the row, which earlier rows have already if `covered`. */
static void add_key(struct row_judgement *judgement, const char *key, bool covered)
{
	uint32_t earlier;

	judgement->any = true;
	if (!text_table_add(judgement->seen, key, 0, &earlier))
		judgement->memory = false;
	else if (!covered && earlier == TEXT_TABLE_NONE)
		judgement->fresh = true;
}

static void add(struct row_judgement *judgement, char kind, const char *text, bool covered)
{
	char key[KEY_SIZE];

	snprintf(key, sizeof(key), "%c%s", kind, text);
	add_key(judgement, key, covered);
}

static void add_name(struct row_judgement *judgement, const char *text)
{
	char message[CONFIG_MESSAGE_SIZE];
	char name[NAME_LENGTH_MAX + 1];
	bool covered = false;
	bool wildcard;

	name_read_pattern(text, strlen(text), name, &wildcard, message, sizeof(message));
	/* By the wildcards of the names that its name ends in. */
	for (const char *dot = strchr(name, '.'); dot != NULL && !covered; dot = strchr(dot + 1, '.'))
		covered = is_seen(judgement, 'w', dot + 1);
	add(judgement, wildcard ? 'w' : 'n', name, covered);
}

static void add_prefix(struct row_judgement *judgement, const struct gateway_prefix *prefix)
{
	unsigned least = notation_is_ipv4(&prefix->address) ? 96 : 0;
	struct gateway_prefix wider = *prefix;
	char key[KEY_SIZE];
	bool covered = false;

	while (wider.length > least && !covered) {
		wider.length--;
		prefix_key(&wider, key);
		covered = text_table_find(judgement->seen, key) != TEXT_TABLE_NONE;
	}
	prefix_key(prefix, key);
	add_key(judgement, key, covered);
}

enum policy_reach policy_row_reach(const struct policy_row_document *row, struct text_table *seen)
{
	struct row_judgement judgement = {.seen = seen, .memory = true};

	for (unsigned i = 0; i < row->names.text_count; i++)
		add_name(&judgement, row->names.texts[i]);
	for (unsigned i = 0; i < row->names.file_count; i++)
		add(&judgement, 'f', row->names.files[i], false);
	for (unsigned i = 0; i < row->row.regex_count; i++)
		add(&judgement, 'r', row->row.regexes[i], false);
	for (unsigned i = 0; i < row->category_count; i++)
		add(&judgement, 'c', row->categories[i], false);
	for (unsigned i = 0; i < row->row.address_count; i++)
		add_prefix(&judgement, &row->row.addresses[i]);
	if (!judgement.memory)
		return POLICY_REACH_MEMORY;
	if (!judgement.any)
		return POLICY_REACH_EMPTY;
	return judgement.fresh ? POLICY_REACH_SOME : POLICY_REACH_NONE;
}

struct networks {
	const struct gateway_prefix *items;
	unsigned count;
};

/* An absent list means all networks. */
static struct networks networks_of(const struct gateway_prefix *items, unsigned count)
{
	return count == 0 ? (struct networks){notation_everywhere, 2} : (struct networks){items, count};
}

static bool networks_cover(struct networks outer, struct networks inner)
{
	for (unsigned i = 0; i < inner.count; i++) {
		unsigned j = 0;

		while (j < outer.count && !notation_covers(&outer.items[j], &inner.items[i]))
			j++;
		if (j == outer.count)
			return false;
	}
	return true;
}

static bool ports_cover(const struct policy_intercept *outer, const struct policy_intercept *inner)
{
	static const uint16_t https = 443;
	const uint16_t *outer_ports = outer->port_count == 0 ? &https : outer->ports;
	const uint16_t *inner_ports = inner->port_count == 0 ? &https : inner->ports;
	unsigned outer_count = outer->port_count == 0 ? 1 : outer->port_count;
	unsigned inner_count = inner->port_count == 0 ? 1 : inner->port_count;

	for (unsigned i = 0; i < inner_count; i++) {
		unsigned j = 0;

		while (j < outer_count && outer_ports[j] != inner_ports[i])
			j++;
		if (j == outer_count)
			return false;
	}
	return true;
}

static bool intercept_covers(const struct policy_intercept *outer, const struct policy_intercept *inner)
{
	if (outer->interface != NULL && (inner->interface == NULL || strcmp(outer->interface, inner->interface) != 0))
		return false;
	return ports_cover(outer, inner) &&
	       networks_cover(networks_of(outer->to, outer->to_count), networks_of(inner->to, inner->to_count));
}

bool policy_intercept_reachable(const struct policy_document *policy, unsigned service, unsigned intercept)
{
	const struct policy_service *own = &policy->services[service].service;
	struct networks clients = networks_of(own->clients, own->client_count);

	for (unsigned i = 0; i <= service; i++) {
		const struct policy_service *other = &policy->services[i].service;
		unsigned count = i == service ? intercept : other->intercept_count;

		if (!networks_cover(networks_of(other->clients, other->client_count), clients))
			continue;
		for (unsigned j = 0; j < count; j++)
			if (intercept_covers(&other->intercepts[j], &own->intercepts[intercept]))
				return false;
	}
	return true;
}
