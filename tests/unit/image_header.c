/* SPDX-License-Identifier: BSD-3-Clause */
/* An image for another version, machine or size is refused, and is told why; so is one with any octet changed. */
#include <stdlib.h>
#include <string.h>

#include "image_support.h"
#include "support.h"

static const char policy[] = "category ads *.ads.test t.test\n"
			     "filter web\nrow allow a.test 192.0.2.0/24 ~x+\nrow deny @ads t.test\nany allow\n"
			     "group all web\nservice proxy all\n";

static void expect_refused(const struct image_header *image, size_t size, const char *words)
{
	char reason[IMAGE_REASON_SIZE] = "";

	CU_ASSERT_FALSE(image_check(image, size, reason));
	CU_ASSERT_PTR_NOT_NULL(strstr(reason, words));
	if (strstr(reason, words) == NULL)
		printf("\n\"%s\" is not in \"%s\"\n", words, reason);
}

static void the_header_says_what_the_image_is(void)
{
	struct subject subject = image_subject_of(policy);

	CU_ASSERT_EQUAL(memcmp(subject.image, "SlcImage", 8), 0);
	CU_ASSERT_EQUAL(subject.image->version, IMAGE_VERSION);
	CU_ASSERT_EQUAL(subject.image->size, subject.size);
	CU_ASSERT_EQUAL(subject.image->generation, 0);
	CU_ASSERT(subject.image->made_at > 1700000000);
	CU_ASSERT_EQUAL((uintptr_t)subject.image % IMAGE_ALIGNMENT, 0);
	CU_ASSERT_EQUAL(subject.size % IMAGE_ALIGNMENT, 0);
	image_subject_free(&subject);
}

static void the_generation_may_be_set_afterwards(void)
{
	struct subject subject = image_subject_of(policy);
	char reason[IMAGE_REASON_SIZE];

	subject.image->generation = 77;
	CU_ASSERT_TRUE(image_check(subject.image, subject.size, reason));
	image_subject_free(&subject);
}

static void another_version_is_refused(void)
{
	struct subject subject = image_subject_of(policy);

	subject.image->version++;
	image_seal(subject.image);
	expect_refused(subject.image, subject.size, "the image has version 2, and this program knows version 1");
	subject.image->version = 0;
	image_seal(subject.image);
	expect_refused(subject.image, subject.size, "version 0");
	image_subject_free(&subject);
}

static void another_platform_is_refused(void)
{
	struct subject subject = image_subject_of(policy);
	uint64_t own = subject.image->platform;

	for (unsigned bit = 0; bit < 64; bit++) {
		subject.image->platform = own ^ UINT64_C(1) << bit;
		image_seal(subject.image);
		expect_refused(subject.image, subject.size, "another processor or release of Hyperscan");
	}
	image_subject_free(&subject);
}

static void other_octets_are_no_image(void)
{
	_Alignas(IMAGE_ALIGNMENT) static uint8_t nothing[4096];
	struct subject subject = image_subject_of(policy);

	expect_refused((void *)nothing, sizeof(nothing), "no policy image");
	memset(nothing, 0xff, sizeof(nothing));
	expect_refused((void *)nothing, sizeof(nothing), "no policy image");
	subject.image->magic++;
	expect_refused(subject.image, subject.size, "no policy image");
	image_subject_free(&subject);
}

static void a_header_of_another_size_is_refused(void)
{
	struct subject subject = image_subject_of(policy);

	subject.image->header_size += 8;
	image_seal(subject.image);
	expect_refused(subject.image, subject.size, "header of the image has a wrong size");
	image_subject_free(&subject);
}

/* An image with nothing behind it, so that the address sanitizer sees who reads on. */
static struct image_header *cut(const struct image_header *image, size_t size)
{
	struct image_header *copy = NULL;

	if (posix_memalign((void **)&copy, IMAGE_ALIGNMENT, size) != 0)
		abort();
	memcpy(copy, image, size);
	return copy;
}

static void a_cut_image_is_refused_at_every_length(void)
{
	struct subject subject = image_subject_of(policy);

	for (size_t size = 0; size < subject.size; size += size < 512 ? 1 : 7) {
		struct image_header *copy = cut(subject.image, size);

		expect_refused(copy, size, size < sizeof(*copy) ? "cut off" : "image");
		free(copy);
	}
	expect_refused(subject.image, subject.size + 64, "octets, and there are");
	image_subject_free(&subject);
}

/* The header says that the rest is there no more, and the checksum agrees. */
static void a_sealed_stump_is_refused(void)
{
	struct subject subject = image_subject_of(policy);

	for (size_t size = sizeof(struct image_header); size < subject.size; size += 64) {
		struct image_header *copy = cut(subject.image, size);

		copy->size = size;
		image_seal(copy);
		expect_refused(copy, size, "image");
		free(copy);
	}
	image_subject_free(&subject);
}

static void an_image_at_an_odd_address_is_refused(void)
{
	struct subject subject = image_subject_of(policy);
	char *copy = aligned_alloc(IMAGE_ALIGNMENT, subject.size + IMAGE_ALIGNMENT);

	memcpy(copy + 8, subject.image, subject.size);
	expect_refused((void *)(copy + 8), subject.size, "multiple of 64");
	free(copy);
	image_subject_free(&subject);
}

static bool in_generation(size_t at)
{
	size_t first = offsetof(struct image_header, generation);

	return at >= first && at < first + sizeof(uint64_t);
}

static void any_changed_octet_is_noticed(void)
{
	struct subject subject = image_subject_of(policy);
	uint8_t *octets = (uint8_t *)subject.image;
	char reason[IMAGE_REASON_SIZE];

	for (size_t at = 0; at < subject.size; at++) {
		for (unsigned bit = 0; bit < 8; bit++) {
			octets[at] ^= (uint8_t)(1 << bit);
			CU_ASSERT_EQUAL(image_check(subject.image, subject.size, reason), in_generation(at));
			octets[at] ^= (uint8_t)(1 << bit);
		}
	}
	CU_ASSERT_TRUE(image_check(subject.image, subject.size, reason));
	image_subject_free(&subject);
}

static void a_page_of_zeros_is_noticed(void)
{
	char text[1 << 16] = "filter web\nrow allow";
	struct subject subject;
	char *copy;

	for (unsigned i = 0; i < 2000; i++)
		sprintf(text + strlen(text), " name%u.test", i);
	subject = image_subject_of(text);
	copy = aligned_alloc(4096, (subject.size + 4095) / 4096 * 4096);
	for (size_t page = 0; page < subject.size; page += 4096) {
		char reason[IMAGE_REASON_SIZE];

		memcpy(copy, subject.image, subject.size);
		memset(copy + page, 0, subject.size - page < 4096 ? subject.size - page : 4096);
		CU_ASSERT_FALSE(image_check(copy, subject.size, reason));
	}
	free(copy);
	image_subject_free(&subject);
}

int main(void)
{
	return TESTS_RUN("image header", TEST(the_header_says_what_the_image_is),
			 TEST(the_generation_may_be_set_afterwards), TEST(another_version_is_refused),
			 TEST(another_platform_is_refused), TEST(other_octets_are_no_image),
			 TEST(a_header_of_another_size_is_refused), TEST(a_cut_image_is_refused_at_every_length),
			 TEST(a_sealed_stump_is_refused), TEST(an_image_at_an_odd_address_is_refused),
			 TEST(any_changed_octet_is_noticed), TEST(a_page_of_zeros_is_noticed));
}
