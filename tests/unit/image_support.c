/* SPDX-License-Identifier: BSD-3-Clause */
#include "image_support.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <CUnit/CUnit.h>

#include <image_layout.h>
#include <notation.h>

static void die(const char *what, const char *word)
{
	fprintf(stderr, "image_support: %s: %s\n", what, word);
	abort();
}

/* Room for one more element, all zero, behind `count` others. */
static void *grow(void *items, size_t count, size_t size)
{
	char *grown = realloc(items, (count + 1) * size);

	if (grown == NULL)
		die("no memory", "");
	memset(grown + count * size, 0, size);
	return grown;
}

#define APPEND(items, count) ((items) = grow((items), (count), sizeof(*(items))), &(items)[(count)++])

static void add_pattern(struct policy_patterns *patterns, const char *word)
{
	struct policy_pattern *pattern = APPEND(patterns->items, patterns->count);

	pattern->wildcard = strncmp(word, "*.", 2) == 0;
	pattern->name = strdup(word + (pattern->wildcard ? 2 : 0));
}

static unsigned find_category(const struct policy *policy, const char *name)
{
	for (unsigned i = 0; i < policy->category_count; i++)
		if (strcmp(policy->categories[i].name, name) == 0)
			return i;
	die("no such category", name);
	return 0;
}

static unsigned find_filter(const struct policy *policy, const char *name)
{
	for (unsigned i = 0; i < policy->filter_count; i++)
		if (strcmp(policy->filters[i].name, name) == 0)
			return i;
	die("no such filter", name);
	return 0;
}

struct gateway_prefix image_prefix(const char *text)
{
	struct gateway_prefix prefix;
	char message[CONFIG_MESSAGE_SIZE];

	if (!notation_prefix(text, &prefix, message))
		die(message, text);
	return prefix;
}

struct gateway_address image_address(const char *text)
{
	struct gateway_address address;
	char message[CONFIG_MESSAGE_SIZE];

	if (!notation_address(text, &address, message))
		die(message, text);
	return address;
}

static bool read_verdict(struct policy_verdict *verdict, const char *word)
{
	if (strcmp(word, "deny") == 0)
		verdict->action = POLICY_DENY;
	else if (strcmp(word, "allow") == 0)
		verdict->action = POLICY_ALLOW;
	else if (strcmp(word, "log") == 0)
		verdict->log = true;
	else if (strcmp(word, "exception") == 0)
		verdict->decryption_exception = true;
	else
		return false;
	return true;
}

static void read_row_word(const struct policy *policy, struct policy_row *row, const char *word)
{
	if (read_verdict(&row->verdict, word))
		return;
	if (strncmp(word, "label=", 6) == 0)
		row->label = strdup(word + 6);
	else if (word[0] == '~')
		*APPEND(row->regexes, row->regex_count) = strdup(word + 1);
	else if (word[0] == '@')
		*APPEND(row->categories, row->category_count) = find_category(policy, word + 1);
	else if (strchr(word, '/') != NULL)
		*APPEND(row->addresses, row->address_count) = image_prefix(word);
	else
		add_pattern(&row->names, word);
}

static const char *next_word(char **place)
{
	return strtok_r(NULL, " \t", place);
}

static void read_line(struct policy *policy, char *line)
{
	char *place;
	const char *kind = strtok_r(line, " \t", &place), *word;
	struct policy_filter *filter = policy->filter_count > 0 ? &policy->filters[policy->filter_count - 1] : NULL;

	if (kind == NULL)
		return;
	if (strcmp(kind, "category") == 0) {
		struct policy_category *category = APPEND(policy->categories, policy->category_count);

		category->name = strdup(next_word(&place));
		while ((word = next_word(&place)) != NULL)
			add_pattern(&category->names, word);
	} else if (strcmp(kind, "filter") == 0 || strcmp(kind, "group") == 0) {
		filter = APPEND(policy->filters, policy->filter_count);
		filter->name = strdup(next_word(&place));
		while ((word = next_word(&place)) != NULL)
			*APPEND(filter->members, filter->member_count) = find_filter(policy, word);
	} else if (strcmp(kind, "row") == 0) {
		struct policy_row *row = APPEND(filter->rows, filter->row_count);

		while ((word = next_word(&place)) != NULL)
			read_row_word(policy, row, word);
	} else if (strcmp(kind, "service") == 0) {
		struct policy_service *service = APPEND(policy->services, policy->service_count);

		service->name = strdup(next_word(&place));
		service->filter = find_filter(policy, next_word(&place));
	} else {
		struct policy_verdict *verdict = strcmp(kind, "any") == 0	      ? &filter->any
						 : strcmp(kind, "no_fqdn") == 0	      ? &filter->no_fqdn
						 : strcmp(kind, "uncategorized") == 0 ? &filter->uncategorized
										      : NULL;

		if (verdict == NULL)
			die("no such line", kind);
		if (verdict == &filter->uncategorized)
			filter->has_uncategorized = true;
		while ((word = next_word(&place)) != NULL)
			if (!read_verdict(verdict, word))
				die("no verdict", word);
	}
}

struct policy image_policy(const char *text)
{
	struct policy policy = {0};
	char *copy = strdup(text), *place;

	for (char *line = strtok_r(copy, "\n", &place); line != NULL; line = strtok_r(NULL, "\n", &place))
		read_line(&policy, line);
	free(copy);
	return policy;
}

static void free_patterns(struct policy_patterns *patterns)
{
	for (size_t i = 0; i < patterns->count; i++)
		free(patterns->items[i].name);
	free(patterns->items);
}

static void free_filter(struct policy_filter *filter)
{
	for (unsigned i = 0; i < filter->row_count; i++) {
		struct policy_row *row = &filter->rows[i];

		free(row->label);
		free_patterns(&row->names);
		for (unsigned j = 0; j < row->regex_count; j++)
			free(row->regexes[j]);
		free(row->regexes);
		free(row->categories);
		free(row->addresses);
	}
	free(filter->rows);
	free(filter->members);
	free(filter->name);
}

void image_policy_free(struct policy *policy)
{
	for (unsigned i = 0; i < policy->service_count; i++)
		free(policy->services[i].name);
	for (unsigned i = 0; i < policy->filter_count; i++)
		free_filter(&policy->filters[i]);
	for (unsigned i = 0; i < policy->category_count; i++) {
		free(policy->categories[i].name);
		free_patterns(&policy->categories[i].names);
	}
	free(policy->services);
	free(policy->filters);
	free(policy->categories);
}

struct subject image_subject(const struct policy *policy)
{
	char reason[IMAGE_REASON_SIZE];
	struct config_error error;
	struct subject subject = {0};

	subject.image = image_build(policy, &subject.size, &error);
	if (subject.image == NULL) {
		config_error_print(&error, stderr);
		abort();
	}
	if (!image_check(subject.image, subject.size, reason))
		die("an image is refused", reason);
	if (!image_scratch_grow(&subject.scratch, subject.image))
		die("no memory", "");
	return subject;
}

struct subject image_subject_of(const char *text)
{
	struct policy policy = image_policy(text);
	struct subject subject = image_subject(&policy);

	image_policy_free(&policy);
	return subject;
}

static void fill_service(struct policy_service *service)
{
	static struct gateway_prefix prefixes[2];
	static uint16_t ports[] = {443, 8443};
	static struct policy_listener listeners[1];
	static char interface[] = "client", proxy[] = "proxy.test", a[] = "a", b[] = "b", hash[] = "$6$";
	static struct policy_intercept intercepts[] = {{interface, prefixes, 2, ports, 1},
						       {NULL, prefixes, 1, ports, 2}};
	static struct policy_user users[] = {{b, hash}, {a, hash}};

	prefixes[0] = image_prefix("192.0.2.0/24");
	prefixes[1] = image_prefix("2001:db8::/32");
	listeners[0] = (struct policy_listener){image_address("192.0.2.1"), 3128};
	service->listeners = listeners;
	service->listener_count = 1;
	service->intercepts = intercepts;
	service->intercept_count = 2;
	service->clients = prefixes;
	service->client_count = 2;
	service->connect_ports = ports;
	service->connect_port_count = 2;
	service->private_networks = prefixes;
	service->private_network_count = 1;
	service->users = users;
	service->user_count = 2;
	service->next_hop_host = proxy;
}

struct subject image_full_subject(void)
{
	struct policy policy = image_policy("category ads *.ads.test t.test\n"
					    "category news t.test\n"
					    "filter web\n"
					    "row allow label=Bank a.test 192.0.2.0/24 2001:db8::/32 ~x+\n"
					    "row deny log @ads t.test\n"
					    "uncategorized deny\nany allow\n"
					    "filter other\nrow allow t.test *.test b.test ~y+\n"
					    "group all web other\n"
					    "service proxy all\nservice second web\n");
	struct subject subject;

	fill_service(&policy.services[0]);
	fill_service(&policy.services[1]);
	subject = image_subject(&policy);
	image_policy_free(&policy);
	return subject;
}

void image_subject_free(struct subject *subject)
{
	free(subject->image);
	image_scratch_free(subject->scratch);
}

struct image_result image_ask(const struct subject *subject, unsigned filter, const char *name)
{
	struct image_result result;

	image_lookup(subject->image, subject->scratch, filter, name, NULL, &result);
	return result;
}

struct image_result image_ask_address(const struct subject *subject, unsigned filter, const char *text)
{
	struct gateway_address address = image_address(text);
	struct image_result result;

	image_lookup(subject->image, subject->scratch, filter, NULL, &address, &result);
	return result;
}

void image_expect(const struct subject *subject, unsigned filter, const char *name, int row)
{
	struct image_result result = image_ask(subject, filter, name);
	int got = result.match == IMAGE_MATCH_ROW ? (int)result.row : -1;

	CU_ASSERT_EQUAL(got, row);
	CU_ASSERT_EQUAL(result.filter, filter);
	if (got != row)
		printf("\n%s: row %d instead of %d\n", name, got, row);
	if (row < 0) {
		CU_ASSERT_EQUAL(result.match, IMAGE_MATCH_ANY);
		CU_ASSERT_EQUAL(result.row, IMAGE_NO_ROW);
	}
}

void image_seal(struct image_header *image)
{
	if (!image_checksum(image_layout(image), image->checksum))
		die("no checksum", "");
}

static uint64_t read_string(const char *string)
{
	return string == NULL ? 0 : strlen(string);
}

static uint64_t read_prefixes(const struct gateway_prefix *prefixes, uint32_t count)
{
	uint64_t sum = 0;

	for (uint32_t i = 0; i < count; i++)
		sum += prefixes[i].length + prefixes[i].address.octets[15];
	return sum;
}

static uint64_t read_ports(const uint16_t *ports, uint32_t count)
{
	uint64_t sum = 0;

	for (uint32_t i = 0; i < count; i++)
		sum += ports[i];
	return sum;
}

static uint64_t read_service(const struct image_header *image, uint32_t number)
{
	struct image_service view;
	uint64_t sum;

	image_service(image, number, &view);
	sum = read_string(view.name) + read_string(view.next_hop_host) + view.type + view.connect + view.deny;
	sum += read_prefixes(view.clients, view.client_count);
	sum += read_prefixes(view.private_networks, view.private_network_count);
	sum += read_ports(view.connect_ports, view.connect_port_count);
	for (uint32_t i = 0; i < view.listener_count; i++)
		sum += view.listeners[i].port + view.listeners[i].address.octets[0];
	for (uint32_t i = 0; i < view.intercepts.count; i++) {
		struct image_intercept intercept;

		image_service_intercept(&view, image, i, &intercept);
		sum += read_string(intercept.interface) + read_prefixes(intercept.to, intercept.to_count) +
		       read_ports(intercept.ports, intercept.port_count);
	}
	return sum + read_string(image_user(image, number, "", 0)) + read_string(image_user(image, number, "m", 1)) +
	       read_string(image_user(image, number, "zzzz", 4)) + read_string(image_filter_name(image, view.filter));
}

static const char *const names[] = {
    "a", "a.test", "b.a.test", "x.y.z.a.test", "ads.test", "t.ads.test", "test", "c.test", "one.two.three.four.five",
};

static const char *const addresses[] = {"0.0.0.0", "192.0.2.1", "255.255.255.255", "::", "2001:db8::1", "ffff::"};

/* Some names of the table itself, and each with a label before it. */
static uint64_t ask_own_names(const struct image_header *image, struct image_scratch *scratch, uint32_t filter)
{
	const struct image_layout *layout = image_layout(image);
	const struct image_bucket *buckets = image_section(layout, IMAGE_BUCKETS);
	struct image_result result;
	char longer[NAME_LENGTH_MAX + 1];
	uint64_t sum = 0;

	for (uint64_t i = 0; i < layout->extents[IMAGE_BUCKETS].count && i < 8; i++) {
		const char *name = image_string(layout, buckets[i].entries[0].name);

		image_lookup(image, scratch, filter, name, NULL, &result);
		sum += result.counter;
		snprintf(longer, sizeof(longer), "a.%.250s", name);
		sum += image_denies(image, scratch, filter, longer, &result);
	}
	return sum;
}

static uint64_t ask_filter(const struct image_header *image, struct image_scratch *scratch, uint32_t filter)
{
	struct image_result result;
	uint64_t sum = read_string(image_filter_name(image, filter));

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		image_lookup(image, scratch, filter, names[i], NULL, &result);
		sum += result.counter + read_string(image_row_label(image, result.filter, result.row));
	}
	return sum + ask_own_names(image, scratch, filter);
}

static uint64_t ask_filter_addresses(const struct image_header *image, uint32_t filter)
{
	struct image_result result;
	uint64_t sum = 0;

	image_lookup(image, NULL, filter, NULL, NULL, &result);
	for (size_t i = 0; i < sizeof(addresses) / sizeof(*addresses); i++) {
		struct gateway_address address = image_address(addresses[i]);

		image_lookup(image, NULL, filter, NULL, &address, &result);
		sum += result.counter + read_string(image_row_label(image, result.filter, result.row));
	}
	return sum;
}

/* Whether a filter or one of its members has regular expressions. */
static bool scans(const struct image_layout *layout, uint32_t filter)
{
	const struct image_filter_record *record = image_filter_at(layout, filter);
	const uint32_t *members = image_section(layout, IMAGE_MEMBERS);

	for (uint32_t i = 0; i < record->members.count; i++)
		if (image_filter_at(layout, members[record->members.first + i])->database_size > 0)
			return true;
	return record->database_size > 0;
}

uint64_t image_read_all(const struct image_header *image, bool regexes)
{
	const struct image_layout *layout = image_layout(image);
	struct image_scratch *scratch = NULL;
	uint64_t sum = image_counters(image);

	if (regexes && !image_scratch_grow(&scratch, image))
		return sum;
	for (uint32_t i = 0; i < image_services(image); i++)
		sum += read_service(image, i);
	for (uint32_t i = 0; i < layout->extents[IMAGE_FILTERS].count; i++) {
		sum += ask_filter_addresses(image, i);
		if (regexes || !scans(layout, i))
			sum += ask_filter(image, scratch, i);
	}
	image_scratch_free(scratch);
	return sum;
}
