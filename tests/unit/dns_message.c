/* SPDX-License-Identifier: BSD-3-Clause */
/* DNS messages: the query that is written, and what an answer of good will says. */
#include <stdlib.h>
#include <string.h>

#include "dns/message.h"
#include "dns_writer.h"
#include "support.h"

#define ID 0x1234
#define NAME "www.a.test"

static struct dns_writer writer;
static struct dns_answer answer;
static const struct dns_question for_ipv4 = {.name = NAME, .family = DNS_IPV4, .id = ID};
static const struct dns_question for_ipv6 = {.name = NAME, .family = DNS_IPV6, .id = ID};

/* Reads the written message, which lies with nothing behind it. */
static enum dns_reading read_for(const struct dns_question *question)
{
	uint8_t *copy = support_copy(writer.octets, writer.size);
	enum dns_reading reading;

	memset(&answer, 0xff, sizeof(answer));
	reading = dns_message_read(question, copy, writer.size, &answer);
	free(copy);
	return reading;
}

static void expect_answer(const struct dns_question *question, enum dns_outcome outcome, uint32_t ttl)
{
	CU_ASSERT_EQUAL(read_for(question), DNS_READ_ANSWER);
	CU_ASSERT_EQUAL(answer.outcome, outcome);
	CU_ASSERT_EQUAL(answer.ttl, ttl);
	if (outcome != DNS_ADDRESSES)
		CU_ASSERT_EQUAL(answer.address_count, 0);
}

static void expect_address(unsigned place, const char *text)
{
	char buffer[ADDRESS_TEXT_SIZE];

	CU_ASSERT_FATAL(place < answer.address_count);
	CU_ASSERT_STRING_EQUAL(address_format(&answer.addresses[place], buffer), text);
}

static void a_query_asks_one_question_with_recursion_and_edns(void)
{
	static const char hex[] = "1234 0100 0001 0000 0000 0001"
				  "03777777 0161 0474657374 00 0001 0001"
				  "00 0029 04d0 00 00 0000 0000";
	uint8_t expected[DNS_QUERY_MAX], octets[DNS_QUERY_MAX];
	uint32_t size = support_hex(hex, expected, sizeof(expected));

	CU_ASSERT_EQUAL(dns_message_write(&for_ipv4, octets), size);
	CU_ASSERT_EQUAL(memcmp(octets, expected, size), 0);
	CU_ASSERT_EQUAL(dns_message_write(&for_ipv6, octets), size);
	expected[12 + 12 + 1] = DNS_AAAA;
	CU_ASSERT_EQUAL(memcmp(octets, expected, size), 0);
}

static void a_plain_query_has_no_edns(void)
{
	const struct dns_question plain = {.name = NAME, .family = DNS_IPV4, .id = ID, .plain = true};
	uint8_t octets[DNS_QUERY_MAX];

	CU_ASSERT_EQUAL(dns_message_write(&plain, octets), 12 + 12 + 4);
	CU_ASSERT_EQUAL(dns_number(octets, 10), 0);
}

static void the_longest_name_fits_in_a_query(void)
{
	char name[NAME_LENGTH_MAX + 1];
	struct dns_question question = {.name = name, .id = 1};
	uint8_t octets[DNS_QUERY_MAX];

	for (unsigned i = 0; i < NAME_LENGTH_MAX; i++)
		name[i] = i % 64 == 63 ? '.' : 'a';
	name[NAME_LENGTH_MAX] = '\0';
	CU_ASSERT_EQUAL(dns_message_write(&question, octets), 12 + 255 + 4 + 11);
}

static void what_is_no_name_is_not_asked(void)
{
	static const char *const wrong[] = {
	    "a..test",
	    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa.test",
	};
	uint8_t octets[DNS_QUERY_MAX];

	for (unsigned i = 0; i < 2; i++) {
		struct dns_question question = {.name = wrong[i], .id = 1};

		CU_ASSERT_EQUAL(dns_message_write(&question, octets), 0);
	}
}

static void addresses_of_the_asked_family_are_read(void)
{
	dns_begin(&writer, ID, DNS_ANSWER, NAME, DNS_A);
	dns_address(&writer, DNS_ANSWERS, DNS_QUESTION_AT, 300, "192.0.2.1");
	dns_address(&writer, DNS_ANSWERS, NAME, 60, "192.0.2.2");
	expect_answer(&for_ipv4, DNS_ADDRESSES, 60);
	CU_ASSERT_EQUAL(answer.address_count, 2);
	expect_address(0, "192.0.2.1");
	expect_address(1, "192.0.2.2");

	dns_begin(&writer, ID, DNS_ANSWER, NAME, DNS_AAAA);
	dns_address(&writer, DNS_ANSWERS, NAME, 60, "192.0.2.2");
	dns_address(&writer, DNS_ANSWERS, NAME, 90, "2001:db8::1");
	expect_answer(&for_ipv6, DNS_ADDRESSES, 90);
	CU_ASSERT_EQUAL(answer.address_count, 1);
	expect_address(0, "2001:db8::1");
}

static void the_case_of_letters_does_not_count(void)
{
	dns_begin(&writer, ID, DNS_ANSWER, "wWw.A.tEst", DNS_A);
	dns_alias(&writer, DNS_ANSWERS, "WWW.a.test", 300, "B.Test");
	dns_address(&writer, DNS_ANSWERS, "b.tesT", 300, "192.0.2.1");
	expect_answer(&for_ipv4, DNS_ADDRESSES, 300);
	CU_ASSERT_STRING_EQUAL(dns_answer_alias(&answer, NULL), "b.test");
}

static void aliases_are_followed_in_any_order_and_told(void)
{
	const char *alias;

	dns_begin(&writer, ID, DNS_ANSWER, NAME, DNS_A);
	dns_address(&writer, DNS_ANSWERS, "c.test", 300, "192.0.2.1");
	dns_alias(&writer, DNS_ANSWERS, "b.test", 40, "c.test");
	dns_alias(&writer, DNS_ANSWERS, NAME, 50, "b.test");
	expect_answer(&for_ipv4, DNS_ADDRESSES, 40);
	CU_ASSERT_EQUAL(answer.alias_count, 2);
	alias = dns_answer_alias(&answer, NULL);
	CU_ASSERT_STRING_EQUAL(alias, "b.test");
	alias = dns_answer_alias(&answer, alias);
	CU_ASSERT_STRING_EQUAL(alias, "c.test");
	CU_ASSERT_PTR_NULL(dns_answer_alias(&answer, alias));
}

static void an_answer_without_aliases_tells_none(void)
{
	dns_begin(&writer, ID, DNS_ANSWER, NAME, DNS_A);
	dns_address(&writer, DNS_ANSWERS, NAME, 60, "192.0.2.2");
	expect_answer(&for_ipv4, DNS_ADDRESSES, 60);
	CU_ASSERT_PTR_NULL(dns_answer_alias(&answer, NULL));
}

static void no_data_holds_as_long_as_the_authority_says(void)
{
	dns_begin(&writer, ID, DNS_ANSWER, NAME, DNS_A);
	dns_authority(&writer, "a.test", 900, 120);
	expect_answer(&for_ipv4, DNS_NO_DATA, 120);

	dns_begin(&writer, ID, DNS_ANSWER, NAME, DNS_A);
	dns_authority(&writer, "A.Test", 30, 120);
	expect_answer(&for_ipv4, DNS_NO_DATA, 30);
}

static void no_name_holds_as_long_as_the_authority_says(void)
{
	dns_begin(&writer, ID, DNS_ANSWER | DNS_NXDOMAIN, NAME, DNS_A);
	dns_authority(&writer, "test", 900, 120);
	expect_answer(&for_ipv4, DNS_NO_NAME, 120);
}

static void an_alias_to_nothing_is_told(void)
{
	dns_begin(&writer, ID, DNS_ANSWER | DNS_NXDOMAIN, NAME, DNS_A);
	dns_alias(&writer, DNS_ANSWERS, NAME, 20, "b.example");
	dns_authority(&writer, "example", 900, 120);
	expect_answer(&for_ipv4, DNS_NO_NAME, 20);
	CU_ASSERT_STRING_EQUAL(dns_answer_alias(&answer, NULL), "b.example");

	dns_begin(&writer, ID, DNS_ANSWER, NAME, DNS_A);
	dns_alias(&writer, DNS_ANSWERS, NAME, 20, "b.example");
	expect_answer(&for_ipv4, DNS_NO_DATA, 0);
}

static void an_authority_over_other_names_says_nothing(void)
{
	static const char *const others[] = {"b.test", "www.a.test.a.test", "x.www.a.test", "w.a.test"};

	for (unsigned i = 0; i < 4; i++) {
		dns_begin(&writer, ID, DNS_ANSWER | DNS_NXDOMAIN, NAME, DNS_A);
		dns_authority(&writer, others[i], 900, 120);
		expect_answer(&for_ipv4, DNS_NO_NAME, 0);
	}
}

static void a_ttl_of_more_than_31_bits_is_none(void)
{
	dns_begin(&writer, ID, DNS_ANSWER, NAME, DNS_A);
	dns_address(&writer, DNS_ANSWERS, NAME, 0x7fffffff, "192.0.2.1");
	expect_answer(&for_ipv4, DNS_ADDRESSES, 0x7fffffff);
	dns_address(&writer, DNS_ANSWERS, NAME, 0x80000000, "192.0.2.2");
	expect_answer(&for_ipv4, DNS_ADDRESSES, 0);
}

static void of_many_addresses_a_bounded_number_is_taken(void)
{
	char text[ADDRESS_TEXT_SIZE];

	dns_begin(&writer, ID, DNS_ANSWER, NAME, DNS_A);
	for (unsigned i = 0; i < 200; i++) {
		snprintf(text, sizeof(text), "192.0.2.%u", i);
		dns_address(&writer, DNS_ANSWERS, DNS_QUESTION_AT, 60, text);
	}
	expect_answer(&for_ipv4, DNS_ADDRESSES, 60);
	CU_ASSERT_EQUAL(answer.address_count, DNS_ADDRESSES_MAX);
	expect_address(31, "192.0.2.31");
}

static void records_of_other_types_and_classes_are_stepped_over(void)
{
	dns_begin(&writer, ID, DNS_ANSWER, NAME, DNS_A);
	dns_record(&writer, DNS_ANSWERS, NAME, DNS_TXT, 60, "\xff\xff\xff", 3);
	dns_record(&writer, DNS_ANSWERS, NAME, 65280, 60, NULL, 0);
	dns_address(&writer, DNS_ANSWERS, NAME, 60, "203.0.113.1");
	dns_patch(&writer, writer.size - 12, 3); /* class CHAOS */
	dns_address(&writer, DNS_ANSWERS, NAME, 60, "192.0.2.1");
	dns_record(&writer, DNS_AUTHORITIES, NAME, DNS_TXT, 60, "\xff\xff\xff", 3);
	expect_answer(&for_ipv4, DNS_ADDRESSES, 60);
	CU_ASSERT_EQUAL(answer.address_count, 1);
	expect_address(0, "192.0.2.1");
}

static void codes_of_servers_are_told_apart(void)
{
	static const struct {
		uint16_t code;
		uint8_t extended;
		enum dns_reading reading;
	} codes[] = {
	    {DNS_SERVFAIL, 0, DNS_READ_FAILURE},
	    {DNS_REFUSED, 0, DNS_READ_FAILURE},
	    {9, 0, DNS_READ_FAILURE},
	    {DNS_FORMERR, 0, DNS_READ_NO_EDNS},
	    {DNS_NOTIMP, 0, DNS_READ_NO_EDNS},
	    {0, 1, DNS_READ_NO_EDNS},
	    {7, 1, DNS_READ_FAILURE},
	    {3, 1, DNS_READ_FAILURE},
	};

	for (unsigned i = 0; i < sizeof(codes) / sizeof(codes[0]); i++) {
		dns_begin(&writer, ID, DNS_ANSWER | codes[i].code, NAME, DNS_A);
		dns_extension(&writer, codes[i].extended, 0);
		CU_ASSERT_EQUAL(read_for(&for_ipv4), codes[i].reading);
		CU_ASSERT_EQUAL(answer.ttl, UINT32_MAX); /* untouched */
	}
}

static void a_server_that_does_not_resolve_for_us_fails(void)
{
	dns_begin(&writer, ID, 0x8100, NAME, DNS_A);
	CU_ASSERT_EQUAL(read_for(&for_ipv4), DNS_READ_FAILURE);
	dns_begin(&writer, ID, 0x8100 | DNS_AUTHORITATIVE, NAME, DNS_A);
	expect_answer(&for_ipv4, DNS_NO_DATA, 0);
}

static void a_truncated_answer_is_told_whatever_it_holds(void)
{
	dns_begin(&writer, ID, DNS_ANSWER | DNS_TRUNCATED, NAME, DNS_A);
	dns_address(&writer, DNS_ANSWERS, NAME, 60, "192.0.2.1");
	CU_ASSERT_EQUAL(read_for(&for_ipv4), DNS_READ_TRUNCATED);
	writer.size -= 2;
	CU_ASSERT_EQUAL(read_for(&for_ipv4), DNS_READ_TRUNCATED);
}

static void a_server_that_stumbles_need_not_repeat_the_question(void)
{
	const struct dns_question plain = {.name = NAME, .family = DNS_IPV4, .id = ID, .plain = true};

	dns_begin(&writer, ID, DNS_ANSWER | DNS_FORMERR, NULL, 0);
	CU_ASSERT_EQUAL(read_for(&for_ipv4), DNS_READ_NO_EDNS);
	CU_ASSERT_EQUAL(read_for(&plain), DNS_READ_UNMATCHED);
	dns_begin(&writer, ID, DNS_ANSWER | DNS_SERVFAIL, NULL, 0);
	CU_ASSERT_EQUAL(read_for(&for_ipv4), DNS_READ_UNMATCHED);
}

int main(void)
{
	return TESTS_RUN(
	    "DNS messages", TEST(a_query_asks_one_question_with_recursion_and_edns), TEST(a_plain_query_has_no_edns),
	    TEST(the_longest_name_fits_in_a_query), TEST(what_is_no_name_is_not_asked),
	    TEST(addresses_of_the_asked_family_are_read), TEST(the_case_of_letters_does_not_count),
	    TEST(aliases_are_followed_in_any_order_and_told), TEST(an_answer_without_aliases_tells_none),
	    TEST(no_data_holds_as_long_as_the_authority_says), TEST(no_name_holds_as_long_as_the_authority_says),
	    TEST(an_alias_to_nothing_is_told), TEST(an_authority_over_other_names_says_nothing),
	    TEST(a_ttl_of_more_than_31_bits_is_none), TEST(of_many_addresses_a_bounded_number_is_taken),
	    TEST(records_of_other_types_and_classes_are_stepped_over), TEST(codes_of_servers_are_told_apart),
	    TEST(a_server_that_does_not_resolve_for_us_fails), TEST(a_truncated_answer_is_told_whatever_it_holds),
	    TEST(a_server_that_stumbles_need_not_repeat_the_question));
}
