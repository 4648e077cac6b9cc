/* SPDX-License-Identifier: BSD-3-Clause */
/* Basic credentials: decoded strictly, cut at the first colon, and wiped. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <basic_credentials.h>

#include "support.h"

static bool read_value(struct basic_credentials *credentials, const char *value, size_t length)
{
	uint8_t *copy = support_copy(value, length);
	bool result = basic_credentials_read(credentials, copy, length);

	free(copy);
	return result;
}

static void expect(const char *value, const char *user, const char *password)
{
	struct basic_credentials credentials;

	CU_ASSERT_TRUE_FATAL(read_value(&credentials, value, strlen(value)));
	CU_ASSERT_STRING_EQUAL(credentials.user, user);
	CU_ASSERT_EQUAL(credentials.user_length, strlen(user));
	CU_ASSERT_STRING_EQUAL(credentials.password, password);
	CU_ASSERT_EQUAL(credentials.password_length, strlen(password));
	basic_credentials_wipe(&credentials);
}

static bool is_zero(const struct basic_credentials *credentials)
{
	static const struct basic_credentials zero;

	return memcmp(credentials, &zero, sizeof(zero)) == 0;
}

static void refused(const char *value)
{
	struct basic_credentials credentials;
	bool result;

	memset(&credentials, 0x5a, sizeof(credentials));
	result = read_value(&credentials, value, strlen(value));
	if (result)
		fprintf(stderr, "accepted: %s\n", value);
	CU_ASSERT_FALSE(result);
	CU_ASSERT_TRUE(is_zero(&credentials));
}

static void user_and_password_are_decoded(void)
{
	/* The examples of RFC 7617 sections 2 and 2.1 */
	expect("Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==", "Aladdin", "open sesame");
	expect("Basic dGVzdDoxMjPCow==", "test", "123\xc2\xa3");
	expect("Basic YTpi", "a", "b");
	expect("basic YTpi", "a", "b");
	expect("BASIC   YTpi", "a", "b");
	expect("Basic Og==", "", "");
	expect("Basic YTo=", "a", "");
	expect("Basic OmI=", "", "b");
	expect("Basic YTpiOmM6", "a", "b:c:");
	expect("Basic YTr7////", "a", "\xfb\xff\xff\xff");
}

static void other_schemes_and_forms_are_refused(void)
{
	refused("");
	refused("Basic");
	refused("Basic ");
	refused("BasicYTpi");
	refused("Basic\tYTpi");
	refused(" Basic YTpi");
	refused("Digest username=\"a\"");
	refused("Bearer YTpi");
	refused("YTpi");
	refused("Basic YTpi YTpi");
	refused("Basic YTpi,Basic YTpi");
}

static void base64_is_strict(void)
{
	refused("Basic YTo"); /* no padding */
	refused("Basic Og");  /* likewise */
	refused("Basic Og="); /* half of it */
	refused("Basic YTpi====");
	refused("Basic ====");
	refused("Basic =TpiYTpi");
	refused("Basic YTo=YTpi"); /* padding in the middle */
	refused("Basic YTp=");	   /* stray bits under the padding */
	refused("Basic Oh==");
	refused("Basic YT=i");
	refused("Basic YTpi\n");
	refused("Basic YT pi");
	refused("Basic YTr_____");
	refused("Basic YTr----");
	refused("Basic YTp\xff");
	refused("Basic YTpiY");
	refused("Basic YTpi ");
}

static void control_characters_are_refused(void)
{
	refused("Basic YToA");	   /* NUL at the end of the password */
	refused("Basic AGE6Yg=="); /* NUL before the user name */
	refused("Basic YQA6Yg==");
	refused("Basic YTphCmI=");
	refused("Basic YTp/");
	refused("Basic YTof");
}

static void credentials_without_a_colon_are_refused(void)
{
	refused("Basic YWI=");
	refused("Basic YWJj");
}

static void the_longest_fill_the_buffer_and_no_more_is_taken(void)
{
	char value[BASIC_CREDENTIALS_VALUE_MAX + 5] = "Basic Omlp"; /* ":ii", and then "iii" again and again */
	char password[BASIC_CREDENTIALS_MAX] = "";

	for (size_t at = 10; at < BASIC_CREDENTIALS_VALUE_MAX; at += 4)
		memcpy(value + at, "aWlp", 5);
	memset(password, 'i', BASIC_CREDENTIALS_MAX - 1);
	expect(value, "", password);
	strcat(value, "aWlp");
	refused(value);
}

static void every_octet_that_is_not_sent_is_missed(void)
{
	static const char value[] = "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==";
	struct basic_credentials credentials;

	for (size_t length = 0; length < strlen(value); length++) {
		/* From the group with the colon on, whole groups are shorter credentials. */
		bool shorter = length >= 6 + 12 && (length - 6) % 4 == 0;

		CU_ASSERT_EQUAL(read_value(&credentials, value, length), shorter);
	}
}

int main(void)
{
	return TESTS_RUN(
	    "Basic credentials", TEST(user_and_password_are_decoded), TEST(other_schemes_and_forms_are_refused),
	    TEST(base64_is_strict), TEST(control_characters_are_refused), TEST(credentials_without_a_colon_are_refused),
	    TEST(the_longest_fill_the_buffer_and_no_more_is_taken), TEST(every_octet_that_is_not_sent_is_missed));
}
