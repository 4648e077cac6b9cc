/* SPDX-License-Identifier: BSD-3-Clause */
/* A keyed digest: the same for the same parts, another for all others, and under every other key. */
#include <string.h>

#include "keyed_digest.h"
#include "support.h"

static struct keyed_digest *keyed, *other;

static void make(struct keyed_digest *with, const char *a, const char *b, uint8_t digest[KEYED_DIGEST_SIZE])
{
	const struct keyed_digest_part parts[] = {{a, (uint32_t)strlen(a)}, {b, (uint32_t)strlen(b)}};

	CU_ASSERT_TRUE_FATAL(keyed_digest_make(with, parts, 2, digest));
}

static bool same(const char *a, const char *b, const char *c, const char *d)
{
	uint8_t first[KEYED_DIGEST_SIZE], second[KEYED_DIGEST_SIZE];

	make(keyed, a, b, first);
	make(keyed, c, d, second);
	return constant_time_equal(first, second, KEYED_DIGEST_SIZE);
}

static void the_same_parts_have_the_same_digest(void)
{
	CU_ASSERT(same("user", "password", "user", "password"));
	CU_ASSERT(same("", "", "", ""));
}

static void other_parts_have_another(void)
{
	CU_ASSERT_FALSE(same("user", "password", "user", "Password"));
	CU_ASSERT_FALSE(same("user", "password", "password", "user"));
}

static void where_a_part_ends_counts(void)
{
	CU_ASSERT_FALSE(same("ab", "c", "a", "bc"));
	CU_ASSERT_FALSE(same("abc", "", "", "abc"));
}

static void another_object_has_another_key(void)
{
	uint8_t first[KEYED_DIGEST_SIZE], second[KEYED_DIGEST_SIZE];

	make(keyed, "user", "password", first);
	make(other, "user", "password", second);
	CU_ASSERT_FALSE(constant_time_equal(first, second, KEYED_DIGEST_SIZE));
}

static void octets_are_compared_all_of_them(void)
{
	char a[] = "0123456789", b[] = "0123456789";

	CU_ASSERT(constant_time_equal(a, b, sizeof(a)));
	for (size_t i = 0; i < sizeof(a); i++) {
		b[i] ^= 1;
		CU_ASSERT_FALSE(constant_time_equal(a, b, sizeof(a)));
		b[i] ^= 1;
	}
	CU_ASSERT(constant_time_equal(a, b, 0));
}

int main(void)
{
	struct fault fault = {""};
	int status;

	keyed = keyed_digest_create(&fault);
	other = keyed_digest_create(&fault);
	if (keyed == NULL || other == NULL) {
		fprintf(stderr, "%s\n", fault.text);
		return 1;
	}
	status = TESTS_RUN("keyed digest", TEST(the_same_parts_have_the_same_digest), TEST(other_parts_have_another),
			   TEST(where_a_part_ends_counts), TEST(another_object_has_another_key),
			   TEST(octets_are_compared_all_of_them));
	keyed_digest_destroy(other);
	keyed_digest_destroy(keyed);
	return status;
}
