/* SPDX-License-Identifier: BSD-3-Clause */
/* The machinery of a schema, on a table of its own: every type and size, nesting, presence, what is printed. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <fault.h>
#include <schema.h>

#include "support.h"

enum colour {
	RED,
	GREEN,
	BLUE
};

struct leaf {
	char *name;
	uint32_t weight;
};

struct branch {
	struct leaf *leaves;
	unsigned leaf_count;
};

struct inner {
	uint16_t middle;
	char *text;
};

struct tree {
	uint8_t tiny;
	uint16_t small;
	uint32_t large;
	uint64_t huge;
	bool evergreen;
	enum colour colour;
	struct inner inner;
	uint8_t *rings;
	unsigned ring_count;
	struct branch *branches;
	unsigned branch_count;
	uint32_t guard; /* filled by nobody */
};

static const char *const colours[] = {"red", "green", "blue", NULL};

#define MEMBER(holder, member)                                                                                         \
	.key = #member, .offset = offsetof(struct holder, member), .size = sizeof(((struct holder *)NULL)->member)

#define NUMBER(member, low, high, usual)                                                                               \
	{                                                                                                              \
		MEMBER(tree, member), .type = SCHEMA_NUMBER, .presence = SCHEMA_OPTIONAL, .least = (low),              \
				      .most = (high), .standard = (usual), .example = (usual), .may_never = true,      \
				      .about = "A number"                                                              \
	}

static const struct schema leaf_fields[] = {
    {MEMBER(leaf, name), .type = SCHEMA_TEXT, .least = 1, .most = 3, .example = "\"oak\"", .about = "A name"},
    {MEMBER(leaf, weight), .type = SCHEMA_NUMBER, .presence = SCHEMA_DEFERRED, .least = 1, .most = 9,
     .standard = "as the wind wants", .example = "2", .about = "A weight"},
    {.key = NULL},
};
static const struct schema leaf_item = {.type = SCHEMA_OBJECT, .size = sizeof(struct leaf), .fields = leaf_fields};
static const struct schema branch_fields[] = {
    {MEMBER(branch, leaves), .type = SCHEMA_LIST, .most = 3, .count_offset = offsetof(struct branch, leaf_count),
     .item = &leaf_item, .about = "Leaves"},
    {.key = NULL},
};
static const struct schema branch_item = {
    .type = SCHEMA_OBJECT, .size = sizeof(struct branch), .fields = branch_fields};
static const struct schema ring_item = {.type = SCHEMA_NUMBER, .size = 1, .most = 255, .example = "7"};
static const struct schema inner_fields[] = {
    {MEMBER(inner, middle), .type = SCHEMA_NUMBER, .presence = SCHEMA_OPTIONAL, .most = 65535, .standard = "600",
     .example = "601", .about = "The middle"},
    {MEMBER(inner, text), .type = SCHEMA_TEXT, .presence = SCHEMA_OPTIONAL, .most = 10, .standard = "\"usual\"",
     .example = "\"other\"", .about = "A text"},
    {.key = NULL},
};
static const struct schema tree_fields[] = {
    NUMBER(tiny, 0, 200, "1"),
    NUMBER(small, 0, 60000, "2"),
    NUMBER(large, 0, 4000000000, "3"),
    NUMBER(huge, 0, 9007199254740991, "4"),
    {MEMBER(tree, evergreen), .type = SCHEMA_BOOLEAN, .presence = SCHEMA_OPTIONAL, .standard = "true",
     .example = "false", .about = "Whether it keeps its leaves"},
    {MEMBER(tree, colour), .type = SCHEMA_WORD, .presence = SCHEMA_OPTIONAL, .words = colours, .standard = "\"green\"",
     .example = "\"blue\"", .about = "Its colour"},
    {MEMBER(tree, inner), .type = SCHEMA_OBJECT, .presence = SCHEMA_OPTIONAL, .standard = "{}", .fields = inner_fields,
     .about = "What is within"},
    {MEMBER(tree, rings), .type = SCHEMA_LIST, .presence = SCHEMA_OPTIONAL, .most = 4, .standard = "[]",
     .count_offset = offsetof(struct tree, ring_count), .item = &ring_item, .needs = 2, .needs_text = "a saw",
     .about = "Rings"},
    {MEMBER(tree, branches), .type = SCHEMA_LIST, .presence = SCHEMA_OPTIONAL, .most = 4, .standard = "[]",
     .count_offset = offsetof(struct tree, branch_count), .item = &branch_item, .about = "Branches"},
    {.key = NULL},
};
static const struct schema tree_schema = {.type = SCHEMA_OBJECT, .size = sizeof(struct tree), .fields = tree_fields};

static bool read_tree(const char *text, unsigned flags, struct tree *tree, struct config_error *error)
{
	struct schema_document document;

	fault_begin(error, "tree.json");
	if (!schema_read(&tree_schema, text, strlen(text), flags, tree, &document, error))
		return false;
	schema_document_free(&document);
	return true;
}

static void defaults_are_loaded_at_every_depth(void)
{
	struct config_error error;
	struct tree tree;

	CU_ASSERT_TRUE_FATAL(read_tree("{}", 0, &tree, &error));
	CU_ASSERT_EQUAL(tree.tiny, 1);
	CU_ASSERT_EQUAL(tree.small, 2);
	CU_ASSERT_EQUAL(tree.large, 3);
	CU_ASSERT_EQUAL(tree.huge, 4);
	CU_ASSERT_TRUE(tree.evergreen);
	CU_ASSERT_EQUAL(tree.colour, GREEN);
	CU_ASSERT_EQUAL(tree.inner.middle, 600);
	CU_ASSERT_STRING_EQUAL(tree.inner.text, "usual");
	CU_ASSERT_EQUAL(tree.ring_count, 0);
	CU_ASSERT_EQUAL(tree.branch_count, 0);
	schema_free(&tree_schema, &tree);
	CU_ASSERT_PTR_NULL(tree.inner.text);
}

static void numbers_of_every_size_keep_to_their_member(void)
{
	struct config_error error;
	struct tree tree;

	CU_ASSERT_TRUE_FATAL(read_tree("{\"tiny\": 200, \"small\": 60000, \"large\": 4000000000,"
				       " \"huge\": 9007199254740991}",
				       0, &tree, &error));
	CU_ASSERT_EQUAL(tree.tiny, 200);
	CU_ASSERT_EQUAL(tree.small, 60000);
	CU_ASSERT_EQUAL(tree.large, 4000000000);
	CU_ASSERT_EQUAL(tree.huge, 9007199254740991);
	CU_ASSERT_EQUAL(tree.guard, 0);
	schema_free(&tree_schema, &tree);
	CU_ASSERT_TRUE_FATAL(read_tree("{\"tiny\": \"never\", \"huge\": \"never\"}", 0, &tree, &error));
	CU_ASSERT_EQUAL(tree.tiny, UINT8_MAX);
	CU_ASSERT_EQUAL(tree.small, 2);
	CU_ASSERT_EQUAL(tree.huge, UINT64_MAX);
	schema_free(&tree_schema, &tree);
}

static void lists_of_lists_are_loaded_in_order(void)
{
	struct config_error error;
	struct tree tree;

	CU_ASSERT_TRUE_FATAL(read_tree("{\"rings\": [3, 1, 2], \"branches\": [ {\"leaves\": []},"
				       "{\"leaves\": [ {\"name\": \"a\", \"weight\": 5}, {\"name\": \"bcd\"} ]} ]}",
				       2, &tree, &error));
	CU_ASSERT_EQUAL_FATAL(tree.ring_count, 3);
	CU_ASSERT_EQUAL(memcmp(tree.rings, "\3\1\2", 3), 0);
	CU_ASSERT_EQUAL_FATAL(tree.branch_count, 2);
	CU_ASSERT_EQUAL(tree.branches[0].leaf_count, 0);
	CU_ASSERT_EQUAL_FATAL(tree.branches[1].leaf_count, 2);
	CU_ASSERT_STRING_EQUAL(tree.branches[1].leaves[0].name, "a");
	CU_ASSERT_EQUAL(tree.branches[1].leaves[0].weight, 5);
	CU_ASSERT_STRING_EQUAL(tree.branches[1].leaves[1].name, "bcd");
	CU_ASSERT_EQUAL(tree.branches[1].leaves[1].weight, 0);
	schema_free(&tree_schema, &tree);
}

/* What was allocated before the fault is freed: the leak sanitizer watches. */
static void faults_deep_within_have_their_path(void)
{
	static const char *const text =
	    "{\"rings\": [1, 2], \"branches\": [ {\"leaves\": [{\"name\": \"a\"}]},\n"
	    " {\"leaves\": [ {\"name\": \"b\"}, {\"name\": \"long\", \"weight\": 10}, {\"weigt\": 1} ]} ]}";
	static const char *const paths[] = {"branches[1].leaves[1].name", "branches[1].leaves[1].weight",
					    "branches[1].leaves[2].name", "branches[1].leaves[2].weigt"};
	struct config_error error;
	struct tree tree;

	CU_ASSERT_FALSE(read_tree(text, 2, &tree, &error));
	CU_ASSERT_EQUAL_FATAL(error.count, 4);
	for (unsigned i = 0; i < 4; i++) {
		CU_ASSERT_STRING_EQUAL(error.faults[i].path, paths[i]);
		CU_ASSERT_EQUAL(error.faults[i].line, 2);
	}
	CU_ASSERT_STRING_EQUAL(error.faults[0].message, "has 4 octets; write a string of 1 to 3 octets");
	CU_ASSERT_STRING_EQUAL(error.faults[3].message, "unknown key; did you mean \"weight\"?");
}

static void a_list_may_be_as_long_as_its_bound(void)
{
	struct config_error error;
	struct tree tree;

	CU_ASSERT_TRUE_FATAL(read_tree("{\"rings\": [1, 2, 3, 4]}", 2, &tree, &error));
	CU_ASSERT_EQUAL(tree.ring_count, 4);
	schema_free(&tree_schema, &tree);
	CU_ASSERT_FALSE(read_tree("{\"rings\": [1, 2, 3, 4, 5]}", 2, &tree, &error));
	CU_ASSERT_STRING_EQUAL(error.faults[0].message, "has 5 items; write a list of 0 to 4 items");
}

static void a_key_that_needs_a_flag_is_refused_without_it(void)
{
	struct config_error error;
	struct tree tree;

	CU_ASSERT_FALSE(read_tree("{\"rings\": []}", 1, &tree, &error));
	CU_ASSERT_STRING_EQUAL(error.faults[0].path, "rings");
	CU_ASSERT_STRING_EQUAL(error.faults[0].message, "needs a saw; remove it");
	CU_ASSERT_TRUE_FATAL(read_tree("{\"rings\": []}", 3, &tree, &error));
	schema_free(&tree_schema, &tree);
}

static void suggestions_are_near_or_not_made(void)
{
	static const char *const pairs[][2] = {
	    {"{\"colours\": 1}", "unknown key; did you mean \"colour\"?"},
	    {"{\"color\": 1}", "unknown key; did you mean \"colour\"?"},
	    {"{\"cool\": 1}", "unknown key; remove it"},
	    {"{\"COLOUR\": 1}", "unknown key; remove it"},
	    {"{\"hxxe\": 1}", "unknown key; did you mean \"huge\"?"},
	    {"{\"hgue\": 1}", "unknown key; did you mean \"huge\"?"},
	    {"{\"\": 1}", "unknown key; remove it"},
	    {"{\"evergren \": 1}", "unknown key; did you mean \"evergreen\"?"},
	};

	for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
		struct config_error error;
		struct tree tree;

		CU_ASSERT_FALSE(read_tree(pairs[i][0], 0, &tree, &error));
		CU_ASSERT_STRING_EQUAL(error.faults[0].message, pairs[i][1]);
	}
}

static void the_example_has_every_key_that_the_flags_allow(void)
{
	static const char *const expected = "{\n  \"tiny\": 1,\n  \"small\": 2,\n  \"large\": 3,\n  \"huge\": 4,\n"
					    "  \"evergreen\": false,\n  \"colour\": \"blue\",\n"
					    "  \"inner\": {\n    \"middle\": 601,\n    \"text\": \"other\"\n  },\n"
					    "  \"branches\": [\n    {\n      \"leaves\": [\n        {\n"
					    "          \"name\": \"oak\",\n          \"weight\": 2\n"
					    "        }\n      ]\n    }\n  ]\n}\n";
	struct config_error error;
	struct tree tree;
	char *text = NULL;
	size_t size;
	FILE *stream;

	stream = open_memstream(&text, &size);
	schema_print_example(&tree_schema, 0, stream);
	fclose(stream);
	CU_ASSERT_STRING_EQUAL(text, expected);
	free(text);
	stream = open_memstream(&text, &size);
	schema_print_example(&tree_schema, 2, stream);
	fclose(stream);
	CU_ASSERT_PTR_NOT_NULL(strstr(text, "\"rings\": [7]"));
	CU_ASSERT_TRUE_FATAL(read_tree(text, 2, &tree, &error));
	CU_ASSERT_EQUAL(tree.colour, BLUE);
	schema_free(&tree_schema, &tree);
	free(text);
}

static void the_reference_has_every_key(void)
{
	static const char *const lines[] = {
	    "# tree.json\n\nAbout trees.\n\n## The document\n\n| key | value | default | meaning |\n",
	    "| `tiny` | a whole number from 0 to 200, or \"never\" | `1` | A number |\n",
	    "| `colour` | \"red\", \"green\" or \"blue\" | `\"green\"` | Its colour |\n",
	    "| `inner` | an object | see there | What is within |\n",
	    "| `rings` | a list of 0 to 4 items, each a whole number from 0 to 255 | `[]` | Rings; needs a saw |\n",
	    "\n## inner\n\n",
	    "\n## branches[]\n\n",
	    "\n## branches[].leaves[]\n\n",
	    "| `name` | a string of 1 to 3 octets | required | A name |\n",
	    "| `weight` | a whole number from 1 to 9 | as the wind wants | A weight |\n",
	    "\n## A document with every key\n\n```json\n{\n  \"tiny\": 1,\n",
	};
	const char *at;
	char *text = NULL;
	size_t size;
	FILE *stream = open_memstream(&text, &size);

	schema_print_reference(&tree_schema, "tree.json", "About trees.", stream);
	schema_print_reference_example(&tree_schema, stream);
	fclose(stream);
	at = text;
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		const char *found = strstr(at, lines[i]);

		CU_ASSERT_PTR_NOT_NULL_FATAL(found);
		at = found + strlen(lines[i]);
	}
	free(text);
}

int main(void)
{
	return TESTS_RUN("schema", TEST(defaults_are_loaded_at_every_depth),
			 TEST(numbers_of_every_size_keep_to_their_member), TEST(lists_of_lists_are_loaded_in_order),
			 TEST(faults_deep_within_have_their_path), TEST(a_list_may_be_as_long_as_its_bound),
			 TEST(a_key_that_needs_a_flag_is_refused_without_it), TEST(suggestions_are_near_or_not_made),
			 TEST(the_example_has_every_key_that_the_flags_allow), TEST(the_reference_has_every_key));
}
