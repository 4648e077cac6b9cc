/* SPDX-License-Identifier: BSD-3-Clause */
/* A group is its members' rows, in the order of its members, and then the defaults of its own. */
#include <string.h>

#include "image_support.h"
#include "support.h"

static const char policy[] = "filter first\nrow allow a.test\nrow deny log *.a.test\nany allow\n"
			     "filter second\nrow deny a.test\nrow allow b.test ~x+\\.test\nany allow\n"
			     "filter third\nrow allow 192.0.2.0/24\nrow deny b.test\n"
			     "group forward first second third\nany allow log\nno_fqdn allow\n"
			     "group backward third second first\nany deny log\n";

enum {
	FIRST,
	SECOND,
	THIRD,
	FORWARD,
	BACKWARD
};

static void expect(const struct image_result *result, unsigned filter, unsigned row)
{
	CU_ASSERT_EQUAL(result->match, IMAGE_MATCH_ROW);
	CU_ASSERT_EQUAL(result->filter, filter);
	CU_ASSERT_EQUAL(result->row, row);
}

static void the_first_member_with_a_row_that_matches_decides(void)
{
	struct subject subject = image_subject_of(policy);
	struct image_result result;

	result = image_ask(&subject, FORWARD, "a.test");
	expect(&result, FIRST, 0);
	result = image_ask(&subject, BACKWARD, "a.test");
	expect(&result, SECOND, 0);
	result = image_ask(&subject, FORWARD, "b.test");
	expect(&result, SECOND, 1);
	result = image_ask(&subject, BACKWARD, "b.test");
	expect(&result, THIRD, 1);
	result = image_ask(&subject, FORWARD, "xx.test");
	expect(&result, SECOND, 1);
	result = image_ask_address(&subject, BACKWARD, "192.0.2.7");
	expect(&result, THIRD, 0);
	image_subject_free(&subject);
}

static void a_members_defaults_are_not_the_groups(void)
{
	struct subject subject = image_subject_of(policy);
	struct image_result result = image_ask(&subject, BACKWARD, "other.test");

	CU_ASSERT_EQUAL(result.match, IMAGE_MATCH_ANY);
	CU_ASSERT_EQUAL(result.filter, BACKWARD);
	CU_ASSERT_EQUAL(result.row, IMAGE_NO_ROW);
	CU_ASSERT_EQUAL(result.verdict.action, POLICY_DENY);
	CU_ASSERT_TRUE(result.verdict.log);
	result = image_ask(&subject, FORWARD, NULL);
	CU_ASSERT_EQUAL(result.match, IMAGE_MATCH_NO_FQDN);
	CU_ASSERT_EQUAL(result.filter, FORWARD);
	CU_ASSERT_EQUAL(result.verdict.action, POLICY_ALLOW);
	image_subject_free(&subject);
}

static void a_member_asked_by_itself_has_its_own_defaults(void)
{
	struct subject subject = image_subject_of(policy);

	image_expect(&subject, FIRST, "b.test", -1);
	CU_ASSERT_EQUAL(image_ask(&subject, FIRST, "b.test").verdict.action, POLICY_ALLOW);
	CU_ASSERT_EQUAL(image_ask(&subject, THIRD, "a.test").verdict.action, POLICY_DENY);
	image_subject_free(&subject);
}

static void a_name_is_stored_once_however_many_filters_have_it(void)
{
	static const char once[] = "filter f0\nrow allow a.test\n";
	char text[4096] = "";
	struct subject alone = image_subject_of(once), many;

	for (unsigned i = 0; i < 40; i++)
		sprintf(text + strlen(text), "filter f%u\nrow allow label=%u a.test *.a.test\n", i, i);
	many = image_subject_of(text);
	for (unsigned i = 0; i < 40; i++) {
		struct image_result result = image_ask(&many, i, i % 2 == 0 ? "a.test" : "x.a.test");

		expect(&result, i, 0);
	}
	/* a filter, a row, a posting, and their two strings */
	CU_ASSERT(many.size - alone.size < 40 * (72 + 8 + 6 + 3 + 4) + 15 * 64);
	image_subject_free(&many);
	image_subject_free(&alone);
}

int main(void)
{
	return TESTS_RUN("image group", TEST(the_first_member_with_a_row_that_matches_decides),
			 TEST(a_members_defaults_are_not_the_groups),
			 TEST(a_member_asked_by_itself_has_its_own_defaults),
			 TEST(a_name_is_stored_once_however_many_filters_have_it));
}
