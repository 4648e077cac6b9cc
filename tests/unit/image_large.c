/* SPDX-License-Identifier: BSD-3-Clause */
/* Among many names each is found, in full buckets too, and no other is taken for it. */
#include <stdlib.h>
#include <string.h>

#include <image_layout.h>

#include "image_support.h"
#include "support.h"

#define NAMES 200000

static struct policy_pattern patterns[NAMES];
static char texts[NAMES][24];

/* Every third one "*."; a row for each of three kinds of top-level domain. */
static struct subject build(void)
{
	static char web[] = "web";
	struct policy_row rows[3] = {0};
	struct policy_filter filter = {.name = web, .rows = rows, .row_count = 3};
	struct policy policy = {.filters = &filter, .filter_count = 1};

	for (unsigned i = 0; i < NAMES; i++) {
		sprintf(texts[i], "n%u.%s", i, i < NAMES / 3 ? "com" : i < 2 * (NAMES / 3) ? "net" : "org");
		patterns[i] = (struct policy_pattern){texts[i], i % 3 == 0};
	}
	for (unsigned i = 0; i < 3; i++)
		rows[i].names =
		    (struct policy_patterns){patterns + i * (NAMES / 3), i < 2 ? NAMES / 3 : NAMES - 2 * (NAMES / 3)};
	return image_subject(&policy);
}

static uint32_t row_of(const struct subject *subject, const char *name)
{
	return image_ask(subject, 0, name).row;
}

static void each_of_many_names_is_found_and_no_other(void)
{
	struct subject subject = build();
	unsigned wrong = 0;
	char other[32];

	for (unsigned i = 0; i < NAMES; i++) {
		uint32_t row = i / (NAMES / 3) < 2 ? i / (NAMES / 3) : 2;

		wrong += row_of(&subject, texts[i]) != (i % 3 == 0 ? IMAGE_NO_ROW : row);
		sprintf(other, "x.%s", texts[i]);
		wrong += row_of(&subject, other) != (i % 3 == 0 ? row : IMAGE_NO_ROW);
		sprintf(other, "x%s", texts[i]);
		wrong += row_of(&subject, other) != IMAGE_NO_ROW;
	}
	CU_ASSERT_EQUAL(wrong, 0);
	/* else no name lay outside its home bucket, and nothing was shown of those that do */
	CU_ASSERT(image_layout(subject.image)->probes > 1);
	image_subject_free(&subject);
}

/* An image in which the string of an entry is another: as if both names had the same hash. */
static void a_name_with_the_same_hash_is_not_taken_for_another(void)
{
	struct subject subject = image_subject_of("filter web\nrow allow aaaa.test\n");
	char *octets = (char *)subject.image;
	char *name = memmem(octets, subject.size, "aaaa.test", 9);
	char reason[IMAGE_REASON_SIZE];

	image_expect(&subject, 0, "aaaa.test", 0);
	name[0] = 'b';
	image_seal(subject.image);
	CU_ASSERT_TRUE(image_check(subject.image, subject.size, reason));
	image_expect(&subject, 0, "aaaa.test", -1);
	image_subject_free(&subject);
}

static void two_images_of_one_policy_have_different_seeds(void)
{
	struct subject one = image_subject_of("filter web\n"), other = image_subject_of("filter web\n");

	CU_ASSERT(memcmp(image_layout(one.image)->seed, image_layout(other.image)->seed, 2 * sizeof(uint64_t)) != 0);
	image_subject_free(&one);
	image_subject_free(&other);
}

int main(void)
{
	return TESTS_RUN("image large", TEST(each_of_many_names_is_found_and_no_other),
			 TEST(a_name_with_the_same_hash_is_not_taken_for_another),
			 TEST(two_images_of_one_policy_have_different_seeds));
}
