/* SPDX-License-Identifier: BSD-3-Clause */
/* The cache of credentials: what was right is right for a while, under the hash that it was checked against, and never
 * more than there is room for. */
#include <stdio.h>
#include <string.h>

#include "credential_cache.h"
#include "support.h"

#define LIFETIME 300
#define HASH "$5$salt$hash"

static struct credential_cache *create(uint32_t entries)
{
	struct fault fault = {""};
	struct credential_cache *cache = credential_cache_create(entries, LIFETIME, &fault);

	CU_ASSERT_PTR_NOT_NULL_FATAL(cache);
	return cache;
}

static void digest(struct credential_cache *cache, const char *user, const char *password, const char *hash,
		   uint8_t octets[KEYED_DIGEST_SIZE])
{
	const struct basic_credentials credentials = {
	    .user = user,
	    .password = password,
	    .user_length = (uint16_t)strlen(user),
	    .password_length = (uint16_t)strlen(password),
	};

	CU_ASSERT_TRUE_FATAL(credential_cache_digest(cache, &credentials, hash, octets));
}

static void add(struct credential_cache *cache, const char *user, const char *password, const char *hash, uint64_t now)
{
	uint8_t octets[KEYED_DIGEST_SIZE];

	digest(cache, user, password, hash, octets);
	credential_cache_add(cache, octets, now);
}

static bool has(struct credential_cache *cache, const char *user, const char *password, const char *hash, uint64_t now)
{
	uint8_t octets[KEYED_DIGEST_SIZE];

	digest(cache, user, password, hash, octets);
	return credential_cache_has(cache, octets, now);
}

static void nothing_is_right_that_was_not_added(void)
{
	static const uint8_t zero[KEYED_DIGEST_SIZE];
	struct credential_cache *cache = create(16);

	CU_ASSERT_FALSE(has(cache, "user", "password", HASH, 0));
	CU_ASSERT_FALSE(credential_cache_has(cache, zero, 0));
	credential_cache_destroy(cache);
}

static void what_was_added_is_right_and_nothing_else(void)
{
	struct credential_cache *cache = create(16);

	add(cache, "user", "password", HASH, 1000);
	CU_ASSERT(has(cache, "user", "password", HASH, 1000));
	CU_ASSERT_FALSE(has(cache, "user", "passwore", HASH, 1000));
	CU_ASSERT_FALSE(has(cache, "uses", "password", HASH, 1000));
	CU_ASSERT_FALSE(has(cache, "userp", "assword", HASH, 1000));
	credential_cache_destroy(cache);
}

static void it_is_right_no_more_once_the_policy_has_another_hash(void)
{
	struct credential_cache *cache = create(16);

	add(cache, "user", "password", HASH, 1000);
	CU_ASSERT_FALSE(has(cache, "user", "password", "$5$salt$hasi", 1000));
	credential_cache_destroy(cache);
}

static void it_is_right_for_its_lifetime_from_when_it_was_added_last(void)
{
	struct credential_cache *cache = create(16);

	add(cache, "user", "password", HASH, 1000);
	CU_ASSERT(has(cache, "user", "password", HASH, 1000 + LIFETIME - 1));
	CU_ASSERT_FALSE(has(cache, "user", "password", HASH, 1000 + LIFETIME));
	add(cache, "user", "password", HASH, 2000);
	CU_ASSERT(has(cache, "user", "password", HASH, 2000 + LIFETIME - 1));
	CU_ASSERT_FALSE(has(cache, "user", "password", HASH, 2000 + LIFETIME));
	credential_cache_destroy(cache);
}

/* Four places, whatever the digests: the oldest gives way. */
static void a_full_one_forgets_what_would_expire_first(void)
{
	struct credential_cache *cache = create(1);
	char user[8];

	for (unsigned i = 0; i < 7; i++) {
		snprintf(user, sizeof(user), "%u", i);
		add(cache, user, "password", HASH, 1000 + i);
	}
	for (unsigned i = 0; i < 7; i++) {
		snprintf(user, sizeof(user), "%u", i);
		CU_ASSERT_EQUAL(has(cache, user, "password", HASH, 1010), i >= 3);
	}
	credential_cache_destroy(cache);
}

static void what_is_added_again_takes_no_second_place(void)
{
	struct credential_cache *cache = create(1);

	add(cache, "a", "password", HASH, 1000);
	add(cache, "b", "password", HASH, 1001);
	for (unsigned i = 0; i < 10; i++)
		add(cache, "c", "password", HASH, 1002 + i);
	CU_ASSERT(has(cache, "a", "password", HASH, 1015));
	CU_ASSERT(has(cache, "b", "password", HASH, 1015));
	credential_cache_destroy(cache);
}

static void most_of_what_fits_is_kept(void)
{
	struct credential_cache *cache = create(1000);
	unsigned kept = 0;
	char user[8];

	for (unsigned i = 0; i < 512; i++) {
		snprintf(user, sizeof(user), "%u", i);
		add(cache, user, "password", HASH, 1000);
	}
	for (unsigned i = 0; i < 512; i++) {
		snprintf(user, sizeof(user), "%u", i);
		kept += has(cache, user, "password", HASH, 1000);
	}
	CU_ASSERT(kept > 460);
	credential_cache_destroy(cache);
}

int main(void)
{
	return TESTS_RUN("cache of credentials", TEST(nothing_is_right_that_was_not_added),
			 TEST(what_was_added_is_right_and_nothing_else),
			 TEST(it_is_right_no_more_once_the_policy_has_another_hash),
			 TEST(it_is_right_for_its_lifetime_from_when_it_was_added_last),
			 TEST(a_full_one_forgets_what_would_expire_first),
			 TEST(what_is_added_again_takes_no_second_place), TEST(most_of_what_fits_is_kept));
}
