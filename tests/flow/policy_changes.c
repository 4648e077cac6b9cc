/* SPDX-License-Identifier: BSD-3-Clause */
/* A policy that comes while a flow is opening decides what is still to be decided, for the service of the same name. */
#include <string.h>

#include "scene.h"

static const struct scene_policy before = {.text = "filter web\nrow allow a.test\nservice s web\n"};
static const struct scene_policy moved = {
    .text = "filter no\nany deny\nfilter web\nrow allow a.test\nservice first no\nservice s web\n"};
static const struct scene_policy stricter = {.text = "filter web\nrow deny a.test\nservice s web\n"};
static const struct scene_policy without = {.text = "filter web\nrow allow a.test\nservice other web\n"};
static const char request[] = "CONNECT a.test:443 HTTP/1.1\r\nHost: a.test\r\n\r\n";

static struct octets hello, server_hello;

static void begin(enum family family, const struct scene_policy *pushed)
{
	scene_begin(&before, family);
	scene_connect_explicit();
	client_says(request);
	CU_ASSERT(client_got_text("HTTP/1.1 200 "));
	scene_push(pushed);
	client_sends(hello.data, hello.length, 0);
}

static void a_service_is_found_again_wherever_it_stands(void)
{
	for (unsigned family = 0; family < FAMILIES; family++) {
		begin((enum family)family, &moved);
		CU_ASSERT(server_got(hello.data, hello.length));
		scene_end();
	}
}

static void what_is_still_to_be_decided_obeys_the_new_policy(void)
{
	begin(IPV4, &stricter);
	client_shuts();
	CU_ASSERT_EQUAL(scene_ended(REASON_DENIED_ROW), 1);
	CU_ASSERT_EQUAL(scene.server.length, 0);
	scene_end();
}

/* The CONNECT was allowed, and the hello names another host: what the policy before said of the former counts no more.
 */
static void both_names_are_decided_by_the_same_policy(void)
{
	static const struct scene_policy both = {.text = "filter web\nrow allow a.test b.test\nservice s web\n"};
	static const struct scene_policy one = {.text =
						    "filter web\nrow allow b.test\nrow deny a.test\nservice s web\n"};
	static struct octets other;

	scene_client_hello(&other, "b.test");
	scene_begin(&both, IPV4);
	scene_connect_explicit();
	client_says(request);
	CU_ASSERT(client_got_text("HTTP/1.1 200 "));
	scene_push(&one);
	client_sends(other.data, other.length, 0);
	client_shuts();
	CU_ASSERT_EQUAL(scene_ended(REASON_DENIED_ROW), 1);
	CU_ASSERT_EQUAL(scene.server.length, 0);
	scene_end();
}

static void without_the_service_nothing_is_allowed(void)
{
	begin(IPV4, &without);
	client_shuts();
	CU_ASSERT_EQUAL(scene_ended(REASON_DENIED_ANY), 1);
	CU_ASSERT_EQUAL(scene.server.length, 0);
	scene_end();
}

/* `connect` says where a CONNECT goes, and so the one that is in force when it is decided. */
static void a_connect_goes_the_way_of_the_new_policy(void)
{
	struct scene_policy other = before;

	other.other_connect = true;
	for (unsigned family = 0; family < FAMILIES; family++) {
		scene_begin(&before, (enum family)family);
		scene_connect_explicit();
		client_sends(request, 10, 0);
		scene_push(&other);
		client_says(request + 10);
		CU_ASSERT(server_got_forwarded(request));
		CU_ASSERT(client_got(NULL, 0));
		scene_end();
		scene_begin(&before, (enum family)family);
		scene_connect_forward();
		client_sends(request, 10, 0);
		scene_push(&other);
		client_says(request + 10);
		CU_ASSERT(client_got_text("HTTP/1.1 200 "));
		CU_ASSERT(server_got(NULL, 0));
		scene_end();
	}
}

/* Its line names the new policy, by which it would have gone to the next proxy. */
static void what_went_the_old_way_is_denied(void)
{
	struct scene_policy other = before;
	struct flow_record records[2];

	other.other_connect = true;
	begin(IPV4, &other);
	client_shuts();
	CU_ASSERT_EQUAL(scene_ended(REASON_DENIED_ANY), 1);
	CU_ASSERT_EQUAL(scene.server.length, 0);
	CU_ASSERT_EQUAL_FATAL(scene_told(records, 2), 1);
	CU_ASSERT_EQUAL(records[0].action, FLOW_DENY);
	CU_ASSERT_EQUAL(records[0].match, FLOW_MATCH_NONE);
	CU_ASSERT_EQUAL(records[0].generation, scene.flows->policy.image->generation);
	scene_end();
}

static void expect_no_client(void)
{
	struct flow_record records[2];

	CU_ASSERT_EQUAL(scene_ended(REASON_CLIENT_NOT_ALLOWED), 1);
	CU_ASSERT_EQUAL(scene.server.length, 0);
	CU_ASSERT_EQUAL_FATAL(scene_told(records, 2), 1);
	CU_ASSERT_EQUAL(records[0].action, FLOW_DENY);
	CU_ASSERT_EQUAL(records[0].generation, scene.flows->policy.image->generation);
	scene_end();
}

static void who_is_no_client_any_more_is_refused(void)
{
	struct scene_policy others = before;

	others.no_clients = true;
	for (unsigned family = 0; family < FAMILIES; family++) {
		scene_begin(&before, (enum family)family);
		scene_connect_explicit();
		scene_push(&others);
		client_says(request);
		CU_ASSERT(client_got_text("HTTP/1.1 403 "));
		CU_ASSERT_EQUAL(scene.asked, 0);
		client_shuts();
		expect_no_client();
		begin((enum family)family, &others);
		CU_ASSERT_EQUAL(scene.client.reason, TCP_END_RESET);
		expect_no_client();
		scene_begin(&before, (enum family)family);
		scene_connect_transparent();
		scene_push(&others);
		client_sends(hello.data, hello.length, 0);
		CU_ASSERT_EQUAL(scene.client.reason, TCP_END_RESET);
		expect_no_client();
	}
}

static void what_is_open_stays_open(void)
{
	begin(IPV6, &moved);
	CU_ASSERT(server_got(hello.data, hello.length));
	server_sends(server_hello.data, server_hello.length);
	CU_ASSERT(client_got(server_hello.data, server_hello.length));
	scene_push(&without);
	client_sends("more", 4, 0);
	CU_ASSERT(server_got("more", 4));
	scene_end();
}

static bool text_is(const struct flow_record *record, enum flow_text text, const char *wanted)
{
	return record->texts[text].length == strlen(wanted) &&
	       memcmp(record->octets + record->texts[text].first, wanted, strlen(wanted)) == 0;
}

/* A CONNECT is decided by the third row of a filter, and the name in the hello by the first one of another policy's. */
static void told_of_two_policies(const char *second, struct flow_record records[3])
{
	scene_begin(&(struct scene_policy){.text = "filter old\nrow allow x.test\nrow allow y.test\n"
						   "row allow log a.test\nservice s old\n"},
		    IPV4);
	scene_connect_explicit();
	client_says(request);
	scene_push(&(struct scene_policy){.text = second});
	client_sends(hello.data, hello.length, 0);
	client_resets();
	CU_ASSERT_EQUAL_FATAL(scene_told(records, 3), 3);
	CU_ASSERT_EQUAL(records[0].row, 2);
	scene_end();
}

static void of_two_that_are_as_strict_the_log_tells_of_the_newer_one(void)
{
	struct flow_record records[3];

	told_of_two_policies("filter first\nany deny\nfilter new\nrow allow log a.test\nservice s new\n", records);
	for (unsigned i = 1; i < 3; i++) {
		CU_ASSERT_EQUAL(records[i].generation, records[0].generation + 1);
		CU_ASSERT_EQUAL(records[i].row, 0);
		CU_ASSERT(text_is(&records[i], FLOW_TEXT_FILTER, "new"));
	}
}

static void a_policy_that_comes_takes_no_filter_its_name(void)
{
	struct flow_record records[3];

	scene_begin(&(struct scene_policy){.text = "filter old\nrow allow log a.test\nservice s old\n"}, IPV4);
	scene_connect_explicit();
	client_says(request);
	scene_push(&moved);
	client_resets();
	CU_ASSERT_EQUAL_FATAL(scene_told(records, 3), 2);
	CU_ASSERT_EQUAL(records[1].generation, records[0].generation);
	CU_ASSERT(text_is(&records[1], FLOW_TEXT_FILTER, "old"));
	scene_end();
}

int main(void)
{
	scene_prepare();
	scene_client_hello(&hello, "a.test");
	scene_server_hello(&server_hello, false);
	return TESTS_RUN("policies that change", TEST(a_service_is_found_again_wherever_it_stands),
			 TEST(what_is_still_to_be_decided_obeys_the_new_policy),
			 TEST(both_names_are_decided_by_the_same_policy), TEST(without_the_service_nothing_is_allowed),
			 TEST(a_connect_goes_the_way_of_the_new_policy), TEST(what_went_the_old_way_is_denied),
			 TEST(who_is_no_client_any_more_is_refused), TEST(what_is_open_stays_open),
			 TEST(of_two_that_are_as_strict_the_log_tells_of_the_newer_one),
			 TEST(a_policy_that_comes_takes_no_filter_its_name));
}
