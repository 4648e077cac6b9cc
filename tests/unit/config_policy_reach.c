/* SPDX-License-Identifier: BSD-3-Clause */
/* Rows and intercepts that earlier ones leave nothing are refused; those that have something left are not. */
#include <stdio.h>
#include <stdlib.h>

#include "config_support.h"
#include "support.h"

/* A document whose filter has a row of each of two parts, both empty where they are NULL. */
static char *with_rows(const char *first, const char *second)
{
	char *text;

	if (asprintf(&text,
		     "{ \"categories\": [ { \"name\": \"c\" }, { \"name\": \"d\" } ], \"filters\": [ { \"name\": \"f\","
		     " \"rows\": [ { %s, \"action\": \"deny\" }, @{ %s, \"action\": \"allow\" } ],"
		     " \"any\": { \"action\": \"deny\" } } ] }",
		     first, second) < 0)
		abort();
	return text;
}

static void expect_dead(const char *first, const char *second)
{
	char *text = with_rows(first, second);

	config_expect_by(config_read_policy, text, "filters[0].rows[1]", "earlier rows match all");
	free(text);
}

static void expect_alive(const char *first, const char *second)
{
	char *marked = with_rows(first, second);
	size_t at;
	char *text = config_unmark(marked, &at);

	CU_ASSERT(config_accepts_by(config_read_policy, text));
	free(text);
	free(marked);
}

static void a_row_matches_something(void)
{
	config_expect_by(config_read_policy,
			 "{ \"filters\": [ { \"name\": \"f\", \"rows\": [ @{ \"label\": \"x\", \"names\": [],"
			 " \"action\": \"deny\" } ], \"any\": { \"action\": \"deny\" } } ] }",
			 "filters[0].rows[0]", "matches nothing; write names");
}

static void names_are_taken_by_names_and_wildcards(void)
{
	expect_dead("\"names\": [\"a.test\"]", "\"names\": [\"A.test.\"]");
	expect_dead("\"names\": [\"*.test\"]", "\"names\": [\"a.test\", \"b.c.test\"]");
	expect_dead("\"names\": [\"*.test\"]", "\"names\": [\"*.a.test\"]");
	expect_dead("\"names\": [\"*.a.test\"]", "\"names\": [\"*.a.test\"]");
	expect_alive("\"names\": [\"*.a.test\"]", "\"names\": [\"a.test\"]");
	expect_alive("\"names\": [\"a.test\"]", "\"names\": [\"*.a.test\"]");
	expect_alive("\"names\": [\"*.a.test\"]", "\"names\": [\"*.test\"]");
	expect_alive("\"names\": [\"*.a.test\"]", "\"names\": [\"ba.test\"]");
	expect_alive("\"names\": [\"a.test\"]", "\"names\": [\"a.test\", \"b.test\"]");
}

static void a_wildcard_within_the_row_takes_nothing_from_it(void)
{
	expect_alive("\"names\": [\"z.test\"]", "\"names\": [\"*.test\", \"a.test\"]");
	expect_alive("\"names\": [\"z.test\"]", "\"names\": [\"a.test\", \"a.test\"]");
}

static void other_parts_are_taken_by_the_same(void)
{
	expect_dead("\"regexes\": [\"a.*\"]", "\"regexes\": [\"a.*\"]");
	expect_dead("\"categories\": [\"c\", \"d\"]", "\"categories\": [\"d\"]");
	expect_dead("\"name_files\": [\"lists/malware.txt\"]", "\"name_files\": [\"lists/malware.txt\"]");
	expect_alive("\"regexes\": [\"a.*\"]", "\"regexes\": [\"b.*\"]");
	expect_alive("\"categories\": [\"c\"]", "\"categories\": [\"c\", \"d\"]");
	expect_alive("\"names\": [\"c\"]", "\"regexes\": [\"c\"]");
	expect_alive("\"names\": [\"c\"]", "\"categories\": [\"c\"]");
	expect_alive("\"names\": [\"*.example.test\"]", "\"name_files\": [\"lists/malware.txt\"]");
}

static void addresses_are_taken_by_wider_prefixes(void)
{
	expect_dead("\"addresses\": [\"10.0.0.0/8\"]", "\"addresses\": [\"10.1.0.0/16\", \"10.0.0.0/8\"]");
	expect_dead("\"addresses\": [\"0.0.0.0/0\"]", "\"addresses\": [\"192.0.2.1/32\"]");
	expect_dead("\"addresses\": [\"::/0\"]", "\"addresses\": [\"2001:db8::/33\"]");
	expect_alive("\"addresses\": [\"10.0.0.0/9\"]", "\"addresses\": [\"10.0.0.0/8\"]");
	expect_alive("\"addresses\": [\"::/0\"]", "\"addresses\": [\"10.0.0.0/8\"]");
	expect_alive("\"addresses\": [\"0.0.0.0/0\"]", "\"addresses\": [\"::/0\"]");
	expect_alive("\"addresses\": [\"10.0.0.0/8\"]", "\"addresses\": [\"11.0.0.0/8\"]");
}

/* Other filters, and the same one as a member, see nothing of each other's rows. */
static void filters_are_judged_by_themselves(void)
{
	CU_ASSERT(config_accepts_by(
	    config_read_policy,
	    "{ \"filters\": [ { \"name\": \"a\", \"rows\": [ { \"names\": [\"a.test\"], \"action\":"
	    " \"deny\" } ], \"any\": { \"action\": \"deny\" } }, { \"name\": \"b\", \"rows\": ["
	    " { \"names\": [\"a.test\"], \"action\": \"deny\" } ], \"any\": { \"action\": \"deny\" } },"
	    " { \"name\": \"g\", \"members\": [\"a\", \"b\"], \"any\": { \"action\": \"deny\" } } ] }"));
}

/* Two services of one intercept each, with what else the services have. */
static char *with_intercepts(const char *first, const char *rest, const char *second, const char *other_rest)
{
	char *text;

	if (asprintf(&text,
		     "{ \"filters\": [ { \"name\": \"f\", \"any\": { \"action\": \"deny\" } } ], \"services\": ["
		     " { \"name\": \"a\", \"filter\": \"f\"%s, \"transparent\": { \"intercepts\": [ %s ] } },"
		     " { \"name\": \"b\", \"filter\": \"f\"%s, \"transparent\": { \"intercepts\": [ @%s ] } } ] }",
		     rest, first, other_rest, second) < 0)
		abort();
	return text;
}

static void expect_shadowed(const char *first, const char *rest, const char *second, const char *other_rest)
{
	char *text = with_intercepts(first, rest, second, other_rest);

	config_expect_by(config_read_policy, text, "services[1].transparent.intercepts[0]",
			 "earlier intercepts take all");
	free(text);
}

static void expect_reached(const char *first, const char *rest, const char *second, const char *other_rest)
{
	char *marked = with_intercepts(first, rest, second, other_rest);
	size_t at;
	char *text = config_unmark(marked, &at);

	CU_ASSERT(config_accepts_by(config_read_policy, text));
	free(text);
	free(marked);
}

static void intercepts_are_taken_by_destination_and_port(void)
{
	expect_shadowed("{}", "", "{}", "");
	expect_shadowed("{}", "", "{ \"ports\": [443] }", "");
	expect_shadowed("{ \"ports\": [443, 8443] }", "", "{ \"ports\": [8443] }", "");
	expect_shadowed("{}", "", "{ \"to\": [\"10.0.0.0/8\", \"2001:db8::/32\"] }", "");
	expect_reached("{ \"ports\": [443] }", "", "{ \"ports\": [443, 8443] }", "");
	expect_reached("{ \"to\": [\"10.0.0.0/8\"] }", "", "{}", "");
	expect_reached("{ \"to\": [\"0.0.0.0/0\"] }", "", "{ \"to\": [\"0.0.0.0/0\", \"::/0\"] }", "");
	expect_reached("{ \"to\": [\"10.0.0.0/8\"] }", "", "{ \"to\": [\"11.0.0.0/8\"] }", "");
	expect_reached("{ \"to\": [\"::/0\"] }", "", "{ \"to\": [\"10.0.0.0/8\"] }", "");
}

static void intercepts_are_taken_by_interface(void)
{
	expect_shadowed("{}", "", "{ \"interface\": \"a\" }", "");
	expect_shadowed("{ \"interface\": \"a\" }", "", "{ \"interface\": \"a\" }", "");
	expect_reached("{ \"interface\": \"a\" }", "", "{ \"interface\": \"b\" }", "");
	expect_reached("{ \"interface\": \"a\" }", "", "{}", "");
}

static void intercepts_are_taken_by_client(void)
{
	expect_shadowed("{}", "", "{}", ", \"clients\": [\"10.0.0.0/8\"]");
	expect_shadowed("{}", ", \"clients\": [\"0.0.0.0/0\", \"::/0\"]", "{}", "");
	expect_shadowed("{}", ", \"clients\": [\"10.0.0.0/8\"]", "{}", ", \"clients\": [\"10.1.0.0/16\"]");
	expect_reached("{}", ", \"clients\": [\"10.0.0.0/8\"]", "{}", "");
	expect_reached("{}", ", \"clients\": [\"10.0.0.0/8\"]", "{}", ", \"clients\": [\"11.0.0.0/8\"]");
}

static void intercepts_of_one_service_are_in_order_too(void)
{
	config_expect_by(config_read_policy,
			 "{ \"filters\": [ { \"name\": \"f\", \"any\": { \"action\": \"deny\" } } ], \"services\": ["
			 " { \"name\": \"a\", \"filter\": \"f\", \"transparent\": { \"intercepts\": ["
			 " { \"to\": [\"10.0.0.0/8\"] }, @{ \"to\": [\"10.1.0.0/16\"] } ] } } ] }",
			 "services[0].transparent.intercepts[1]", "earlier intercepts take all");
}

int main(void)
{
	return TESTS_RUN("what can come into effect", TEST(a_row_matches_something),
			 TEST(names_are_taken_by_names_and_wildcards),
			 TEST(a_wildcard_within_the_row_takes_nothing_from_it), TEST(other_parts_are_taken_by_the_same),
			 TEST(addresses_are_taken_by_wider_prefixes), TEST(filters_are_judged_by_themselves),
			 TEST(intercepts_are_taken_by_destination_and_port), TEST(intercepts_are_taken_by_interface),
			 TEST(intercepts_are_taken_by_client), TEST(intercepts_of_one_service_are_in_order_too));
}
