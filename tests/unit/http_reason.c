/* SPDX-License-Identifier: BSD-3-Clause */
/* Every reason has a name of its own, fit for a metric's label, a meaning, and what HTTP and RFC 9209 say of it. */
#include <ctype.h>
#include <string.h>

#include <reason.h>

#include "support.h"

static void names_are_words_joined_by_hyphens(void)
{
	for (enum reason reason = 0; reason < REASONS; reason++) {
		const char *name = reason_name(reason);

		CU_ASSERT_TRUE(strlen(name) > 0);
		CU_ASSERT_EQUAL(strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-"), strlen(name));
	}
}

static void no_name_is_given_twice(void)
{
	for (enum reason a = 0; a < REASONS; a++) {
		for (enum reason b = 0; b < a; b++)
			CU_ASSERT_STRING_NOT_EQUAL(reason_name(a), reason_name(b));
	}
}

static void a_name_is_its_identifier_in_small_letters(void)
{
	static const char *const identifiers[] = {
#define REASON(identifier, name, status, proxy_error, ending, meaning) #identifier,
#include <reason.def>
#undef REASON
	};

	for (enum reason reason = 0; reason < REASONS; reason++) {
		char name[64] = "";

		for (size_t i = 0; identifiers[reason][i] != '\0' && i < sizeof(name) - 1; i++)
			name[i] = identifiers[reason][i] == '_' ? '-' : (char)(identifiers[reason][i] | 0x20);
		CU_ASSERT_STRING_EQUAL(reason_name(reason), name);
	}
}

static void every_meaning_is_a_sentence_of_printing_characters(void)
{
	for (enum reason reason = 0; reason < REASONS; reason++) {
		const char *meaning = reason_meaning(reason);

		CU_ASSERT_TRUE(strlen(meaning) > 20 && isupper((unsigned char)meaning[0]));
		CU_ASSERT_NOT_EQUAL(meaning[strlen(meaning) - 1], '.');
		for (size_t i = 0; meaning[i] != '\0'; i++)
			CU_ASSERT_TRUE(meaning[i] >= ' ' && meaning[i] <= '~' && meaning[i] != '|');
	}
}

static void every_status_has_a_phrase_and_a_proxy_error(void)
{
	for (enum reason reason = 0; reason < REASONS; reason++) {
		unsigned status = reason_status(reason);

		CU_ASSERT_EQUAL(reason_proxy_error(reason) != NULL, status != 0);
		if (status != 0)
			CU_ASSERT_PTR_NOT_NULL(reason_phrase(status));
	}
	CU_ASSERT_STRING_EQUAL(reason_phrase(403), "Forbidden");
	CU_ASSERT_PTR_NULL(reason_phrase(418));
}

/* Those of RFC 9209 section 2.3 that can happen here. */
static void proxy_errors_are_registered_ones(void)
{
	static const char *const registered[] = {
	    "connection_limit_reached",
	    "connection_refused",
	    "connection_timeout",
	    "destination_ip_prohibited",
	    "destination_ip_unroutable",
	    "dns_error",
	    "dns_timeout",
	    "http_protocol_error",
	    "http_request_denied",
	    "http_request_error",
	    "http_response_header_section_size",
	    "http_response_incomplete",
	    "http_response_timeout",
	    "proxy_loop_detected",
	};

	for (enum reason reason = 0; reason < REASONS; reason++) {
		const char *error = reason_proxy_error(reason);
		bool found = error == NULL;

		for (size_t i = 0; i < sizeof(registered) / sizeof(registered[0]) && !found; i++)
			found = strcmp(registered[i], error) == 0;
		CU_ASSERT_TRUE(found);
	}
}

/* The rows of the table of failures: what a client is told before its tunnel stands, and where no HTTP can be written.
 */
static void failures_are_told_as_the_table_says(void)
{
	static const struct {
		enum reason reason;
		unsigned status;
		enum reason_ending ending;
	} rows[] = {
	    {REASON_DENIED_ROW, 403, ENDING_UNRECOGNIZED_NAME},
	    {REASON_DENIED_UNCATEGORIZED, 403, ENDING_UNRECOGNIZED_NAME},
	    {REASON_DENIED_ANY, 403, ENDING_UNRECOGNIZED_NAME},
	    {REASON_DENIED_NO_FQDN, 403, ENDING_UNRECOGNIZED_NAME},
	    {REASON_DENIED_ALIAS, 403, ENDING_UNRECOGNIZED_NAME},
	    {REASON_REQUEST_LINE, 400, ENDING_NONE},
	    {REASON_REQUEST_TARGET, 400, ENDING_NONE},
	    {REASON_REQUEST_FIELD, 400, ENDING_NONE},
	    {REASON_REQUEST_HOST, 400, ENDING_NONE},
	    {REASON_REQUEST_BODY, 400, ENDING_NONE},
	    {REASON_REQUEST_TOO_LARGE, 431, ENDING_NONE},
	    {REASON_PORT_NOT_ALLOWED, 403, ENDING_NONE},
	    {REASON_REQUEST_METHOD, 405, ENDING_NONE},
	    {REASON_CREDENTIALS_MISSING, 407, ENDING_NONE},
	    {REASON_CREDENTIALS_WRONG, 407, ENDING_NONE},
	    {REASON_NAME_NOT_FOUND, 502, ENDING_INTERNAL_ERROR},
	    {REASON_DNS_FAILED, 502, ENDING_INTERNAL_ERROR},
	    {REASON_DNS_TIMEOUT, 504, ENDING_INTERNAL_ERROR},
	    {REASON_SERVER_REFUSED, 502, ENDING_RESET},
	    {REASON_SERVER_UNREACHABLE, 502, ENDING_RESET},
	    {REASON_CONNECT_TIMEOUT, 504, ENDING_RESET},
	    {REASON_ADDRESS_FORBIDDEN, 403, ENDING_UNRECOGNIZED_NAME},
	    {REASON_ADDRESS_OWN, 403, ENDING_UNRECOGNIZED_NAME},
	    {REASON_PROXY_LOOP, 403, ENDING_NONE},
	    {REASON_REQUEST_TIMEOUT, 408, ENDING_FIN},
	    {REASON_IDLE, 0, ENDING_FIN},
	    {REASON_OVERLOAD, 503, ENDING_RESET},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		CU_ASSERT_EQUAL(reason_status(rows[i].reason), rows[i].status);
		CU_ASSERT_EQUAL(reason_ending(rows[i].reason), rows[i].ending);
	}
}

int main(void)
{
	return TESTS_RUN("reasons", TEST(names_are_words_joined_by_hyphens), TEST(no_name_is_given_twice),
			 TEST(a_name_is_its_identifier_in_small_letters),
			 TEST(every_meaning_is_a_sentence_of_printing_characters),
			 TEST(every_status_has_a_phrase_and_a_proxy_error), TEST(proxy_errors_are_registered_ones),
			 TEST(failures_are_told_as_the_table_says));
}
