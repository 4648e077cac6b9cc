/* SPDX-License-Identifier: BSD-3-Clause */
/* What stands in policy.json comes to the member that is meant, and what does not has its default. */
#include <stdlib.h>
#include <string.h>

#include <config/policy.h>
#include <notation.h>

#include "config_support.h"
#include "support.h"

static struct policy load(const char *text)
{
	struct config_error error;
	struct policy policy;

	if (!policy_parse("test", EXAMPLES, text, strlen(text), &policy, &error)) {
		config_error_print(&error, stderr);
		abort();
	}
	return policy;
}

static struct policy load_full(void)
{
	char *text = config_full_policy();
	struct policy policy = load(text);

	free(text);
	return policy;
}

static void expect_prefix(const struct gateway_prefix *prefix, const char *text, unsigned length)
{
	char buffer[NOTATION_ADDRESS_SIZE];

	CU_ASSERT_STRING_EQUAL(notation_format(&prefix->address, buffer), text);
	CU_ASSERT_EQUAL(prefix->length, length);
}

static void expect_pattern(const struct policy_patterns *patterns, size_t place, const char *name, bool wildcard)
{
	CU_ASSERT_FATAL(place < patterns->count);
	CU_ASSERT_STRING_EQUAL(patterns->items[place].name, name);
	CU_ASSERT_EQUAL(patterns->items[place].wildcard, wildcard);
}

static void expect_verdict(const struct policy_verdict *verdict, enum policy_action action, bool log, bool exception)
{
	CU_ASSERT_EQUAL(verdict->action, action);
	CU_ASSERT_EQUAL(verdict->log, log);
	CU_ASSERT_EQUAL(verdict->decryption_exception, exception);
}

static void an_empty_document_serves_nothing(void)
{
	struct policy policy = load("{}");

	CU_ASSERT_EQUAL(policy.service_count, 0);
	CU_ASSERT_EQUAL(policy.filter_count, 0);
	CU_ASSERT_EQUAL(policy.category_count, 0);
	policy_free(&policy);
}

static void what_is_absent_has_its_default(void)
{
	struct policy policy =
	    load("{ \"services\": [ { \"name\": \"e\", \"filter\": \"f\", \"clients\": [\"10.0.0.0/8\"],"
		 "    \"explicit\": { \"listeners\": [ { \"address\": \"192.0.2.1\", \"port\": 3128 } ] } },"
		 "  { \"name\": \"t\", \"filter\": \"f\", \"transparent\": { \"intercepts\": [ {} ] } } ],"
		 "  \"filters\": [ { \"name\": \"f\", \"rows\": [ { \"names\": [\"a.test\"], \"action\": \"deny\" } ],"
		 "    \"any\": { \"action\": \"allow\" } } ] }");
	const struct policy_service *forward = &policy.services[0];
	const struct policy_service *transparent = &policy.services[1];
	const struct policy_filter *filter = &policy.filters[0];

	CU_ASSERT_EQUAL(forward->type, POLICY_EXPLICIT);
	CU_ASSERT_EQUAL(forward->connect, POLICY_CONNECT_TERMINATE);
	CU_ASSERT_PTR_NULL(forward->next_hop_host);
	CU_ASSERT_EQUAL_FATAL(forward->connect_port_count, 1);
	CU_ASSERT_EQUAL(forward->connect_ports[0], 443);
	CU_ASSERT_EQUAL(forward->source_address, POLICY_SOURCE_GATEWAY);
	CU_ASSERT_EQUAL(forward->non_tls, POLICY_NON_TLS_DENY);
	CU_ASSERT_EQUAL(forward->ech, POLICY_ECH_ALLOW);
	CU_ASSERT_EQUAL(forward->private_network_count, 0);
	CU_ASSERT_EQUAL(forward->user_count, 0);
	CU_ASSERT_EQUAL(forward->connections_per_client, 1024);
	CU_ASSERT_EQUAL(forward->timeouts.connect, 5000);
	CU_ASSERT_EQUAL(forward->timeouts.hello, 10000);
	CU_ASSERT_EQUAL(forward->timeouts.idle, 3600000);
	CU_ASSERT_EQUAL(forward->timeouts.half_closed, 300000);
	CU_ASSERT_EQUAL(forward->timeouts.drain, 30000);

	CU_ASSERT_EQUAL(transparent->type, POLICY_TRANSPARENT);
	CU_ASSERT_EQUAL(transparent->client_count, 0);
	CU_ASSERT_EQUAL(transparent->connect_port_count, 0);
	CU_ASSERT_PTR_NULL(transparent->intercepts[0].interface);
	CU_ASSERT_EQUAL_FATAL(transparent->intercepts[0].to_count, 2);
	expect_prefix(&transparent->intercepts[0].to[0], "0.0.0.0", 96);
	expect_prefix(&transparent->intercepts[0].to[1], "::", 0);
	CU_ASSERT_EQUAL_FATAL(transparent->intercepts[0].port_count, 1);
	CU_ASSERT_EQUAL(transparent->intercepts[0].ports[0], 443);
	CU_ASSERT_EQUAL(transparent->server_address, POLICY_SERVER_RESOLVE);
	CU_ASSERT_EQUAL(transparent->deny, POLICY_DENY_ALERT);
	CU_ASSERT_FALSE(transparent->allow_udp);

	CU_ASSERT_PTR_NULL(filter->rows[0].label);
	expect_verdict(&filter->rows[0].verdict, POLICY_DENY, true, false);
	CU_ASSERT_FALSE(filter->has_uncategorized);
	expect_verdict(&filter->any, POLICY_ALLOW, true, false);
	expect_verdict(&filter->no_fqdn, POLICY_DENY, true, false);
	policy_free(&policy);
}

static void services_come_to_their_place(void)
{
	struct policy policy = load_full();
	const struct policy_service *proxy = &policy.services[0];
	const struct policy_service *relay = &policy.services[1];
	const struct policy_service *guests = &policy.services[2];
	char buffer[NOTATION_ADDRESS_SIZE];

	CU_ASSERT_STRING_EQUAL(proxy->name, "proxy");
	CU_ASSERT_EQUAL_FATAL(proxy->listener_count, 2);
	CU_ASSERT_STRING_EQUAL(notation_format(&proxy->listeners[1].address, buffer), "fd77:1::1");
	CU_ASSERT_EQUAL(proxy->listeners[1].port, 3128);
	CU_ASSERT_EQUAL(proxy->connect_ports[1], 8443);
	CU_ASSERT_EQUAL_FATAL(proxy->user_count, 1);
	CU_ASSERT_STRING_EQUAL(proxy->users[0].name, "ada");
	CU_ASSERT_EQUAL(strncmp(proxy->users[0].password, "$6$", 3), 0);
	expect_prefix(&proxy->clients[0], "10.77.1.0", 120);
	expect_prefix(&proxy->private_networks[1], "fd77:2::", 64);
	CU_ASSERT_EQUAL(proxy->connections_per_client, 256);

	CU_ASSERT_EQUAL(relay->connect, POLICY_CONNECT_FORWARD);
	CU_ASSERT_STRING_EQUAL(relay->next_hop_host, "proxy.example.test");
	CU_ASSERT_EQUAL(relay->next_hop_port, 3128);

	CU_ASSERT_EQUAL(guests->type, POLICY_TRANSPARENT);
	CU_ASSERT_STRING_EQUAL(guests->intercepts[0].interface, "client");
	CU_ASSERT_EQUAL(guests->intercepts[0].ports[1], 8443);
	policy_free(&policy);
}

/* A transparent service with this key. */
static struct policy_service service_of(const char *within, const char *beside)
{
	struct policy_service service;
	struct policy policy;
	char *text;

	if (asprintf(&text,
		     "{ \"filters\": [ { \"name\": \"f\", \"any\": { \"action\": \"deny\" } } ], \"services\": [ {"
		     " \"name\": \"s\", \"filter\": \"f\", \"transparent\": { \"intercepts\": [{}]%s } %s } ] }",
		     within, beside) < 0)
		abort();
	policy = load(text);
	service = policy.services[0]; /* only its choices are looked at */
	policy_free(&policy);
	free(text);
	return service;
}

static void each_word_is_the_choice_that_it_says(void)
{
#define WITHIN(key, word) service_of(", \"" key "\": \"" word "\"", "")
#define BESIDE(key, word) service_of("", ", \"" key "\": \"" word "\"")
	CU_ASSERT_EQUAL(WITHIN("server_address", "resolve").server_address, POLICY_SERVER_RESOLVE);
	CU_ASSERT_EQUAL(WITHIN("server_address", "original").server_address, POLICY_SERVER_ORIGINAL);
	CU_ASSERT_EQUAL(WITHIN("server_address", "verify").server_address, POLICY_SERVER_VERIFY);
	CU_ASSERT_EQUAL(WITHIN("deny", "alert").deny, POLICY_DENY_ALERT);
	CU_ASSERT_EQUAL(WITHIN("deny", "reset").deny, POLICY_DENY_RESET);
	CU_ASSERT_EQUAL(WITHIN("deny", "drop").deny, POLICY_DENY_DROP);
	CU_ASSERT_EQUAL(BESIDE("source_address", "gateway").source_address, POLICY_SOURCE_GATEWAY);
	CU_ASSERT_EQUAL(BESIDE("source_address", "client").source_address, POLICY_SOURCE_CLIENT);
	CU_ASSERT_EQUAL(BESIDE("non_tls", "deny").non_tls, POLICY_NON_TLS_DENY);
	CU_ASSERT_EQUAL(BESIDE("non_tls", "tunnel").non_tls, POLICY_NON_TLS_TUNNEL);
	CU_ASSERT_EQUAL(BESIDE("ech", "allow").ech, POLICY_ECH_ALLOW);
	CU_ASSERT_EQUAL(BESIDE("ech", "deny").ech, POLICY_ECH_DENY);
}

static void references_become_places(void)
{
	struct policy policy = load_full();

	CU_ASSERT_STRING_EQUAL(policy.filters[policy.services[0].filter].name, "staff");
	CU_ASSERT_STRING_EQUAL(policy.filters[policy.services[1].filter].name, "lists");
	CU_ASSERT_STRING_EQUAL(policy.filters[policy.services[2].filter].name, "guests");
	CU_ASSERT_EQUAL_FATAL(policy.filters[2].member_count, 2);
	CU_ASSERT_EQUAL(policy.filters[2].members[0], 0);
	CU_ASSERT_EQUAL(policy.filters[2].members[1], 1);
	CU_ASSERT_EQUAL_FATAL(policy.filters[3].rows[0].category_count, 1);
	CU_ASSERT_STRING_EQUAL(policy.categories[policy.filters[3].rows[0].categories[0]].name, "news");
	policy_free(&policy);
}

static void filters_come_to_their_place(void)
{
	struct policy policy = load_full();
	const struct policy_filter *work = &policy.filters[1];

	CU_ASSERT_EQUAL_FATAL(work->row_count, 3);
	CU_ASSERT_STRING_EQUAL(work->rows[0].label, "bank");
	expect_pattern(&work->rows[0].names, 0, "bank.example.test", false);
	expect_pattern(&work->rows[0].names, 1, "bank.example.test", true);
	expect_verdict(&work->rows[0].verdict, POLICY_ALLOW, true, true);
	CU_ASSERT_EQUAL_FATAL(work->rows[1].regex_count, 1);
	CU_ASSERT_STRING_EQUAL(work->rows[1].regexes[0], "build[0-9]+\\.example\\.test");
	expect_verdict(&work->rows[1].verdict, POLICY_ALLOW, false, false);
	expect_prefix(&work->rows[2].addresses[0], "10.77.2.64", 124);
	CU_ASSERT_FALSE(work->has_uncategorized);
	CU_ASSERT_TRUE(policy.filters[2].has_uncategorized);
	expect_verdict(&policy.filters[2].uncategorized, POLICY_DENY, true, false);
	policy_free(&policy);
}

static void names_of_the_document_come_before_those_of_files(void)
{
	struct policy policy = load_full();
	const struct policy_patterns *names = &policy.categories[0].names;

	CU_ASSERT_EQUAL_FATAL(names->count, 5);
	expect_pattern(names, 0, "ads.example.test", true);
	expect_pattern(names, 1, "banner.example.test", false);
	expect_pattern(names, 2, "counter.example.test", false);
	expect_pattern(names, 3, "tracker.example.test", false);
	expect_pattern(names, 4, "pixel.example.test", false);
	CU_ASSERT_EQUAL(policy.filters[1].rows[1].names.count, 0);
	CU_ASSERT_PTR_NULL(policy.filters[1].rows[1].names.items);
	policy_free(&policy);
}

static void names_come_in_their_one_form(void)
{
	struct policy policy =
	    load("{ \"services\": [ { \"name\": \"e\", \"filter\": \"f\", \"clients\": [\"::/0\"], \"explicit\": {"
		 "    \"listeners\": [ { \"address\": \"192.0.2.1\", \"port\": 1 } ], \"connect\": \"forward\","
		 "    \"next_hop\": { \"host\": \"Proxy.TEST.\", \"port\": 8080 } } },"
		 "  { \"name\": \"g\", \"filter\": \"f\", \"clients\": [\"::/0\"], \"explicit\": {"
		 "    \"listeners\": [ { \"address\": \"192.0.2.1\", \"port\": 2 } ], \"connect\": \"forward\","
		 "    \"next_hop\": { \"host\": \"2001:DB8:0::1\", \"port\": 8080 } } } ],"
		 "  \"filters\": [ { \"name\": \"f\", \"any\": { \"action\": \"deny\" }, \"rows\": ["
		 "    { \"names\": [\"A.Test.\", \"*.B.TEST\"], \"action\": \"allow\" } ] } ] }");

	CU_ASSERT_STRING_EQUAL(policy.services[0].next_hop_host, "proxy.test");
	CU_ASSERT_STRING_EQUAL(policy.services[1].next_hop_host, "2001:db8::1");
	expect_pattern(&policy.filters[0].rows[0].names, 0, "a.test", false);
	expect_pattern(&policy.filters[0].rows[0].names, 1, "b.test", true);
	policy_free(&policy);
}

static void a_refused_text_leaves_the_old_policy_alone(void)
{
	static const char bad[] = "{ \"filters\": [ { \"name\": \"f\" } ] }";
	struct policy policy = load_full();
	struct policy before = policy;
	struct config_error error;

	CU_ASSERT_FALSE(policy_parse("test", EXAMPLES, bad, strlen(bad), &policy, &error));
	CU_ASSERT_EQUAL(memcmp(&before, &policy, sizeof(before)), 0);
	policy_free(&policy);
	CU_ASSERT_PTR_NULL(policy.services);
	policy_free(&policy); /* does nothing */
}

int main(void)
{
	return TESTS_RUN("values of policy.json", TEST(an_empty_document_serves_nothing),
			 TEST(what_is_absent_has_its_default), TEST(services_come_to_their_place),
			 TEST(each_word_is_the_choice_that_it_says), TEST(references_become_places),
			 TEST(filters_come_to_their_place), TEST(names_of_the_document_come_before_those_of_files),
			 TEST(names_come_in_their_one_form), TEST(a_refused_text_leaves_the_old_policy_alone));
}
