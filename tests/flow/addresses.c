/* SPDX-License-Identifier: BSD-3-Clause */
/* Only addresses that a service may dial are dialled, and just those that were looked at. */
#include <stdio.h>

#include "scene.h"

static const struct scene_policy all = {.text = "filter web\nrow allow 0.0.0.0/0 ::/0\nany allow\nservice s web\n"};
static const uint8_t alert[] = {21, 3, 3, 0, 2, 2, 112};

/* Of machines and networks that nobody outside is to reach. */
static const char *const forbidden[] = {
    "127.0.0.1",
    "127.255.255.254",
    "10.0.0.1",
    "172.16.0.1",
    "192.168.1.1",
    "100.64.0.1",
    "169.254.1.1",
    "169.254.169.254",
    "0.0.0.0",
    "224.0.0.1",
    "255.255.255.255",
    "203.0.113.1",
    "::1",
    "::",
    "fe80::1",
    "fd00::1",
    "ff02::1",
    "fec0::1",
    "64:ff9b::7f00:1",
    "64:ff9b::a00:1",
    "2002:7f00:1::1",
    "2001:db8:ffff::1",
    "::7f00:1",
    "::a00:1",
};

static struct octets hello, server_hello;

static bool is_ipv4(const char *address)
{
	struct ip_address read = scene_address(address);

	return address_is_ipv4(&read);
}

static void explicit_client_says(const char *host)
{
	char request[128];

	snprintf(request, sizeof(request), "CONNECT %s:443 HTTP/1.0\r\n\r\n", host);
	client_says(request);
}

static void answered(const char *beginning, enum reason reason)
{
	CU_ASSERT(client_got_text(beginning));
	CU_ASSERT(scene.client.ended);
	CU_ASSERT_EQUAL(scene.server.connections, 0);
	client_shuts();
	CU_ASSERT_EQUAL(scene_ended(reason), 1);
	scene_end();
}

static void alerted(enum reason reason)
{
	CU_ASSERT(client_got(alert, sizeof(alert)));
	CU_ASSERT(scene.client.ended);
	CU_ASSERT_EQUAL(scene.server.connections, 0);
	client_shuts();
	CU_ASSERT_EQUAL(scene_ended(reason), 1);
	scene_end();
}

static void a_forbidden_address_that_is_asked_for_gets_403(void)
{
	char host[64];

	for (size_t i = 0; i < RTE_DIM(forbidden); i++) {
		snprintf(host, sizeof(host), is_ipv4(forbidden[i]) ? "%s" : "[%s]", forbidden[i]);
		scene_begin(&all, i % 2 == 0 ? IPV4 : IPV6);
		scene_connect_explicit();
		explicit_client_says(host);
		answered("HTTP/1.1 403 ", REASON_ADDRESS_FORBIDDEN);
	}
}

/* Nobody here dials it, but whoever asked for it would reach it all the same. */
static void another_proxy_is_not_asked_for_one(void)
{
	char host[64];

	for (size_t i = 0; i < RTE_DIM(forbidden); i++) {
		snprintf(host, sizeof(host), is_ipv4(forbidden[i]) ? "%s" : "[%s]", forbidden[i]);
		scene_begin(&all, i % 2 == 0 ? IPV4 : IPV6);
		scene_connect_forward();
		explicit_client_says(host);
		answered("HTTP/1.1 403 ", REASON_ADDRESS_FORBIDDEN);
	}
}

static void unless_the_service_allows_its_network(void)
{
	static const char *const requests[] = {"CONNECT 192.0.2.77:443 HTTP/1.0\r\n\r\n",
					       "CONNECT [2001:db8::77]:443 HTTP/1.0\r\n\r\n"};
	struct scene_policy none = all;

	none.no_private_networks = true;
	for (enum family family = IPV4; family < FAMILIES; family++) {
		scene_begin(&all, family);
		scene_connect_forward();
		client_says(requests[family]);
		CU_ASSERT(server_got_forwarded(requests[family]));
		scene_end();
		scene_begin(&none, family);
		scene_connect_forward();
		client_says(requests[family]);
		answered("HTTP/1.1 403 ", REASON_ADDRESS_FORBIDDEN);
	}
}

static void one_that_dns_gives_gets_403_too(void)
{
	for (size_t i = 0; i < RTE_DIM(forbidden); i++) {
		scene_begin(&all, i % 2 == 0 ? IPV4 : IPV6);
		scene.addresses[scene.address_count++] = scene_address(forbidden[i]);
		scene_connect_explicit();
		explicit_client_says("a.test");
		answered("HTTP/1.1 403 ", REASON_ADDRESS_FORBIDDEN);
	}
}

static void and_on_an_intercepted_port_an_alert(void)
{
	for (size_t i = 0; i < RTE_DIM(forbidden); i++) {
		scene_begin(&all, i % 2 == 0 ? IPV4 : IPV6);
		scene.addresses[scene.address_count++] = scene_address(forbidden[i]);
		scene_connect_transparent();
		client_sends(hello.data, hello.length, 0);
		alerted(REASON_ADDRESS_FORBIDDEN);
	}
}

static void the_gateways_own_address_is_a_loop(void)
{
	static const char *const own[] = {"192.0.2.2", "2001:db8::2"};

	for (enum family family = IPV4; family < FAMILIES; family++) {
		scene_begin(&all, family);
		scene_connect_explicit();
		explicit_client_says(family == IPV4 ? "192.0.2.2" : "[2001:db8::2]");
		answered("HTTP/1.1 403 ", REASON_ADDRESS_OWN);
		scene_begin(&all, family);
		scene_connect_forward();
		explicit_client_says(family == IPV4 ? "192.0.2.2" : "[2001:db8::2]");
		answered("HTTP/1.1 403 ", REASON_ADDRESS_OWN);
		for (unsigned i = 0; i < RTE_DIM(own); i++) {
			scene_begin(&all, family);
			scene.addresses[scene.address_count++] = scene_address(own[i]);
			scene_connect_explicit();
			explicit_client_says("a.test");
			answered("HTTP/1.1 403 ", REASON_ADDRESS_OWN);
			scene_begin(&all, family);
			scene.addresses[scene.address_count++] = scene_address(own[i]);
			scene_connect_transparent();
			client_sends(hello.data, hello.length, 0);
			alerted(REASON_ADDRESS_OWN);
		}
	}
}

static void the_address_that_was_dialled_is_looked_at_like_one_of_dns(void)
{
	static const char text[] = "filter web\nany allow\nno_fqdn allow\nservice s web\n";
	static struct octets nameless;

	scene_client_hello(&nameless, NULL);
	for (enum family family = IPV4; family < FAMILIES; family++) {
		scene_begin(&(struct scene_policy){.text = text, .server_address = POLICY_SERVER_ORIGINAL}, family);
		scene_connect_transparent();
		client_sends(hello.data, hello.length, 0);
		CU_ASSERT_EQUAL(scene.asked, 0);
		alerted(REASON_ADDRESS_FORBIDDEN);
		scene_begin(&(struct scene_policy){.text = text}, family);
		scene_connect_transparent();
		client_sends(nameless.data, nameless.length, 0);
		CU_ASSERT_EQUAL(scene.asked, 0);
		alerted(REASON_ADDRESS_FORBIDDEN);
	}
}

static void of_several_addresses_the_forbidden_ones_are_left_out(void)
{
	for (enum family family = IPV4; family < FAMILIES; family++) {
		scene_begin(&all, family);
		scene.addresses[scene.address_count++] = scene_address("127.0.0.1");
		scene.addresses[scene.address_count++] = scene_address("::1");
		scene.addresses[scene.address_count++] = scene_address(family == IPV4 ? "192.0.2.2" : "2001:db8::2");
		scene.addresses[scene.address_count++] = scene_address(family == IPV4 ? "192.0.2.1" : "2001:db8::1");
		scene_connect_transparent();
		client_sends(hello.data, hello.length, 0);
		CU_ASSERT(server_got(hello.data, hello.length));
		scene_end();
	}
}

/* Who could answer otherwise a second time has no second time. */
static void dns_is_asked_once_and_what_it_said_is_dialled(void)
{
	scene_begin(&all, IPV4);
	scene_connect_explicit();
	explicit_client_says("a.test");
	CU_ASSERT(client_got_text("HTTP/1.1 200 "));
	scene.addresses[0] = scene_address("127.0.0.1");
	client_sends(hello.data, hello.length, 0);
	CU_ASSERT(server_got(hello.data, hello.length));
	CU_ASSERT_EQUAL(scene.asked, 1);
	CU_ASSERT_EQUAL(scene.server.connections, 1);
	scene_end();
}

static void after_a_dead_address_the_next_one_is_tried(void)
{
	static const char *const dead[] = {"198.51.100.1", "2001:db8:2::1"};
	static const char *const alive[] = {"192.0.2.1", "2001:db8::1"};

	for (enum family family = IPV4; family < FAMILIES; family++) {
		scene_begin(&all, family);
		scene.addresses[scene.address_count++] = scene_address(dead[family]);
		scene.addresses[scene.address_count++] = scene_address(alive[family]);
		scene_connect_transparent();
		client_sends(hello.data, hello.length, 0);
		scene_wait(300);
		CU_ASSERT(server_got(hello.data, hello.length));
		server_sends(server_hello.data, server_hello.length);
		CU_ASSERT(client_got(server_hello.data, server_hello.length));
		scene_end();
	}
}

static void the_clients_family_comes_first_and_the_other_one_after_it(void)
{
	static const char *const of[] = {"192.0.2.1", "2001:db8::1"};
	static const char *const dead[] = {"198.51.100.1", "2001:db8:2::1"};

	for (enum family family = IPV4; family < FAMILIES; family++) {
		scene_begin(&all, family);
		scene.addresses[scene.address_count++] = scene_address(of[!family]);
		scene.addresses[scene.address_count++] = scene_address(of[family]);
		scene_connect_transparent();
		client_sends(hello.data, hello.length, 0);
		CU_ASSERT(server_got(hello.data, hello.length));
		CU_ASSERT_EQUAL(address_is_ipv4(&scene.server.peer), family == IPV4);
		scene_end();
		scene_begin(&all, family);
		scene.addresses[scene.address_count++] = scene_address(dead[family]);
		scene.addresses[scene.address_count++] = scene_address(of[!family]);
		scene_connect_explicit();
		explicit_client_says("a.test");
		CU_ASSERT(client_got(NULL, 0));
		scene_wait(300);
		CU_ASSERT(client_got_text("HTTP/1.1 200 "));
		CU_ASSERT_EQUAL(address_is_ipv4(&scene.server.peer), family != IPV4);
		scene_end();
	}
}

static void an_alias_that_a_row_denies_gets_403_and_an_alert(void)
{
	for (enum family family = IPV4; family < FAMILIES; family++) {
		scene_begin(&all, family);
		scene.answer = FLOWS_ANSWER_DENIED;
		scene_connect_explicit();
		explicit_client_says("a.test");
		answered("HTTP/1.1 403 ", REASON_DENIED_ALIAS);
		scene_begin(&all, family);
		scene.answer = FLOWS_ANSWER_DENIED;
		scene_connect_transparent();
		client_sends(hello.data, hello.length, 0);
		alerted(REASON_DENIED_ALIAS);
	}
}

int main(void)
{
	scene_prepare();
	scene_client_hello(&hello, "a.test");
	scene_server_hello(&server_hello, false);
	return TESTS_RUN(
	    "addresses of servers", TEST(a_forbidden_address_that_is_asked_for_gets_403),
	    TEST(another_proxy_is_not_asked_for_one), TEST(unless_the_service_allows_its_network),
	    TEST(one_that_dns_gives_gets_403_too), TEST(and_on_an_intercepted_port_an_alert),
	    TEST(the_gateways_own_address_is_a_loop), TEST(the_address_that_was_dialled_is_looked_at_like_one_of_dns),
	    TEST(of_several_addresses_the_forbidden_ones_are_left_out),
	    TEST(dns_is_asked_once_and_what_it_said_is_dialled), TEST(after_a_dead_address_the_next_one_is_tried),
	    TEST(the_clients_family_comes_first_and_the_other_one_after_it),
	    TEST(an_alias_that_a_row_denies_gets_403_and_an_alert));
}
