/* SPDX-License-Identifier: BSD-3-Clause */
/* The lists that a ClientHello holds in its extensions are told, and refused where they are no lists of their kind. */
#include <string.h>

#include "tls_support.h"

static struct octets message;

static const struct client_hello *with(uint16_t type, const char *hex)
{
	const struct outcome *outcome;

	client_hello_begin(&message, NULL);
	hello_extension(&message, type, hex);
	hello_end(&message);
	outcome = client_read(&message);
	CU_ASSERT_EQUAL(outcome->result, HELLO_WHOLE);
	return &outcome->client;
}

static void refused(uint16_t type, const char *hex)
{
	client_hello_begin(&message, NULL);
	hello_extension(&message, type, hex);
	hello_end(&message);
	client_refused(&message, HELLO_FAULT_EXTENSION, type);
}

static void groups_are_told(void)
{
	CU_ASSERT_TRUE(HAS_VALUES(with(10, "0006 001d 0017 11ec")->groups, 0x001d, 0x0017, 0x11ec));
}

static void signature_algorithms_are_told(void)
{
	CU_ASSERT_TRUE(HAS_VALUES(with(13, "0004 0403 0804")->signature_algorithms, 0x0403, 0x0804));
}

static void lists_of_values_must_be_whole_and_hold_one(void)
{
	static const uint16_t types[] = {10, 13};
	static const char *const contents[] = {"",	    "00",	    "0000",	    "0001 00",
					       "0002 00",   "0003 001d 00", "0002 001d 00", "0004 001d 00",
					       "0001 001d", "02 001d"};

	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		for (size_t j = 0; j < sizeof(contents) / sizeof(contents[0]); j++)
			refused(types[i], contents[j]);
	}
}

static void versions_are_told(void)
{
	CU_ASSERT_TRUE(HAS_VALUES(with(43, "06 0304 0303 7f1c")->versions, 0x0304, 0x0303, 0x7f1c));
}

static void a_list_of_versions_must_be_whole_and_hold_one(void)
{
	static const char *const contents[] = {"",	     "00",	   "01 03",	 "02 03",
					       "03 0304 03", "02 0304 03", "04 0304 03", "0002 0304"};

	for (size_t i = 0; i < sizeof(contents) / sizeof(contents[0]); i++)
		refused(43, contents[i]);
}

static void protocols_are_told(void)
{
	struct piece list = with(16, "000c 02 6832 08 687474702f312e31")->protocols, name;

	CU_ASSERT_TRUE(hello_next_protocol(&list, &name));
	CU_ASSERT_TRUE(piece_is(name, "h2"));
	CU_ASSERT_TRUE(hello_next_protocol(&list, &name));
	CU_ASSERT_TRUE(piece_is(name, "http/1.1"));
	CU_ASSERT_FALSE(hello_next_protocol(&list, &name));
}

static void a_list_of_protocols_must_be_whole_and_hold_one(void)
{
	static const char *const contents[] = {"",
					       "00",
					       "0000",
					       "0001 00",
					       "0002 02 68",
					       "0003 02 6832 00",
					       "0004 02 6832 00",
					       "0005 02 6832 02 68",
					       "0002 02 6832",
					       "0004 02 6832",
					       "03 02 6832"};

	for (size_t i = 0; i < sizeof(contents) / sizeof(contents[0]); i++)
		refused(16, contents[i]);
}

static void key_shares_are_told(void)
{
	struct piece list = with(51, "000f 001d 0004 01020304 0017 0003 050607")->key_shares, key;
	uint16_t group;

	CU_ASSERT_TRUE(hello_next_key_share(&list, &group, &key));
	CU_ASSERT_TRUE(group == 0x001d && piece_is(key, "\1\2\3\4"));
	CU_ASSERT_TRUE(hello_next_key_share(&list, &group, &key));
	CU_ASSERT_TRUE(group == 0x0017 && piece_is(key, "\5\6\7"));
	CU_ASSERT_FALSE(hello_next_key_share(&list, &group, &key));
}

/* A client that wants the server to choose sends none (RFC 8446 section 4.2.8). */
static void there_may_be_no_key_share(void)
{
	CU_ASSERT_EQUAL(with(51, "0000")->key_shares.length, 0);
}

static void key_shares_must_be_whole(void)
{
	static const char *const contents[] = {"",
					       "00",
					       "0001 00",
					       "0004 001d 0000",
					       "0005 001d 0002 01",
					       "0005 001d 0001 01 00",
					       "0006 001d 0001 01",
					       "0007 001d 0001 01 001d",
					       "0003 001d 00"};

	for (size_t i = 0; i < sizeof(contents) / sizeof(contents[0]); i++)
		refused(51, contents[i]);
}

#define BINDER "20 0001020304050607 08090a0b0c0d0e0f 0001020304050607 08090a0b0c0d0e0f"

static void pre_shared_keys_are_counted(void)
{
	CU_ASSERT_EQUAL(with(41, "0007 0001 61 00000000 0021" BINDER)->pre_shared_keys, 1);
	CU_ASSERT_EQUAL(with(41, "000f 0001 61 00000000 0002 6162 01020304 0042" BINDER BINDER)->pre_shared_keys, 2);
}

static void pre_shared_keys_must_be_whole_and_have_a_binder_each(void)
{
	static const char *const contents[] = {
	    "",
	    "0000 0000",
	    "0000 0021" BINDER,
	    "0007 0001 61 00000000",
	    "0007 0001 61 00000000 0000",
	    "0007 0001 61 00000000 0021" BINDER "00",
	    "0006 0000 00000000 0021" BINDER,
	    "0007 0002 61 00000000 0021" BINDER,
	    "0006 0001 61 000000 0021" BINDER,
	    "0007 0001 61 00000000 0042" BINDER BINDER,
	    "000e 0001 61 00000000 0001 62 00000000 0021" BINDER,
	    "0007 0001 61 00000000 0002 01 00",
	    "0007 0001 61 00000000 0020 1f 0001020304050607 08090a0b0c0d0e0f 0001020304050607 08090a0b0c0d0e",
	    "0007 0001 61 00000000 0021 21 0001020304050607 08090a0b0c0d0e0f 0001020304050607 08090a0b0c0d0e0f",
	};

	for (size_t i = 0; i < sizeof(contents) / sizeof(contents[0]); i++)
		refused(41, contents[i]);
}

static void early_data_is_told_and_has_no_content(void)
{
	CU_ASSERT_TRUE(with(42, "")->early_data);
	refused(42, "00");
	refused(42, "00000400");
}

int main(void)
{
	return TESTS_RUN("lists of hellos", TEST(groups_are_told), TEST(signature_algorithms_are_told),
			 TEST(lists_of_values_must_be_whole_and_hold_one), TEST(versions_are_told),
			 TEST(a_list_of_versions_must_be_whole_and_hold_one), TEST(protocols_are_told),
			 TEST(a_list_of_protocols_must_be_whole_and_hold_one), TEST(key_shares_are_told),
			 TEST(there_may_be_no_key_share), TEST(key_shares_must_be_whole),
			 TEST(pre_shared_keys_are_counted), TEST(pre_shared_keys_must_be_whole_and_have_a_binder_each),
			 TEST(early_data_is_told_and_has_no_content));
}
