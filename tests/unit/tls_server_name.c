/* SPDX-License-Identifier: BSD-3-Clause */
/* The server_name extension: the host_name as it was sent, and what is wrong with the extension (RFC 6066). */
#include <string.h>

#include "tls_support.h"

static struct octets message;

static const struct client_hello *named(const void *name, size_t length)
{
	client_hello_begin(&message, NULL);
	hello_extension(&message, 0x1234, "");
	hello_name(&message, name, length);
	hello_end(&message);
	return &client_read(&message)->client;
}

/* The whole content of the extension. */
static const struct client_hello *content(const char *hex)
{
	client_hello_begin(&message, NULL);
	hello_extension(&message, 0, hex);
	hello_end(&message);
	return &client_read(&message)->client;
}

static void a_name_is_given_as_it_was_sent(void)
{
	static const char *const names[] = {
	    "a.test",	   "A.Test",	 "a.test.",	  ".",
	    "..",	   "192.0.2.1",	 "[2001:db8::1]", "2001:db8::1",
	    "*.a.test",	   "a.test:443", "\xc3\xa4.test", "\xff\xfe",
	    "a\ttest\r\n", " ",		 "xn--4ca.test",  "a_b.test",
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		const struct client_hello *hello = named(names[i], strlen(names[i]));

		CU_ASSERT_EQUAL(hello->name_kind, CLIENT_HELLO_NAME_ONE);
		CU_ASSERT_TRUE(piece_is(hello->name, names[i]));
	}
}

static void a_name_may_be_as_long_as_the_hello(void)
{
	static const size_t lengths[] = {253, 255, 256, 4000, 16000};
	static char name[16000];

	memset(name, 'a', sizeof(name));
	for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
		const struct client_hello *hello = named(name, lengths[i]);

		CU_ASSERT_EQUAL(hello->name_kind, CLIENT_HELLO_NAME_ONE);
		CU_ASSERT_EQUAL(hello->name.length, lengths[i]);
	}
}

static void no_extension_is_no_name(void)
{
	client_hello_begin(&message, NULL);
	hello_extension(&message, 0x1234, "");
	hello_end(&message);
	CU_ASSERT_EQUAL(client_read(&message)->client.name_kind, CLIENT_HELLO_NAME_NONE);
}

static void nothing_in_the_extension_is_told(void)
{
	CU_ASSERT_EQUAL(content("")->name_kind, CLIENT_HELLO_NAME_EMPTY);
	CU_ASSERT_EQUAL(content("0000")->name_kind, CLIENT_HELLO_NAME_EMPTY);
	CU_ASSERT_EQUAL(content("0003 00 0000")->name_kind, CLIENT_HELLO_NAME_EMPTY);
}

static void nul_in_a_name_is_told(void)
{
	static const char *const names[] = {"a.test\0.b.test", "\0a.test", "a.test\0"};
	static const size_t lengths[] = {14, 7, 7};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		const struct client_hello *hello = named(names[i], lengths[i]);

		CU_ASSERT_EQUAL(hello->name_kind, CLIENT_HELLO_NAME_NUL);
		CU_ASSERT_EQUAL(hello->name.length, lengths[i]);
		CU_ASSERT_EQUAL(memcmp(hello->name.data, names[i], lengths[i]), 0);
	}
}

static void two_names_are_told(void)
{
	const struct client_hello *hello = content("0008 00 0001 61 00 0001 62");

	CU_ASSERT_EQUAL(hello->name_kind, CLIENT_HELLO_NAME_TWO);
	CU_ASSERT_TRUE(piece_is(hello->name, "a"));
	CU_ASSERT_EQUAL(content("0008 00 0001 61 00 0001 61")->name_kind, CLIENT_HELLO_NAME_TWO);
	CU_ASSERT_EQUAL(content("0007 00 0000 00 0001 61")->name_kind, CLIENT_HELLO_NAME_TWO);
	CU_ASSERT_EQUAL(content("0007 00 0001 61 00 0000")->name_kind, CLIENT_HELLO_NAME_TWO);
}

static void a_name_of_another_type_is_told(void)
{
	const struct client_hello *hello = content("0004 01 0001 61");

	CU_ASSERT_EQUAL(hello->name_kind, CLIENT_HELLO_NAME_TYPE);
	CU_ASSERT_EQUAL(hello->name.length, 0);
	hello = content("0008 ff 0001 61 00 0001 62");
	CU_ASSERT_EQUAL(hello->name_kind, CLIENT_HELLO_NAME_TYPE);
	CU_ASSERT_TRUE(piece_is(hello->name, "b"));
	hello = content("0008 00 0001 62 ff 0001 61");
	CU_ASSERT_EQUAL(hello->name_kind, CLIENT_HELLO_NAME_TYPE);
	CU_ASSERT_TRUE(piece_is(hello->name, "b"));
}

static void two_extensions_are_refused(void)
{
	client_hello_begin(&message, NULL);
	hello_name(&message, "a.test", 6);
	hello_name(&message, "a.test", 6);
	hello_end(&message);
	client_refused(&message, HELLO_FAULT_EXTENSION_TWICE, 0);
}

static void lengths_that_do_not_agree_are_refused(void)
{
	static const char *const contents[] = {"00",
					       "0001",
					       "0001 00",
					       "0002 00 00",
					       "0003 00 0001",
					       "0003 00 0001 61",
					       "0004 00 0002 61",
					       "0005 00 0001 61",
					       "0005 00 0001 61 00",
					       "0004 00 0001 61 00",
					       "0006 00 0001 61 00 00",
					       "0004 01 0002 61"};

	for (size_t i = 0; i < sizeof(contents) / sizeof(contents[0]); i++) {
		client_hello_begin(&message, NULL);
		hello_extension(&message, 0, contents[i]);
		hello_end(&message);
		client_refused(&message, HELLO_FAULT_EXTENSION, 0);
	}
}

int main(void)
{
	return TESTS_RUN("server name", TEST(a_name_is_given_as_it_was_sent), TEST(a_name_may_be_as_long_as_the_hello),
			 TEST(no_extension_is_no_name), TEST(nothing_in_the_extension_is_told),
			 TEST(nul_in_a_name_is_told), TEST(two_names_are_told), TEST(a_name_of_another_type_is_told),
			 TEST(two_extensions_are_refused), TEST(lengths_that_do_not_agree_are_refused));
}
