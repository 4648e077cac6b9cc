/* SPDX-License-Identifier: BSD-3-Clause */
/* A CONNECT that was to go on to another proxy, and what becomes of it if that is not allowed, not there or not sound.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "scene.h"

static const char web[] = "filter web\nrow allow a.test\nservice s web\n";
static const char request[] = "CONNECT a.test:443 HTTP/1.1\r\nHost: a.test\r\n\r\n";

static struct octets hello;

static void begin(const struct scene_policy *policy, enum family family)
{
	scene_begin(policy, family);
	scene_connect_forward();
}

/* The request is with the next proxy. */
static void begin_sent(enum family family)
{
	begin(&(struct scene_policy){.text = web}, family);
	client_says(request);
	CU_ASSERT(server_got_forwarded(request));
}

/* All that the client gets is that answer. */
static void told(const char *status, enum reason reason)
{
	char beginning[32];

	snprintf(beginning, sizeof(beginning), "HTTP/1.1 %s ", status);
	CU_ASSERT(client_got_text(beginning));
	CU_ASSERT(scene.client.ended);
	client_shuts();
	CU_ASSERT_EQUAL(scene_ended(reason), 1);
	CU_ASSERT_EQUAL(scene.client.reason, TCP_END_FIN);
	scene_end();
}

static void a_port_or_name_that_policy_denies_never_reaches_it(void)
{
	begin(&(struct scene_policy){.text = web}, IPV4);
	client_says("CONNECT a.test:22 HTTP/1.1\r\nHost: a.test\r\n\r\n");
	CU_ASSERT_EQUAL(scene.server.connections, 0);
	told("403", REASON_PORT_NOT_ALLOWED);
	begin(&(struct scene_policy){.text = web}, IPV6);
	client_says("CONNECT b.test:443 HTTP/1.1\r\nHost: b.test\r\n\r\n");
	CU_ASSERT_EQUAL(scene.server.connections, 0);
	told("403", REASON_DENIED_ANY);
}

static void a_next_proxy_at_the_gateways_own_address_is_not_dialled(void)
{
	begin(&(struct scene_policy){.text = web, .next_hop = "192.0.2.2"}, IPV4);
	client_says(request);
	told("403", REASON_ADDRESS_OWN);
}

static void one_that_has_no_address_gets_502_and_504(void)
{
	static const struct scene_policy policy = {.text = web, .next_hop = "proxy.test"};

	begin(&policy, IPV4);
	scene.answer = FLOWS_ANSWER_NONE;
	client_says(request);
	told("502", REASON_NAME_NOT_FOUND);
	begin(&policy, IPV4);
	scene.answer = FLOWS_ANSWER_TIMEOUT;
	client_says(request);
	told("504", REASON_DNS_TIMEOUT);
}

static void one_that_refuses_the_connection_gets_502(void)
{
	scene_begin(&(struct scene_policy){.text = web}, IPV4);
	scene.no_server = true;
	scene_connect_forward();
	client_says(request);
	told("502", REASON_SERVER_REFUSED);
}

static void one_that_talks_nonsense_gets_502(void)
{
	static const char *const answers[] = {
	    "SSH-2.0-OpenSSH_9.2p1\r\n",
	    "HTTP/1.1 101 Switching\r\n\r\n",
	    "HTTP/1.1 403 No\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab",
	};

	for (size_t i = 0; i < sizeof(answers) / sizeof(answers[0]); i++) {
		begin_sent(IPV4);
		server_sends(answers[i], strlen(answers[i]));
		CU_ASSERT_EQUAL(scene.server.reason, TCP_END_RESET);
		told("502", REASON_NEXT_HOP_MALFORMED);
	}
}

static void one_that_never_ends_its_head_gets_502(void)
{
	char *answer = malloc(17000);

	CU_ASSERT_PTR_NOT_NULL_FATAL(answer);
	memset(answer, 'x', 17000);
	memcpy(answer, "HTTP/1.1 200 OK\r\nX: ", 20);
	begin_sent(IPV6);
	server_sends(answer, 17000);
	told("502", REASON_NEXT_HOP_TOO_LARGE);
	free(answer);
}

static void one_that_ends_before_its_head_gets_502(void)
{
	begin_sent(IPV4);
	server_sends("HTTP/1.1 200 OK\r\n", 17);
	server_shuts();
	told("502", REASON_NEXT_HOP_INCOMPLETE);
	begin_sent(IPV4);
	server_sends("HTTP/1.1 200 OK\r\n", 17);
	server_resets();
	told("502", REASON_NEXT_HOP_INCOMPLETE);
}

/* It has the time to connect to the server, and that to answer. */
static void one_that_says_nothing_gets_504(void)
{
	begin_sent(IPV4);
	scene_wait(14500);
	CU_ASSERT(!scene.client.ended);
	scene_wait(1000);
	told("504", REASON_NEXT_HOP_TIMEOUT);
}

static void a_client_that_leaves_meanwhile_takes_its_request_along(void)
{
	begin_sent(IPV4);
	client_resets();
	CU_ASSERT_EQUAL(scene.server.reason, TCP_END_RESET);
	CU_ASSERT_EQUAL(scene_ended(REASON_RESET_BY_CLIENT), 1);
	scene_end();
}

/* The second checkpoint: HTTP is over by now, so an alert tells it. */
static void another_name_in_the_hello_that_policy_denies_gets_an_alert(void)
{
	static const char established[] = "HTTP/1.1 200 OK\r\n\r\n";
	static const uint8_t alert[] = {21, 3, 3, 0, 2, 2, 112};

	begin_sent(IPV6);
	server_sends(established, sizeof(established) - 1);
	CU_ASSERT(client_got(established, sizeof(established) - 1));
	scene_client_hello(&hello, "b.test");
	client_sends(hello.data, hello.length, 0);
	CU_ASSERT(client_got(alert, sizeof(alert)));
	CU_ASSERT(scene.client.ended);
	CU_ASSERT(server_got(NULL, 0));
	client_shuts();
	CU_ASSERT_EQUAL(scene_ended(REASON_DENIED_ANY), 1);
	scene_end();
}

int main(void)
{
	scene_prepare();
	return TESTS_RUN("CONNECT that no other proxy gets or takes",
			 TEST(a_port_or_name_that_policy_denies_never_reaches_it),
			 TEST(a_next_proxy_at_the_gateways_own_address_is_not_dialled),
			 TEST(one_that_has_no_address_gets_502_and_504), TEST(one_that_refuses_the_connection_gets_502),
			 TEST(one_that_talks_nonsense_gets_502), TEST(one_that_never_ends_its_head_gets_502),
			 TEST(one_that_ends_before_its_head_gets_502), TEST(one_that_says_nothing_gets_504),
			 TEST(a_client_that_leaves_meanwhile_takes_its_request_along),
			 TEST(another_name_in_the_hello_that_policy_denies_gets_an_alert));
}
