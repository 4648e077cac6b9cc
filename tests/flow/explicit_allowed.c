/* SPDX-License-Identifier: BSD-3-Clause */
/* An allowed CONNECT: 200 when the server is there, and then all is the two ends' own. */
#include "scene.h"

static const char policy[] = "filter web\nrow allow a.test\nservice s web\n";
static const char request[] = "CONNECT a.test:443 HTTP/1.1\r\nHost: a.test\r\n\r\n";

static struct octets hello, server_hello;

static void converse(enum family family, size_t cut)
{
	scene_begin(&(struct scene_policy){.text = policy}, family);
	scene_connect_explicit();
	client_says(request);
	CU_ASSERT(client_got_text("HTTP/1.1 200 "));
	CU_ASSERT_STRING_EQUAL(scene.asked_name, "a.test");
	client_sends(hello.data, hello.length, cut);
	CU_ASSERT(server_got(hello.data, hello.length));
	server_sends(server_hello.data, server_hello.length);
	CU_ASSERT(client_got(server_hello.data, server_hello.length));
	client_sends("more", 4, 0);
	CU_ASSERT(server_got("more", 4));
	server_sends("and back", 8);
	CU_ASSERT(client_got("and back", 8));
	client_shuts();
	CU_ASSERT(scene.server.ended && !scene.client.ended);
	server_sends("after the end of the other", 26);
	CU_ASSERT(client_got("after the end of the other", 26));
	server_shuts();
	CU_ASSERT(scene.client.ended);
	CU_ASSERT_EQUAL(scene_ended(REASON_CLOSED_BY_CLIENT), 1);
	scene_end();
}

static void the_hello_arrives_as_it_was_sent_and_so_does_all_else(void)
{
	converse(IPV4, 0);
	converse(IPV6, 0);
}

static void it_may_come_octet_by_octet(void)
{
	converse(IPV4, 1);
	converse(IPV6, 7);
}

static void it_may_come_with_the_request(void)
{
	static struct octets both;

	scene_begin(&(struct scene_policy){.text = policy}, IPV4);
	scene_connect_explicit();
	octets_add(&both, request, sizeof(request) - 1);
	octets_add(&both, hello.data, hello.length);
	client_sends(both.data, both.length, 0);
	CU_ASSERT(client_got_text("HTTP/1.1 200 "));
	CU_ASSERT(server_got(hello.data, hello.length));
	scene_end();
}

static void a_reset_of_the_server_becomes_one_of_the_client(void)
{
	scene_begin(&(struct scene_policy){.text = policy}, IPV4);
	scene_connect_explicit();
	client_says(request);
	client_sends(hello.data, hello.length, 0);
	server_sends(server_hello.data, server_hello.length);
	server_resets();
	scene_wait(100);
	CU_ASSERT_EQUAL(scene.client.reason, TCP_END_RESET);
	CU_ASSERT(client_got_text("HTTP/1.1 200 "));
	CU_ASSERT_EQUAL(scene_ended(REASON_RESET_BY_SERVER), 1);
	scene_end();
}

int main(void)
{
	scene_prepare();
	scene_client_hello(&hello, "a.test");
	scene_server_hello(&server_hello, false);
	return TESTS_RUN("explicit flows that are allowed", TEST(the_hello_arrives_as_it_was_sent_and_so_does_all_else),
			 TEST(it_may_come_octet_by_octet), TEST(it_may_come_with_the_request),
			 TEST(a_reset_of_the_server_becomes_one_of_the_client));
}
