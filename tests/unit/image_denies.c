/* SPDX-License-Identifier: BSD-3-Clause */
/* A target of a CNAME is refused by the row that denies its name, by no default; of two answers the stricter counts. */
#include "image_support.h"
#include "support.h"

static bool denies(const struct subject *subject, unsigned filter, const char *name, struct image_result *result)
{
	return image_denies(subject->image, subject->scratch, filter, name, result);
}

static void a_row_that_denies_the_name_counts(void)
{
	struct subject subject = image_subject_of("category ads *.ads.test\n"
						  "filter web\nrow allow a.test\nrow deny b.test\nrow deny @ads\n"
						  "row deny ~x.*\n"
						  "group all web\n");
	struct image_result result;

	for (unsigned filter = 0; filter < 2; filter++) {
		CU_ASSERT_TRUE(denies(&subject, filter, "b.test", &result));
		CU_ASSERT(result.filter == 0 && result.row == 1 && result.match == IMAGE_MATCH_ROW);
		CU_ASSERT_TRUE(denies(&subject, filter, "t.ads.test", &result));
		CU_ASSERT_EQUAL(result.row, 2);
		CU_ASSERT_TRUE(denies(&subject, filter, "x.test", &result));
		CU_ASSERT_EQUAL(result.row, 3);
		CU_ASSERT_FALSE(denies(&subject, filter, "a.test", &result));
	}
	image_subject_free(&subject);
}

static void a_default_does_not_count(void)
{
	struct subject subject =
	    image_subject_of("category c c.test\nfilter web\nuncategorized deny\nany deny\nno_fqdn deny\n");
	struct image_result result;

	CU_ASSERT_FALSE(denies(&subject, 0, "a.test", &result));
	CU_ASSERT_FALSE(denies(&subject, 0, "c.test", &result));
	image_subject_free(&subject);
}

static void a_row_behind_one_that_allows_does_not_count(void)
{
	struct subject subject = image_subject_of("filter web\nrow allow good.cdn.test\nrow deny *.cdn.test\n");
	struct image_result result;

	CU_ASSERT_FALSE(denies(&subject, 0, "good.cdn.test", &result));
	CU_ASSERT_TRUE(denies(&subject, 0, "bad.cdn.test", &result));
	image_subject_free(&subject);
}

/* From the strictest to the mildest. */
static const struct image_result ladder[] = {
    {.verdict = {POLICY_DENY, true, false}},  {.verdict = {POLICY_DENY, false, false}},
    {.verdict = {POLICY_DENY, true, true}},   {.verdict = {POLICY_DENY, false, true}},
    {.verdict = {POLICY_ALLOW, true, false}}, {.verdict = {POLICY_ALLOW, false, false}},
    {.verdict = {POLICY_ALLOW, true, true}},  {.verdict = {POLICY_ALLOW, false, true}},
};

static void deny_then_decrypt_then_log_is_stricter(void)
{
	for (unsigned a = 0; a < 8; a++)
		for (unsigned b = 0; b < 8; b++)
			CU_ASSERT_PTR_EQUAL(image_stricter(&ladder[a], &ladder[b]), &ladder[a < b ? a : b]);
}

static void of_two_that_are_alike_the_first_is_given(void)
{
	struct image_result a = ladder[2], b = ladder[2];

	b.row = 7;
	CU_ASSERT_PTR_EQUAL(image_stricter(&a, &b), &a);
	CU_ASSERT_PTR_EQUAL(image_stricter(&b, &a), &b);
}

int main(void)
{
	return TESTS_RUN("image denies", TEST(a_row_that_denies_the_name_counts), TEST(a_default_does_not_count),
			 TEST(a_row_behind_one_that_allows_does_not_count),
			 TEST(deny_then_decrypt_then_log_is_stricter), TEST(of_two_that_are_alike_the_first_is_given));
}
