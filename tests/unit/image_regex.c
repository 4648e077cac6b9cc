/* SPDX-License-Identifier: BSD-3-Clause */
/* Regular expressions match whole names, whatever the case; what Hyperscan refuses is told with its row. */
#include <stdlib.h>
#include <string.h>

#include "image_support.h"
#include "support.h"

static void an_expression_matches_whole_names_only(void)
{
	struct subject subject = image_subject_of("filter web\nrow allow ~www\\.x\\.com\nrow deny ~a+\n");

	image_expect(&subject, 0, "www.x.com", 0);
	image_expect(&subject, 0, "www.x.com.evil.net", -1);
	image_expect(&subject, 0, "evil-www.x.com", -1);
	image_expect(&subject, 0, "aaaa", 1);
	image_expect(&subject, 0, "aaab", -1);
	image_expect(&subject, 0, "baaa", -1);
	image_subject_free(&subject);
}

static void every_alternative_is_held_to_the_whole_name(void)
{
	struct subject subject = image_subject_of("filter web\nrow allow ~a\\.test|b\\.test|c\n");

	image_expect(&subject, 0, "a.test", 0);
	image_expect(&subject, 0, "b.test", 0);
	image_expect(&subject, 0, "a.test.evil", -1);
	image_expect(&subject, 0, "x.b.test", -1);
	image_expect(&subject, 0, "c.evil", -1);
	image_expect(&subject, 0, "evil.c", -1);
	image_subject_free(&subject);
}

static void what_is_anchored_by_itself_stays_so(void)
{
	struct subject subject =
	    image_subject_of("filter web\nrow allow ~^a\\.test$\nrow allow ~^b|c$\nrow allow ~(?m)^d$\n");

	image_expect(&subject, 0, "a.test", 0);
	image_expect(&subject, 0, "xa.test", -1);
	image_expect(&subject, 0, "b", 1);
	image_expect(&subject, 0, "bb", -1);
	image_expect(&subject, 0, "cc", -1);
	image_expect(&subject, 0, "d", 2);
	image_subject_free(&subject);
}

static void capital_letters_in_an_expression_match(void)
{
	struct subject subject = image_subject_of("filter web\nrow allow ~WWW[0-9]\\.[X-Z]\\.Test\n");

	image_expect(&subject, 0, "www1.y.test", 0);
	image_expect(&subject, 0, "www1.a.test", -1);
	image_subject_free(&subject);
}

static void all_and_everything_may_be_asked_for(void)
{
	struct subject subject = image_subject_of("filter web\nrow deny a.test\nrow allow ~.*\nrow deny ~.+\n");

	image_expect(&subject, 0, "a.test", 0);
	image_expect(&subject, 0, "b.test", 1);
	image_subject_free(&subject);
}

static void of_many_expressions_the_lowest_row_decides(void)
{
	struct subject subject = image_subject_of("filter web\n"
						  "row allow ~x[0-9]+\\.test ~y.*\n"
						  "row deny ~.*\\.test *.test\n"
						  "row allow ~x.*\n"
						  "filter other\nrow deny ~x1.*\n");

	image_expect(&subject, 0, "x12.test", 0);
	image_expect(&subject, 0, "y.test", 0);
	image_expect(&subject, 0, "z.test", 1);
	image_expect(&subject, 0, "xz.test", 1);
	image_expect(&subject, 0, "x.net", 2);
	image_expect(&subject, 1, "x12.test", 0);
	image_expect(&subject, 1, "y.test", -1);
	image_subject_free(&subject);
}

static void expect_refused(const char *text, const char *words)
{
	struct policy policy = image_policy(text);
	struct config_error error;
	size_t size;
	struct image_header *image = image_build(&policy, &size, &error);

	CU_ASSERT_PTR_NULL(image);
	CU_ASSERT_EQUAL(error.count, 1);
	CU_ASSERT_PTR_NOT_NULL(strstr(error.faults[0].message, words));
	if (strstr(error.faults[0].message, words) == NULL)
		config_error_print(&error, stdout);
	free(image);
	image_policy_free(&policy);
}

static void what_hyperscan_refuses_is_told_with_its_row(void)
{
	expect_refused("filter web\nrow allow a.test\nrow allow ~a ~b(c\n",
		       "\"b(c\" in row 1 (from 0) of filter \"web\" is refused: Missing close parenthesis");
	expect_refused("filter web\nrow allow ~(a)\\1\n", "Back-references are unsupported");
	expect_refused("filter web\nrow allow ~a(?=b)\n", "Zero-width assertions are not supported");
	expect_refused("filter web\nrow allow ~a\nfilter deep\nrow deny ~(?:a{1,1000}){1,1000}\n", "row 0");
}

/* Between the parentheses that hold an expression to the whole name these would be good ones. */
static void an_expression_cannot_break_out(void)
{
	expect_refused("filter web\nrow allow ~a)|(?:b\n", "Unmatched parentheses");
	expect_refused("filter web\nrow allow ~a)|b|(c\n", "Unmatched parentheses");
	expect_refused("filter web\nrow allow ~a\\\n", "refused");
	expect_refused("filter web\nrow allow ~(?x)a#\n", "refused");
	expect_refused("filter web\nrow allow ~\\Qa\n", "refused");
}

static void every_filters_faults_are_told(void)
{
	struct policy policy = image_policy("filter a\nrow allow ~(\nfilter b\nrow allow ~b\nfilter c\nrow deny ~[\n");
	struct config_error error;
	size_t size;

	CU_ASSERT_PTR_NULL(image_build(&policy, &size, &error));
	CU_ASSERT_EQUAL(error.count, 2);
	image_policy_free(&policy);
}

static void an_image_may_be_asked_wherever_it_lies(void)
{
	struct subject subject = image_subject_of("filter web\nrow allow ~[a-z]+[0-9]+\\.(test|net)\n"
						  "filter other\nrow deny ~.*x.*\n");

	for (size_t shift = 0; shift < 1024; shift += IMAGE_ALIGNMENT) {
		char *place = aligned_alloc(4096, 4096 + (subject.size + 4095) / 4096 * 4096);
		char reason[IMAGE_REASON_SIZE];
		struct subject moved = {(void *)(place + shift), subject.size, subject.scratch};

		memcpy(place + shift, subject.image, subject.size);
		CU_ASSERT_TRUE(image_check(moved.image, moved.size, reason));
		image_expect(&moved, 0, "abc123.net", 0);
		image_expect(&moved, 0, "abc123.org", -1);
		image_expect(&moved, 1, "a.x.b", 0);
		free(place);
	}
	image_subject_free(&subject);
}

static void without_a_scratch_that_fits_the_answer_is_no(void)
{
	struct subject subject = image_subject_of("filter web\nrow allow a.test\nrow allow ~b.*\nany allow\n"
						  "group all web\nany allow\n");
	struct subject bare = {subject.image, subject.size, NULL};
	struct image_result result = image_ask(&bare, 1, "b.test");

	CU_ASSERT_EQUAL(result.verdict.action, POLICY_DENY);
	CU_ASSERT_TRUE(result.verdict.log);
	CU_ASSERT_EQUAL(result.filter, 1);
	CU_ASSERT_TRUE(image_denies(subject.image, NULL, 0, "b.test", &result));
	image_expect(&bare, 0, "a.test", 0);
	image_subject_free(&subject);
}

static void a_scratch_grows_and_serves_earlier_images_too(void)
{
	struct subject small = image_subject_of("filter web\nrow allow ~a.test\n");
	struct subject none = image_subject_of("filter web\nrow allow a.test\n");
	struct subject large = image_subject_of("filter web\n"
						"row allow ~(a|b)*[ab](a|b|c){40}d[0-9]{3,80}.*x{10,20}(y|z)+\\.test\n"
						"row deny ~[a-z]{2,200}\\.[0-9a-f]{8,60}\\.net ~.*foo.*bar.*\n");
	struct image_scratch *scratch = NULL;

	CU_ASSERT_TRUE(image_scratch_grow(&scratch, small.image));
	CU_ASSERT_TRUE(image_scratch_grow(&scratch, large.image));
	CU_ASSERT_TRUE(image_scratch_grow(&scratch, none.image));
	for (unsigned i = 0; i < 2; i++) {
		struct subject shared = i == 0 ? small : large;

		shared.scratch = scratch;
		image_expect(&shared, 0, "a.test", i == 0 ? 0 : -1);
		image_expect(&shared, 0, "xfooxbarx", i == 0 ? -1 : 1);
	}
	image_scratch_free(scratch);
	image_subject_free(&small);
	image_subject_free(&none);
	image_subject_free(&large);
}

int main(void)
{
	return TESTS_RUN("image regex", TEST(an_expression_matches_whole_names_only),
			 TEST(every_alternative_is_held_to_the_whole_name), TEST(what_is_anchored_by_itself_stays_so),
			 TEST(capital_letters_in_an_expression_match), TEST(all_and_everything_may_be_asked_for),
			 TEST(of_many_expressions_the_lowest_row_decides),
			 TEST(what_hyperscan_refuses_is_told_with_its_row), TEST(an_expression_cannot_break_out),
			 TEST(every_filters_faults_are_told), TEST(an_image_may_be_asked_wherever_it_lies),
			 TEST(without_a_scratch_that_fits_the_answer_is_no),
			 TEST(a_scratch_grows_and_serves_earlier_images_too));
}
