/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Each key of gateway.json and policy.json, drawn from the schema, in each wrong way: missing, unknown, misspelt,
 * doubled, of another type, out of its range. Every time the file is refused, with the key's path and place.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cjson/cJSON.h>

#include <gateway_schema.h>
#include <policy_schema.h>

#include "config_support.h"
#include "support.h"

/* A kind of document. */
struct subject {
	const struct schema *schema;
	char *(*full)(void); /* a document with every key */
	config_reader *read;
	unsigned required;	    /* keys */
	unsigned numbers;	    /* keys that are numbers, and free to be any */
	unsigned wrong;		    /* values out of their ranges */
	const char *const *leaning; /* keys that others lean on, though they are not required; NULL at the end */
};

static const struct subject gateway = {
    .schema = &gateway_schema,
    .full = config_full_document,
    .read = config_read_gateway,
    .required = 6,
    .numbers = 39,
    .wrong = 250,
    .leaning = (const char *const[]){"tcp.port_first", "tcp.port_last", "ports[].addresses", NULL},
};

static const struct subject policy = {
    .schema = &policy_schema,
    .full = config_full_policy,
    .read = config_read_policy,
    .required = 16,
    .numbers = 8,
    .wrong = 120,
    .leaning =
	(const char *const[]){"services[].explicit", "services[].transparent", "services[].clients",
			      "services[].explicit.connect", "services[].explicit.next_hop", "filters", "categories",
			      "filters[].rows[].names", "filters[].rows[].name_files", "filters[].rows[].regexes",
			      "filters[].rows[].categories", "filters[].rows[].addresses", NULL},
};

static const struct subject *subject = &gateway;

static unsigned tried; /* wrong documents, so that a test which draws none fails */

/* Prints the document, puts `json` in the place of the string or key "@@@", and expects the fault right there. */
static void expect_in_place(const cJSON *document, const char *json, const char *path, const char *words)
{
	char *printed = cJSON_Print(document);
	char *mark = strstr(printed, "\"@@@\"");
	size_t at = (size_t)(mark - printed);
	char *text;
	int size = asprintf(&text, "%.*s%s%s", (int)at, printed, json, mark + 5);

	config_expect_at_by(subject->read, text, (size_t)size, at, path, words);
	tried++;
	free(text);
	free(printed);
}

/* The object at a path in the document; the path is one that the walk below writes. */
static cJSON *find(cJSON *document, const char *path)
{
	cJSON *value = document;
	char copy[CONFIG_PATH_SIZE];

	snprintf(copy, sizeof(copy), "%s", path);
	for (char *step = strtok(copy, "."); step != NULL; step = strtok(NULL, ".")) {
		char *bracket = strchr(step, '[');

		if (bracket != NULL)
			*bracket = '\0';
		value = cJSON_GetObjectItemCaseSensitive(value, step);
		if (bracket != NULL)
			value = cJSON_GetArrayItem(value, atoi(bracket + 1));
	}
	return value;
}

static cJSON *full_document(void)
{
	char *text = subject->full();
	cJSON *document = cJSON_Parse(text);

	free(text);
	return document;
}

/* Where a visitor stands: a key, the path of the object that holds it, and its own. */
struct visit {
	const struct schema *field;
	const char *parent;
	const char *path;
};

/* A path without the places in its lists: "ports[].mtu". */
static const char *pattern_of(const char *path, char pattern[CONFIG_PATH_SIZE])
{
	size_t used = 0;

	for (; *path != '\0'; path++)
		if (used == 0 || pattern[used - 1] != '[' || *path == ']')
			pattern[used++] = *path;
	pattern[used] = '\0';
	return pattern;
}

/* A walk through a document, which comes by each key of the schema for the first time once. */
struct walk {
	void (*visitor)(const struct visit *);
	struct text_table seen;
};

static void walk_object(struct walk *walk, const struct schema *object, const char *parent, const cJSON *value);

static void walk_into(struct walk *walk, const struct schema *field, const char *path, const cJSON *value)
{
	char item_path[CONFIG_PATH_SIZE];
	const cJSON *item;
	unsigned place = 0;

	if (field->type == SCHEMA_OBJECT)
		walk_object(walk, field, path, value);
	if (field->type != SCHEMA_LIST || field->item->type != SCHEMA_OBJECT)
		return;
	cJSON_ArrayForEach(item, value)
	{
		snprintf(item_path, sizeof(item_path), "%.100s[%u]", path, place++);
		walk_object(walk, field->item, item_path, item);
	}
}

static void walk_object(struct walk *walk, const struct schema *object, const char *parent, const cJSON *value)
{
	for (const struct schema *field = object->fields; field->key != NULL; field++) {
		const cJSON *inner = cJSON_GetObjectItemCaseSensitive(value, field->key);
		char pattern[CONFIG_PATH_SIZE];
		char path[CONFIG_PATH_SIZE];
		uint32_t earlier;

		if (inner == NULL)
			continue;
		snprintf(path, sizeof(path), "%s%s%s", parent, parent[0] == '\0' ? "" : ".", field->key);
		CU_ASSERT_TRUE_FATAL(text_table_add(&walk->seen, pattern_of(path, pattern), 0, &earlier));
		if (earlier == TEXT_TABLE_NONE)
			walk->visitor(&(struct visit){field, parent, path});
		walk_into(walk, field, path, inner);
	}
}

static unsigned count_keys(const struct schema *object)
{
	unsigned count = 0;

	for (const struct schema *field = object->fields; field->key != NULL; field++) {
		const struct schema *inner = field->type == SCHEMA_LIST ? field->item : field;

		count += 1 + (inner->type == SCHEMA_OBJECT ? count_keys(inner) : 0);
	}
	return count;
}

static void walk_all(void (*visitor)(const struct visit *), unsigned least)
{
	struct walk walk = {.visitor = visitor};
	cJSON *document = full_document();

	tried = 0;
	walk_object(&walk, subject->schema, "", document);
	CU_ASSERT_EQUAL(walk.seen.count, count_keys(subject->schema));
	CU_ASSERT(tried >= least);
	text_table_free(&walk.seen);
	cJSON_Delete(document);
}

/* Expects the fault when the key's value is `json`. */
static void expect_value(const struct visit *visit, const char *json, const char *words)
{
	cJSON *document = full_document();

	cJSON_ReplaceItemInObjectCaseSensitive(find(document, visit->parent), visit->field->key,
					       cJSON_CreateString("@@@"));
	expect_in_place(document, json, visit->path, words);
	cJSON_Delete(document);
}

/* The fault of a missing key is at the object that lacks it. */
static void expect_missing(const struct visit *visit, const cJSON *object_without)
{
	char *rest = cJSON_Print(object_without);
	cJSON *document;

	if (visit->parent[0] == '\0') {
		config_expect_at_by(subject->read, rest, strlen(rest), 0, visit->path, "is missing; write");
		tried++;
	} else {
		document = full_document();
		find(document, visit->parent)->type = cJSON_String;
		find(document, visit->parent)->valuestring = strdup("@@@");
		expect_in_place(document, rest, visit->path, "is missing; write");
		cJSON_Delete(document);
	}
	free(rest);
}

static bool others_lean_on(const char *path)
{
	char pattern[CONFIG_PATH_SIZE];

	pattern_of(path, pattern);
	for (const char *const *key = subject->leaning; *key != NULL; key++)
		if (strcmp(pattern, *key) == 0)
			return true;
	return false;
}

static void drop(const struct visit *visit)
{
	cJSON *document = full_document();
	cJSON *object = find(document, visit->parent);
	char *text;

	cJSON_DeleteItemFromObjectCaseSensitive(object, visit->field->key);
	if (visit->field->presence == SCHEMA_REQUIRED) {
		expect_missing(visit, object);
	} else if (!others_lean_on(visit->path)) {
		text = cJSON_Print(document);
		CU_ASSERT(config_accepts_by(subject->read, text));
		free(text);
	}
	cJSON_Delete(document);
}

static void a_required_key_may_not_be_missing_and_others_may(void)
{
	walk_all(drop, subject->required);
}

static void add_unknown(const struct visit *visit)
{
	const char *dot = visit->parent[0] == '\0' ? "" : ".";
	cJSON *document = full_document();
	char path[CONFIG_PATH_SIZE];
	char wrong[64], quoted[80], words[100];

	cJSON_AddNullToObject(find(document, visit->parent), "@@@");
	snprintf(path, sizeof(path), "%s%szzzzzz", visit->parent, dot);
	expect_in_place(document, "\"zzzzzz\"", path, "unknown key; remove it");

	snprintf(wrong, sizeof(wrong), "%sx", visit->field->key);
	snprintf(quoted, sizeof(quoted), "\"%s\"", wrong);
	snprintf(path, sizeof(path), "%s%s%s", visit->parent, dot, wrong);
	snprintf(words, sizeof(words), "unknown key; did you mean \"%s\"?", visit->field->key);
	expect_in_place(document, quoted, path, words);
	cJSON_Delete(document);
}

static void an_unknown_key_is_refused_and_a_misspelt_one_corrected(void)
{
	walk_all(add_unknown, 100);
}

static void add_twice(const struct visit *visit)
{
	cJSON *document = full_document();
	char quoted[80];

	cJSON_AddNullToObject(find(document, visit->parent), "@@@");
	snprintf(quoted, sizeof(quoted), "\"%s\"", visit->field->key);
	expect_in_place(document, quoted, visit->path, "already given");
	cJSON_Delete(document);
}

static void a_doubled_key_is_refused(void)
{
	walk_all(add_twice, 50);
}

static void give_other_types(const struct visit *visit)
{
	enum schema_type type = visit->field->type;

	expect_value(visit, "null", "is null; write");
	if (type != SCHEMA_BOOLEAN)
		expect_value(visit, "true", "is true or false; write");
	if (type != SCHEMA_NUMBER)
		expect_value(visit, "5", "is a number; write");
	if (type == SCHEMA_BOOLEAN || type == SCHEMA_NUMBER || type == SCHEMA_OBJECT || type == SCHEMA_LIST)
		expect_value(visit, "\"5\"", "is a string; write");
	if (type != SCHEMA_LIST)
		expect_value(visit, "[5]", "is a list; write");
	if (type != SCHEMA_OBJECT)
		expect_value(visit, "{\"a\": 5}", "is an object; write");
}

static void a_value_of_another_type_is_refused(void)
{
	walk_all(give_other_types, 250);
}

static void leave_number_range(const struct visit *visit)
{
	char json[32];

	snprintf(json, sizeof(json), "%llu", (unsigned long long)visit->field->most + 1);
	expect_value(visit, json, "is not allowed; write a whole number");
	snprintf(json, sizeof(json), "%lld", (long long)visit->field->least - 1);
	expect_value(visit, json, "is not allowed; write a whole number");
	snprintf(json, sizeof(json), "%llu.5", (unsigned long long)visit->field->least);
	expect_value(visit, json, "is not allowed; write a whole number");
	expect_value(visit, "4294967296", "is not allowed");
	expect_value(visit, "-1", "is not allowed");
	expect_value(visit, "1e300", "is not allowed");
	if (!visit->field->may_never)
		expect_value(visit, "\"never\"", "is a string");
}

static void leave_text_range(const struct visit *visit)
{
	size_t length = visit->field->most + 1;
	char *json = malloc(length + 3);

	memset(json, 'a', length + 2);
	json[0] = '"';
	json[length + 1] = '"';
	json[length + 2] = '\0';
	expect_value(visit, json, "octets; write");
	free(json);
	expect_value(visit, "\"\"", "has 0 octets; write");
	expect_value(visit, "\"a\\nb\"", "control character");
}

static void leave_list_range(const struct visit *visit)
{
	size_t length = visit->field->most + 1;
	char *json = malloc(2 * length + 2);

	if (visit->field->least > 0)
		expect_value(visit, "[]", "has 0 items; write");
	for (size_t i = 0; i < length; i++)
		memcpy(json + 2 * i, ",1", 2);
	json[0] = '[';
	strcpy(json + 2 * length, "]");
	expect_value(visit, json, "items; write");
	free(json);
}

static void leave_range(const struct visit *visit)
{
	switch (visit->field->type) {
	case SCHEMA_NUMBER:
		leave_number_range(visit);
		break;
	case SCHEMA_WORD:
		expect_value(visit, "\"nonsense\"", "is no word known here; write \"");
		expect_value(visit, "\"\"", "is no word known here; write \"");
		break;
	case SCHEMA_TEXT:
		leave_text_range(visit);
		break;
	case SCHEMA_NOTATION:
		expect_value(visit, "\"nonsense\"", "\"nonsense\" ");
		expect_value(visit, "\"\"", "\"\" ");
		expect_value(visit, "\"a\\u007fb\"", "control character");
		break;
	case SCHEMA_LIST:
		leave_list_range(visit);
		break;
	default:
		break;
	}
}

static void a_value_out_of_its_range_is_refused(void)
{
	walk_all(leave_range, subject->wrong);
}

static void reach_range(const struct visit *visit)
{
	const struct schema *field = visit->field;

	if (field->type != SCHEMA_NUMBER || strcmp(visit->path, "memory.mbufs") == 0 ||
	    strcmp(visit->path, "memory.megabytes") == 0 || strcmp(visit->path, "limits.output_queue") == 0 ||
	    strcmp(visit->path, "flow_log.ring") == 0)
		return;
	for (unsigned end = 0; end < 2; end++) {
		cJSON *document = full_document();
		cJSON *object = find(document, visit->parent);
		char *text;

		cJSON_ReplaceItemInObjectCaseSensitive(object, field->key,
						       cJSON_CreateNumber((double)(end ? field->most : field->least)));
		/* Keep what belongs together so: port_first up, port_last down. */
		if (strcmp(field->key, "port_first") == 0)
			cJSON_ReplaceItemInObjectCaseSensitive(object, "port_last", cJSON_CreateNumber(65535));
		if (strcmp(field->key, "port_last") == 0)
			cJSON_ReplaceItemInObjectCaseSensitive(object, "port_first", cJSON_CreateNumber(1024));
		text = cJSON_Print(document);
		CU_ASSERT(config_accepts_by(subject->read, text));
		tried++;
		free(text);
		cJSON_Delete(document);
	}
}

static void both_ends_of_a_range_are_accepted(void)
{
	walk_all(reach_range, 2 * subject->numbers);
}

static void what_the_build_lacks_is_refused(void)
{
	char *text = config_full_document();
	struct config_error error;
	struct gateway refused;
	unsigned line, column;

	CU_ASSERT(config_accepts(text));
	CU_ASSERT_FALSE(gateway_parse("test", text, strlen(text), 0, &refused, &error));
	config_place(text, (size_t)(strstr(text, "\"test_service\": ") - text) + 16, &line, &column);
	CU_ASSERT(config_has_fault(&error, line, column, "test_service", "-Dtest_service=true; remove it"));
	CU_ASSERT_EQUAL(error.count, 1);
	free(text);
}

/* The loader gives an absent optional object its defaults; it could not if one of its keys were required. */
static void look_for_required(const struct visit *visit)
{
	if (visit->field->type != SCHEMA_OBJECT || visit->field->presence != SCHEMA_OPTIONAL)
		return;
	tried++;
	for (const struct schema *inner = visit->field->fields; inner->key != NULL; inner++)
		CU_ASSERT(inner->presence != SCHEMA_REQUIRED);
}

static void optional_objects_require_nothing(void)
{
	walk_all(look_for_required, 2);
}

int main(int count, char **arguments)
{
	if (count > 1 && strcmp(arguments[1], "policy") == 0)
		subject = &policy;
	return TESTS_RUN("keys", TEST(a_required_key_may_not_be_missing_and_others_may),
			 TEST(an_unknown_key_is_refused_and_a_misspelt_one_corrected), TEST(a_doubled_key_is_refused),
			 TEST(a_value_of_another_type_is_refused), TEST(a_value_out_of_its_range_is_refused),
			 TEST(both_ends_of_a_range_are_accepted), TEST(what_the_build_lacks_is_refused),
			 TEST(optional_objects_require_nothing));
}
