/* SPDX-License-Identifier: BSD-3-Clause */
/* Open flows that are looked up again by a new policy: what it denies is reset on both sides and told, and all else
 * goes on as it was. */
#include <string.h>

#include "scene.h"

static const struct scene_policy allowing = {.text = "filter web\nrow allow a.test b.test\nservice s web\n"};
static const struct scene_policy logging = {.text = "filter web\nrow allow log a.test\nservice s web\n"};
static const struct scene_policy unlogged = {
    .text = "filter x\nany deny\nfilter web\nrow allow b.test\nrow deny a.test\nservice first x\nservice s web\n"};
static const struct scene_policy denying = {
    .text = "filter x\nany deny\nfilter web\nrow allow b.test\nrow deny log a.test\nservice first x\nservice s web\n"};
static const struct scene_policy denying_sni = {
    .text = "filter web\nrow deny log b.test\nrow allow a.test\nservice s web\n"};
static const struct scene_policy moved = {
    .text = "filter no\nany deny\nfilter web\nrow allow a.test\nno_fqdn allow\nservice first no\nservice s web\n"};
static const struct scene_policy without = {.text = "filter web\nrow allow a.test\nservice other web\n"};
static const struct scene_policy for_nobody = {.text = "filter web\nrow allow a.test\nservice s web\n",
					       .no_clients = true};
static const struct scene_policy nameless = {.text = "filter web\nrow allow a.test\nno_fqdn allow\nservice s web\n"};
static const struct scene_policy addressed = {.text =
						  "filter web\nrow allow 192.0.2.0/24 2001:db8::/64\nservice s web\n"};
static const struct scene_policy unaddressed = {
    .text = "filter web\nrow deny log 192.0.2.0/24 2001:db8::/64\nany allow\nservice s web\n"};

static struct octets hello_a, hello_b, hello_none, server_hello;

static void begin_explicit(const struct scene_policy *policy, enum family family, const struct octets *hello)
{
	scene_begin(policy, family);
	scene_connect_explicit();
	client_says("CONNECT a.test:443 HTTP/1.1\r\nHost: a.test\r\n\r\n");
	CU_ASSERT(client_got_text("HTTP/1.1 200 "));
	client_sends(hello->data, hello->length, 0);
	CU_ASSERT(server_got(hello->data, hello->length));
	server_sends(server_hello.data, server_hello.length);
	CU_ASSERT(client_got(server_hello.data, server_hello.length));
}

static void begin_transparent(const struct scene_policy *policy, enum family family, const struct octets *hello)
{
	scene_begin(policy, family);
	scene_connect_transparent();
	client_sends(hello->data, hello->length, 0);
	server_sends(server_hello.data, server_hello.length);
	CU_ASSERT(client_got(server_hello.data, server_hello.length));
	CU_ASSERT(server_got(hello->data, hello->length));
}

static void push(const struct scene_policy *policy)
{
	scene_push(policy);
	flows_reevaluate(scene.flows);
	scene_wait(100);
}

/* The record of the end of the only flow. */
static struct flow_record told_end(void)
{
	struct flow_record records[8];
	unsigned count = scene_told(records, 8);

	CU_ASSERT_FATAL(count > 0);
	CU_ASSERT_EQUAL(records[count - 1].event, FLOW_END);
	return records[count - 1];
}

static void was_cut(void)
{
	CU_ASSERT(scene.client.closed && scene.server.closed);
	CU_ASSERT_EQUAL(scene.client.reason, TCP_END_RESET);
	CU_ASSERT_EQUAL(scene.server.reason, TCP_END_RESET);
	CU_ASSERT_EQUAL(scene_ended(REASON_POLICY_REEVALUATED), 1);
}

static void goes_on(void)
{
	CU_ASSERT(!scene.client.closed && !scene.server.closed);
	client_sends("more", 4, 0);
	CU_ASSERT(server_got("more", 4));
	server_sends("and back", 8);
	CU_ASSERT(client_got("and back", 8));
	CU_ASSERT_EQUAL(scene_ended(REASON_POLICY_REEVALUATED), 0);
}

static void what_is_denied_now_is_reset_on_both_sides_and_told(void)
{
	for (unsigned family = 0; family < FAMILIES; family++) {
		struct flow_record record;

		begin_explicit(&allowing, (enum family)family, &hello_none);
		push(&denying);
		was_cut();
		record = told_end();
		CU_ASSERT_EQUAL(record.reason, REASON_POLICY_REEVALUATED);
		CU_ASSERT_EQUAL(record.close, FLOW_CLOSE_RESET);
		CU_ASSERT_EQUAL(record.action, FLOW_DENY);
		CU_ASSERT_EQUAL(record.match, FLOW_MATCH_ROW);
		CU_ASSERT_EQUAL(record.row, 1);
		CU_ASSERT_EQUAL(record.generation, scene.flows->policy.image->generation);
		CU_ASSERT_EQUAL(record.texts[FLOW_TEXT_FILTER].length, 3);
		CU_ASSERT_NSTRING_EQUAL(record.octets + record.texts[FLOW_TEXT_FILTER].first, "web", 3);
		CU_ASSERT(record.bytes_c2s > 0 && record.bytes_s2c == server_hello.length);
		scene_end();
	}
}

static void a_row_without_log_keeps_silent_of_it(void)
{
	struct flow_record records[8];

	begin_explicit(&allowing, IPV4, &hello_a);
	scene_told(records, 8);
	push(&unlogged);
	was_cut();
	CU_ASSERT_EQUAL(scene_told(records, 8), 0);
	scene_end();
}

static void told_host(const char *host)
{
	const struct flow_record record = told_end();

	CU_ASSERT_EQUAL(record.texts[FLOW_TEXT_HOST].length, strlen(host));
	CU_ASSERT_NSTRING_EQUAL(record.octets + record.texts[FLOW_TEXT_HOST].first, host, strlen(host));
}

static void both_names_of_a_flow_are_looked_up_and_the_one_that_is_denied_is_told(void)
{
	begin_explicit(&allowing, IPV4, &hello_b);
	push(&denying_sni);
	was_cut();
	told_host("b.test");
	scene_end();
	begin_explicit(&allowing, IPV4, &hello_b);
	push(&denying);
	was_cut();
	told_host("a.test");
	scene_end();
	scene_begin(&allowing, IPV6);
	scene_connect_explicit();
	client_says("CONNECT a.test:443 HTTP/1.1\r\nHost: a.test\r\n\r\n");
	client_sends(hello_b.data, hello_b.length, 0);
	push(&denying);
	was_cut();
	told_host("a.test");
	scene_end();
	begin_transparent(&allowing, IPV6, &hello_b);
	push(&denying_sni);
	was_cut();
	scene_end();
}

static void what_is_still_allowed_goes_on_with_the_generation_that_allowed_it(void)
{
	uint64_t generation;
	struct flow_record record;

	begin_explicit(&logging, IPV4, &hello_a);
	generation = scene.flows->policy.image->generation;
	push(&moved);
	goes_on();
	client_shuts();
	server_shuts();
	record = told_end();
	CU_ASSERT_EQUAL(record.action, FLOW_ALLOW);
	CU_ASSERT_EQUAL(record.generation, generation);
	CU_ASSERT_NOT_EQUAL(generation, scene.flows->policy.image->generation);
	scene_end();
}

static void a_flow_without_a_name_is_asked_as_such(void)
{
	begin_transparent(&nameless, IPV4, &hello_a);
	/* The server of one that tells no name would be where host 0 is not: so this one told its name in vain. */
	scene.flows->all[0].record.texts[FLOW_TEXT_SNI].length = 0;
	push(&moved);
	goes_on();
	push(&allowing);
	was_cut();
	scene_end();
}

static void an_address_is_asked_as_an_address(void)
{
	static const char *const requests[] = {"CONNECT 192.0.2.1:443 HTTP/1.1\r\nHost: 192.0.2.1\r\n\r\n",
					       "CONNECT [2001:db8::1]:443 HTTP/1.1\r\nHost: [2001:db8::1]\r\n\r\n"};

	for (unsigned family = 0; family < FAMILIES; family++) {
		scene_begin(&addressed, (enum family)family);
		scene_connect_explicit();
		client_says(requests[family]);
		CU_ASSERT(client_got_text("HTTP/1.1 200 "));
		client_sends(hello_none.data, hello_none.length, 0);
		server_sends(server_hello.data, server_hello.length);
		push(&addressed);
		CU_ASSERT(!scene.client.closed && !scene.server.closed);
		push(&unaddressed);
		was_cut();
		scene_end();
	}
}

static void without_its_service_a_flow_ends(void)
{
	struct flow_record record;

	begin_transparent(&allowing, IPV4, &hello_a);
	push(&without);
	was_cut();
	record = told_end();
	CU_ASSERT_EQUAL(record.action, FLOW_DENY);
	CU_ASSERT_EQUAL(record.match, FLOW_MATCH_NONE);
	CU_ASSERT_EQUAL(record.generation, scene.flows->policy.image->generation);
	scene_end();
}

static void a_client_that_the_service_is_not_for_any_more_is_cut(void)
{
	begin_explicit(&allowing, IPV4, &hello_a);
	push(&for_nobody);
	was_cut();
	scene_end();
	begin_transparent(&allowing, IPV6, &hello_a);
	push(&for_nobody);
	was_cut();
	scene_end();
}

/* Decided by its CONNECT, and waiting for the hello. */
static void an_opening_flow_that_was_decided_is_cut_too(void)
{
	scene_begin(&allowing, IPV4);
	scene_connect_explicit();
	client_says("CONNECT a.test:443 HTTP/1.1\r\nHost: a.test\r\n\r\n");
	CU_ASSERT(client_got_text("HTTP/1.1 200 "));
	push(&denying);
	was_cut();
	CU_ASSERT_EQUAL(told_end().reason, REASON_POLICY_REEVALUATED);
	scene_end();
}

static void one_that_was_not_is_decided_as_ever(void)
{
	scene_begin(&allowing, IPV4);
	scene_connect_explicit();
	push(&denying);
	CU_ASSERT(!scene.client.closed);
	client_says("CONNECT a.test:443 HTTP/1.1\r\nHost: a.test\r\n\r\n");
	CU_ASSERT(client_got_text("HTTP/1.1 403 "));
	CU_ASSERT_EQUAL(scene_ended(REASON_POLICY_REEVALUATED), 0);
	client_shuts();
	scene_end();
}

static void nothing_is_looked_up_unasked(void)
{
	begin_explicit(&allowing, IPV4, &hello_a);
	scene_push(&denying);
	scene_wait(100);
	goes_on();
	scene_end();
}

static void the_row_that_denies_is_counted(void)
{
	static uint64_t hits[64];

	begin_explicit(&allowing, IPV4, &hello_a);
	scene_push(&denying);
	scene.flows->policy.hits = hits;
	flows_reevaluate(scene.flows);
	scene_wait(100);
	was_cut();
	CU_ASSERT_EQUAL(hits[image_first_counter(scene.flows->policy.image, 1) + 1], 1);
	scene_end();
}

int main(void)
{
	scene_prepare();
	scene_client_hello(&hello_a, "a.test");
	scene_client_hello(&hello_b, "b.test");
	scene_client_hello(&hello_none, NULL);
	scene_server_hello(&server_hello, false);
	return TESTS_RUN(
	    "open flows that are looked up again", TEST(what_is_denied_now_is_reset_on_both_sides_and_told),
	    TEST(a_row_without_log_keeps_silent_of_it),
	    TEST(both_names_of_a_flow_are_looked_up_and_the_one_that_is_denied_is_told),
	    TEST(what_is_still_allowed_goes_on_with_the_generation_that_allowed_it),
	    TEST(a_flow_without_a_name_is_asked_as_such), TEST(an_address_is_asked_as_an_address),
	    TEST(without_its_service_a_flow_ends), TEST(a_client_that_the_service_is_not_for_any_more_is_cut),
	    TEST(an_opening_flow_that_was_decided_is_cut_too), TEST(one_that_was_not_is_decided_as_ever),
	    TEST(nothing_is_looked_up_unasked), TEST(the_row_that_denies_is_counted));
}
