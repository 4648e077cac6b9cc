/* SPDX-License-Identifier: BSD-3-Clause */
/* Where no row matches, a default decides; each row and each default has a hit counter of its own. */
#include <string.h>

#include "image_support.h"
#include "support.h"

static void a_flow_without_name_and_address_has_its_own_default(void)
{
	struct subject subject = image_subject_of("filter web\nrow allow *.test ~.* 0.0.0.0/0\nany allow\n"
						  "filter open\nno_fqdn allow exception\n");
	struct image_result result = image_ask(&subject, 0, NULL);

	CU_ASSERT_EQUAL(result.match, IMAGE_MATCH_NO_FQDN);
	CU_ASSERT_EQUAL(result.verdict.action, POLICY_DENY);
	result = image_ask(&subject, 1, NULL);
	CU_ASSERT_EQUAL(result.verdict.action, POLICY_ALLOW);
	CU_ASSERT_TRUE(result.verdict.decryption_exception);
	image_subject_free(&subject);
}

static void what_is_not_said_denies(void)
{
	struct subject subject = image_subject_of("filter web\n");

	image_expect(&subject, 0, "a.test", -1);
	CU_ASSERT_EQUAL(image_ask(&subject, 0, "a.test").verdict.action, POLICY_DENY);
	CU_ASSERT_EQUAL(image_ask_address(&subject, 0, "192.0.2.1").verdict.action, POLICY_DENY);
	CU_ASSERT_EQUAL(image_ask(&subject, 0, NULL).verdict.action, POLICY_DENY);
	image_subject_free(&subject);
}

static void every_row_and_default_has_a_counter_of_its_own(void)
{
	struct subject subject =
	    image_subject_of("category c c.test\n"
			     "filter one\nrow allow a.test\nrow allow 192.0.2.0/24\nuncategorized deny\n"
			     "filter two\nrow allow a.test\n"
			     "group both two one\n");

	CU_ASSERT_EQUAL(image_filters(subject.image), 3);
	CU_ASSERT_EQUAL(image_rows(subject.image, 0), 2);
	CU_ASSERT_EQUAL(image_rows(subject.image, 2), 0);
	CU_ASSERT_EQUAL(image_counters(subject.image), (2 + 3) + (1 + 3) + 3);
	CU_ASSERT_EQUAL(image_ask(&subject, 0, "a.test").counter, 0);
	CU_ASSERT_EQUAL(image_ask_address(&subject, 0, "192.0.2.1").counter, 1);
	CU_ASSERT_EQUAL(image_ask(&subject, 0, "b.test").counter, 2);
	CU_ASSERT_EQUAL(image_ask(&subject, 0, "c.test").counter, 3);
	CU_ASSERT_EQUAL(image_ask(&subject, 0, NULL).counter, 4);
	CU_ASSERT_EQUAL(image_first_counter(subject.image, 1), 5);
	CU_ASSERT_EQUAL(image_ask(&subject, 2, "a.test").counter, 5);
	CU_ASSERT_EQUAL(image_ask(&subject, 1, "c.test").counter, 7);
	CU_ASSERT_EQUAL(image_ask(&subject, 2, "c.test").counter, 10);
	CU_ASSERT_EQUAL(image_ask(&subject, 2, NULL).counter, 11);
	image_subject_free(&subject);
}

static void names_for_people_are_those_of_the_policy(void)
{
	struct subject subject = image_subject_of("filter web\nrow allow label=Bank a.test\nrow deny b.test\n");

	CU_ASSERT_STRING_EQUAL(image_filter_name(subject.image, 0), "web");
	CU_ASSERT_STRING_EQUAL(image_filter_name(subject.image, 1), "");
	CU_ASSERT_STRING_EQUAL(image_row_label(subject.image, 0, 0), "Bank");
	CU_ASSERT_STRING_EQUAL(image_row_label(subject.image, 0, 1), "");
	CU_ASSERT_STRING_EQUAL(image_row_label(subject.image, 0, 2), "");
	CU_ASSERT_STRING_EQUAL(image_row_label(subject.image, 0, IMAGE_NO_ROW), "");
	CU_ASSERT_STRING_EQUAL(image_row_label(subject.image, 7, 0), "");
	image_subject_free(&subject);
}

static void an_empty_policy_has_an_image_too(void)
{
	struct subject subject = image_subject_of("");

	CU_ASSERT_EQUAL(image_services(subject.image), 0);
	CU_ASSERT_EQUAL(image_counters(subject.image), 0);
	image_subject_free(&subject);
}

int main(void)
{
	return TESTS_RUN("image defaults", TEST(a_flow_without_name_and_address_has_its_own_default),
			 TEST(what_is_not_said_denies), TEST(every_row_and_default_has_a_counter_of_its_own),
			 TEST(names_for_people_are_those_of_the_policy), TEST(an_empty_policy_has_an_image_too));
}
