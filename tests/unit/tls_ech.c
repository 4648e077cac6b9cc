/* SPDX-License-Identifier: BSD-3-Clause */
/* Encrypted names are noticed: the extension of ECH (RFC 9849), its type, and its forerunner ESNI. */
#include "tls_support.h"

#define OUTER "00 0001 0001 2a 0020 0001020304050607 08090a0b0c0d0e0f 0001020304050607 08090a0b0c0d0e0f 0004 cafecafe"

static struct octets message;

static const struct client_hello *with(uint16_t type, const char *hex)
{
	const struct outcome *outcome;

	client_hello_begin(&message, NULL);
	hello_name(&message, "public.test", 11);
	hello_extension(&message, type, hex);
	hello_end(&message);
	outcome = client_read(&message);
	CU_ASSERT_EQUAL(outcome->result, HELLO_WHOLE);
	CU_ASSERT_TRUE(piece_is(outcome->client.name, "public.test"));
	return &outcome->client;
}

static void an_outer_hello_is_told_beside_its_name(void)
{
	const struct client_hello *hello = with(0xfe0d, OUTER);

	CU_ASSERT_EQUAL(hello->ech, CLIENT_HELLO_ECH_OUTER);
	CU_ASSERT_FALSE(hello->esni);
}

/* Its second hello, after a HelloRetryRequest, repeats no key. */
static void the_encapsulated_key_may_be_empty(void)
{
	CU_ASSERT_EQUAL(with(0xfe0d, "00 0001 0001 2a 0000 0001 00")->ech, CLIENT_HELLO_ECH_OUTER);
}

static void an_inner_hello_is_told(void)
{
	CU_ASSERT_EQUAL(with(0xfe0d, "01")->ech, CLIENT_HELLO_ECH_INNER);
}

static void without_the_extension_there_is_none(void)
{
	CU_ASSERT_EQUAL(with(0x1234, "")->ech, CLIENT_HELLO_ECH_NONE);
}

static void a_malformed_extension_is_refused(void)
{
	static const char *const contents[] = {"",
					       "02",
					       "ff",
					       "01 00",
					       "00",
					       "00 0001 0001",
					       "00 0001 0001 2a",
					       "00 0001 0001 2a 0001",
					       "00 0001 0001 2a 0001 00",
					       "00 0001 0001 2a 0000 0000",
					       "00 0001 0001 2a 0000 0002 00",
					       "00 0001 0001 2a 0000 0001 00 00"};

	for (size_t i = 0; i < sizeof(contents) / sizeof(contents[0]); i++) {
		client_hello_begin(&message, NULL);
		hello_extension(&message, 0xfe0d, contents[i]);
		hello_end(&message);
		client_refused(&message, HELLO_FAULT_EXTENSION, 0xfe0d);
	}
}

static void esni_is_told_beside_a_name(void)
{
	CU_ASSERT_TRUE(with(0xffce, "1301 001d 0000")->esni);
	CU_ASSERT_FALSE(with(0x1234, "")->esni);
}

int main(void)
{
	return TESTS_RUN("encrypted names", TEST(an_outer_hello_is_told_beside_its_name),
			 TEST(the_encapsulated_key_may_be_empty), TEST(an_inner_hello_is_told),
			 TEST(without_the_extension_there_is_none), TEST(a_malformed_extension_is_refused),
			 TEST(esni_is_told_beside_a_name));
}
