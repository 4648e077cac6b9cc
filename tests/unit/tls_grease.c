/* SPDX-License-Identifier: BSD-3-Clause */
/* GREASE (RFC 8701) is noticed wherever it stands, and skipped where lists are walked. */
#include <string.h>

#include "tls_support.h"

static struct octets message;

static const struct client_hello *read_message(void)
{
	const struct outcome *outcome;

	hello_end(&message);
	outcome = client_read(&message);
	CU_ASSERT_EQUAL(outcome->result, HELLO_WHOLE);
	return &outcome->client;
}

static void sixteen_values_are_grease(void)
{
	unsigned count = 0;

	for (unsigned value = 0; value <= UINT16_MAX; value++)
		count += hello_is_grease((uint16_t)value);
	CU_ASSERT_EQUAL(count, 16);
	for (unsigned i = 0; i < 16; i++)
		CU_ASSERT_TRUE(hello_is_grease((uint16_t)(0x0a0a + 0x1010 * i)));
	CU_ASSERT_FALSE(hello_is_grease(0x0a1a));
	CU_ASSERT_FALSE(hello_is_grease(0x1a0a));
	CU_ASSERT_FALSE(hello_is_grease(0x0b0b));
}

/* As Chromium places it: two extensions, and the first of each list. */
static void a_hello_full_of_it_is_read(void)
{
	const struct client_hello *hello;
	struct piece shares, protocols, name, key;
	uint16_t group;

	client_hello_begin(&message, &(struct hello_text){.cipher_suites = "0006 dada 1301 1302"});
	hello_extension(&message, 0x6a6a, "");
	hello_name(&message, "a.test", 6);
	hello_extension(&message, 10, "0006 baba 001d 0017");
	hello_extension(&message, 13, "0006 2a2a 0403 0804");
	hello_extension(&message, 16, "0006 02 0a0a 02 6832");
	hello_extension(&message, 43, "06 1a1a 0304 0303");
	hello_extension(&message, 51, "000b baba 0001 00 001d 0002 0102");
	hello_extension(&message, 0xeaea, "00");
	hello = read_message();
	CU_ASSERT_TRUE(hello->grease);
	CU_ASSERT_TRUE(piece_is(hello->name, "a.test"));
	CU_ASSERT_EQUAL(hello->version, 0x0304);
	CU_ASSERT_TRUE(HAS_VALUES(hello->cipher_suites, 0x1301, 0x1302));
	CU_ASSERT_TRUE(HAS_VALUES(hello->groups, 0x001d, 0x0017));
	CU_ASSERT_TRUE(HAS_VALUES(hello->signature_algorithms, 0x0403, 0x0804));
	CU_ASSERT_TRUE(HAS_VALUES(hello->versions, 0x0304, 0x0303));
	shares = hello->key_shares;
	CU_ASSERT_TRUE(hello_next_key_share(&shares, &group, &key) && group == 0x001d && key.length == 2);
	CU_ASSERT_FALSE(hello_next_key_share(&shares, &group, &key));
	protocols = hello->protocols;
	CU_ASSERT_TRUE(hello_next_protocol(&protocols, &name) && piece_is(name, "h2"));
	CU_ASSERT_FALSE(hello_next_protocol(&protocols, &name));
}

static void it_is_noticed_wherever_it_stands(void)
{
	static const struct {
		const char *suites;
		uint16_t type;
		const char *content;
		bool grease;
	} cases[] = {
	    {NULL, 0x1234, "", false},		{"0004 1301 fafa", 0x1234, "", true},
	    {NULL, 0xaaaa, "", true},		{NULL, 10, "0004 001d 3a3a", true},
	    {NULL, 13, "0004 0403 3a3a", true}, {NULL, 16, "0006 02 6832 02 0a0a", true},
	    {NULL, 43, "04 0304 3a3a", true},	{NULL, 51, "0005 3a3a 0001 00", true},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		client_hello_begin(&message, &(struct hello_text){.cipher_suites = cases[i].suites});
		hello_extension(&message, cases[i].type, cases[i].content);
		CU_ASSERT_EQUAL(read_message()->grease, cases[i].grease);
	}
}

/* A list of nothing else is a list; walking it gives nothing. */
static void lists_of_nothing_else_are_empty(void)
{
	const struct client_hello *hello;

	client_hello_begin(&message, &(struct hello_text){.cipher_suites = "0004 0a0a 1a1a"});
	hello_extension(&message, 10, "0002 0a0a");
	hello = read_message();
	CU_ASSERT_TRUE(has_values(hello->cipher_suites, NULL, 0));
	CU_ASSERT_TRUE(has_values(hello->groups, NULL, 0));
}

/* Only names of two octets are reserved. */
static void protocols_that_look_alike_are_not_skipped(void)
{
	struct piece protocols, name;

	client_hello_begin(&message, NULL);
	hello_extension(&message, 16, "000c 01 0a 03 0a0a0a 02 0a1a 02 6832");
	protocols = read_message()->protocols;
	for (unsigned i = 0; i < 4; i++)
		CU_ASSERT_TRUE(hello_next_protocol(&protocols, &name));
	CU_ASSERT_TRUE(piece_is(name, "h2"));
}

int main(void)
{
	return TESTS_RUN("GREASE", TEST(sixteen_values_are_grease), TEST(a_hello_full_of_it_is_read),
			 TEST(it_is_noticed_wherever_it_stands), TEST(lists_of_nothing_else_are_empty),
			 TEST(protocols_that_look_alike_are_not_skipped));
}
