/* SPDX-License-Identifier: BSD-3-Clause */
/* "a.test" is that name only; "*.a.test" is every name that ends in ".a.test", and not a.test. */
#include <stdlib.h>
#include <string.h>

#include <config/name.h>

#include "image_support.h"
#include "support.h"

static void an_exact_name_matches_itself_alone(void)
{
	struct subject subject = image_subject_of("filter web\nrow allow a.test\n");

	image_expect(&subject, 0, "a.test", 0);
	image_expect(&subject, 0, "x.a.test", -1);
	image_expect(&subject, 0, "xa.test", -1);
	image_expect(&subject, 0, "a.test.x", -1);
	image_expect(&subject, 0, "a.tes", -1);
	image_expect(&subject, 0, "test", -1);
	image_subject_free(&subject);
}

static void a_wildcard_matches_what_is_below_and_not_the_name(void)
{
	struct subject subject = image_subject_of("filter web\nrow allow *.a.test\n");

	image_expect(&subject, 0, "a.test", -1);
	image_expect(&subject, 0, "x.a.test", 0);
	image_expect(&subject, 0, "x.y.z.a.test", 0);
	image_expect(&subject, 0, "xa.test", -1);
	image_expect(&subject, 0, "test", -1);
	image_subject_free(&subject);
}

static void both_of_one_name_are_told_apart(void)
{
	struct subject subject = image_subject_of("filter web\nrow allow *.a.test\nrow deny a.test\nrow deny *.a.test\n"
						  "filter other\nrow allow a.test\nrow deny *.a.test\n");

	image_expect(&subject, 0, "a.test", 1);
	image_expect(&subject, 0, "x.a.test", 0);
	image_expect(&subject, 1, "a.test", 0);
	image_expect(&subject, 1, "x.a.test", 1);
	image_subject_free(&subject);
}

static void of_wildcards_within_wildcards_the_order_decides(void)
{
	struct subject subject = image_subject_of("filter web\n"
						  "row deny *.c.b.a.test\nrow allow *.b.a.test\nrow deny *.test\n"
						  "row allow *.d.b.a.test\n");

	image_expect(&subject, 0, "x.c.b.a.test", 0);
	image_expect(&subject, 0, "c.b.a.test", 1);
	image_expect(&subject, 0, "x.d.b.a.test", 1);
	image_expect(&subject, 0, "b.a.test", 2);
	image_subject_free(&subject);
}

static void a_top_level_domain_may_be_ruled_whole(void)
{
	struct subject subject = image_subject_of("filter web\nrow deny *.test\nrow allow localhost\n");

	image_expect(&subject, 0, "a.test", 0);
	image_expect(&subject, 0, "test", -1);
	image_expect(&subject, 0, "localhost", 1);
	image_expect(&subject, 0, "x.localhost", -1);
	image_subject_free(&subject);
}

/* 127 labels of one octet: the most that a name can have. */
static void the_deepest_name_is_found_and_so_is_what_is_below_it(void)
{
	char name[NAME_LENGTH_MAX + 1], text[1024];
	struct subject subject;

	for (unsigned i = 0; i < NAME_LENGTH_MAX; i++)
		name[i] = i % 2 == 0 ? (char)('a' + i / 2 % 26) : '.';
	name[NAME_LENGTH_MAX] = '\0';
	snprintf(text, sizeof(text), "filter web\nrow allow %s\nrow deny *.%s\nrow allow *.%s\n", name, name + 2,
		 name + 250);
	subject = image_subject_of(text);
	image_expect(&subject, 0, name, 0);
	image_expect(&subject, 0, name + 2, 2);
	name[0] = '_';
	image_expect(&subject, 0, name, 1);
	image_expect(&subject, 0, name + 250, -1);
	image_subject_free(&subject);
}

static void labels_of_every_length_are_told_apart(void)
{
	char name[NAME_LABEL_MAX + 8], text[64 * 80] = "filter web\n";
	struct subject subject;

	for (int length = 1; length <= NAME_LABEL_MAX; length++)
		sprintf(text + strlen(text), "row allow %.*s.test\n", length,
			"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa");
	subject = image_subject_of(text);
	for (int length = 1; length <= NAME_LABEL_MAX; length++) {
		memset(name, 'a', sizeof(name));
		strcpy(name + length, ".test");
		image_expect(&subject, 0, name, length - 1);
		name[length / 2] = 'b';
		image_expect(&subject, 0, name, -1);
	}
	image_subject_free(&subject);
}

static void names_that_hold_others_octets_elsewhere_are_others(void)
{
	struct subject subject = image_subject_of("filter web\nrow allow ab.c\nrow allow a.bc\nrow allow abc\n");

	image_expect(&subject, 0, "ab.c", 0);
	image_expect(&subject, 0, "a.bc", 1);
	image_expect(&subject, 0, "abc", 2);
	image_expect(&subject, 0, "a.b.c", -1);
	image_subject_free(&subject);
}

int main(void)
{
	return TESTS_RUN(
	    "image wildcard", TEST(an_exact_name_matches_itself_alone),
	    TEST(a_wildcard_matches_what_is_below_and_not_the_name), TEST(both_of_one_name_are_told_apart),
	    TEST(of_wildcards_within_wildcards_the_order_decides), TEST(a_top_level_domain_may_be_ruled_whole),
	    TEST(the_deepest_name_is_found_and_so_is_what_is_below_it), TEST(labels_of_every_length_are_told_apart),
	    TEST(names_that_hold_others_octets_elsewhere_are_others));
}
