/* SPDX-License-Identifier: BSD-3-Clause */
/* Of the rows that match a name, the first decides. */
#include <stdio.h>
#include <stdlib.h>

#include "image_support.h"
#include "support.h"

static void the_first_row_that_matches_decides(void)
{
	struct subject subject = image_subject_of("filter web\n"
						  "row allow a.test\n"
						  "row deny *.test a.test\n"
						  "row allow b.test a.test\n"
						  "any deny\n");

	image_expect(&subject, 0, "a.test", 0);
	image_expect(&subject, 0, "b.test", 1);
	image_expect(&subject, 0, "x.a.test", 1);
	image_expect(&subject, 0, "test", -1);
	image_subject_free(&subject);
}

static void a_wide_row_hides_all_below_it(void)
{
	struct subject subject = image_subject_of("filter web\nrow deny *.test\nrow allow www.a.test *.a.test\n");

	image_expect(&subject, 0, "www.a.test", 0);
	image_expect(&subject, 0, "x.a.test", 0);
	image_subject_free(&subject);
}

static void a_narrow_row_below_a_deep_one_waits_its_turn(void)
{
	struct subject subject = image_subject_of("filter web\n"
						  "row deny *.b.a.test\n"
						  "row allow *.a.test\n"
						  "row deny c.b.a.test\n");

	image_expect(&subject, 0, "c.b.a.test", 0);
	image_expect(&subject, 0, "b.a.test", 1);
	image_subject_free(&subject);
}

static void every_way_to_match_keeps_the_order(void)
{
	struct subject subject = image_subject_of("category c name.test\n"
						  "filter names_first\n"
						  "row allow name.test\nrow deny @c\nrow deny ~name.*\n"
						  "filter categories_first\n"
						  "row allow @c\nrow deny ~name.*\nrow deny name.test\n"
						  "filter regexes_first\n"
						  "row allow ~name.*\nrow deny name.test\nrow deny @c\n");

	for (unsigned filter = 0; filter < 3; filter++) {
		image_expect(&subject, filter, "name.test", 0);
		CU_ASSERT_EQUAL(image_ask(&subject, filter, "name.test").verdict.action, POLICY_ALLOW);
	}
	image_subject_free(&subject);
}

static void a_row_says_all_three_parts_of_the_verdict(void)
{
	struct subject subject = image_subject_of("filter web\n"
						  "row allow a.test\nrow deny log b.test\nrow allow exception c.test\n"
						  "row allow log exception d.test\n");
	struct policy_verdict verdict = image_ask(&subject, 0, "a.test").verdict;

	CU_ASSERT(verdict.action == POLICY_ALLOW && !verdict.log && !verdict.decryption_exception);
	verdict = image_ask(&subject, 0, "b.test").verdict;
	CU_ASSERT(verdict.action == POLICY_DENY && verdict.log && !verdict.decryption_exception);
	verdict = image_ask(&subject, 0, "c.test").verdict;
	CU_ASSERT(verdict.action == POLICY_ALLOW && !verdict.log && verdict.decryption_exception);
	verdict = image_ask(&subject, 0, "d.test").verdict;
	CU_ASSERT(verdict.action == POLICY_ALLOW && verdict.log && verdict.decryption_exception);
	image_subject_free(&subject);
}

static void the_last_row_that_a_filter_may_have_decides_too(void)
{
	char *text = NULL;
	size_t size;
	FILE *stream = open_memstream(&text, &size);
	struct subject subject;

	fputs("filter web\n", stream);
	for (unsigned i = 0; i < POLICY_ROWS; i++)
		fprintf(stream, "row allow row%u.test\n", i);
	fclose(stream);
	subject = image_subject_of(text);
	free(text);
	image_expect(&subject, 0, "row0.test", 0);
	image_expect(&subject, 0, "row4095.test", POLICY_ROWS - 1);
	image_expect(&subject, 0, "row4096.test", -1);
	image_subject_free(&subject);
}

int main(void)
{
	return TESTS_RUN("image order", TEST(the_first_row_that_matches_decides), TEST(a_wide_row_hides_all_below_it),
			 TEST(a_narrow_row_below_a_deep_one_waits_its_turn), TEST(every_way_to_match_keeps_the_order),
			 TEST(a_row_says_all_three_parts_of_the_verdict),
			 TEST(the_last_row_that_a_filter_may_have_decides_too));
}
