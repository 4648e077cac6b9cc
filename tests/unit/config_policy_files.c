/* SPDX-License-Identifier: BSD-3-Clause */
/* The files that a policy names lie beside it; what is wrong with one is told of that file, and nothing changes. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <config/policy.h>
#include <policy_schema.h>

#include "config_support.h"
#include "support.h"

static char folder[] = "/tmp/sluice_config_policy_XXXXXX";
static char policy_path[64];
static char list_path[64];

static void write_file(const char *path, const char *text)
{
	FILE *file = fopen(path, "w");

	fputs(text, file);
	fclose(file);
}

/* Writes a policy with a category of these files, as a list in JSON. */
static void write_policy(const char *files)
{
	char *text;

	if (asprintf(&text, "{ \"categories\": [\n { \"name\": \"c\", \"name_files\": [%s] } ] }", files) < 0)
		abort();
	write_file(policy_path, text);
	free(text);
}

static size_t load_names(void)
{
	struct config_error error;
	struct policy policy;
	size_t count;

	if (!policy_load(policy_path, &policy, &error)) {
		config_error_print(&error, stdout);
		CU_FAIL_FATAL("a good policy is refused");
	}
	count = policy.categories[0].names.count;
	policy_free(&policy);
	return count;
}

static void expect_refused(const char *file, unsigned line, unsigned column, const char *words)
{
	struct config_error error;
	struct policy policy;

	CU_ASSERT_FALSE_FATAL(policy_load(policy_path, &policy, &error));
	CU_ASSERT_STRING_EQUAL(error.file, file);
	if (!config_has_fault(&error, line, column, "categories[0].name_files[0]", words)) {
		CU_FAIL("a fault is not as expected");
		config_error_print(&error, stdout);
	}
}

static void files_lie_beside_the_policy(void)
{
	char here[4096];

	write_file(list_path, "a.test\nb.test\n");
	write_policy("\"list.txt\", \"./list.txt\"");
	CU_ASSERT_EQUAL(load_names(), 4);
	write_policy("\"../sluice_config_policy_none/../list.txt\"");
	expect_refused(policy_path, 2, 32, "cannot be opened");

	CU_ASSERT_PTR_NOT_NULL_FATAL(getcwd(here, sizeof(here)));
	CU_ASSERT_EQUAL_FATAL(chdir(folder), 0);
	write_policy("\"list.txt\"");
	strcpy(policy_path, "policy.json");
	CU_ASSERT_EQUAL(load_names(), 2);
	CU_ASSERT_EQUAL(chdir(here), 0);
	snprintf(policy_path, sizeof(policy_path), "%s/policy.json", folder);
}

static void a_file_may_have_an_absolute_path(void)
{
	char quoted[80];

	write_file(list_path, "a.test\n");
	snprintf(quoted, sizeof(quoted), "\"%s\"", list_path);
	write_policy(quoted);
	CU_ASSERT_EQUAL(load_names(), 1);
}

static void what_is_no_file_is_told_at_its_place_in_the_policy(void)
{
	char longest[POLICY_NAME_TEXT * 4 + 8] = "\"";

	unlink(list_path);
	write_policy("\"list.txt\"");
	expect_refused(policy_path, 2, 32, "\"list.txt\" cannot be opened: No such file");
	write_policy("\".\"");
	expect_refused(policy_path, 2, 32, "\".\" is not a regular file");
	CU_ASSERT_EQUAL_FATAL(mkfifo(list_path, 0600), 0);
	write_policy("\"list.txt\"");
	expect_refused(policy_path, 2, 32, "is not a regular file");
	unlink(list_path);
	memset(longest + 1, 'a', 4095);
	strcat(longest, "\"");
	write_policy(longest);
	expect_refused(policy_path, 2, 32, "is too long a path");
}

static void what_is_wrong_in_a_file_is_told_of_that_file(void)
{
	write_file(list_path, "a.test\n  b..test\n*.c.test\nd e\n");
	write_policy("\"list.txt\"");
	expect_refused(list_path, 2, 3, "\"b..test\" has nothing");
	expect_refused(list_path, 4, 3, "is a second word");
}

static void an_empty_file_is_an_empty_list(void)
{
	write_file(list_path, "# nothing yet\n");
	write_policy("\"list.txt\"");
	CU_ASSERT_EQUAL(load_names(), 0);
}

static void a_file_that_is_too_large_is_refused(void)
{
	write_file(list_path, "");
	CU_ASSERT_EQUAL_FATAL(truncate(list_path, (64 << 20) + 1), 0);
	write_policy("\"list.txt\"");
	expect_refused(policy_path, 2, 32, "is larger than 67108864 octets");
}

/* Writes a policy whose first category fills the bound by a file, and that has another one of this content. */
static void write_full_policy(const char *other)
{
	char *text;

	if (asprintf(&text,
		     "{ \"categories\": [ { \"name\": \"c\", \"name_files\": [\"list.txt\"] },\n"
		     " { \"name\": \"d\", %s } ] }",
		     other) < 0)
		abort();
	write_file(policy_path, text);
	free(text);
}

static void all_names_together_have_a_bound(void)
{
	FILE *file = fopen(list_path, "w");
	char other_path[64];
	struct config_error error;
	struct policy policy;

	for (unsigned i = 0; i < POLICY_NAMES; i++)
		fputs("a\n", file);
	fclose(file);
	snprintf(other_path, sizeof(other_path), "%s/other.txt", folder);
	write_file(other_path, "b.test\n");

	write_full_policy("\"names\": []");
	CU_ASSERT_EQUAL(load_names(), POLICY_NAMES);
	write_full_policy("\"names\": [\"b.test\"]");
	CU_ASSERT_FALSE(policy_load(policy_path, &policy, &error));
	CU_ASSERT(config_has_fault(&error, 2, 2, "categories[1]", "there are more than 8388608 names"));
	write_full_policy("\"name_files\": [\"other.txt\"]");
	CU_ASSERT_FALSE(policy_load(policy_path, &policy, &error));
	CU_ASSERT_STRING_EQUAL(error.file, other_path);
	CU_ASSERT(config_has_fault(&error, 1, 1, "categories[1].name_files[0]", "is one name too many"));
	unlink(other_path);
}

static void a_policy_that_is_too_large_is_refused(void)
{
	struct config_error error;
	struct policy policy;

	write_policy("");
	CU_ASSERT_EQUAL_FATAL(truncate(policy_path, POLICY_FILE_SIZE + 1), 0);
	CU_ASSERT_FALSE(policy_load(policy_path, &policy, &error));
	CU_ASSERT_PTR_NOT_NULL(strstr(error.faults[0].message, "larger than 16777216 octets"));
}

int main(void)
{
	int status;

	if (mkdtemp(folder) == NULL)
		return EXIT_FAILURE;
	snprintf(policy_path, sizeof(policy_path), "%s/policy.json", folder);
	snprintf(list_path, sizeof(list_path), "%s/list.txt", folder);
	status =
	    TESTS_RUN("files of a policy", TEST(files_lie_beside_the_policy), TEST(a_file_may_have_an_absolute_path),
		      TEST(what_is_no_file_is_told_at_its_place_in_the_policy),
		      TEST(what_is_wrong_in_a_file_is_told_of_that_file), TEST(an_empty_file_is_an_empty_list),
		      TEST(a_file_that_is_too_large_is_refused), TEST(a_policy_that_is_too_large_is_refused),
		      TEST(all_names_together_have_a_bound));
	unlink(list_path);
	unlink(policy_path);
	rmdir(folder);
	return status;
}
