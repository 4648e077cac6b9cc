/* SPDX-License-Identifier: BSD-3-Clause */
/* A server's RST is passed on when the client has what came before it, however long that takes, at little cost. */
#include "scene.h"

#define BODY 900000 /* more than a deaf client's window */

static const char policy[] = "filter web\nrow allow a.test\nservice s web\n";

static struct octets hello, server_hello;

/* Spliced; the client has not read what the server sent before its RST. */
static void begin(enum family family, size_t length)
{
	static const uint8_t body[BODY];

	scene_begin(&(struct scene_policy){.text = policy}, family);
	scene_connect_transparent();
	client_sends(hello.data, hello.length, 0);
	server_sends(server_hello.data, server_hello.length);
	CU_ASSERT(client_got(server_hello.data, server_hello.length));
	scene.deaf = true;
	server_sends(body, length);
	server_resets();
}

static void a_client_that_has_everything_is_reset_at_once(void)
{
	for (unsigned family = 0; family < FAMILIES; family++) {
		begin((enum family)family, 100);
		CU_ASSERT_EQUAL(scene.client.reason, TCP_END_RESET);
		CU_ASSERT_EQUAL(scene_ended(REASON_RESET_BY_SERVER), 1);
		scene_end();
	}
}

static void a_client_that_takes_nothing_is_looked_at_less_and_less_often(void)
{
	begin(IPV4, BODY);
	CU_ASSERT(!scene.client.closed);
	scene.timers = 0;
	scene_wait(60000);
	CU_ASSERT(!scene.client.closed);
	CU_ASSERT(scene.timers < 120);
	scene.timers = 0;
	scene_wait(60000);
	CU_ASSERT(scene.timers < 12);
	scene_end();
}

int main(void)
{
	scene_prepare();
	scene_client_hello(&hello, "a.test");
	scene_server_hello(&server_hello, false);
	return TESTS_RUN("servers that break", TEST(a_client_that_has_everything_is_reset_at_once),
			 TEST(a_client_that_takes_nothing_is_looked_at_less_and_less_often));
}
