/* SPDX-License-Identifier: BSD-3-Clause */
/* Names have addresses of two families, whose answers come apart: the client's family is preferred, and neither delays
 * the other for long (RFC 8305). */
#include "scene.h"

static const struct scene_policy policy = {.text = "filter web\nrow allow a.test\nservice s web\n"};
static const char request[] = "CONNECT a.test:443 HTTP/1.1\r\nHost: a.test\r\n\r\n";

static enum family other(enum family family)
{
	return family == IPV4 ? IPV6 : IPV4;
}

static void begin(enum family family)
{
	scene_begin(&policy, family);
	scene.answer_after = SCENE_NEVER;
	scene_connect_explicit();
	client_says(request);
	CU_ASSERT_EQUAL(scene.asked, 1);
}

static void resolves(enum family family, bool more)
{
	struct ip_address address = scene_server(family);

	scene_resolves(FLOWS_ANSWER_ADDRESSES, &address, 1, more);
}

static bool connected_over(enum family family)
{
	return scene.server.connections == 1 && address_is_ipv4(&scene.server.peer) == (family == IPV4);
}

static void the_family_of_the_client_is_dialled_as_soon_as_it_is_known(void)
{
	for (unsigned family = 0; family < FAMILIES; family++) {
		begin((enum family)family);
		resolves((enum family)family, true);
		CU_ASSERT(connected_over((enum family)family));
		CU_ASSERT(client_got_text("HTTP/1.1 200 "));
		CU_ASSERT_EQUAL(scene.untold, 1);
		scene_end();
	}
}

static void the_other_family_waits_for_a_moment(void)
{
	for (unsigned family = 0; family < FAMILIES; family++) {
		begin((enum family)family);
		resolves(other((enum family)family), true);
		CU_ASSERT_EQUAL(scene.server.connections, 0);
		scene_wait(20);
		resolves((enum family)family, false);
		CU_ASSERT(connected_over((enum family)family));
		CU_ASSERT_EQUAL(scene.untold, 0);
		scene_end();
	}
}

static void and_then_for_no_longer(void)
{
	for (unsigned family = 0; family < FAMILIES; family++) {
		begin((enum family)family);
		resolves(other((enum family)family), true);
		scene_wait(60);
		CU_ASSERT(connected_over(other((enum family)family)));
		CU_ASSERT(client_got_text("HTTP/1.1 200 "));
		scene_end();
	}
}

static void addresses_that_come_while_others_are_silent_are_tried_too(void)
{
	for (unsigned family = 0; family < FAMILIES; family++) {
		struct ip_address nobody = scene_nobody((enum family)family);

		begin((enum family)family);
		scene_resolves(FLOWS_ANSWER_ADDRESSES, &nobody, 1, true);
		scene_wait(1000);
		CU_ASSERT_EQUAL(scene.server.connections, 0);
		resolves(other((enum family)family), false);
		scene_wait(300);
		CU_ASSERT(connected_over(other((enum family)family)));
		CU_ASSERT(client_got_text("HTTP/1.1 200 "));
		scene_end();
	}
}

static void a_family_that_has_no_address_or_fails_does_not_hinder_the_other(void)
{
	static const enum flows_answer answers[] = {FLOWS_ANSWER_NONE, FLOWS_ANSWER_FAILED, FLOWS_ANSWER_TIMEOUT};

	for (unsigned i = 0; i < sizeof(answers) / sizeof(answers[0]); i++) {
		begin(IPV4);
		scene_resolves(answers[i], NULL, 0, true);
		CU_ASSERT_EQUAL(scene.server.connections, 0);
		resolves(IPV6, false);
		CU_ASSERT(connected_over(IPV6));
		scene_end();
	}
}

static void what_says_most_counts_when_neither_has_any(void)
{
	static const struct {
		enum flows_answer first, second;
		const char *status;
		enum reason reason;
	} cases[] = {
	    {FLOWS_ANSWER_NONE, FLOWS_ANSWER_NONE, "HTTP/1.1 502 ", REASON_NAME_NOT_FOUND},
	    {FLOWS_ANSWER_NONE, FLOWS_ANSWER_FAILED, "HTTP/1.1 502 ", REASON_DNS_FAILED},
	    {FLOWS_ANSWER_TIMEOUT, FLOWS_ANSWER_NONE, "HTTP/1.1 504 ", REASON_DNS_TIMEOUT},
	};

	for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		begin(IPV6);
		scene_resolves(cases[i].first, NULL, 0, true);
		CU_ASSERT_EQUAL(scene.client.length, 0);
		scene_resolves(cases[i].second, NULL, 0, false);
		CU_ASSERT(client_got_text(cases[i].status));
		client_shuts();
		CU_ASSERT_EQUAL(scene_ended(cases[i].reason), 1);
		scene_end();
	}
}

static void an_alias_that_is_denied_ends_it_even_when_it_comes_late(void)
{
	struct ip_address nobody = scene_nobody(IPV4);

	begin(IPV4);
	scene_resolves(FLOWS_ANSWER_ADDRESSES, &nobody, 1, true);
	scene_resolves(FLOWS_ANSWER_DENIED, NULL, 0, false);
	CU_ASSERT(client_got_text("HTTP/1.1 403 "));
	client_shuts();
	CU_ASSERT_EQUAL(scene_ended(REASON_DENIED_ALIAS), 1);
	scene_end();
}

static void a_client_that_leaves_meanwhile_takes_the_question_back(void)
{
	begin(IPV4);
	resolves(IPV6, true);
	client_resets();
	CU_ASSERT_EQUAL(scene.untold, 1);
	scene_end();
}

int main(void)
{
	scene_prepare();
	return TESTS_RUN("two families", TEST(the_family_of_the_client_is_dialled_as_soon_as_it_is_known),
			 TEST(the_other_family_waits_for_a_moment), TEST(and_then_for_no_longer),
			 TEST(addresses_that_come_while_others_are_silent_are_tried_too),
			 TEST(a_family_that_has_no_address_or_fails_does_not_hinder_the_other),
			 TEST(what_says_most_counts_when_neither_has_any),
			 TEST(an_alias_that_is_denied_ends_it_even_when_it_comes_late),
			 TEST(a_client_that_leaves_meanwhile_takes_the_question_back));
}
