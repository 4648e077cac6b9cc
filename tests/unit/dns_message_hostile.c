/* SPDX-License-Identifier: BSD-3-Clause */
/* DNS messages of ill will: forged, cut, looping, lying about lengths, telling what nobody asked. */
#include <malloc.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "dns/message.h"
#include "dns_writer.h"
#include "support.h"

#define ID 0x1234
#define NAME "www.a.test"

static struct dns_writer writer;
static struct dns_answer answer;
static const struct dns_question question = {.name = NAME, .family = DNS_IPV4, .id = ID};

static enum dns_reading read_octets(const uint8_t *octets, size_t size)
{
	uint8_t *copy = support_copy(octets, size);
	enum dns_reading reading = dns_message_read(&question, copy, size, &answer);

	free(copy);
	return reading;
}

static void expect(enum dns_reading reading)
{
	CU_ASSERT_EQUAL(read_octets(writer.octets, writer.size), reading);
}

/* A message with a little of everything. */
static void write_rich(void)
{
	dns_begin(&writer, ID, DNS_ANSWER, NAME, DNS_A);
	dns_alias(&writer, DNS_ANSWERS, DNS_QUESTION_AT, 300, "b.test");
	dns_alias(&writer, DNS_ANSWERS, "b.test", 300, "c.test");
	dns_address(&writer, DNS_ANSWERS, "c.test", 300, "192.0.2.1");
	dns_authority(&writer, "test", 900, 120);
	dns_extension(&writer, 0, 12);
}

static void what_does_not_answer_the_question_is_not_ours(void)
{
	write_rich();
	expect(DNS_READ_ANSWER);
	dns_patch(&writer, 0, ID + 1);
	expect(DNS_READ_UNMATCHED);

	dns_begin(&writer, ID, DNS_ANSWER & 0x7fff, NAME, DNS_A); /* a query */
	expect(DNS_READ_UNMATCHED);
	dns_begin(&writer, ID, DNS_ANSWER | 0x2000, NAME, DNS_A); /* another operation */
	expect(DNS_READ_UNMATCHED);
	dns_begin(&writer, ID, DNS_ANSWER, "www.b.test", DNS_A);
	dns_address(&writer, DNS_ANSWERS, NAME, 60, "192.0.2.1");
	expect(DNS_READ_UNMATCHED);
	dns_begin(&writer, ID, DNS_ANSWER, NAME, DNS_AAAA);
	expect(DNS_READ_UNMATCHED);
	dns_begin(&writer, ID, DNS_ANSWER, NAME, DNS_A);
	dns_patch(&writer, writer.size - 2, 3); /* class CHAOS */
	expect(DNS_READ_UNMATCHED);
	dns_begin(&writer, ID, DNS_ANSWER, NULL, 0);
	expect(DNS_READ_UNMATCHED);
	dns_begin(&writer, ID, DNS_ANSWER, NAME, DNS_A);
	dns_patch(&writer, 4, 2); /* two questions */
	expect(DNS_READ_UNMATCHED);
	dns_begin(&writer, ID, DNS_ANSWER, "www.a.test.www.a.test", DNS_A);
	expect(DNS_READ_UNMATCHED);
}

static void records_of_other_names_do_not_count(void)
{
	dns_begin(&writer, ID, DNS_ANSWER, NAME, DNS_A);
	dns_address(&writer, DNS_ANSWERS, "bank.test", 60, "203.0.113.1");
	dns_alias(&writer, DNS_ANSWERS, "bank.test", 60, "evil.test");
	dns_address(&writer, DNS_ANSWERS, "a.test", 60, "203.0.113.2");
	dns_address(&writer, DNS_ANSWERS, "www.a.test.evil.test", 60, "203.0.113.3");
	dns_address(&writer, DNS_ANSWERS, NAME, 60, "192.0.2.1");
	dns_address(&writer, DNS_AUTHORITIES, NAME, 60, "203.0.113.4");
	dns_address(&writer, DNS_ADDITIONALS, NAME, 60, "203.0.113.5");
	expect(DNS_READ_ANSWER);
	CU_ASSERT_EQUAL(answer.address_count, 1);
	CU_ASSERT_EQUAL(answer.alias_count, 0);
	CU_ASSERT_EQUAL(answer.addresses[0].octets[12], 192);
}

/* A CNAME and an address of one name: the address is not the last one's. */
static void addresses_beside_an_alias_do_not_count(void)
{
	dns_begin(&writer, ID, DNS_ANSWER, NAME, DNS_A);
	dns_address(&writer, DNS_ANSWERS, NAME, 60, "203.0.113.1");
	dns_alias(&writer, DNS_ANSWERS, NAME, 60, "b.test");
	expect(DNS_READ_ANSWER);
	CU_ASSERT_EQUAL(answer.outcome, DNS_NO_DATA);
}

static void loops_of_aliases_are_refused(void)
{
	dns_begin(&writer, ID, DNS_ANSWER, NAME, DNS_A);
	dns_alias(&writer, DNS_ANSWERS, NAME, 60, NAME);
	dns_address(&writer, DNS_ANSWERS, NAME, 60, "192.0.2.1");
	expect(DNS_READ_MALFORMED);

	dns_begin(&writer, ID, DNS_ANSWER, NAME, DNS_A);
	dns_alias(&writer, DNS_ANSWERS, NAME, 60, "b.test");
	dns_alias(&writer, DNS_ANSWERS, "b.test", 60, NAME);
	expect(DNS_READ_MALFORMED);
}

/* A chain of so many aliases. */
static void write_chain(unsigned length)
{
	char name[20] = NAME, next[20];

	dns_begin(&writer, ID, DNS_ANSWER, NAME, DNS_A);
	for (unsigned i = 0; i < length; i++) {
		snprintf(next, sizeof(next), "n%u.test", i);
		dns_alias(&writer, DNS_ANSWERS, name, 60, next);
		strcpy(name, next);
	}
	dns_address(&writer, DNS_ANSWERS, name, 60, "192.0.2.1");
}

static void chains_of_aliases_are_bounded(void)
{
	write_chain(DNS_ALIASES_MAX);
	expect(DNS_READ_ANSWER);
	CU_ASSERT_EQUAL(answer.alias_count, DNS_ALIASES_MAX);
	CU_ASSERT_EQUAL(answer.address_count, 1);
	write_chain(DNS_ALIASES_MAX + 1);
	expect(DNS_READ_MALFORMED);
	write_chain(50);
	expect(DNS_READ_MALFORMED);
}

static void the_names_of_aliases_are_bounded_together(void)
{
	char names[8][NAME_LENGTH_MAX + 1];

	for (unsigned i = 0; i < 8; i++) {
		memset(names[i], 'a', NAME_LENGTH_MAX);
		for (unsigned dot = 63; dot < NAME_LENGTH_MAX; dot += 64)
			names[i][dot] = '.';
		names[i][0] = (char)('a' + i);
		names[i][NAME_LENGTH_MAX] = '\0';
	}
	for (unsigned length = 4; length < 6; length++) {
		dns_begin(&writer, ID, DNS_ANSWER, NAME, DNS_A);
		dns_alias(&writer, DNS_ANSWERS, NAME, 60, names[0]);
		for (unsigned i = 1; i < length; i++)
			dns_alias(&writer, DNS_ANSWERS, names[i - 1], 60, names[i]);
		expect(length == 4 ? DNS_READ_ANSWER : DNS_READ_MALFORMED);
	}
}

static void an_alias_that_no_host_can_have_is_refused(void)
{
	static const char *const targets[] = {"a b.test", "*.test", "a\x01.test", "\xc3\xa4.test", "a:443.test", ""};

	for (unsigned i = 0; i < 6; i++) {
		dns_begin(&writer, ID, DNS_ANSWER, NAME, DNS_A);
		dns_alias(&writer, DNS_ANSWERS, NAME, 60, targets[i]);
		expect(DNS_READ_MALFORMED);
	}
	dns_begin(&writer, ID, DNS_ANSWER, NAME, DNS_A);
	dns_record(&writer, DNS_ANSWERS, NAME, DNS_CNAME, 60,
		   "\x03"
		   "a.b"
		   "\x04test",
		   10); /* a dot within a label */
	expect(DNS_READ_MALFORMED);
}

/* A record whose owner is these octets. */
static void expect_owner(const char *hex, enum dns_reading reading)
{
	static const uint8_t rest[] = {0, 1, 0, 1, 0, 0, 0, 60, 0, 4, 192, 0, 2, 1};
	uint8_t owner[600];

	dns_begin(&writer, ID, DNS_ANSWER, NAME, DNS_A);
	dns_append(&writer, owner, support_hex(hex, owner, sizeof(owner)));
	dns_append(&writer, rest, sizeof(rest));
	dns_patch(&writer, 6, 1);
	expect(reading);
}

/* The owner begins at octet 28. */
static void compression_goes_backwards_only(void)
{
	expect_owner("c00c", DNS_READ_ANSWER);
	expect_owner("c01c", DNS_READ_MALFORMED); /* to itself */
	expect_owner("c01e", DNS_READ_MALFORMED); /* forward */
	expect_owner("cfff", DNS_READ_MALFORMED); /* out of the message */
	expect_owner("c000", DNS_READ_MALFORMED); /* to the header */
	expect_owner("c00b", DNS_READ_MALFORMED);
	expect_owner("01 61 c01c", DNS_READ_MALFORMED); /* to its own beginning */
	expect_owner("40", DNS_READ_MALFORMED);		/* labels of extended types */
	expect_owner("80", DNS_READ_MALFORMED);
}

static void a_name_of_more_than_255_octets_is_refused(void)
{
	char hex[1200] = "";

	for (unsigned i = 0; i < 121; i++)
		strcat(hex, "0161");
	expect_owner(strcat(hex, "c00c"), DNS_READ_ANSWER); /* 242 + 12 octets */
	memset(hex, 0, sizeof(hex));
	for (unsigned i = 0; i < 122; i++)
		strcat(hex, "0161");
	expect_owner(strcat(hex, "c00c"), DNS_READ_MALFORMED);
}

static void lengths_that_lie_are_refused(void)
{
	dns_begin(&writer, ID, DNS_ANSWER, NAME, DNS_A);
	dns_record(&writer, DNS_ANSWERS, NAME, DNS_A, 60, "\xc0\x00\x02", 3);
	expect(DNS_READ_MALFORMED);
	dns_begin(&writer, ID, DNS_ANSWER, NAME, DNS_A);
	dns_record(&writer, DNS_ANSWERS, NAME, DNS_A, 60, "\xc0\x00\x02\x01\x00", 5);
	expect(DNS_READ_MALFORMED);
	dns_begin(&writer, ID, DNS_ANSWER, NAME, DNS_A);
	dns_record(&writer, DNS_ANSWERS, NAME, DNS_CNAME, 60, "\x01\x62\x00\x00", 4);
	expect(DNS_READ_MALFORMED);
	dns_begin(&writer, ID, DNS_ANSWER, NAME, DNS_A);
	dns_record(&writer, DNS_ANSWERS, NAME, DNS_CNAME, 60, "\x09\x62", 2);
	dns_append(&writer, "bbbbbbbb", 9);
	expect(DNS_READ_MALFORMED);
	dns_begin(&writer, ID, DNS_ANSWER, NAME, DNS_A);
	dns_record(&writer, DNS_AUTHORITIES, NAME, DNS_SOA, 60, "\x00\x00\x00\x00", 4);
	expect(DNS_READ_MALFORMED);
	dns_begin(&writer, ID, DNS_ANSWER, NAME, DNS_A);
	dns_patch(&writer, 6, 65535); /* records that are not there */
	expect(DNS_READ_MALFORMED);
}

static void a_message_cut_anywhere_is_never_an_answer(void)
{
	write_rich();
	for (size_t size = 0; size < writer.size; size++) {
		enum dns_reading reading = read_octets(writer.octets, size);

		CU_ASSERT_EQUAL(reading, size < 28 ? DNS_READ_UNMATCHED : DNS_READ_MALFORMED);
	}
}

static void a_message_with_a_wrong_octet_is_survived(void)
{
	write_rich();
	for (size_t at = 0; at < writer.size; at++) {
		for (unsigned value = 0; value < 256; value++) {
			uint8_t right = writer.octets[at];

			writer.octets[at] = (uint8_t)value;
			if (read_octets(writer.octets, writer.size) == DNS_READ_ANSWER) {
				CU_ASSERT(answer.address_count <= DNS_ADDRESSES_MAX);
				CU_ASSERT(answer.alias_octets <= DNS_ALIAS_OCTETS);
			}
			writer.octets[at] = right;
		}
	}
}

static void edns_may_be_absent_or_huge_but_not_twice(void)
{
	dns_begin(&writer, ID, DNS_ANSWER, NAME, DNS_A);
	dns_address(&writer, DNS_ANSWERS, NAME, 60, "192.0.2.1");
	expect(DNS_READ_ANSWER);
	dns_extension(&writer, 0, 60000);
	expect(DNS_READ_ANSWER);
	dns_extension(&writer, 0, 0);
	expect(DNS_READ_MALFORMED);
}

static void an_ipv4_address_dressed_as_ipv6_is_left_out(void)
{
	const struct dns_question ipv6 = {.name = NAME, .family = DNS_IPV6, .id = ID};

	dns_begin(&writer, ID, DNS_ANSWER, NAME, DNS_AAAA);
	dns_address(&writer, DNS_ANSWERS, NAME, 60, "::ffff:10.0.0.1");
	CU_ASSERT_EQUAL(dns_message_read(&ipv6, writer.octets, writer.size, &answer), DNS_READ_ANSWER);
	CU_ASSERT_EQUAL(answer.outcome, DNS_NO_DATA);
}

/* 64 KiB of pointers that lead to pointers: without a bound of our own, every record would walk through them all. */
static void chains_of_pointers_are_bounded(void)
{
	dns_begin(&writer, ID, DNS_ANSWER, NAME, DNS_A);
	dns_record(&writer, DNS_ANSWERS, NAME, DNS_TXT, 60, NULL, 0);
	for (unsigned at = 12, i = 0; i < 8000; i++) {
		uint8_t pointer[2] = {(uint8_t)(0xc0 | at >> 8), (uint8_t)at};

		at = (unsigned)writer.size;
		dns_append(&writer, pointer, 2);
	}
	dns_patch(&writer, 28 + 12 + 8, 16000);
	dns_address(&writer, DNS_ANSWERS, "@300", 60, "192.0.2.1"); /* over 119 pointers */
	expect(DNS_READ_ANSWER);
	CU_ASSERT_EQUAL(answer.address_count, 1);
	dns_address(&writer, DNS_ANSWERS, "@330", 60, "192.0.2.1"); /* over 134 */
	expect(DNS_READ_MALFORMED);
}

/* As many records as are read, of the longest names, and nothing of them stays. */
static void the_heaviest_message_leaves_no_memory_behind(void)
{
	char name[NAME_LENGTH_MAX + 1];
	struct mallinfo2 before, after;

	for (unsigned i = 0; i < NAME_LENGTH_MAX; i++)
		name[i] = i % 2 == 1 ? '.' : 'a';
	name[NAME_LENGTH_MAX] = '\0';
	dns_begin(&writer, ID, DNS_ANSWER, NAME, DNS_A);
	dns_alias(&writer, DNS_ANSWERS, NAME, 60, name);
	for (unsigned i = 1; i < DNS_RECORDS_MAX; i++)
		dns_address(&writer, DNS_ANSWERS, i % 2 == 0 ? "@50" : "@52", 60, "192.0.2.1");
	expect(DNS_READ_ANSWER);
	before = mallinfo2();
	CU_ASSERT_EQUAL(dns_message_read(&question, writer.octets, writer.size, &answer), DNS_READ_ANSWER);
	after = mallinfo2();
	CU_ASSERT_EQUAL(after.uordblks, before.uordblks);
	dns_address(&writer, DNS_ADDITIONALS, "@50", 60, "192.0.2.1");
	expect(DNS_READ_MALFORMED); /* one too many */
}

int main(void)
{
	return TESTS_RUN("hostile DNS messages", TEST(what_does_not_answer_the_question_is_not_ours),
			 TEST(records_of_other_names_do_not_count), TEST(addresses_beside_an_alias_do_not_count),
			 TEST(loops_of_aliases_are_refused), TEST(chains_of_aliases_are_bounded),
			 TEST(the_names_of_aliases_are_bounded_together),
			 TEST(an_alias_that_no_host_can_have_is_refused), TEST(compression_goes_backwards_only),
			 TEST(a_name_of_more_than_255_octets_is_refused), TEST(lengths_that_lie_are_refused),
			 TEST(a_message_cut_anywhere_is_never_an_answer),
			 TEST(a_message_with_a_wrong_octet_is_survived), TEST(edns_may_be_absent_or_huge_but_not_twice),
			 TEST(an_ipv4_address_dressed_as_ipv6_is_left_out), TEST(chains_of_pointers_are_bounded),
			 TEST(the_heaviest_message_leaves_no_memory_behind));
}
