/* SPDX-License-Identifier: BSD-3-Clause */
/* Targets that are no name are matched by the addresses of rows. */
#include <stdlib.h>
#include <string.h>

#include <notation.h>

#include "image_support.h"
#include "support.h"

static void expect(const struct subject *subject, const char *address, int row)
{
	struct image_result result = image_ask_address(subject, 0, address);
	int got = result.match == IMAGE_MATCH_ROW ? (int)result.row : -1;

	CU_ASSERT_EQUAL(got, row);
	if (got != row)
		printf("\n%s: row %d instead of %d\n", address, got, row);
	if (row < 0)
		CU_ASSERT_EQUAL(result.match, IMAGE_MATCH_ANY);
}

static void the_first_row_with_the_address_decides(void)
{
	struct subject subject = image_subject_of("filter web\n"
						  "row allow 192.0.2.16/28 2001:db8:1::/48\n"
						  "row deny 192.0.2.0/24 2001:db8::/32\n"
						  "row allow 192.0.2.1/32 198.51.100.0/24\n");

	expect(&subject, "192.0.2.16", 0);
	expect(&subject, "192.0.2.31", 0);
	expect(&subject, "192.0.2.15", 1);
	expect(&subject, "192.0.2.32", 1);
	expect(&subject, "192.0.2.1", 1);
	expect(&subject, "198.51.100.255", 2);
	expect(&subject, "198.51.101.0", -1);
	expect(&subject, "192.0.1.255", -1);
	expect(&subject, "2001:db8:1:ffff::", 0);
	expect(&subject, "2001:db8:2::", 1);
	expect(&subject, "2001:db9::", -1);
	expect(&subject, "2001:db7:ffff:ffff:ffff:ffff:ffff:ffff", -1);
	image_subject_free(&subject);
}

static void families_do_not_mix(void)
{
	struct subject subject = image_subject_of("filter web\nrow deny ::/16\nrow allow 0.0.0.0/0\n");

	expect(&subject, "0.0.0.0", 1);
	expect(&subject, "255.255.255.255", 1);
	expect(&subject, "::1", 0);
	expect(&subject, "2001:db8::1", -1);
	image_subject_free(&subject);
}

static void length_0_is_everything(void)
{
	struct subject subject =
	    image_subject_of("filter web\nrow allow 10.0.0.0/8\nrow deny ::/0\nrow allow ::1/128\n");

	expect(&subject, "10.0.0.1", 0);
	expect(&subject, "11.0.0.0", 1);
	expect(&subject, "::", 1);
	expect(&subject, "::1", 1);
	expect(&subject, "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", 1);
	image_subject_free(&subject);
}

static void the_ends_of_each_space_are_found(void)
{
	struct subject subject = image_subject_of("filter web\nrow allow ::/128 255.255.255.255/32 0.0.0.0/32\n"
						  "row deny ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff/128\n");

	expect(&subject, "::", 0);
	expect(&subject, "::1", -1);
	expect(&subject, "0.0.0.0", 0);
	expect(&subject, "0.0.0.1", -1);
	expect(&subject, "255.255.255.254", -1);
	expect(&subject, "255.255.255.255", 0);
	expect(&subject, "ffff:ffff:ffff:ffff:ffff:ffff:ffff:fffe", -1);
	expect(&subject, "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", 1);
	image_subject_free(&subject);
}

static void names_do_not_match_addresses_nor_addresses_names(void)
{
	struct subject subject = image_subject_of("filter web\nrow deny ~.*\nrow allow 192.0.2.0/24\nany allow log\n");

	expect(&subject, "192.0.2.1", 1);
	expect(&subject, "192.0.3.1", -1);
	image_expect(&subject, 0, "a.test", 0);
	CU_ASSERT_TRUE(image_ask_address(&subject, 0, "192.0.3.1").verdict.log);
	image_subject_free(&subject);
}

/* A prefix out of few, so that they nest, repeat and touch. */
static void random_prefix(uint64_t *random, char text[64])
{
	uint64_t bits = support_random(random);

	if (bits % 2 == 0) {
		unsigned length = (unsigned)(bits >> 8) % 9 + 24;
		unsigned host = (unsigned)(bits >> 16) & 0xff & (0xffffff00u >> (length - 24));

		sprintf(text, "192.0.%u.%u/%u", (unsigned)(bits >> 32) % 2, host, length);
	} else {
		unsigned length = (unsigned)(bits >> 8) % 9 + 24;
		unsigned octet = (unsigned)(bits >> 16) & 0xff & (0xffffff00u >> (length - 24));

		sprintf(text, "2001:d%02x::/%u", octet, length);
	}
}

static int walk(const struct policy *policy, const struct gateway_address *address)
{
	const struct policy_filter *filter = &policy->filters[0];

	for (unsigned row = 0; row < filter->row_count; row++)
		for (unsigned i = 0; i < filter->rows[row].address_count; i++) {
			const struct gateway_prefix *prefix = &filter->rows[row].addresses[i];

			if (notation_is_ipv4(&prefix->address) == notation_is_ipv4(address) &&
			    notation_same_prefix(&prefix->address, address, prefix->length))
				return (int)row;
		}
	return -1;
}

static void ranges_say_what_a_walk_over_the_prefixes_says(void)
{
	uint64_t random = 1;

	for (unsigned round = 0; round < 300; round++) {
		char text[4096] = "filter web\n", word[64];
		struct policy policy;
		struct subject subject;

		for (unsigned row = 0; row < 1 + round % 12; row++) {
			strcat(text, "row allow");
			for (unsigned i = 0; i < 1 + support_random(&random) % 5; i++) {
				random_prefix(&random, word);
				strcat(strcat(text, " "), word);
			}
			strcat(text, "\n");
		}
		policy = image_policy(text);
		subject = image_subject(&policy);
		for (unsigned i = 0; i < 512; i++) {
			struct gateway_address address;

			sprintf(word, "192.0.%u.%u", i / 256, i % 256);
			address = image_address(word);
			expect(&subject, word, walk(&policy, &address));
			sprintf(word, "2001:d%02x:%s::", i % 256, i < 256 ? "0" : "ffff");
			address = image_address(word);
			expect(&subject, word, walk(&policy, &address));
		}
		image_subject_free(&subject);
		image_policy_free(&policy);
	}
}

int main(void)
{
	return TESTS_RUN("image address", TEST(the_first_row_with_the_address_decides), TEST(families_do_not_mix),
			 TEST(length_0_is_everything), TEST(the_ends_of_each_space_are_found),
			 TEST(names_do_not_match_addresses_nor_addresses_names),
			 TEST(ranges_say_what_a_walk_over_the_prefixes_says));
}
