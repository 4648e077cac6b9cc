/* SPDX-License-Identifier: BSD-3-Clause */
/* Rows match names by their categories; names in no category have a default of their own. */
#include <stdlib.h>
#include <string.h>

#include "image_support.h"
#include "support.h"

static void a_row_matches_what_is_in_its_categories(void)
{
	struct subject subject = image_subject_of("category ads ads.test *.ads.test\n"
						  "category news *.news.test\n"
						  "category empty\n"
						  "filter web\nrow deny @ads\nrow allow @empty @news\n");

	image_expect(&subject, 0, "ads.test", 0);
	image_expect(&subject, 0, "x.ads.test", 0);
	image_expect(&subject, 0, "x.news.test", 1);
	image_expect(&subject, 0, "news.test", -1);
	image_subject_free(&subject);
}

static void a_name_in_several_categories_has_the_lowest_row_of_all(void)
{
	struct subject subject = image_subject_of("category a x.test\ncategory b x.test *.x.test\ncategory c *.test\n"
						  "filter one\nrow deny @c\nrow deny @b\nrow deny @a\n"
						  "filter two\nrow deny @a\nrow deny @b\nrow deny @c\n"
						  "filter three\nrow deny y.test\nrow deny @b @c\nrow deny @a @b\n");

	image_expect(&subject, 0, "x.test", 0);
	image_expect(&subject, 1, "x.test", 0);
	image_expect(&subject, 2, "x.test", 1);
	image_expect(&subject, 0, "y.x.test", 0);
	image_expect(&subject, 1, "y.x.test", 1);
	image_expect(&subject, 1, "z.test", 2);
	image_subject_free(&subject);
}

static void a_name_in_no_category_is_uncategorized(void)
{
	struct subject subject = image_subject_of("category ads ads.test\n"
						  "filter web\nrow allow b.test\nuncategorized deny log\nany allow\n");
	struct image_result result = image_ask(&subject, 0, "other.test");

	CU_ASSERT_EQUAL(result.match, IMAGE_MATCH_UNCATEGORIZED);
	CU_ASSERT_EQUAL(result.verdict.action, POLICY_DENY);
	CU_ASSERT_TRUE(result.verdict.log);
	image_expect(&subject, 0, "b.test", 0);
	/* in a category that no row of the filter asks for */
	image_expect(&subject, 0, "ads.test", -1);
	CU_ASSERT_EQUAL(image_ask(&subject, 0, "ads.test").verdict.action, POLICY_ALLOW);
	image_subject_free(&subject);
}

static void without_a_category_nothing_is_uncategorized(void)
{
	struct subject subject = image_subject_of("filter web\nuncategorized deny\nany allow\n");

	image_expect(&subject, 0, "other.test", -1);
	CU_ASSERT_EQUAL(image_ask(&subject, 0, "other.test").verdict.action, POLICY_ALLOW);
	image_subject_free(&subject);
}

static void without_that_default_any_decides(void)
{
	struct subject subject = image_subject_of("category ads ads.test\nfilter web\nany allow\n");

	image_expect(&subject, 0, "other.test", -1);
	image_subject_free(&subject);
}

static void addresses_are_never_uncategorized(void)
{
	struct subject subject =
	    image_subject_of("category ads ads.test\nfilter web\nuncategorized deny\nany allow\nno_fqdn allow\n");

	CU_ASSERT_EQUAL(image_ask_address(&subject, 0, "192.0.2.1").match, IMAGE_MATCH_ANY);
	CU_ASSERT_EQUAL(image_ask(&subject, 0, NULL).match, IMAGE_MATCH_NO_FQDN);
	image_subject_free(&subject);
}

static void the_most_categories_can_all_hold_one_name(void)
{
	char *text = NULL;
	size_t size;
	FILE *stream = open_memstream(&text, &size);
	struct subject subject;

	for (unsigned i = 0; i < POLICY_CATEGORIES; i++)
		fprintf(stream, "category c%u a.test *.b%u.test\n", i, i);
	fprintf(stream, "filter web\n");
	for (unsigned i = POLICY_CATEGORIES; i-- > 0;)
		fprintf(stream, "row deny @c%u\n", i);
	fclose(stream);
	subject = image_subject_of(text);
	free(text);
	image_expect(&subject, 0, "a.test", 0);
	image_expect(&subject, 0, "x.b0.test", POLICY_CATEGORIES - 1);
	image_expect(&subject, 0, "x.b1000.test", POLICY_CATEGORIES - 1001);
	image_expect(&subject, 0, "b5.test", -1);
	image_subject_free(&subject);
}

int main(void)
{
	return TESTS_RUN("image category", TEST(a_row_matches_what_is_in_its_categories),
			 TEST(a_name_in_several_categories_has_the_lowest_row_of_all),
			 TEST(a_name_in_no_category_is_uncategorized),
			 TEST(without_a_category_nothing_is_uncategorized), TEST(without_that_default_any_decides),
			 TEST(addresses_are_never_uncategorized), TEST(the_most_categories_can_all_hold_one_name));
}
