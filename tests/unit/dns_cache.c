/* SPDX-License-Identifier: BSD-3-Clause */
/* The cache of answers: how long they hold, who gives way, and what holding an entry means. */
#include "dns/cache.h"
#include "dns_environment.h"

#define SECOND 1000000ull

static struct dns_ground ground;
static struct dns_cache *cache;
static uint64_t now;

static void open_cache(uint32_t entries)
{
	struct dns_environment environment = dns_ground_environment(&ground);

	now = SECOND;
	cache = dns_cache_create(&environment, entries);
	CU_ASSERT_PTR_NOT_NULL_FATAL(cache);
}

static struct dns_cache_counters counters(void)
{
	struct dns_cache_counters counters;

	dns_cache_read_counters(cache, &counters);
	return counters;
}

static void close_cache(void)
{
	CU_ASSERT_EQUAL(counters().held, 0);
	dns_cache_destroy(cache);
	CU_ASSERT_EQUAL(ground.allocated, 0);
}

/* An answer that can be told from others by the last octet of its address. */
static struct dns_answer answer_of(enum dns_outcome outcome, uint32_t ttl, uint8_t mark)
{
	struct dns_answer answer = {.outcome = outcome, .ttl = ttl, .address_count = 1};

	answer.addresses[0].octets[15] = mark;
	return answer;
}

static struct dns_entry *store(const char *name, enum dns_family family, uint32_t ttl, uint8_t mark)
{
	struct dns_answer answer = answer_of(DNS_ADDRESSES, ttl, mark);

	return dns_cache_store(cache, name, family, &answer, now);
}

/* The mark of what is found, or -1. */
static int find(const char *name, enum dns_family family)
{
	struct dns_entry *entry = dns_cache_find(cache, name, family, now);

	return entry == NULL ? -1 : dns_entry_answer(entry)->addresses[0].octets[15];
}

static void names_and_families_are_told_apart(void)
{
	open_cache(8);
	CU_ASSERT_EQUAL(find("a.test", DNS_IPV4), -1);
	store("a.test", DNS_IPV4, 60, 1);
	store("a.test", DNS_IPV6, 60, 2);
	store("b.test", DNS_IPV4, 60, 3);
	CU_ASSERT_EQUAL(find("a.test", DNS_IPV4), 1);
	CU_ASSERT_EQUAL(find("a.test", DNS_IPV6), 2);
	CU_ASSERT_EQUAL(find("b.test", DNS_IPV4), 3);
	CU_ASSERT_EQUAL(find("b.test", DNS_IPV6), -1);
	CU_ASSERT_EQUAL(find("a.tes", DNS_IPV4), -1);
	CU_ASSERT_EQUAL(counters().hits, 3);
	CU_ASSERT_EQUAL(counters().misses, 3);
	close_cache();
}

/* Stores, and expects the answer to hold for exactly so many seconds. */
static void expect_lifetime(enum dns_outcome outcome, uint32_t ttl, uint32_t seconds)
{
	struct dns_answer answer = answer_of(outcome, ttl, 1);
	uint64_t stored = now;

	dns_cache_store(cache, "a.test", DNS_IPV4, &answer, now);
	now = stored + seconds * SECOND - 1;
	CU_ASSERT_EQUAL(find("a.test", DNS_IPV4), 1);
	now++;
	CU_ASSERT_EQUAL(find("a.test", DNS_IPV4), -1);
}

static void an_answer_holds_for_its_ttl_within_bounds(void)
{
	open_cache(2);
	expect_lifetime(DNS_ADDRESSES, 60, 60);
	expect_lifetime(DNS_ADDRESSES, 0, 5);
	expect_lifetime(DNS_ADDRESSES, 4, 5);
	expect_lifetime(DNS_ADDRESSES, 3600, 3600);
	expect_lifetime(DNS_ADDRESSES, 3601, 3600);
	expect_lifetime(DNS_ADDRESSES, 0x7fffffff, 3600);
	CU_ASSERT_EQUAL(counters().expired, 6);
	CU_ASSERT_EQUAL(counters().evicted, 0);
	close_cache();
}

static void a_negative_answer_holds_for_less(void)
{
	open_cache(2);
	expect_lifetime(DNS_NO_NAME, 60, 60);
	expect_lifetime(DNS_NO_NAME, 3600, 300);
	expect_lifetime(DNS_NO_DATA, 3600, 300);
	expect_lifetime(DNS_NO_DATA, 0, 5);
	expect_lifetime(DNS_FAILED, 3600, 5);
	close_cache();
}

static void a_new_answer_replaces_the_old_one(void)
{
	open_cache(2);
	store("a.test", DNS_IPV4, 3600, 1);
	now += SECOND;
	store("a.test", DNS_IPV4, 10, 2);
	CU_ASSERT_EQUAL(find("a.test", DNS_IPV4), 2);
	CU_ASSERT_EQUAL(counters().entries, 1);
	CU_ASSERT_EQUAL(counters().evicted, 0);
	now += 10 * SECOND;
	CU_ASSERT_EQUAL(find("a.test", DNS_IPV4), -1);
	CU_ASSERT_EQUAL(counters().entries, 0);
	close_cache();
}

static void the_entry_that_was_not_used_for_longest_gives_way(void)
{
	open_cache(3);
	store("a.test", DNS_IPV4, 60, 1);
	store("b.test", DNS_IPV4, 60, 2);
	store("c.test", DNS_IPV4, 60, 3);
	CU_ASSERT_EQUAL(find("a.test", DNS_IPV4), 1);
	store("d.test", DNS_IPV4, 60, 4);
	CU_ASSERT_EQUAL(find("b.test", DNS_IPV4), -1);
	CU_ASSERT_EQUAL(find("a.test", DNS_IPV4), 1);
	CU_ASSERT_EQUAL(find("c.test", DNS_IPV4), 3);
	CU_ASSERT_EQUAL(find("d.test", DNS_IPV4), 4);
	CU_ASSERT_EQUAL(counters().evicted, 1);
	close_cache();
}

static void a_million_names_stay_within_the_bound(void)
{
	char name[32];

	open_cache(1000);
	for (unsigned i = 0; i < 1000000; i++) {
		snprintf(name, sizeof(name), "n%u.test", i);
		store(name, DNS_IPV4, 60, (uint8_t)i);
	}
	CU_ASSERT_EQUAL(counters().entries, 1000);
	CU_ASSERT_EQUAL(counters().stored, 1000000);
	CU_ASSERT_EQUAL(counters().evicted, 999000);
	CU_ASSERT_EQUAL(find("n999000.test", DNS_IPV4), (uint8_t)999000);
	CU_ASSERT_EQUAL(find("n998999.test", DNS_IPV4), -1);
	close_cache();
}

static void a_held_entry_stays_readable(void)
{
	struct dns_entry *held;

	open_cache(2);
	held = store("a.test", DNS_IPV4, 60, 1);
	dns_cache_hold(cache, held);
	dns_cache_hold(cache, held);
	store("a.test", DNS_IPV4, 60, 2);
	store("b.test", DNS_IPV4, 60, 3);
	store("c.test", DNS_IPV4, 60, 4);
	CU_ASSERT_EQUAL(dns_entry_answer(held)->addresses[0].octets[15], 1);
	CU_ASSERT_EQUAL(find("c.test", DNS_IPV4), 4);
	CU_ASSERT_EQUAL(counters().held, 1);
	dns_cache_release(cache, held);
	CU_ASSERT_EQUAL(counters().held, 1);
	dns_cache_release(cache, held);
	store("d.test", DNS_IPV4, 60, 5);
	CU_ASSERT_EQUAL(find("c.test", DNS_IPV4), 4);
	CU_ASSERT_EQUAL(counters().entries, 2);
	close_cache();
}

static void a_held_entry_can_be_found_and_expires(void)
{
	struct dns_entry *held;

	open_cache(1);
	held = store("a.test", DNS_IPV4, 60, 1);
	dns_cache_hold(cache, held);
	CU_ASSERT_EQUAL(find("a.test", DNS_IPV4), 1);
	now += 60 * SECOND;
	CU_ASSERT_EQUAL(find("a.test", DNS_IPV4), -1);
	CU_ASSERT_EQUAL(dns_entry_answer(held)->addresses[0].octets[15], 1);
	dns_cache_release(cache, held);
	CU_ASSERT_PTR_NOT_NULL(store("b.test", DNS_IPV4, 60, 2));
	close_cache();
}

static void where_all_entries_are_held_nothing_is_kept(void)
{
	struct dns_entry *held;

	open_cache(1);
	held = store("a.test", DNS_IPV4, 60, 1);
	dns_cache_hold(cache, held);
	CU_ASSERT_PTR_NULL(store("b.test", DNS_IPV4, 60, 2));
	CU_ASSERT_EQUAL(counters().refused, 1);
	dns_cache_release(cache, held);
	CU_ASSERT_EQUAL(find("a.test", DNS_IPV4), 1);
	CU_ASSERT_PTR_NOT_NULL(store("b.test", DNS_IPV4, 60, 2));
	close_cache();
}

static void the_longest_name_is_kept(void)
{
	char name[NAME_LENGTH_MAX + 1];

	memset(name, 'a', NAME_LENGTH_MAX);
	name[NAME_LENGTH_MAX] = '\0';
	open_cache(2);
	store(name, DNS_IPV6, 60, 1);
	CU_ASSERT_EQUAL(find(name, DNS_IPV6), 1);
	name[NAME_LENGTH_MAX - 1] = 'b';
	CU_ASSERT_EQUAL(find(name, DNS_IPV6), -1);
	close_cache();
}

static void without_memory_there_is_no_cache(void)
{
	struct dns_environment environment = dns_ground_environment(&ground);

	for (unsigned i = 1; i <= 2; i++) {
		ground.refuse = i;
		CU_ASSERT_PTR_NULL(dns_cache_create(&environment, 10));
		CU_ASSERT_EQUAL(ground.allocated, 0);
	}
}

int main(void)
{
	return TESTS_RUN("DNS cache", TEST(names_and_families_are_told_apart),
			 TEST(an_answer_holds_for_its_ttl_within_bounds), TEST(a_negative_answer_holds_for_less),
			 TEST(a_new_answer_replaces_the_old_one),
			 TEST(the_entry_that_was_not_used_for_longest_gives_way),
			 TEST(a_million_names_stay_within_the_bound), TEST(a_held_entry_stays_readable),
			 TEST(a_held_entry_can_be_found_and_expires), TEST(where_all_entries_are_held_nothing_is_kept),
			 TEST(the_longest_name_is_kept), TEST(without_memory_there_is_no_cache));
}
