/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Whichever allocation fails, there is no image, a fault that says so, and nothing leaks (which the address sanitizer
 * sees). The linker turns the allocations of config/ to the functions below.
 */
#include <stdlib.h>
#include <string.h>

#include <sys/random.h>

#include "image_support.h"
#include "support.h"

void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_aligned_alloc(size_t alignment, size_t size);
ssize_t __real_getrandom(void *buffer, size_t length, unsigned flags);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_aligned_alloc(size_t alignment, size_t size);
ssize_t __wrap_getrandom(void *buffer, size_t length, unsigned flags);

static bool counting;
static unsigned until_failure; /* calls that still succeed */

static bool grant(void)
{
	if (!counting)
		return true;
	if (until_failure == 0)
		return false;
	until_failure--;
	return true;
}

void *__wrap_malloc(size_t size)
{
	return grant() ? __real_malloc(size) : NULL;
}

void *__wrap_calloc(size_t count, size_t size)
{
	return grant() ? __real_calloc(count, size) : NULL;
}

void *__wrap_aligned_alloc(size_t alignment, size_t size)
{
	return grant() ? __real_aligned_alloc(alignment, size) : NULL;
}

ssize_t __wrap_getrandom(void *buffer, size_t length, unsigned flags)
{
	return grant() ? __real_getrandom(buffer, length, flags) : -1;
}

static void no_failed_allocation_makes_half_an_image(void)
{
	struct policy policy = image_policy("category ads *.ads.test\n"
					    "filter web\nrow allow a.test 192.0.2.0/24 2001:db8::/32 ~x+ ~y\n"
					    "filter other\nrow deny @ads 192.0.2.0/25 ~z\n"
					    "group all web other\nservice proxy all\n");
	struct policy_user users[] = {{(char *)(uintptr_t) "b", (char *)(uintptr_t) "$b"},
				      {(char *)(uintptr_t) "a", (char *)(uintptr_t) "$a"}};
	struct image_header *image = NULL;
	unsigned failures = 0;

	policy.services[0].users = users;
	policy.services[0].user_count = 2;
	for (; image == NULL && failures < 1000; failures++) {
		struct config_error error;
		size_t size;

		until_failure = failures;
		counting = true;
		image = image_build(&policy, &size, &error);
		counting = false;
		if (image != NULL)
			break;
		CU_ASSERT(error.count > 0);
		CU_ASSERT_PTR_NOT_NULL(strstr(error.faults[0].message, "out of memory"));
	}
	CU_ASSERT_PTR_NOT_NULL(image);
	CU_ASSERT(failures > 20);
	free(image);
	image_policy_free(&policy);
}

static void a_scratch_that_cannot_grow_stays_as_it_was(void)
{
	struct subject subject = image_subject_of("filter web\nrow allow ~x+\\.test\n");
	struct subject large =
	    image_subject_of("filter web\nrow allow ~.*foo.*bar.*\nfilter b\nrow allow ~(a|b)*c{9}\n");
	struct image_scratch *scratch = NULL, *before = subject.scratch;

	until_failure = 0;
	counting = true;
	CU_ASSERT_FALSE(image_scratch_grow(&scratch, subject.image));
	CU_ASSERT_FALSE(image_scratch_grow(&subject.scratch, large.image));
	counting = false;
	CU_ASSERT_PTR_NULL(scratch);
	CU_ASSERT_PTR_EQUAL(subject.scratch, before);
	image_expect(&subject, 0, "x.test", 0);
	image_subject_free(&subject);
	image_subject_free(&large);
}

int main(void)
{
	return TESTS_RUN("image memory", TEST(no_failed_allocation_makes_half_an_image),
			 TEST(a_scratch_that_cannot_grow_stays_as_it_was));
}
