/* SPDX-License-Identifier: BSD-3-Clause */
/* Each text in a table is found with the number that it was first added with, however many there are. */
#include <stdio.h>
#include <string.h>

#include <text_table.h>

#include "support.h"

static uint32_t add(struct text_table *table, const char *key, uint32_t value)
{
	uint32_t earlier = 12345;

	CU_ASSERT_TRUE_FATAL(text_table_add(table, key, value, &earlier));
	return earlier;
}

static void an_empty_table_has_nothing(void)
{
	struct text_table table = {.capacity = 0};

	CU_ASSERT_EQUAL(text_table_find(&table, ""), TEXT_TABLE_NONE);
	CU_ASSERT_EQUAL(text_table_find(&table, "a"), TEXT_TABLE_NONE);
	text_table_free(&table);
}

static void the_first_number_stays(void)
{
	struct text_table table = {.capacity = 0};

	CU_ASSERT_EQUAL(add(&table, "a", 7), TEXT_TABLE_NONE);
	CU_ASSERT_EQUAL(add(&table, "", 8), TEXT_TABLE_NONE);
	CU_ASSERT_EQUAL(add(&table, "a", 9), 7);
	CU_ASSERT_EQUAL(text_table_find(&table, "a"), 7);
	CU_ASSERT_EQUAL(text_table_find(&table, ""), 8);
	CU_ASSERT_EQUAL(text_table_find(&table, "A"), TEXT_TABLE_NONE);
	CU_ASSERT_EQUAL(table.count, 2);
	text_table_free(&table);
	CU_ASSERT_EQUAL(text_table_find(&table, "a"), TEXT_TABLE_NONE);
}

static void the_texts_are_copies(void)
{
	struct text_table table = {.capacity = 0};
	char text[] = "abc";

	add(&table, text, 1);
	text[0] = 'x';
	CU_ASSERT_EQUAL(text_table_find(&table, "abc"), 1);
	CU_ASSERT_EQUAL(text_table_find(&table, "xbc"), TEXT_TABLE_NONE);
	text_table_free(&table);
}

static void many_texts_are_kept_apart(void)
{
	struct text_table table = {.capacity = 0};
	char text[5000];

	for (unsigned i = 0; i < 20000; i++) {
		snprintf(text, sizeof(text), "name %u", i);
		CU_ASSERT_EQUAL(add(&table, text, i), TEXT_TABLE_NONE);
	}
	memset(text, 'a', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	CU_ASSERT_EQUAL(add(&table, text, 20000), TEXT_TABLE_NONE);
	CU_ASSERT_EQUAL(text_table_find(&table, text), 20000);
	for (unsigned i = 0; i < 20000; i++) {
		snprintf(text, sizeof(text), "name %u", i);
		CU_ASSERT_EQUAL(text_table_find(&table, text), i);
	}
	text_table_free(&table);
}

int main(void)
{
	return TESTS_RUN("table of texts", TEST(an_empty_table_has_nothing), TEST(the_first_number_stays),
			 TEST(the_texts_are_copies), TEST(many_texts_are_kept_apart));
}
