/* SPDX-License-Identifier: BSD-3-Clause */
/* An allowed connection to an intercepted port: the server gets the client's own hello, from whom and where it should.
 */
#include "scene.h"

static const char web[] = "filter web\nrow allow a.test\nno_fqdn allow\nservice s web\n";

static struct octets hello, server_hello;

static void converse(const struct scene_policy *policy, enum family family, size_t cut)
{
	scene_begin(policy, family);
	scene_connect_transparent();
	CU_ASSERT(scene.client.connected); /* before anybody knows of a server */
	client_sends(hello.data, hello.length, cut);
	CU_ASSERT(server_got(hello.data, hello.length));
	server_sends(server_hello.data, server_hello.length);
	CU_ASSERT(client_got(server_hello.data, server_hello.length));
	client_sends("more", 4, 0);
	CU_ASSERT(server_got("more", 4));
	server_shuts();
	CU_ASSERT(scene.client.ended && !scene.server.ended);
	client_shuts();
	CU_ASSERT(scene.server.ended);
	scene_end();
}

static void the_hello_arrives_as_it_was_sent(void)
{
	converse(&(struct scene_policy){.text = web}, IPV4, 0);
	converse(&(struct scene_policy){.text = web}, IPV6, 0);
	converse(&(struct scene_policy){.text = web}, IPV4, 1);
}

static void the_name_is_resolved_again(void)
{
	converse(&(struct scene_policy){.text = web}, IPV4, 0);
	CU_ASSERT_EQUAL(scene.asked, 1);
	CU_ASSERT_STRING_EQUAL(scene.asked_name, "a.test");
}

static void the_gateway_dials_from_its_own_address(void)
{
	struct ip_address gateway = host_address(2, IPV6);

	scene_begin(&(struct scene_policy){.text = web}, IPV6);
	scene_connect_transparent();
	client_sends(hello.data, hello.length, 0);
	CU_ASSERT(address_equal(&scene.server.peer, &gateway));
	scene_end();
}

static void a_hello_of_16_kib_goes_through(void)
{
	static struct octets message, large;

	message.length = large.length = 0;
	hello_common(&message, HELLO_MESSAGE_MAX);
	stream_records(&large, &message, 1000);
	scene_begin(&(struct scene_policy){.text = web}, IPV4);
	scene_connect_transparent();
	client_sends(large.data, large.length, 0);
	CU_ASSERT(server_got(large.data, large.length));
	scene_end();
}

static void an_idle_flow_is_ended_by_fin(void)
{
	scene_begin(&(struct scene_policy){.text = web, .idle = 30000}, IPV4);
	scene_connect_transparent();
	client_sends(hello.data, hello.length, 0);
	server_sends(server_hello.data, server_hello.length);
	scene_wait(20000);
	client_says("still here");
	scene_wait(20000);
	CU_ASSERT(!scene.client.ended && !scene.server.ended);
	scene_wait(11000);
	CU_ASSERT(scene.client.ended && scene.server.ended);
	CU_ASSERT_EQUAL(scene_ended(REASON_IDLE), 1);
	scene_end();
}

int main(void)
{
	scene_prepare();
	scene_client_hello(&hello, "a.test");
	scene_server_hello(&server_hello, false);
	return TESTS_RUN("transparent flows that are allowed", TEST(the_hello_arrives_as_it_was_sent),
			 TEST(the_name_is_resolved_again), TEST(the_gateway_dials_from_its_own_address),
			 TEST(a_hello_of_16_kib_goes_through), TEST(an_idle_flow_is_ended_by_fin));
}
