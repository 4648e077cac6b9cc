/* SPDX-License-Identifier: BSD-3-Clause */
/* Lines that another process has written are read value by value, and never beyond their end. */
#include <config/json_line.h>
#include <config/json_members.h>

#include <stdlib.h>
#include <string.h>

#include "support.h"

static char found[512];

static void note(void *context, const struct json_member *member)
{
	size_t used = strlen(found);

	CU_ASSERT_PTR_EQUAL(context, found);
	snprintf(found + used, sizeof(found) - used, "%s%s%.*s;", member->path, member->string ? "=" : ":",
		 (int)member->length, member->value);
}

/* In memory of its own, so that a sanitizer sees what is read behind its end. */
static bool visit(const char *line)
{
	size_t length = strlen(line);
	char *copy = malloc(length > 0 ? length : 1);
	bool whole;

	memcpy(copy, line, length);
	found[0] = '\0';
	whole = json_members_visit(copy, length, note, found);
	free(copy);
	return whole;
}

static void what_json_line_writes_is_read(void)
{
	struct json_line line;
	char text[256];

	json_line_begin(&line, text, sizeof(text) - 1);
	json_line_string(&line, "kind", "a \"b\" \\");
	json_line_open(&line, "flows", '{');
	json_line_number(&line, "open", 17);
	json_line_thousandths(&line, "ms", 1234);
	json_line_open(&line, "deep", '{');
	json_line_close(&line, '}');
	json_line_close(&line, '}');
	json_line_open(&line, "list", '[');
	json_line_boolean(&line, NULL, true);
	json_line_null(&line, NULL);
	json_line_close(&line, ']');
	json_line_octets(&line, "name", "\0\xff", 2, true);
	text[json_line_end(&line)] = '\0';
	CU_ASSERT_TRUE(visit(text));
	CU_ASSERT_STRING_EQUAL(found, "kind=a \\\"b\\\" \\\\;flows.open:17;flows.ms:1.234;list:true;list:null;"
				      "name=\\u0000\\u00ff\\u2026;");
	CU_ASSERT_TRUE(visit("{}\n"));
	CU_ASSERT_STRING_EQUAL(found, "");
}

static void what_is_no_such_line_is_refused(void)
{
	static const char *const wrong[] = {
	    "",
	    "{}",
	    "{}\n\n",
	    "[]\n",
	    "{\"a\":1",
	    "{\"a\":1\n",
	    "{\"a\":}\n",
	    "{\"a\"}\n",
	    "{\"a:1}\n",
	    "{\"a\":\"b}\n",
	    "{\"a\":\"b\\",
	    "{\"a\":1,}\n",
	    "{\"a\":[1,2}\n",
	    "{\"a\":{\"b\":1]}\n",
	    "{\"a\":1 }\n",
	    "{a:1}\n",
	    "{\"a\":X}\n",
	};

	for (unsigned i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		CU_ASSERT_FALSE(visit(wrong[i]));
}

static void depth_and_paths_have_bounds(void)
{
	char line[400] = "{\"a\":";

	for (unsigned i = 0; i < 7; i++)
		strcat(line, "[");
	for (unsigned i = 0; i < 7; i++)
		strcat(line, "]");
	strcat(line, "}\n");
	CU_ASSERT_TRUE(visit(line));
	CU_ASSERT_FALSE(visit("{\"a\":[[[[[[[[]]]]]]]]}\n"));
	snprintf(line, sizeof(line), "{\"%0126d\":1}\n", 0);
	CU_ASSERT_TRUE(visit(line));
	snprintf(line, sizeof(line), "{\"%0127d\":1}\n", 0);
	CU_ASSERT_FALSE(visit(line));
	snprintf(line, sizeof(line), "{\"%0100d\":{\"%030d\":1}}\n", 0, 0);
	CU_ASSERT_FALSE(visit(line));
}

static void every_beginning_of_a_line_is_refused(void)
{
	const char line[] = "{\"a\":{\"b\":[1,\"x\\\"y\",true]},\"c\":\"\\\\\"}\n";
	char part[sizeof(line)];

	for (size_t length = 0; length < sizeof(line) - 1; length++) {
		memcpy(part, line, length);
		part[length] = '\0';
		CU_ASSERT_FALSE(visit(part));
	}
	CU_ASSERT_TRUE(visit(line));
}

int main(void)
{
	return TESTS_RUN("members of a JSON line", TEST(what_json_line_writes_is_read),
			 TEST(what_is_no_such_line_is_refused), TEST(depth_and_paths_have_bounds),
			 TEST(every_beginning_of_a_line_is_refused));
}
