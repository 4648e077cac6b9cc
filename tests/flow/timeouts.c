/* SPDX-License-Identifier: BSD-3-Clause */
/* What does not happen in time: each wait has its bound, and its end is told as it should be. */
#include "scene.h"

static const struct scene_policy web = {.text = "filter web\nrow allow a.test\nservice s web\n"};
static const char request[] = "CONNECT a.test:443 HTTP/1.1\r\nHost: a.test\r\n\r\n";
static const uint8_t alert[] = {21, 3, 3, 0, 2, 2, 80};

static struct octets hello, server_hello;

static void begin(enum family family)
{
	scene_begin(&web, family);
}

static void begin_mute(enum family family)
{
	begin(family);
	scene.addresses[scene.address_count++] = scene_address(family == IPV4 ? "198.51.100.1" : "2001:db8:2::1");
}

static void nothing_yet(void)
{
	CU_ASSERT(client_got(NULL, 0));
	CU_ASSERT(!scene.client.ended && !scene.client.closed);
}

static void answered(const char *beginning, enum reason reason)
{
	CU_ASSERT(client_got_text(beginning));
	CU_ASSERT(scene.client.ended);
	client_shuts();
	CU_ASSERT_EQUAL(scene.client.reason, TCP_END_FIN);
	CU_ASSERT_EQUAL(scene_ended(reason), 1);
	scene_end();
}

static void reset(enum reason reason)
{
	CU_ASSERT(client_got(NULL, 0));
	CU_ASSERT_EQUAL(scene.client.reason, TCP_END_RESET);
	CU_ASSERT_EQUAL(scene_ended(reason), 1);
	scene_end();
}

static void open_explicit(enum family family)
{
	begin(family);
	scene_connect_explicit();
	client_says(request);
	CU_ASSERT(client_got_text("HTTP/1.1 200 "));
}

static void splice(enum family family, bool transparent)
{
	if (transparent) {
		begin(family);
		scene_connect_transparent();
	} else {
		open_explicit(family);
	}
	client_sends(hello.data, hello.length, 0);
	CU_ASSERT(server_got(hello.data, hello.length));
	server_sends(server_hello.data, server_hello.length);
	CU_ASSERT(client_got(server_hello.data, server_hello.length));
}

static void a_head_has_10_seconds_however_it_comes(void)
{
	for (enum family family = IPV4; family < FAMILIES; family++) {
		begin(family);
		scene_connect_explicit();
		scene_wait(9900);
		nothing_yet();
		scene_wait(200);
		answered("HTTP/1.1 408 ", REASON_REQUEST_TIMEOUT);
		begin(family);
		scene_connect_explicit();
		for (unsigned i = 0; i < 9; i++) {
			client_sends(request + i, 1, 0);
			scene_wait(1000);
		}
		nothing_yet();
		scene_wait(1000);
		answered("HTTP/1.1 408 ", REASON_REQUEST_TIMEOUT);
	}
}

static void a_hello_has_10_seconds_however_it_comes(void)
{
	for (unsigned i = 0; i < 4; i++) {
		if (i < 2) {
			begin((enum family)(i % 2));
			scene_connect_transparent();
		} else {
			open_explicit((enum family)(i % 2));
		}
		for (unsigned k = 0; k < 9; k++) {
			client_sends(hello.data + k, 1, 0);
			scene_wait(1000);
		}
		nothing_yet();
		scene_wait(1100);
		CU_ASSERT(server_got(NULL, 0));
		answered("", REASON_HELLO_TIMEOUT);
	}
}

/* In a tunnel that may be the server's turn to speak; the service allows no other protocol. */
static void no_hello_at_all_is_no_tls_in_a_tunnel(void)
{
	for (enum family family = IPV4; family < FAMILIES; family++) {
		open_explicit(family);
		scene_wait(9800);
		nothing_yet();
		scene_wait(300);
		answered("", REASON_NOT_TLS);
		begin(family);
		scene_connect_transparent();
		scene_wait(9800);
		nothing_yet();
		scene_wait(300);
		answered("", REASON_HELLO_TIMEOUT);
	}
}

static void a_server_that_does_not_answer_its_syn_has_5_seconds(void)
{
	for (enum family family = IPV4; family < FAMILIES; family++) {
		begin_mute(family);
		scene_connect_explicit();
		client_says(request);
		scene_wait(4900);
		nothing_yet();
		scene_wait(200);
		answered("HTTP/1.1 504 ", REASON_CONNECT_TIMEOUT);
		begin_mute(family);
		scene_connect_transparent();
		client_sends(hello.data, hello.length, 0);
		scene_wait(4900);
		nothing_yet();
		scene_wait(200);
		reset(REASON_CONNECT_TIMEOUT);
	}
}

static void a_server_that_does_not_answer_the_hello_has_10_seconds(void)
{
	for (enum family family = IPV4; family < FAMILIES; family++) {
		open_explicit(family);
		client_sends(hello.data, hello.length, 0);
		scene_wait(9800);
		nothing_yet();
		scene_wait(300);
		CU_ASSERT_EQUAL(scene.server.reason, TCP_END_RESET);
		reset(REASON_SERVER_HELLO_TIMEOUT);
	}
}

static void dns_that_is_mute_is_told_when_the_resolver_gives_up(void)
{
	for (enum family family = IPV4; family < FAMILIES; family++) {
		begin(family);
		scene.answer = FLOWS_ANSWER_TIMEOUT;
		scene.answer_after = 5000000;
		scene_connect_explicit();
		client_says(request);
		scene_wait(4900);
		nothing_yet();
		scene_wait(200);
		answered("HTTP/1.1 504 ", REASON_DNS_TIMEOUT);
		begin(family);
		scene.answer = FLOWS_ANSWER_TIMEOUT;
		scene.answer_after = 5000000;
		scene_connect_transparent();
		client_sends(hello.data, hello.length, 0);
		scene_wait(4900);
		nothing_yet();
		scene_wait(200);
		CU_ASSERT(client_got(alert, sizeof(alert)));
		answered("", REASON_DNS_TIMEOUT);
	}
}

static void an_idle_tunnel_ends_after_an_hour_in_order(void)
{
	for (unsigned i = 0; i < 4; i++) {
		splice((enum family)(i % 2), i < 2);
		scene_wait(1800000);
		server_sends("still here", 10);
		CU_ASSERT(client_got("still here", 10));
		scene_wait(3599000);
		nothing_yet();
		scene_wait(2000);
		CU_ASSERT(scene.client.ended && scene.server.ended);
		CU_ASSERT(!scene.client.closed && !scene.server.closed);
		CU_ASSERT_EQUAL(scene_ended(REASON_IDLE), 1);
		scene_end();
	}
}

static void a_half_closed_tunnel_ends_after_five_minutes_of_silence(void)
{
	for (unsigned i = 0; i < 4; i++) {
		bool client = i % 2 == 0;

		splice((enum family)(i % 2), i < 2);
		if (client)
			client_shuts();
		else
			server_shuts();
		scene_wait(200000);
		if (client)
			server_sends("still here", 10);
		else
			client_says("still here");
		scene_wait(299000);
		CU_ASSERT(client ? client_got("still here", 10) : server_got("still here", 10));
		CU_ASSERT(!scene.client.closed && !scene.server.closed);
		scene_wait(2000);
		CU_ASSERT_EQUAL(scene.client.reason, TCP_END_RESET);
		CU_ASSERT_EQUAL(scene.server.reason, TCP_END_RESET);
		CU_ASSERT_EQUAL(scene_ended(REASON_HALF_CLOSED_TIMEOUT), 1);
		scene_end();
	}
}

int main(void)
{
	scene_prepare();
	scene_client_hello(&hello, "a.test");
	scene_server_hello(&server_hello, false);
	return TESTS_RUN("time-outs of flows", TEST(a_head_has_10_seconds_however_it_comes),
			 TEST(a_hello_has_10_seconds_however_it_comes), TEST(no_hello_at_all_is_no_tls_in_a_tunnel),
			 TEST(a_server_that_does_not_answer_its_syn_has_5_seconds),
			 TEST(a_server_that_does_not_answer_the_hello_has_10_seconds),
			 TEST(dns_that_is_mute_is_told_when_the_resolver_gives_up),
			 TEST(an_idle_tunnel_ends_after_an_hour_in_order),
			 TEST(a_half_closed_tunnel_ends_after_five_minutes_of_silence));
}
