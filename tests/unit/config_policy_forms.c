/* SPDX-License-Identifier: BSD-3-Clause */
/* Texts in policy.json have their forms; passwords are hashes that no message shows; what comes later is named. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <policy_schema.h>

#include "config_support.h"
#include "support.h"

#define HASH43 "0123456789012345678901234567890123456789./A"
#define HASH86 HASH43 HASH43

static bool accepts_password(const char *text)
{
	char message[CONFIG_MESSAGE_SIZE] = "";
	bool good = policy_password_text(text, NULL, message);

	CU_ASSERT_EQUAL(good, message[0] == '\0');
	return good;
}

static void hashes_of_crypt_are_accepted(void)
{
	CU_ASSERT(accepts_password("$5$salt$" HASH43));
	CU_ASSERT(accepts_password("$5$rounds=1000$0123456789abcdef$" HASH43));
	CU_ASSERT(accepts_password("$6$salt$" HASH86));
	CU_ASSERT(accepts_password("$6$rounds=656000$./$" HASH86));
	CU_ASSERT(accepts_password("$6$rounds=1000000$a$" HASH86));
	CU_ASSERT(accepts_password("$y$j9T$F5Jx5fExrKuPp53xLKQ..1$" HASH43));
}

static void what_is_no_hash_is_refused(void)
{
	static const char *const wrong[] = {
	    "",
	    "secret",
	    "$",
	    "$5$",
	    "$5$salt$",
	    "$5$salt",
	    "$5$$" HASH43,
	    "$5$salt$" HASH43 "a",
	    "$5$salt$" HASH86,
	    "$5$0123456789abcdefg$" HASH43,
	    "$5$sa:t$" HASH43,
	    "$5$rounds=999$salt$" HASH43,
	    "$5$rounds=1000001$salt$" HASH43,
	    "$5$rounds=99999999999999999999$salt$" HASH43,
	    "$5$rounds=01000$salt$" HASH43,
	    "$5$rounds=$salt$" HASH43,
	    "$5$rounds=5000salt$" HASH43,
	    "$6$salt$" HASH43,
	    "$6$salt$" HASH86 " ",
	    "$1$salt$0123456789012345678901",
	    "$2b$12$01234567890123456789010123456789012345678901234567890",
	    "$y$j9T$$" HASH43,
	    "$y$j9T$salt$" HASH86,
	    "$y$jFT$salt$" HASH43,
	    "$y$$salt$" HASH43,
	    "$7$j9T$salt$" HASH43,
	    "ab0123456789.",
	};

	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		if (accepts_password(wrong[i]))
			CU_FAIL("a wrong hash was accepted");
}

/* The document around a user's password, at the '@'. */
static char *with_password(const char *password)
{
	char *text;

	if (asprintf(&text,
		     "{ \"filters\": [ { \"name\": \"f\", \"any\": { \"action\": \"deny\" } } ], \"services\": ["
		     " { \"name\": \"s\", \"filter\": \"f\", \"clients\": [\"10.0.0.0/8\"], \"explicit\": {"
		     " \"listeners\": [ { \"address\": \"192.0.2.1\", \"port\": 1 } ],"
		     " \"users\": [ { \"name\": \"a\", \"password\": @%s } ] } } ] }",
		     password) < 0)
		abort();
	return text;
}

static void no_message_shows_a_password(void)
{
	static const char *const wrong[] = {"\"hunter2\"", "\"hunter2\\n\"", "\"hunter2hunter2\\u007f\"",
					    "[\"hunter2\"]"};

	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		char *marked = with_password(wrong[i]);
		struct config_error error;
		size_t at;
		char *text = config_unmark(marked, &at);

		config_expect_by(config_read_policy, marked, "services[0].explicit.users[0].password", "");
		CU_ASSERT_FALSE(config_read_policy(text, strlen(text), &error));
		for (unsigned j = 0; j < error.count; j++)
			CU_ASSERT_PTR_NULL(strstr(error.faults[j].message, "hunter2"));
		free(text);
		free(marked);
	}
}

static void users_have_no_colon_in_their_names(void)
{
	char message[CONFIG_MESSAGE_SIZE];

	CU_ASSERT_TRUE(policy_user_text("ada lovelace", NULL, message));
	CU_ASSERT_TRUE(policy_user_text("\xc3\xa4", NULL, message));
	CU_ASSERT_FALSE(policy_user_text("a:b", NULL, message));
	CU_ASSERT_PTR_NOT_NULL(strstr(message, "colon"));
}

static void a_next_hop_is_a_name_or_an_address(void)
{
	static const char *const wrong[] = {"",		 "*.a.test", "a.test:80", "0.0.0.0",	  "::", "[2001:db8::1]",
					    "127.0.0.1", "127.1",    "224.0.0.1", "http://a.test"};
	char message[CONFIG_MESSAGE_SIZE];

	CU_ASSERT_TRUE(policy_next_hop_text("proxy.test", NULL, message));
	CU_ASSERT_TRUE(policy_next_hop_text("Proxy.test.", NULL, message));
	CU_ASSERT_TRUE(policy_next_hop_text("192.0.2.1", NULL, message));
	CU_ASSERT_TRUE(policy_next_hop_text("2001:db8::1", NULL, message));
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		CU_ASSERT_FALSE(policy_next_hop_text(wrong[i], NULL, message));
}

static void names_in_rows_are_names(void)
{
#define ROW(names)                                                                                                     \
	"{ \"filters\": [ { \"name\": \"f\", \"rows\": [ { \"names\": [" names "], \"action\": \"deny\" } ],"          \
	" \"any\": { \"action\": \"deny\" } } ] }"
	config_expect_by(config_read_policy, ROW("\"a.test\", @\"b\\u00fccher.test\""), "filters[0].rows[0].names[1]",
			 "write its A-label, \"xn--bcher-kva.test\"");
	config_expect_by(config_read_policy, ROW("@\"a.test:443\""), "filters[0].rows[0].names[0]",
			 "\"a.test:443\" has a colon");
	config_expect_by(config_read_policy, ROW("@\"192.0.2.1\""), "filters[0].rows[0].names[0]",
			 "write it among the addresses");
	config_expect_by(config_read_policy, ROW("@\"127.1\""), "filters[0].rows[0].names[0]", "some take it");
}

static void regular_expressions_are_of_ascii(void)
{
	config_expect_by(config_read_policy,
			 "{ \"filters\": [ { \"name\": \"f\", \"rows\": [ { \"regexes\": [@\"b\\u00fcch\"],"
			 " \"action\": \"deny\" } ], \"any\": { \"action\": \"deny\" } } ] }",
			 "filters[0].rows[0].regexes[0]", "beyond ASCII");
}

static void what_comes_later_is_said_to(void)
{
	config_expect_by(config_read_policy, "{ @\"certificates\": [] }", "certificates",
			 "is not supported yet; remove it");
	config_expect_by(config_read_policy,
			 "{ \"services\": [ { \"name\": \"s\", \"filter\": \"f\", @\"reverse\": {} } ] }",
			 "services[0].reverse", "is not supported yet; remove it");
	config_expect_by(config_read_policy,
			 "{ \"services\": [ { \"name\": \"s\", \"filter\": \"f\", @\"decryption_profile\": \"p\" } ] }",
			 "services[0].decryption_profile", "is not supported yet; remove it");
	config_expect_by(
	    config_read_policy,
	    "{ \"services\": [ { \"name\": \"s\", \"filter\": \"f\", \"transparent\": { \"intercepts\": [{}],"
	    " \"deny\": @\"page\" } } ] }",
	    "services[0].transparent.deny", "is not supported yet; write \"alert\", \"reset\" or \"drop\"");
}

int main(void)
{
	return TESTS_RUN("forms of policy.json", TEST(hashes_of_crypt_are_accepted), TEST(what_is_no_hash_is_refused),
			 TEST(no_message_shows_a_password), TEST(users_have_no_colon_in_their_names),
			 TEST(a_next_hop_is_a_name_or_an_address), TEST(names_in_rows_are_names),
			 TEST(regular_expressions_are_of_ascii), TEST(what_comes_later_is_said_to));
}
