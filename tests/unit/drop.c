/* SPDX-License-Identifier: BSD-3-Clause */
/* Every drop reason has a name of its own, fit for a metric's label, and a meaning. */
#include <string.h>

#include <tcpstack/drop.h>

#include "support.h"

static void names_are_words_joined_by_hyphens(void)
{
	for (enum drop_reason reason = 0; reason < DROP_REASONS; reason++) {
		const char *name = drop_name(reason);

		CU_ASSERT_TRUE(strlen(name) > 0);
		CU_ASSERT_EQUAL(strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-"), strlen(name));
	}
}

static void no_name_is_given_twice(void)
{
	for (enum drop_reason a = 0; a < DROP_REASONS; a++) {
		for (enum drop_reason b = 0; b < a; b++)
			CU_ASSERT_STRING_NOT_EQUAL(drop_name(a), drop_name(b));
	}
}

static void a_name_is_its_identifier_in_small_letters(void)
{
	static const char *const identifiers[] = {
#define DROP(identifier, name, meaning) #identifier,
#include <tcpstack/drop.def>
#undef DROP
	};

	for (enum drop_reason reason = 0; reason < DROP_REASONS; reason++) {
		char name[64] = "";

		for (size_t i = 0; identifiers[reason][i] != '\0' && i < sizeof(name) - 1; i++)
			name[i] = identifiers[reason][i] == '_' ? '-' : (char)(identifiers[reason][i] | 0x20);
		CU_ASSERT_STRING_EQUAL(drop_name(reason), name);
	}
}

static void every_reason_says_what_it_means(void)
{
	for (enum drop_reason reason = 0; reason < DROP_REASONS; reason++)
		CU_ASSERT_TRUE(strlen(drop_meaning(reason)) > 10);
	CU_ASSERT_STRING_EQUAL(drop_name(DROP_TCP_CHECKSUM), "tcp-checksum");
	CU_ASSERT_STRING_EQUAL(drop_meaning(DROP_TCP_CHECKSUM), "TCP checksum wrong");
}

int main(void)
{
	return TESTS_RUN("drop reasons", TEST(names_are_words_joined_by_hyphens), TEST(no_name_is_given_twice),
			 TEST(a_name_is_its_identifier_in_small_letters), TEST(every_reason_says_what_it_means));
}
