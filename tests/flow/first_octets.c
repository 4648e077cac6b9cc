/* SPDX-License-Identifier: BSD-3-Clause */
/* Other protocols where TLS, or a CONNECT, is waited for: ended without a word, or, where that is wanted, a tunnel. */
#include <string.h>

#include "scene.h"

static const char all[] = "filter web\nany allow\nno_fqdn allow\nservice s web\n";

struct beginning {
	const char *octets;
	size_t length;
};

#define BEGINNING(octets)                                                                                              \
	{                                                                                                              \
		octets, sizeof(octets) - 1                                                                             \
	}

static const struct beginning not_tls[] = {
    BEGINNING("GET / HTTP/1.1\r\nHost: a.test\r\n\r\n"),
    BEGINNING("CONNECT a.test:443 HTTP/1.1\r\nHost: a.test\r\n\r\n"),
    BEGINNING("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"),
    BEGINNING("SSH-2.0-OpenSSH_9.2p1\r\n"),
    BEGINNING("\x80\x2e\x01\x00\x02\x00\x15\x00\x00\x00\x10\x01\x00\x80"), /* SSL 2.0 */
    BEGINNING("\xc3\x00\x00\x00\x01\x08"),				   /* QUIC */
    BEGINNING("\x13"
	      "BitTorrent protocol"),
    BEGINNING("\x16\x02\x00\x00\x01\x01"), /* a record of no version of TLS */
    BEGINNING("\x00"),
};

static void begin(enum policy_non_tls non_tls, unsigned i)
{
	scene_begin(&(struct scene_policy){.text = all, .non_tls = non_tls}, i % 2 == 0 ? IPV4 : IPV6);
}

static void ended_without_a_word(enum reason reason)
{
	CU_ASSERT(client_got(NULL, 0));
	CU_ASSERT(scene.client.ended);
	CU_ASSERT(server_got(NULL, 0));
	client_shuts();
	CU_ASSERT_EQUAL(scene.client.reason, TCP_END_FIN);
	CU_ASSERT_EQUAL(scene_ended(reason), 1);
	scene_end();
}

static void on_an_intercepted_port_they_are_ended(void)
{
	for (unsigned i = 0; i < RTE_DIM(not_tls); i++) {
		begin(POLICY_NON_TLS_DENY, i);
		scene_connect_transparent();
		client_sends(not_tls[i].octets, not_tls[i].length, 0);
		CU_ASSERT_EQUAL(scene.server.connections, 0);
		ended_without_a_word(REASON_NOT_TLS);
	}
}

static void behind_a_connect_too(void)
{
	for (unsigned i = 0; i < RTE_DIM(not_tls); i++) {
		begin(POLICY_NON_TLS_DENY, i);
		scene_connect_explicit();
		client_says("CONNECT a.test:443 HTTP/1.1\r\nHost: a.test\r\n\r\n");
		CU_ASSERT(client_got_text("HTTP/1.1 200 "));
		client_sends(not_tls[i].octets, not_tls[i].length, 1);
		ended_without_a_word(REASON_NOT_TLS);
	}
}

static void a_service_that_tunnels_them_passes_them_on(void)
{
	for (unsigned i = 0; i < RTE_DIM(not_tls); i++) {
		begin(POLICY_NON_TLS_TUNNEL, i);
		scene_connect_explicit();
		client_says("CONNECT a.test:443 HTTP/1.1\r\nHost: a.test\r\n\r\n");
		CU_ASSERT(client_got_text("HTTP/1.1 200 "));
		client_sends(not_tls[i].octets, not_tls[i].length, 0);
		CU_ASSERT(server_got(not_tls[i].octets, not_tls[i].length));
		server_sends("answer", 6);
		CU_ASSERT(client_got("answer", 6));
		scene_end();
	}
}

/* There is no name: policy must allow those that tell none, and the server is the one that the client dialled. */
static void so_does_one_on_an_intercepted_port_to_where_the_client_wanted(void)
{
	struct scene_policy policy = {.non_tls = POLICY_NON_TLS_TUNNEL, .original = true};

	for (unsigned i = 0; i < RTE_DIM(not_tls); i++) {
		policy.text = "filter web\nany allow\nservice s web\n";
		scene_begin(&policy, i % 2 == 0 ? IPV4 : IPV6);
		scene_connect_transparent();
		client_sends(not_tls[i].octets, not_tls[i].length, 0);
		ended_without_a_word(REASON_DENIED_NO_FQDN);
		policy.text = all;
		scene_begin(&policy, i % 2 == 0 ? IPV6 : IPV4);
		scene_connect_transparent();
		client_sends(not_tls[i].octets, not_tls[i].length, 0);
		scene_wait(5100);
		CU_ASSERT_EQUAL(scene.asked, 0);
		CU_ASSERT_EQUAL(scene.server.connections, 0);
		CU_ASSERT_EQUAL(scene_ended(REASON_CONNECT_TIMEOUT), 1);
		scene_end();
	}
}

/* What began as TLS and is malformed is no other protocol: a server could read a name in it. */
static void a_malformed_hello_is_no_tunnel(void)
{
	static const uint8_t record[] = {22, 3, 1, 0, 4, 1, 1, 0, 0}, alert[] = {21, 3, 1, 0, 2, 2, 50};

	begin(POLICY_NON_TLS_TUNNEL, 0);
	scene_connect_transparent();
	client_sends(record, sizeof(record), 0);
	CU_ASSERT(client_got(alert, sizeof(alert)));
	CU_ASSERT_EQUAL(scene.server.connections, 0);
	client_shuts();
	CU_ASSERT_EQUAL(scene_ended(REASON_HELLO_MALFORMED), 1);
	scene_end();
}

static void tls_to_a_proxys_port_is_ended_without_http(void)
{
	static struct octets hello;

	scene_client_hello(&hello, "a.test");
	for (unsigned i = 0; i < FAMILIES; i++) {
		begin(POLICY_NON_TLS_TUNNEL, i);
		scene_connect_explicit();
		client_sends(hello.data, hello.length, i);
		ended_without_a_word(REASON_TLS_TO_PROXY);
	}
}

static void what_is_no_text_to_a_proxys_port_is_too(void)
{
	static const struct beginning binary[] = {
	    BEGINNING("\x80\x2e\x01\x00\x02"), BEGINNING("\xc3\x00\x00\x00\x01\x08"),
	    BEGINNING("\x05\x01\x00"), /* SOCKS */
	};

	for (unsigned i = 0; i < RTE_DIM(binary); i++) {
		begin(POLICY_NON_TLS_TUNNEL, i);
		scene_connect_explicit();
		client_sends(binary[i].octets, binary[i].length, 0);
		ended_without_a_word(REASON_NOT_HTTP);
	}
}

static void other_text_to_a_proxys_port_gets_400(void)
{
	begin(POLICY_NON_TLS_TUNNEL, 0);
	scene_connect_explicit();
	client_says("SSH-2.0-OpenSSH_9.2p1\r\n");
	CU_ASSERT(client_got_text("HTTP/1.1 400 "));
	client_shuts();
	CU_ASSERT_EQUAL(scene_ended(REASON_REQUEST_LINE), 1);
	scene_end();
}

int main(void)
{
	scene_prepare();
	return TESTS_RUN("other protocols", TEST(on_an_intercepted_port_they_are_ended), TEST(behind_a_connect_too),
			 TEST(a_service_that_tunnels_them_passes_them_on),
			 TEST(so_does_one_on_an_intercepted_port_to_where_the_client_wanted),
			 TEST(a_malformed_hello_is_no_tunnel), TEST(tls_to_a_proxys_port_is_ended_without_http),
			 TEST(what_is_no_text_to_a_proxys_port_is_too), TEST(other_text_to_a_proxys_port_gets_400));
}
