/* SPDX-License-Identifier: BSD-3-Clause */
/* The fields of a ClientHello before its extensions, and every length in it (RFC 8446 section 4.1.2). */
#include <string.h>

#include "tls_support.h"

static struct octets message, changed;

static const struct outcome *read_text(const struct hello_text *text, const char *versions)
{
	client_hello_begin(&message, text);
	if (versions != NULL)
		hello_extension(&message, 43, versions);
	hello_end(&message);
	return client_read(&message);
}

static void refused_text(const struct hello_text *text, enum hello_fault fault)
{
	client_hello_begin(&message, text);
	hello_end(&message);
	client_refused(&message, fault, -1);
}

static void the_fields_are_told(void)
{
	const struct outcome *outcome = read_text(NULL, "04 0304 0303");

	CU_ASSERT_EQUAL(outcome->result, HELLO_WHOLE);
	CU_ASSERT_EQUAL(outcome->client.legacy_version, 0x0303);
	CU_ASSERT_EQUAL(outcome->client.version, 0x0304);
	CU_ASSERT_EQUAL(outcome->client.session_id_length, 32);
	CU_ASSERT_TRUE(HAS_VALUES(outcome->client.cipher_suites, 0x1301, 0x1302, 0xc02f));
	CU_ASSERT_TRUE(HAS_VALUES(outcome->client.versions, 0x0304, 0x0303));
	CU_ASSERT_EQUAL(outcome->client.extensions, 1);
	CU_ASSERT_EQUAL(outcome->client.name_kind, CLIENT_HELLO_NAME_NONE);
	CU_ASSERT_EQUAL(outcome->client.ech, CLIENT_HELLO_ECH_NONE);
	CU_ASSERT_FALSE(outcome->client.esni || outcome->client.early_data || outcome->client.grease);
	CU_ASSERT_EQUAL(outcome->client.pre_shared_keys, 0);
}

static void a_hello_without_extensions_is_one(void)
{
	const struct outcome *outcome = read_text(NULL, NULL);

	CU_ASSERT_EQUAL(outcome->result, HELLO_WHOLE);
	CU_ASSERT_EQUAL(outcome->client.extensions, 0);
	CU_ASSERT_EQUAL(outcome->client.version, 0x0303);
	/* and so is one whose block of them is empty */
	octets_hex(&message, "0000");
	message.data[3] += 2;
	CU_ASSERT_EQUAL(client_read(&message)->result, HELLO_WHOLE);
}

static void the_highest_version_is_that_of_the_list_if_there_is_one(void)
{
	static const struct {
		const char *legacy, *list;
		uint16_t highest;
	} cases[] = {
	    {"0300", NULL, 0x0300},	      {"0301", NULL, 0x0301},
	    {"0302", NULL, 0x0302},	      {"0303", NULL, 0x0303},
	    {"0304", NULL, 0x0303},	      {"03ff", NULL, 0x0303},
	    {"0303", "02 0303", 0x0303},      {"0303", "02 0301", 0x0301},
	    {"0303", "04 0303 0304", 0x0304}, {"0303", "06 8a8a 0304 0303", 0x0304},
	    {"0303", "04 7f1c 0303", 0x0303}, {"0301", "02 0304", 0x0304},
	    {"0303", "02 fafa", 0x0303},      {"0303", "04 fafa 7f1c", 0x0303},
	    {"0301", "02 fafa", 0x0301},      {"0304", "02 fafa", 0x0303},
	};
	const struct outcome *outcome;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		outcome = read_text(&(struct hello_text){.version = cases[i].legacy}, cases[i].list);
		CU_ASSERT_EQUAL(outcome->result, HELLO_WHOLE);
		CU_ASSERT_EQUAL(outcome->client.version, cases[i].highest);
	}
}

static void a_version_other_than_3_is_refused(void)
{
	refused_text(&(struct hello_text){.version = "0002"}, HELLO_FAULT_VERSION);
	refused_text(&(struct hello_text){.version = "0203"}, HELLO_FAULT_VERSION);
	refused_text(&(struct hello_text){.version = "fefd"}, HELLO_FAULT_VERSION);
	CU_ASSERT_EQUAL(client_read(&message)->client.legacy_version, 0xfefd);
}

static void a_session_id_has_32_octets_at_most(void)
{
	const struct outcome *outcome = read_text(&(struct hello_text){.session_id = "00"}, NULL);

	CU_ASSERT_EQUAL(outcome->result, HELLO_WHOLE);
	CU_ASSERT_EQUAL(outcome->client.session_id_length, 0);
	outcome = read_text(&(struct hello_text){.session_id = "05 0102030405"}, NULL);
	CU_ASSERT_EQUAL(outcome->client.session_id_length, 5);
	refused_text(&(struct hello_text){.session_id = "21 00 0001020304050607 08090a0b0c0d0e0f 0001020304050607 "
							"08090a0b0c0d0e0f"},
		     HELLO_FAULT_SESSION_ID);
}

static void there_are_cipher_suites_and_none_is_half(void)
{
	CU_ASSERT_EQUAL(read_text(&(struct hello_text){.cipher_suites = "0002 1301"}, NULL)->result, HELLO_WHOLE);
	refused_text(&(struct hello_text){.cipher_suites = "0000"}, HELLO_FAULT_CIPHER_SUITES);
	refused_text(&(struct hello_text){.cipher_suites = "0001 13"}, HELLO_FAULT_CIPHER_SUITES);
	refused_text(&(struct hello_text){.cipher_suites = "0003 130113"}, HELLO_FAULT_CIPHER_SUITES);
}

static void null_compression_is_offered_and_with_tls_1_3_alone(void)
{
	refused_text(&(struct hello_text){.compression = "00"}, HELLO_FAULT_COMPRESSION);
	refused_text(&(struct hello_text){.compression = "01 01"}, HELLO_FAULT_COMPRESSION);
	CU_ASSERT_EQUAL(read_text(&(struct hello_text){.compression = "02 01 00"}, NULL)->result, HELLO_WHOLE);
	CU_ASSERT_EQUAL(read_text(&(struct hello_text){.compression = "02 00 01"}, "02 0303")->result, HELLO_WHOLE);
	CU_ASSERT_EQUAL(read_text(&(struct hello_text){.compression = "02 01 00"}, "02 0304")->fault,
			HELLO_FAULT_COMPRESSION);
	CU_ASSERT_EQUAL(read_text(&(struct hello_text){.compression = "02 00 00"}, "04 0303 0304")->fault,
			HELLO_FAULT_COMPRESSION);
}

static void a_hello_cut_short_is_refused_wherever_it_ends(void)
{
	const struct outcome *outcome;
	size_t whole = 0;

	hello_common(&message, 0);
	for (size_t length = 4; length < message.length; length++) {
		changed = message;
		changed.length = length;
		octets_close(&changed, 1, 3);
		outcome = client_read(&changed);
		whole += outcome->result == HELLO_WHOLE;
		CU_ASSERT_TRUE(outcome->result == HELLO_WHOLE || outcome->fault == HELLO_FAULT_TRUNCATED);
	}
	CU_ASSERT_EQUAL(whole, 1); /* the one without extensions */
}

static void a_hello_with_more_behind_it_is_refused(void)
{
	hello_common(&message, 0);
	octets_zero(&message, 1);
	octets_close(&message, 1, 3);
	client_refused(&message, HELLO_FAULT_TRAILING, -1);
	client_hello_begin(&message, NULL);
	hello_end(&message);
	octets_zero(&message, 1);
	octets_close(&message, 1, 3);
	client_refused(&message, HELLO_FAULT_TRUNCATED, -1);
}

/* Whatever octets stand in it: within bounds (that is for the sanitizer to say), and the same however it is cut. */
static void any_octet_may_be_wrong(void)
{
	static const uint8_t flips[] = {0x01, 0x80, 0xff};
	size_t malformed = 0;

	hello_common(&message, 0);
	for (size_t i = 0; i < message.length; i++) {
		for (size_t flip = 0; flip < sizeof(flips); flip++) {
			changed = message;
			changed.data[i] ^= flips[flip];
			malformed += client_read(&changed)->result == HELLO_MALFORMED;
		}
	}
	CU_ASSERT_TRUE(malformed > message.length / 3);
}

int main(void)
{
	return TESTS_RUN("client hello", TEST(the_fields_are_told), TEST(a_hello_without_extensions_is_one),
			 TEST(the_highest_version_is_that_of_the_list_if_there_is_one),
			 TEST(a_version_other_than_3_is_refused), TEST(a_session_id_has_32_octets_at_most),
			 TEST(there_are_cipher_suites_and_none_is_half),
			 TEST(null_compression_is_offered_and_with_tls_1_3_alone),
			 TEST(a_hello_cut_short_is_refused_wherever_it_ends),
			 TEST(a_hello_with_more_behind_it_is_refused), TEST(any_octet_may_be_wrong));
}
