/* SPDX-License-Identifier: BSD-3-Clause */
/* Every value of a JSON text can be found by its path, and pointed at. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <fault.h>
#include <json_index.h>

#include "support.h"

static const char text[] = "{\n"
			   "  \"ports\": [\n"
			   "    { \"name\": \"a\", \"mtu\": 1500 },\n"
			   "    { \"n\\u0061me\": \"b\",\n"
			   "      \"list\": [ 1, [], {}, -2.5e3 ] } ],\n"
			   "\t\"d\xc3\xa9j\xc3\xa0\": { \"x y\": null }, \"last\": false\n"
			   "}\n";

static bool build(struct json_index *index, struct config_error *error)
{
	fault_begin(error, "test");
	return json_index_build(index, text, strlen(text), error);
}

static void expect_place(const struct json_index *index, const char *path, unsigned line, unsigned column)
{
	uint32_t node = json_index_find(index, path);
	unsigned found_line, found_column;
	char found[CONFIG_PATH_SIZE];

	json_position(text, index->nodes[node].at, &found_line, &found_column);
	json_index_path(index, node, found);
	CU_ASSERT_EQUAL(found_line, line);
	CU_ASSERT_EQUAL(found_column, column);
	CU_ASSERT_STRING_EQUAL(found, path);
}

static void values_are_found_by_path(void)
{
	struct config_error error;
	struct json_index index;

	CU_ASSERT_FATAL(build(&index, &error));
	expect_place(&index, "", 1, 1);
	expect_place(&index, "ports", 2, 12);
	expect_place(&index, "ports[0]", 3, 5);
	expect_place(&index, "ports[0].name", 3, 15);
	expect_place(&index, "ports[0].mtu", 3, 27);
	expect_place(&index, "ports[1].name", 4, 20);
	expect_place(&index, "ports[1].list", 5, 15);
	expect_place(&index, "ports[1].list[0]", 5, 17);
	expect_place(&index, "ports[1].list[1]", 5, 20);
	expect_place(&index, "ports[1].list[2]", 5, 24);
	expect_place(&index, "ports[1].list[3]", 5, 28);
	expect_place(&index, "last", 6, 35);
	json_index_free(&index);
}

static void what_is_not_there_is_placed_at_what_should_hold_it(void)
{
	static const char *const paths[][2] = {
	    {"ports[0].vlan", "ports[0]"},	     {"ports[7].name", "ports"}, {"ports[1].list[4]", "ports[1].list"},
	    {"ports[0].name.more", "ports[0].name"}, {"limits.connections", ""}, {"port", ""},
	};
	struct config_error error;
	struct json_index index;

	CU_ASSERT_FATAL(build(&index, &error));
	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++)
		CU_ASSERT_EQUAL(json_index_find(&index, paths[i][0]), json_index_find(&index, paths[i][1]));
	json_index_free(&index);
}

static void odd_keys_are_shown_harmlessly(void)
{
	struct config_error error;
	struct json_index index;
	char path[CONFIG_PATH_SIZE];

	CU_ASSERT_FATAL(build(&index, &error));
	json_index_path(&index, index.count - 2, path);
	CU_ASSERT_STRING_EQUAL(path, "[\"d??j??\"][\"x y\"]");
	json_index_free(&index);
}

static void long_paths_keep_their_end(void)
{
	static const char *const open = "{\"a_key_of_many_characters\":";
	struct config_error error;
	char deep[1000] = "";
	struct json_index index;
	char path[CONFIG_PATH_SIZE];

	for (int i = 0; i < 20; i++)
		strcat(deep, open);
	strcat(deep, "{\"end\":1}");
	for (int i = 0; i < 20; i++)
		strcat(deep, "}");
	fault_begin(&error, "test");
	CU_ASSERT_FATAL(json_index_build(&index, deep, strlen(deep), &error));
	json_index_path(&index, index.count - 1, path);
	CU_ASSERT(strlen(path) < CONFIG_PATH_SIZE);
	CU_ASSERT_EQUAL(strncmp(path, "....a_key", 9), 0);
	CU_ASSERT_STRING_EQUAL(path + strlen(path) - 4, ".end");
	json_index_free(&index);
}

/* A key and the same key escaped are one key twice: so is seen what an escape means. */
static void escapes_mean_their_characters(void)
{
	static const char *const same[][2] = {
	    {"\\u0041", "A"},
	    {"\\u007f", "\x7f"},
	    {"\\u0080", "\xc2\x80"},
	    {"\\u00aA", "\xc2\xaa"},
	    {"\\u07ff", "\xdf\xbf"},
	    {"\\u0800", "\xe0\xa0\x80"},
	    {"\\ud7ff", "\xed\x9f\xbf"},
	    {"\\uE000", "\xee\x80\x80"},
	    {"\\uFfFf", "\xef\xbf\xbf"},
	    {"\\ud800\\udc00", "\xf0\x90\x80\x80"},
	    {"\\ud83d\\ude00", "\xf0\x9f\x98\x80"},
	    {"\\udbff\\udfff", "\xf4\x8f\xbf\xbf"},
	    {"\\n\\t\\r\\b\\f", "\\u000a\\u0009\\u000d\\u0008\\u000c"},
	    {"\\\"\\\\\\/", "\\u0022\\u005c/"},
	};

	for (size_t i = 0; i < sizeof(same) / sizeof(same[0]); i++) {
		struct config_error error;
		struct json_index index;
		char document[100];

		sprintf(document, "{\"%s\":0,\"%s.\":0}", same[i][0], same[i][1]);
		fault_begin(&error, "test");
		CU_ASSERT_TRUE_FATAL(json_index_build(&index, document, strlen(document), &error));
		json_index_free(&index);
		sprintf(document, "{\"%s\":0,\"%s\":0}", same[i][0], same[i][1]);
		CU_ASSERT_FALSE(json_index_build(&index, document, strlen(document), &error));
		CU_ASSERT_PTR_NOT_NULL(strstr(error.faults[0].message, "already given"));
	}
}

static void good_texts_of_every_form_pass(void)
{
	static const char *const good[] = {
	    "0",
	    "-0",
	    "1",
	    "-1.5",
	    "1e5",
	    "1E+5",
	    "1e-5",
	    "9007199254740991",
	    "0.0",
	    "true",
	    "false",
	    "null",
	    "\"\"",
	    "[]",
	    "{}",
	    " [ ] ",
	    "\r\n{\t}\r\n",
	    "\"\\\"\\\\\\/\\b\\f\\n\\r\\t\\u00e9\"",
	    "\"\\ud83d\\ude00\"",
	    "\"\xf0\x9f\x98\x80 \xe2\x82\xac \xc3\xa9 \x7f\"",
	    "\"\xf4\x8f\xbf\xbf\"",
	    "\"\xed\x9f\xbf\xee\x80\x80\"",
	    "{\"a\":{\"a\":1},\"A\":1}",
	};

	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		char *copy = (char *)support_copy(good[i], strlen(good[i]));
		struct config_error error;
		struct json_index index;

		fault_begin(&error, "test");
		CU_ASSERT(json_index_build(&index, copy, strlen(good[i]), &error));
		config_error_print(&error, stdout);
		json_index_free(&index);
		free(copy);
	}
}

/* An object of very many keys, and one of very many doubled keys: a comparison of all pairs would take minutes. */
static void very_many_keys_take_no_time(void)
{
	enum {
		KEYS = 50000
	};
	char *large = malloc(KEYS * 24);
	struct config_error error;
	struct json_index index;
	size_t size = 0;

	size += (size_t)sprintf(large, "{");
	for (int i = 0; i < KEYS; i++)
		size += (size_t)sprintf(large + size, "\"%d\":0,\n", i);
	size += (size_t)sprintf(large + size, "\"x\":0}");
	fault_begin(&error, "test");
	CU_ASSERT(json_index_build(&index, large, size, &error));
	CU_ASSERT_EQUAL(index.count, KEYS + 2);
	json_index_free(&index);

	size = 1;
	for (int i = 0; i < KEYS; i++)
		size += (size_t)sprintf(large + size, "\"%d\":0,\n", i % 10);
	size += (size_t)sprintf(large + size, "\"x\":0}");
	CU_ASSERT_FALSE(json_index_build(&index, large, size, &error));
	CU_ASSERT_EQUAL(error.count, CONFIG_FAULTS);
	CU_ASSERT_EQUAL(error.count + error.more, KEYS - 10);
	free(large);
}

int main(void)
{
	return TESTS_RUN("positions in JSON", TEST(values_are_found_by_path),
			 TEST(what_is_not_there_is_placed_at_what_should_hold_it), TEST(odd_keys_are_shown_harmlessly),
			 TEST(long_paths_keep_their_end), TEST(escapes_mean_their_characters),
			 TEST(good_texts_of_every_form_pass), TEST(very_many_keys_take_no_time));
}
