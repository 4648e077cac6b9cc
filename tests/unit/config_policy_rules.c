/* SPDX-License-Identifier: BSD-3-Clause */
/* Parts of policy.json that contradict each other are refused, at the later one. The '@' marks that place. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config_support.h"
#include "support.h"

#define FILTERS "\"filters\": [ { \"name\": \"f\", \"any\": { \"action\": \"deny\" } } ]"
#define LISTENER(port) "\"explicit\": { \"listeners\": [ { \"address\": \"192.0.2.1\", \"port\": " port " } ]"
#define CLIENTS "\"filter\": \"f\", \"clients\": [\"10.0.0.0/8\"]"

/* A document of this list of services, and a filter "f". */
static char *with_services(const char *services)
{
	char *text;

	return asprintf(&text, "{ " FILTERS ", \"services\": [ %s ] }", services) < 0 ? NULL : text;
}

static void expect_services(const char *services, const char *path, const char *words)
{
	char *text = with_services(services);

	config_expect_by(config_read_policy, text, path, words);
	free(text);
}

static void accept_services(const char *services)
{
	char *text = with_services(services);

	CU_ASSERT(config_accepts_by(config_read_policy, text));
	free(text);
}

static void expect(const char *text, const char *path, const char *words)
{
	config_expect_by(config_read_policy, text, path, words);
}

static void an_explicit_service_names_its_clients(void)
{
	expect_services("@{ \"name\": \"s\", \"filter\": \"f\", " LISTENER("1") " } }", "services[0].clients",
			"is no open proxy; write the networks");
	accept_services("{ \"name\": \"s\", " CLIENTS ", " LISTENER("1") " } }");
}

static void a_service_is_of_one_type(void)
{
	expect_services("@{ \"name\": \"s\", \"filter\": \"f\" }", "services[0]", "neither explicit nor transparent");
	expect_services("@{ \"name\": \"s\", " CLIENTS
			", " LISTENER("1") " }, \"transparent\": { \"intercepts\": [{}] } }",
			"services[0]", "both explicit and transparent");
}

static void forwarding_wants_a_next_hop_and_nothing_else_does(void)
{
	expect_services("{ \"name\": \"s\", " CLIENTS
			", \"explicit\": @{ \"listeners\": [ { \"address\": \"192.0.2.1\","
			"  \"port\": 1 } ], \"connect\": \"forward\" } }",
			"services[0].explicit.next_hop", "is missing, but \"connect\" is \"forward\"");
	expect_services("{ \"name\": \"s\", " CLIENTS
			", " LISTENER("1") ","
					   " \"next_hop\": @{ \"host\": \"a.test\", \"port\": 3128 } } }",
			"services[0].explicit.next_hop", "is only for");
	accept_services("{ \"name\": \"s\", " CLIENTS
			", " LISTENER("1") ", \"connect\": \"forward\","
					   " \"next_hop\": { \"host\": \"a.test\", \"port\": 3128 } } }");
}

static void names_are_given_once(void)
{
	expect_services("{ \"name\": \"s\", " CLIENTS ", " LISTENER("1") " } },"
									 "{ \"name\": @\"s\", " CLIENTS
									 ", " LISTENER("2") " } }",
			"services[1].name", "services[0] is called \"s\" too");
	expect("{ \"filters\": [ { \"name\": \"f\", \"any\": { \"action\": \"deny\" } },"
	       "  { \"name\": \"g\", \"any\": { \"action\": \"deny\" } },"
	       "  { \"name\": @\"f\", \"any\": { \"action\": \"allow\" } } ] }",
	       "filters[2].name", "filters[0] is called \"f\" too");
	expect("{ \"categories\": [ { \"name\": \"c\" }, { \"name\": @\"c\" } ] }", "categories[1].name",
	       "categories[0] is called \"c\" too");
}

static void users_are_named_once(void)
{
#define USER(name) "{ \"name\": " name ", \"password\": \"$5$salt$0123456789012345678901234567890123456789012\" }"
	expect_services("{ \"name\": \"s\", " CLIENTS
			", " LISTENER("1") ", \"users\": [" USER("\"a\"") "," USER("\"b\"") "," USER("@\"a\"") "] } }",
			"services[0].explicit.users[2].name", "users[0] is called \"a\" too");
	accept_services("{ \"name\": \"s\", " CLIENTS ", " LISTENER("1") ", \"users\": [" USER(
	    "\"a\"") "] } },"
		     "{ \"name\": \"t\", " CLIENTS ", " LISTENER("2") ", \"users\": [" USER("\"a\"") "] } }");
}

static void a_service_has_a_filter_that_exists(void)
{
	expect_services("{ \"name\": \"s\", \"filter\": @\"g\", \"transparent\": { \"intercepts\": [{}] } }",
			"services[0].filter", "no filter is called \"g\"");
}

static void two_services_do_not_listen_at_one_place(void)
{
	expect_services("{ \"name\": \"s\", " CLIENTS
			", " LISTENER("1") " } },"
					   "{ \"name\": \"t\", " CLIENTS ", \"explicit\": { \"listeners\": ["
					   "  { \"address\": \"192.0.2.2\", \"port\": 1 }, @{ \"address\": "
					   "\"192.0.2.1\", \"port\": 1 } ] } }",
			"services[1].explicit.listeners[1]", "services[0] listens there already");
	expect_services(
	    "{ \"name\": \"s\", " CLIENTS ", \"explicit\": { \"listeners\": ["
	    "  { \"address\": \"2001:db8::1\", \"port\": 1 }, @{ \"address\": \"2001:DB8:0::1\", \"port\": 1 } ] } }",
	    "services[0].explicit.listeners[1]", "services[0] listens there already");
	accept_services("{ \"name\": \"s\", " CLIENTS ", " LISTENER("1") " } },"
									 "{ \"name\": \"t\", " CLIENTS
									 ", " LISTENER("11") " } }");
}

static void listeners_are_at_addresses_of_a_host(void)
{
	static const char *const unfit[] = {"0.0.0.0", "::", "127.0.0.1", "::1", "224.0.0.1", "ff02::1"};
	char *services;

	for (size_t i = 0; i < sizeof(unfit) / sizeof(unfit[0]); i++) {
		if (asprintf(&services,
			     "{ \"name\": \"s\", " CLIENTS ", \"explicit\": { \"listeners\": ["
			     "  { \"address\": @\"%s\", \"port\": 1 } ] } }",
			     unfit[i]) < 0)
			abort();
		expect_services(services, "services[0].explicit.listeners[0].address", "choose another");
		free(services);
	}
}

static void groups_are_of_filters_that_exist_once(void)
{
#define PLAIN(name) "{ \"name\": " name ", \"any\": { \"action\": \"deny\" } }"
#define GROUP(name, members) "{ \"name\": " name ", \"members\": [" members "], \"any\": { \"action\": \"deny\" } }"
	expect("{ \"filters\": [ " PLAIN("\"a\"") ", " GROUP("\"g\"", "\"a\", @\"b\"") " ] }", "filters[1].members[1]",
	       "no filter is called \"b\"");
	expect("{ \"filters\": [ " PLAIN("\"a\"") ", " GROUP("\"g\"", "\"a\"") ", " GROUP("\"h\"", "@\"g\"") " ] }",
	       "filters[2].members[0]", "groups do not nest");
	expect("{ \"filters\": [ " GROUP("\"g\"", "@\"g\"") " ] }", "filters[0].members[0]", "groups do not nest");
	expect("{ \"filters\": [ " PLAIN("\"a\"") ", " GROUP("\"g\"", "\"a\", @\"a\"") " ] }", "filters[1].members[1]",
	       "is a member already");
	expect("{ \"filters\": [ " PLAIN("\"a\"") ", { \"name\": \"g\", \"members\": @[\"a\"], \"rows\": ["
						  "  { \"names\": [\"a.test\"], \"action\": \"deny\" } ], \"any\": { "
						  "\"action\": \"deny\" } } ] }",
	       "filters[1].members", "has no rows of its own");
	CU_ASSERT(config_accepts_by(config_read_policy,
				    "{ \"filters\": [ " GROUP("\"g\"", "\"a\"") ", " PLAIN("\"a\"") " ] }"));
}

static void a_row_has_categories_that_exist(void)
{
	expect("{ \"categories\": [ { \"name\": \"c\" } ], \"filters\": [ { \"name\": \"f\", \"rows\": ["
	       "  { \"categories\": [\"c\", @\"d\"], \"action\": \"deny\" } ], \"any\": { \"action\": \"deny\" } } ] }",
	       "filters[0].rows[0].categories[1]", "no category is called \"d\"");
}

/* Faults of different parts come together, in their order. */
static void all_faults_are_told(void)
{
	static const char text[] = "{ \"services\": [ { \"name\": \"s\", \"filter\": \"x\" } ],\n"
				   "  \"filters\": [ { \"name\": \"f\", \"members\": [\"y\"],\n"
				   "  \"any\": { \"action\": \"deny\" } },\n"
				   "  { \"name\": \"f\", \"any\": { \"action\": \"deny\" } } ] }";
	struct config_error error;

	CU_ASSERT_FALSE(config_read_policy(text, strlen(text), &error));
	CU_ASSERT_EQUAL_FATAL(error.count, 4);
	CU_ASSERT_STRING_EQUAL(error.faults[0].path, "services[0]");
	CU_ASSERT_STRING_EQUAL(error.faults[1].path, "services[0].filter");
	CU_ASSERT_STRING_EQUAL(error.faults[2].path, "filters[0].members[0]");
	CU_ASSERT_STRING_EQUAL(error.faults[3].path, "filters[1].name");
}

static void regular_expressions_have_a_bound_together(void)
{
	size_t size = 1 << 20;
	char *text = malloc(size);
	size_t used = (size_t)sprintf(text, "{ \"filters\": @[ ");

	for (unsigned i = 0; i < 3; i++) {
		used += (size_t)sprintf(text + used,
					"%s{ \"name\": \"f%u\", \"any\": { \"action\": \"deny\" }, \"rows\": ["
					"{ \"action\": \"deny\", \"regexes\": [\"a\"",
					i == 0 ? "" : ", ", i);
		for (unsigned j = 0; j < 6000; j++)
			used += (size_t)sprintf(text + used, ",\"b%u\"", j);
		used += (size_t)sprintf(text + used, "] } ] }");
	}
	sprintf(text + used, "] }");
	expect(text, "filters", "18003 regular expressions are too many");
	free(text);
}

int main(void)
{
	return TESTS_RUN("rules of policy.json", TEST(an_explicit_service_names_its_clients),
			 TEST(a_service_is_of_one_type), TEST(forwarding_wants_a_next_hop_and_nothing_else_does),
			 TEST(names_are_given_once), TEST(users_are_named_once),
			 TEST(a_service_has_a_filter_that_exists), TEST(two_services_do_not_listen_at_one_place),
			 TEST(listeners_are_at_addresses_of_a_host), TEST(groups_are_of_filters_that_exist_once),
			 TEST(a_row_has_categories_that_exist), TEST(all_faults_are_told),
			 TEST(regular_expressions_have_a_bound_together));
}
