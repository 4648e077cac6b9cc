/* SPDX-License-Identifier: BSD-3-Clause */
/* The block of extensions: any number, any order, any types, none twice (RFC 8446 section 4.2). */
#include <string.h>

#include "tls_support.h"

static struct octets message;

static void unknown_extensions_in_any_order_are_taken(void)
{
	const struct outcome *outcome;
	size_t extensions[8];

	/* Eight extensions, each at each place. */
	for (size_t turn = 0; turn < 8; turn++) {
		client_hello_begin(&message, NULL);
		for (size_t i = 0; i < 8; i++) {
			extensions[i] = (i + turn) % 8;
			if (extensions[i] == 0)
				hello_name(&message, "a.test", 6);
			else if (extensions[i] == 1)
				hello_extension(&message, 16, "0003 02 6832");
			else if (extensions[i] == 2)
				hello_extension(&message, 43, "02 0304");
			else
				hello_extension_zero(&message, (uint16_t)(0x4460 + extensions[i]), extensions[i] * 3);
		}
		hello_end(&message);
		outcome = client_read(&message);
		CU_ASSERT_EQUAL(outcome->result, HELLO_WHOLE);
		CU_ASSERT_EQUAL(outcome->client.extensions, 8);
		CU_ASSERT_TRUE(piece_is(outcome->client.name, "a.test"));
		CU_ASSERT_EQUAL(outcome->client.version, 0x0304);
		CU_ASSERT_EQUAL(outcome->client.protocols.length, 3);
	}
}

static void two_of_one_type_are_refused(void)
{
	static const uint16_t types[] = {0, 1, 10, 16, 21, 43, 0x0a0a, 0x4469, 0xff01, 0xffff};

	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		client_hello_begin(&message, NULL);
		if (types[i] != 0)
			hello_name(&message, "a.test", 6);
		for (unsigned time = 0; time < 2; time++) {
			if (types[i] == 0)
				hello_name(&message, "b.test", 6);
			else if (types[i] == 10)
				hello_extension(&message, 10, "0002 001d");
			else if (types[i] == 16)
				hello_extension(&message, 16, "0003 02 6832");
			else if (types[i] == 43)
				hello_extension(&message, 43, "02 0304");
			else
				hello_extension(&message, types[i], "");
			hello_extension_zero(&message, (uint16_t)(0x5000 + time), 2);
		}
		hello_end(&message);
		client_refused(&message, HELLO_FAULT_EXTENSION_TWICE, types[i]);
	}
}

/* Types from 0x1000 on, and a name behind them all. */
static void many(unsigned count)
{
	client_hello_begin(&message, &(struct hello_text){.session_id = "00", .cipher_suites = "0002 1301"});
	for (unsigned i = 0; i < count; i++)
		hello_extension(&message, (uint16_t)(0x1000 + i), "");
	hello_name(&message, "a.test", 6);
	hello_end(&message);
}

static void two_thousand_extensions_are_taken(void)
{
	const struct outcome *outcome;

	many(2000);
	outcome = client_read(&message);
	CU_ASSERT_EQUAL(outcome->result, HELLO_WHOLE);
	CU_ASSERT_EQUAL(outcome->client.extensions, 2001);
	CU_ASSERT_TRUE(piece_is(outcome->client.name, "a.test"));
}

static void as_many_as_find_room_are_taken(void)
{
	const struct outcome *outcome;

	many((HELLO_MESSAGE_MAX - 4 - 41 - 2 - 15) / 4);
	CU_ASSERT_TRUE(message.length > HELLO_MESSAGE_MAX - 8 && message.length <= HELLO_MESSAGE_MAX);
	outcome = client_read(&message);
	CU_ASSERT_EQUAL(outcome->result, HELLO_WHOLE);
	CU_ASSERT_TRUE(outcome->client.extensions > 4000);
}

static void the_last_of_two_thousand_may_be_the_first_again(void)
{
	many(2000);
	hello_extension(&message, 0x1000, "");
	hello_end(&message);
	client_refused(&message, HELLO_FAULT_EXTENSION_TWICE, 0x1000);
}

static void every_length_in_the_block_must_agree(void)
{
	/* a block of one extension of 2 octets: its length, then the extension's, each one more and one less */
	static const struct {
		uint8_t block, extension;
		enum hello_fault fault;
	} cases[] = {
	    {6, 2, HELLO_SOUND},	   {7, 2, HELLO_FAULT_TRUNCATED}, {5, 2, HELLO_FAULT_TRAILING},
	    {6, 3, HELLO_FAULT_TRUNCATED}, {6, 1, HELLO_FAULT_TRUNCATED}, {3, 2, HELLO_FAULT_TRAILING},
	};
	const struct outcome *outcome;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		client_hello_begin(&message, NULL);
		hello_extension(&message, 0x1234, "abcd");
		hello_end(&message);
		message.data[message.length - 7] = cases[i].block;
		message.data[message.length - 3] = cases[i].extension;
		outcome = client_read(&message);
		CU_ASSERT_EQUAL(outcome->fault, cases[i].fault);
	}
}

static void nothing_stands_behind_pre_shared_key(void)
{
	const char *key = "0007 0001 61 00000000 0021 20 0000000000000000 0000000000000000 0000000000000000 "
			  "0000000000000000";

	client_hello_begin(&message, NULL);
	hello_extension(&message, 0x1234, "");
	hello_extension(&message, 41, key);
	hello_end(&message);
	CU_ASSERT_EQUAL(client_read(&message)->client.pre_shared_keys, 1);
	client_hello_begin(&message, NULL);
	hello_extension(&message, 41, key);
	hello_extension(&message, 0x1234, "");
	hello_end(&message);
	client_refused(&message, HELLO_FAULT_EXTENSION_ORDER, 41);
}

int main(void)
{
	return TESTS_RUN("extensions", TEST(unknown_extensions_in_any_order_are_taken),
			 TEST(two_of_one_type_are_refused), TEST(two_thousand_extensions_are_taken),
			 TEST(as_many_as_find_room_are_taken), TEST(the_last_of_two_thousand_may_be_the_first_again),
			 TEST(every_length_in_the_block_must_agree), TEST(nothing_stands_behind_pre_shared_key));
}
