/* SPDX-License-Identifier: BSD-3-Clause */
/* The name of the CONNECT and that of the hello behind it: each is looked up, and the stricter answer counts. */
#include <stdio.h>
#include <string.h>

#include "scene.h"

static struct octets hello;

/* CONNECT to a target, and a hello for a name (NULL: without one). */
static void tunnel(const char *policy, const char *target, const char *name, enum family family)
{
	char request[256];

	scene_begin(&(struct scene_policy){.text = policy}, family);
	scene_connect_explicit();
	snprintf(request, sizeof(request), "CONNECT %s HTTP/1.1\r\nHost: %s\r\n\r\n", target, target);
	client_says(request);
	CU_ASSERT(client_got_text("HTTP/1.1 200 "));
	scene_client_hello(&hello, name);
	client_sends(hello.data, hello.length, 0);
}

static void passed(void)
{
	CU_ASSERT(server_got(hello.data, hello.length));
	CU_ASSERT(client_got(NULL, 0));
	scene_end();
}

static void denied(enum reason reason)
{
	static const uint8_t alert[] = {21, 3, 3, 0, 2, 2, 112};

	CU_ASSERT(client_got(alert, sizeof(alert)));
	CU_ASSERT(scene.client.ended);
	CU_ASSERT(server_got(NULL, 0));
	CU_ASSERT_EQUAL(scene.server.reason, TCP_END_RESET);
	client_shuts();
	CU_ASSERT_EQUAL(scene_ended(reason), 1);
	scene_end();
}

static void another_name_that_is_allowed_passes(void)
{
	for (enum family family = IPV4; family < FAMILIES; family++) {
		tunnel("filter web\nrow allow a.test\nrow allow b.test\nservice s web\n", "a.test:443", "b.test",
		       family);
		passed();
	}
}

static void another_name_that_is_denied_ends_it(void)
{
	for (enum family family = IPV4; family < FAMILIES; family++) {
		tunnel("filter web\nrow allow a.test\nservice s web\n", "a.test:443", "b.test", family);
		denied(REASON_DENIED_ANY);
		tunnel("filter web\nrow allow a.test\nrow deny b.test\nany allow\nservice s web\n", "a.test:443",
		       "b.test", family);
		denied(REASON_DENIED_ROW);
	}
}

static void a_name_above_or_below_is_another(void)
{
	tunnel("filter web\nrow allow *.a.test\nservice s web\n", "www.a.test:443", "a.test", IPV4);
	denied(REASON_DENIED_ANY);
	tunnel("filter web\nrow allow a.test\nservice s web\n", "a.test:443", "www.a.test", IPV6);
	denied(REASON_DENIED_ANY);
}

static void the_same_name_in_other_letters_is_the_same(void)
{
	tunnel("filter web\nrow allow a.test\nservice s web\n", "A.test.:443", "a.TEST", IPV4);
	passed();
}

static void behind_an_address_the_name_of_the_hello_is_asked_too(void)
{
	static const char policy[] =
	    "filter web\nrow allow 192.0.2.0/24 2001:db8::/64\nrow allow a.test\nservice s web\n";

	tunnel(policy, "192.0.2.1:443", "a.test", IPV4);
	passed();
	tunnel(policy, "[2001:db8::1]:443", "b.test", IPV6);
	denied(REASON_DENIED_ANY);
}

static void a_hello_without_a_name_is_the_connects(void)
{
	tunnel("filter web\nrow allow a.test\nservice s web\n", "a.test:443", NULL, IPV4);
	passed();
	tunnel("filter web\nrow allow 192.0.2.0/24 2001:db8::/64\nservice s web\n", "[2001:db8::1]:443", NULL, IPV6);
	passed();
}

/* Who hides a denied name behind an allowed CONNECT has dialled the allowed one only. */
static void only_the_connects_name_is_resolved(void)
{
	tunnel("filter web\nrow allow a.test\nrow allow b.test\nservice s web\n", "a.test:443", "b.test", IPV4);
	CU_ASSERT_EQUAL(scene.asked, 1);
	CU_ASSERT_STRING_EQUAL(scene.asked_name, "a.test");
	passed();
}

/* The line of the second decision, and that of the end, name this row, and the host that it is about. */
static void told(const char *policy, unsigned row, const char *host)
{
	struct flow_record records[3];

	tunnel(policy, "a.test:443", "b.test", IPV4);
	client_resets();
	CU_ASSERT_EQUAL_FATAL(scene_told(records, 3), 3);
	for (unsigned i = 1; i < 3; i++) {
		CU_ASSERT_EQUAL(records[i].row, row);
		CU_ASSERT_EQUAL(records[i].texts[FLOW_TEXT_HOST].length, strlen(host));
		CU_ASSERT_NSTRING_EQUAL(records[i].octets + records[i].texts[FLOW_TEXT_HOST].first, host, strlen(host));
	}
	scene_end();
}

static void the_log_tells_the_stricter_answer_with_its_name(void)
{
	told("filter web\nrow allow log a.test\nrow allow log exception b.test\nservice s web\n", 0, "a.test");
	told("filter web\nrow allow log exception a.test\nrow allow log b.test\nservice s web\n", 1, "b.test");
}

static void of_two_that_are_as_strict_it_tells_the_one_of_the_hello(void)
{
	told("filter web\nrow allow log a.test\nrow allow log b.test\nservice s web\n", 1, "b.test");
}

int main(void)
{
	scene_prepare();
	return TESTS_RUN(
	    "two names", TEST(another_name_that_is_allowed_passes), TEST(another_name_that_is_denied_ends_it),
	    TEST(a_name_above_or_below_is_another), TEST(the_same_name_in_other_letters_is_the_same),
	    TEST(behind_an_address_the_name_of_the_hello_is_asked_too), TEST(a_hello_without_a_name_is_the_connects),
	    TEST(only_the_connects_name_is_resolved), TEST(the_log_tells_the_stricter_answer_with_its_name),
	    TEST(of_two_that_are_as_strict_it_tells_the_one_of_the_hello));
}
