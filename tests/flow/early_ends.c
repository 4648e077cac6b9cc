/* SPDX-License-Identifier: BSD-3-Clause */
/* Ends that come while a flow is still opening are passed on as they came, and nothing that was sent before is lost. */
#include "scene.h"

static const char text[] = "filter web\nrow allow a.test\nno_fqdn allow\nservice s web\n";
static const char request[] = "CONNECT a.test:443 HTTP/1.1\r\nHost: a.test\r\n\r\n";

static struct octets hello, server_hello;

static void begin(unsigned i)
{
	scene_begin(&(struct scene_policy){.text = text}, i % 2 == 0 ? IPV4 : IPV6);
}

static void connect(unsigned i)
{
	if (i < 2) {
		scene_connect_transparent();
		return;
	}
	scene_connect_explicit();
	client_says(request);
	CU_ASSERT(client_got_text("HTTP/1.1 200 "));
}

static void send_hello(unsigned i)
{
	begin(i);
	connect(i);
	client_sends(hello.data, hello.length, 0);
	CU_ASSERT(server_got(hello.data, hello.length));
}

static void ended(enum reason reason, enum tcp_end how)
{
	CU_ASSERT_EQUAL(scene.client.reason, how);
	CU_ASSERT_EQUAL(scene_ended(reason), 1);
	scene_end();
}

static void a_client_that_has_said_all_with_its_hello_gets_the_answer(void)
{
	for (unsigned i = 0; i < 4; i++) {
		begin(i);
		scene.answer_after = 500000;
		if (i < 2)
			scene_connect_transparent();
		else
			scene_connect_explicit();
		if (i >= 2)
			client_says(request);
		client_sends(hello.data, hello.length, 0);
		client_shuts();
		scene_wait(600);
		CU_ASSERT(i < 2 || client_got_text("HTTP/1.1 200 "));
		CU_ASSERT(server_got(hello.data, hello.length));
		server_sends(server_hello.data, server_hello.length);
		CU_ASSERT(scene.server.ended);
		CU_ASSERT(client_got(server_hello.data, server_hello.length));
		server_shuts();
		ended(REASON_CLOSED_BY_CLIENT, TCP_END_FIN);
	}
}

static void a_server_that_closes_instead_of_answering(void)
{
	for (unsigned i = 0; i < 4; i++) {
		send_hello(i);
		server_shuts();
		CU_ASSERT(scene.client.ended && client_got(NULL, 0));
		client_shuts();
		ended(REASON_CLOSED_BY_SERVER, TCP_END_FIN);
	}
}

static void a_server_that_resets_instead_of_answering(void)
{
	for (unsigned i = 0; i < 4; i++) {
		send_hello(i);
		server_resets();
		CU_ASSERT(client_got(NULL, 0));
		ended(REASON_RESET_BY_SERVER, TCP_END_RESET);
	}
}

static void what_a_server_said_before_its_end_arrives(void)
{
	static const uint8_t alert[] = {21, 3, 3, 0, 2, 2, 40};

	for (unsigned i = 0; i < 4; i++) {
		send_hello(i);
		server_sends(alert, sizeof(alert));
		server_shuts();
		CU_ASSERT(client_got(alert, sizeof(alert)));
		CU_ASSERT(scene.client.ended);
		client_shuts();
		ended(REASON_CLOSED_BY_SERVER, TCP_END_FIN);
		send_hello(i);
		server_sends(server_hello.data, server_hello.length / 2);
		server_shuts();
		CU_ASSERT(client_got(server_hello.data, server_hello.length / 2));
		CU_ASSERT(scene.client.ended);
		client_shuts();
		ended(REASON_CLOSED_BY_SERVER, TCP_END_FIN);
	}
}

static void a_server_that_answers_in_another_protocol(void)
{
	static const char answer[] = "HTTP/1.1 400 Bad Request\r\n\r\n";

	for (unsigned i = 0; i < 4; i++) {
		send_hello(i);
		server_sends(answer, sizeof(answer) - 1);
		CU_ASSERT(client_got(answer, sizeof(answer) - 1));
		client_says("more");
		CU_ASSERT(server_got("more", 4));
		scene_end();
	}
}

static void a_server_that_closes_before_there_is_a_hello(void)
{
	for (unsigned i = 2; i < 4; i++) {
		begin(i);
		connect(i);
		server_shuts();
		CU_ASSERT(scene.client.ended);
		client_shuts();
		ended(REASON_CLOSED_BY_SERVER, TCP_END_FIN);
		begin(i);
		connect(i);
		server_resets();
		ended(REASON_RESET_BY_SERVER, TCP_END_RESET);
	}
}

static void a_client_that_resets_while_the_server_thinks(void)
{
	for (unsigned i = 0; i < 4; i++) {
		send_hello(i);
		client_resets();
		CU_ASSERT_EQUAL(scene.server.reason, TCP_END_RESET);
		CU_ASSERT_EQUAL(scene_ended(REASON_RESET_BY_CLIENT), 1);
		scene_end();
	}
}

static void a_client_that_closes_before_it_has_said_what_it_wants(void)
{
	for (unsigned i = 0; i < 4; i++) {
		begin(i);
		connect(i);
		client_sends(hello.data, hello.length - 1, 0);
		client_shuts();
		CU_ASSERT(scene.client.ended && server_got(NULL, 0));
		ended(i < 2 ? REASON_CLIENT_LEFT : REASON_CLOSED_BY_CLIENT, TCP_END_FIN);
	}
	for (unsigned i = 0; i < 2; i++) {
		begin(i);
		scene_connect_explicit();
		client_sends(request, sizeof(request) - 2, 0);
		client_shuts();
		CU_ASSERT(scene.client.ended && client_got(NULL, 0));
		CU_ASSERT_EQUAL(scene.asked, 0);
		ended(REASON_CLIENT_LEFT, TCP_END_FIN);
	}
}

static void begin_tunnel(enum policy_non_tls non_tls, unsigned i, bool forward)
{
	static const char established[] = "HTTP/1.1 200 OK\r\n\r\n";

	scene_begin(&(struct scene_policy){.text = text, .non_tls = non_tls}, i % 2 == 0 ? IPV4 : IPV6);
	if (forward)
		scene_connect_forward();
	else
		scene_connect_explicit();
	client_says(request);
	if (forward) {
		CU_ASSERT(server_got_forwarded(request));
		server_sends(established, sizeof(established) - 1);
	}
	CU_ASSERT(client_got_text("HTTP/1.1 200 "));
}

/* No hello can come any more: it is another protocol, in which the server speaks. */
static void where_other_protocols_pass_a_client_may_have_nothing_to_say(void)
{
	for (unsigned i = 0; i < 8; i++) {
		begin_tunnel(POLICY_NON_TLS_TUNNEL, i, i >= 4);
		if (i % 4 >= 2)
			server_sends("220 ready", 9);
		client_shuts();
		CU_ASSERT(scene.server.ended);
		if (i % 4 < 2)
			server_sends("220 ready", 9);
		CU_ASSERT(client_got("220 ready", 9));
		CU_ASSERT_FALSE(scene.client.ended);
		server_sends("more", 4);
		CU_ASSERT(client_got("more", 4));
		server_shuts();
		CU_ASSERT(scene.client.ended);
		ended(REASON_CLOSED_BY_CLIENT, TCP_END_FIN);
	}
}

static void not_even_when_it_asks_for_the_tunnel(void)
{
	for (unsigned i = 0; i < 2; i++) {
		scene_begin(&(struct scene_policy){.text = text, .non_tls = POLICY_NON_TLS_TUNNEL},
			    i % 2 == 0 ? IPV4 : IPV6);
		scene.answer_after = 500000;
		scene_connect_explicit();
		client_says(request);
		client_shuts();
		scene_wait(600);
		CU_ASSERT(client_got_text("HTTP/1.1 200 "));
		server_sends("220 ready", 9);
		CU_ASSERT(client_got("220 ready", 9));
		server_shuts();
		ended(REASON_CLOSED_BY_CLIENT, TCP_END_FIN);
	}
}

static void nor_may_a_server_have_more_to_say_than_its_first_words(void)
{
	for (unsigned i = 0; i < 8; i++) {
		begin_tunnel(POLICY_NON_TLS_TUNNEL, i, i >= 4);
		if (i % 4 >= 2)
			server_sends("220 ready", 9);
		server_shuts();
		CU_ASSERT(scene.client.ended);
		CU_ASSERT(i % 4 >= 2 ? client_got("220 ready", 9) : client_got(NULL, 0));
		scene.server.length = 0;
		client_says("thanks");
		CU_ASSERT(server_got("thanks", 6));
		client_shuts();
		CU_ASSERT(scene.server.ended);
		ended(REASON_CLOSED_BY_SERVER, TCP_END_FIN);
	}
}

static void where_they_do_not_or_tls_has_begun_the_end_is_one_for_both(void)
{
	for (unsigned i = 0; i < 8; i++) {
		begin_tunnel(i < 4 ? POLICY_NON_TLS_DENY : POLICY_NON_TLS_TUNNEL, i, false);
		if (i >= 4)
			client_sends(hello.data, 1, 0);
		if (i % 4 < 2)
			client_shuts();
		else
			server_shuts();
		CU_ASSERT(scene.client.ended && server_got(NULL, 0));
		CU_ASSERT(i % 4 >= 2 || scene.server.reason == TCP_END_RESET);
		if (i % 4 >= 2)
			client_shuts();
		ended(i % 4 < 2 ? REASON_CLOSED_BY_CLIENT : REASON_CLOSED_BY_SERVER, TCP_END_FIN);
	}
}

int main(void)
{
	scene_prepare();
	scene_client_hello(&hello, "a.test");
	scene_server_hello(&server_hello, false);
	return TESTS_RUN(
	    "early ends", TEST(a_client_that_has_said_all_with_its_hello_gets_the_answer),
	    TEST(a_server_that_closes_instead_of_answering), TEST(a_server_that_resets_instead_of_answering),
	    TEST(what_a_server_said_before_its_end_arrives), TEST(a_server_that_answers_in_another_protocol),
	    TEST(a_server_that_closes_before_there_is_a_hello), TEST(a_client_that_resets_while_the_server_thinks),
	    TEST(a_client_that_closes_before_it_has_said_what_it_wants),
	    TEST(where_other_protocols_pass_a_client_may_have_nothing_to_say),
	    TEST(not_even_when_it_asks_for_the_tunnel), TEST(nor_may_a_server_have_more_to_say_than_its_first_words),
	    TEST(where_they_do_not_or_tls_has_begun_the_end_is_one_for_both));
}
