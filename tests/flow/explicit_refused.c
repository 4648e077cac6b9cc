/* SPDX-License-Identifier: BSD-3-Clause */
/* Each way in which a CONNECT is refused: the status, the reason, and FIN behind it. */
#include <stdio.h>

#include "scene.h"

static const char web[] = "filter web\nrow allow a.test\nrow allow 192.0.2.0/24 2001:db8::/64\nservice s web\n";

static struct octets hello;

static void refused(const char *request, const char *status, enum reason reason)
{
	char beginning[32];

	client_says(request);
	snprintf(beginning, sizeof(beginning), "HTTP/1.1 %s ", status);
	CU_ASSERT(client_got_text(beginning));
	CU_ASSERT(scene.client.ended);
	CU_ASSERT_EQUAL(scene.server.connections, 0);
	client_shuts();
	CU_ASSERT_EQUAL(scene_ended(reason), 1);
	CU_ASSERT_EQUAL(scene.client.reason, TCP_END_FIN);
	scene_end();
}

static void begin(const struct scene_policy *policy, enum family family)
{
	scene_begin(policy, family);
	scene_connect_explicit();
}

#define REQUEST(target) "CONNECT " target " HTTP/1.1\r\nHost: " target "\r\n\r\n"

static void a_name_that_policy_denies_gets_403(void)
{
	begin(&(struct scene_policy){.text = "filter web\nrow deny a.test\nany allow\nservice s web\n"}, IPV4);
	refused(REQUEST("a.test:443"), "403", REASON_DENIED_ROW);
	begin(&(struct scene_policy){.text = web}, IPV6);
	refused(REQUEST("b.test:443"), "403", REASON_DENIED_ANY);
}

static void an_address_that_no_row_allows_gets_403(void)
{
	begin(&(struct scene_policy){.text = web}, IPV4);
	refused(REQUEST("198.51.100.1:443"), "403", REASON_DENIED_ANY);
}

static void a_client_of_no_network_gets_403(void)
{
	begin(&(struct scene_policy){.text = web, .no_clients = true}, IPV4);
	CU_ASSERT(client_got_text("HTTP/1.1 403 "));
	CU_ASSERT(scene.client.ended);
	client_shuts();
	CU_ASSERT_EQUAL(scene_ended(REASON_CLIENT_NOT_ALLOWED), 1);
	scene_end();
}

static void another_port_gets_403(void)
{
	begin(&(struct scene_policy){.text = web}, IPV4);
	refused(REQUEST("a.test:22"), "403", REASON_PORT_NOT_ALLOWED);
}

static void a_malformed_head_gets_400_and_another_method_405(void)
{
	begin(&(struct scene_policy){.text = web}, IPV4);
	refused("CONNECT a.test HTTP/1.1\r\nHost: a.test\r\n\r\n", "400", REASON_REQUEST_TARGET);
	begin(&(struct scene_policy){.text = web}, IPV6);
	refused("GET http://a.test/ HTTP/1.1\r\nHost: a.test\r\n\r\n", "405", REASON_REQUEST_METHOD);
}

static void a_name_that_does_not_exist_gets_502(void)
{
	begin(&(struct scene_policy){.text = web}, IPV4);
	scene.answer = FLOWS_ANSWER_NONE;
	refused(REQUEST("a.test:443"), "502", REASON_NAME_NOT_FOUND);
}

static void dns_that_fails_gets_502_and_dns_that_is_mute_504(void)
{
	begin(&(struct scene_policy){.text = web}, IPV4);
	scene.answer = FLOWS_ANSWER_FAILED;
	refused(REQUEST("a.test:443"), "502", REASON_DNS_FAILED);
	begin(&(struct scene_policy){.text = web}, IPV4);
	scene.answer = FLOWS_ANSWER_TIMEOUT;
	refused(REQUEST("a.test:443"), "504", REASON_DNS_TIMEOUT);
}

static void an_alias_that_a_row_denies_gets_403(void)
{
	begin(&(struct scene_policy){.text = web}, IPV4);
	scene.answer = FLOWS_ANSWER_DENIED;
	refused(REQUEST("a.test:443"), "403", REASON_DENIED_ALIAS);
}

static void a_private_address_gets_403_unless_the_service_allows_it(void)
{
	begin(&(struct scene_policy){.text = web, .no_private_networks = true}, IPV4);
	refused(REQUEST("a.test:443"), "403", REASON_ADDRESS_FORBIDDEN);
	begin(&(struct scene_policy){.text = web, .no_private_networks = true}, IPV6);
	refused(REQUEST("[2001:db8::1]:443"), "403", REASON_ADDRESS_FORBIDDEN);
}

static void the_gateways_own_address_gets_403(void)
{
	begin(&(struct scene_policy){.text = web}, IPV4);
	refused(REQUEST("192.0.2.2:443"), "403", REASON_ADDRESS_OWN);
}

static void a_server_that_refuses_gets_502(void)
{
	scene_begin(&(struct scene_policy){.text = web}, IPV4);
	scene.no_server = true;
	scene_connect_explicit();
	refused(REQUEST("a.test:443"), "502", REASON_SERVER_REFUSED);
}

static void a_server_that_nobody_finds_on_its_link_gets_502(void)
{
	begin(&(struct scene_policy){.text = web}, IPV4);
	client_says(REQUEST("192.0.2.77:443"));
	scene_wait(4000);
	CU_ASSERT(client_got_text("HTTP/1.1 502 "));
	client_shuts();
	CU_ASSERT_EQUAL(scene_ended(REASON_SERVER_UNREACHABLE), 1);
	scene_end();
}

static void a_head_that_does_not_come_in_time_gets_408(void)
{
	begin(&(struct scene_policy){.text = web}, IPV4);
	client_says("CONNECT a.test:443 HTTP/1.1\r\n");
	scene_wait(9500);
	CU_ASSERT(!scene.client.ended);
	scene_wait(1000);
	CU_ASSERT(client_got_text("HTTP/1.1 408 "));
	CU_ASSERT(scene.client.ended);
	client_shuts();
	CU_ASSERT_EQUAL(scene_ended(REASON_REQUEST_TIMEOUT), 1);
	scene_end();
}

static void a_client_that_does_not_close_is_reset_in_the_end(void)
{
	begin(&(struct scene_policy){.text = web}, IPV4);
	client_says(REQUEST("b.test:443"));
	CU_ASSERT(client_got_text("HTTP/1.1 403 "));
	scene_wait(3000);
	CU_ASSERT_EQUAL(scene.client.reason, TCP_END_RESET);
	CU_ASSERT_EQUAL(scene_ended(REASON_DENIED_ANY), 1);
	scene_end();
}

/* The second checkpoint: HTTP is over by now, so an alert tells it. */
static void another_name_in_the_hello_that_policy_denies_gets_an_alert(void)
{
	static const uint8_t alert[] = {21, 3, 3, 0, 2, 2, 112};

	begin(&(struct scene_policy){.text = web}, IPV4);
	client_says(REQUEST("a.test:443"));
	CU_ASSERT(client_got_text("HTTP/1.1 200 "));
	scene_client_hello(&hello, "b.test");
	client_sends(hello.data, hello.length, 0);
	CU_ASSERT(client_got(alert, sizeof(alert)));
	CU_ASSERT(scene.client.ended);
	CU_ASSERT(server_got(NULL, 0));
	client_shuts();
	CU_ASSERT_EQUAL(scene_ended(REASON_DENIED_ANY), 1);
	scene_end();
}

static void what_is_no_tls_is_ended_unless_the_service_tunnels_it(void)
{
	begin(&(struct scene_policy){.text = web}, IPV4);
	client_says(REQUEST("a.test:443"));
	CU_ASSERT(client_got_text("HTTP/1.1 200 "));
	client_says("SSH-2.0-OpenSSH_9.2p1\r\n");
	CU_ASSERT(client_got(NULL, 0) && scene.client.ended);
	CU_ASSERT(server_got(NULL, 0));
	client_shuts();
	CU_ASSERT_EQUAL(scene_ended(REASON_NOT_TLS), 1);
	scene_end();
	begin(&(struct scene_policy){.text = web, .non_tls = POLICY_NON_TLS_TUNNEL}, IPV4);
	client_says(REQUEST("a.test:443"));
	CU_ASSERT(client_got_text("HTTP/1.1 200 "));
	client_says("SSH-2.0-OpenSSH_9.2p1\r\n");
	CU_ASSERT(server_got("SSH-2.0-OpenSSH_9.2p1\r\n", 23));
	scene_end();
}

static void a_server_that_speaks_first_is_heard_after_the_time_for_a_hello(void)
{
	begin(&(struct scene_policy){.text = web, .non_tls = POLICY_NON_TLS_TUNNEL}, IPV4);
	client_says(REQUEST("a.test:443"));
	CU_ASSERT(client_got_text("HTTP/1.1 200 "));
	server_sends("220 ready\r\n", 11);
	CU_ASSERT(client_got(NULL, 0));
	scene_wait(10100);
	CU_ASSERT(client_got("220 ready\r\n", 11));
	scene_end();
}

int main(void)
{
	scene_prepare();
	return TESTS_RUN(
	    "explicit flows that are refused", TEST(a_name_that_policy_denies_gets_403),
	    TEST(an_address_that_no_row_allows_gets_403), TEST(a_client_of_no_network_gets_403),
	    TEST(another_port_gets_403), TEST(a_malformed_head_gets_400_and_another_method_405),
	    TEST(a_name_that_does_not_exist_gets_502), TEST(dns_that_fails_gets_502_and_dns_that_is_mute_504),
	    TEST(an_alias_that_a_row_denies_gets_403), TEST(a_private_address_gets_403_unless_the_service_allows_it),
	    TEST(the_gateways_own_address_gets_403), TEST(a_server_that_refuses_gets_502),
	    TEST(a_server_that_nobody_finds_on_its_link_gets_502), TEST(a_head_that_does_not_come_in_time_gets_408),
	    TEST(a_client_that_does_not_close_is_reset_in_the_end),
	    TEST(another_name_in_the_hello_that_policy_denies_gets_an_alert),
	    TEST(what_is_no_tls_is_ended_unless_the_service_tunnels_it),
	    TEST(a_server_that_speaks_first_is_heard_after_the_time_for_a_hello));
}
