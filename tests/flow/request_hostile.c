/* SPDX-License-Identifier: BSD-3-Clause */
/* Heads that are no plain CONNECT, and what stands behind a head: one answer, and nothing of it reaches a server. */
#include <stdlib.h>
#include <string.h>

#include "scene.h"

#define LINE "CONNECT a.test:443 HTTP/1.1\r\n"
#define HOST "Host: a.test\r\n"
#define HELLO "\x16\x03\x01\x00\x05\x01\x00"

static const struct scene_policy policy = {.text = "filter web\nrow allow a.test\nservice s web\n"};

static void begin(unsigned i)
{
	scene_begin(&policy, i % 2 == 0 ? IPV4 : IPV6);
	scene_connect_explicit();
}

/* How often a text is in what the client has. */
static unsigned count_of(const char *text)
{
	const uint8_t *at = scene.client.received;
	const uint8_t *end = at + scene.client.length;
	unsigned count = 0;

	while ((at = memmem(at, (size_t)(end - at), text, strlen(text))) != NULL) {
		at += strlen(text);
		count++;
	}
	return count;
}

/* One answer with this status, and FIN; then, whatever else the client says, nothing. */
static void answered(const char *beginning, enum reason reason)
{
	CU_ASSERT_EQUAL(count_of("\r\nConnection: close"), 1);
	CU_ASSERT_EQUAL(count_of("Proxy-Status: "), 1);
	CU_ASSERT(client_got_text(beginning));
	CU_ASSERT(scene.client.ended);
	client_says(LINE HOST "\r\n");
	client_says("GET / HTTP/1.1\r\nHost: a.test\r\n\r\n");
	CU_ASSERT(client_got(NULL, 0));
	CU_ASSERT_EQUAL(scene.asked, 0);
	CU_ASSERT_EQUAL(scene.server.connections, 0);
	client_shuts();
	CU_ASSERT_EQUAL(scene.client.reason, TCP_END_FIN);
	CU_ASSERT_EQUAL(scene_ended(reason), 1);
	scene_end();
}

static void all_get(const char *const *heads, size_t count, const char *beginning, enum reason reason)
{
	for (unsigned i = 0; i < count; i++) {
		begin(i);
		client_says(heads[i]);
		answered(beginning, reason);
	}
}

#define ALL_GET(heads, beginning, reason) all_get(heads, RTE_DIM(heads), beginning, reason)

static void a_head_that_is_none_gets_400(void)
{
	static const char *const lines[] = {
	    "CONNECT a.test:443\r\n\r\n",
	    "CONNECT  a.test:443 HTTP/1.1\r\n",
	    "CONNECT a.test:443 HTTP/1.1\n" HOST "\r\n",
	    "connect.a.test:443 HTTP/1.1\r\n" HOST "\r\n",
	    "CONNECT a .test:443 HTTP/1.1\r\n",
	    "HELP\r\n",
	};
	static const char *const fields[] = {
	    LINE HOST "X: y\r\n z\r\n\r\n", LINE "Host : a.test\r\n\r\n", LINE HOST "X: \x01\r\n\r\n",
	    LINE HOST "X: y\n\r\n",	    LINE HOST "X\xfc: y\r\n\r\n", LINE HOST "X: y\rZ: y\r\n\r\n",
	};

	ALL_GET(lines, "HTTP/1.1 400 ", REASON_REQUEST_LINE);
	ALL_GET(fields, "HTTP/1.1 400 ", REASON_REQUEST_FIELD);
}

static void a_target_that_is_no_host_and_port_gets_400(void)
{
	static const char *const heads[] = {
	    "CONNECT a.test HTTP/1.0\r\n\r\n",
	    "CONNECT a.test: HTTP/1.0\r\n\r\n",
	    "CONNECT a.test:0443 HTTP/1.0\r\n\r\n",
	    "CONNECT a.test:69979 HTTP/1.0\r\n\r\n",
	    "CONNECT https://a.test:443 HTTP/1.0\r\n\r\n",
	    "CONNECT user@a.test:443 HTTP/1.0\r\n\r\n",
	    "CONNECT a.test:443/ HTTP/1.0\r\n\r\n",
	    "CONNECT 2001:db8::1:443 HTTP/1.0\r\n\r\n",
	    "CONNECT [fe80::1%1]:443 HTTP/1.0\r\n\r\n",
	    "CONNECT [::ffff:192.0.2.1]:443 HTTP/1.0\r\n\r\n",
	    "CONNECT 127.1:443 HTTP/1.0\r\n\r\n",
	    "CONNECT 0x7f000001:443 HTTP/1.0\r\n\r\n",
	    "CONNECT a..test:443 HTTP/1.0\r\n\r\n",
	    "CONNECT a%2etest:443 HTTP/1.0\r\n\r\n",
	    "CONNECT *.test:443 HTTP/1.0\r\n\r\n",
	    "CONNECT b\303\274cher.test:443 HTTP/1.0\r\n\r\n",
	};

	ALL_GET(heads, "HTTP/1.1 400 ", REASON_REQUEST_TARGET);
}

static void a_host_that_is_not_the_target_gets_400(void)
{
	static const char *const heads[] = {LINE "\r\n", LINE "Host: b.test\r\n\r\n", LINE HOST HOST "\r\n",
					    LINE "Host: a.test:80\r\n\r\n"};

	ALL_GET(heads, "HTTP/1.1 400 ", REASON_REQUEST_HOST);
}

static void a_connect_with_a_body_gets_400(void)
{
	static const char *const heads[] = {
	    LINE HOST "Content-Length: 5\r\n\r\nhello",
	    LINE HOST "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
	    LINE HOST "Content-Length: 0\r\nTransfer-Encoding: chunked\r\n\r\n" HELLO,
	};

	ALL_GET(heads, "HTTP/1.1 400 ", REASON_REQUEST_BODY);
}

static void other_methods_get_405_and_other_versions_505(void)
{
	static const char *const methods[] = {"GET http://a.test/ HTTP/1.1\r\nHost: a.test\r\n\r\n",
					      "POST / HTTP/1.1\r\nContent-Length: 5\r\n\r\nhello",
					      "connect a.test:443 HTTP/1.1\r\nHost: a.test\r\n\r\n"};
	static const char *const versions[] = {"CONNECT a.test:443 HTTP/2.0\r\n\r\n",
					       "CONNECT a.test:443 HTTP/0.9\r\n\r\n",
					       "CONNECT a.test:443 HTTP/1.2\r\n\r\n"};

	ALL_GET(methods, "HTTP/1.1 405 ", REASON_REQUEST_METHOD);
	ALL_GET(versions, "HTTP/1.1 505 ", REASON_REQUEST_VERSION);
}

static void a_head_of_more_than_16_kib_gets_431(void)
{
	char *head = malloc(70001);

	CU_ASSERT_PTR_NOT_NULL_FATAL(head);
	memset(head, 'x', 70000);
	head[70000] = '\0';
	memcpy(head, LINE HOST "X: ", strlen(LINE HOST "X: "));
	begin(IPV4);
	client_says(head);
	answered("HTTP/1.1 431 ", REASON_REQUEST_TOO_LARGE);
	for (size_t i = strlen(LINE HOST); i + 5 < 70000; i += 5)
		memcpy(head + i, "a:b\r\n", 5);
	begin(IPV6);
	client_says(head);
	answered("HTTP/1.1 431 ", REASON_REQUEST_TOO_LARGE);
	free(head);
}

static void a_request_that_came_this_way_before_gets_403(void)
{
	static const char *const heads[] = {LINE HOST "Via: 1.1 a.test, 1.1 sluice.test\r\n\r\n"};

	ALL_GET(heads, "HTTP/1.1 403 ", REASON_PROXY_LOOP);
}

static void ports_of_mail_and_shells_get_403(void)
{
	static const char *const heads[] = {"CONNECT a.test:22 HTTP/1.0\r\n\r\n", "CONNECT a.test:25 HTTP/1.0\r\n\r\n",
					    "CONNECT a.test:80 HTTP/1.0\r\n\r\n",
					    "CONNECT a.test:65535 HTTP/1.0\r\n\r\n"};

	ALL_GET(heads, "HTTP/1.1 403 ", REASON_PORT_NOT_ALLOWED);
}

/* What stands behind a head that is refused is discarded: be it the hello of a tunnel or another request. */
static void what_comes_with_a_refused_request_is_discarded(void)
{
	static const char *const heads[] = {
	    "CONNECT b.test:443 HTTP/1.1\r\nHost: b.test\r\n\r\n" HELLO,
	    "CONNECT b.test:443 HTTP/1.1\r\nHost: b.test\r\n\r\nGET / HTTP/1.1\r\nHost: a.test\r\n\r\n",
	    "CONNECT b.test:443 HTTP/1.1\r\nHost: b.test\r\n\r\n" LINE HOST "\r\n",
	};

	ALL_GET(heads, "HTTP/1.1 403 ", REASON_DENIED_ANY);
}

/* It has to come to its FIN: what nobody takes off it would leave it with a closed window, and then reset. */
static void who_goes_on_sending_still_reads_why(void)
{
	size_t length = 2000000;
	char *body = malloc(length);

	CU_ASSERT_PTR_NOT_NULL_FATAL(body);
	memset(body, 'x', length);
	for (unsigned i = 0; i < 2; i++) {
		begin(i);
		client_says("CONNECT b.test:443 HTTP/1.1\r\nHost: b.test\r\n\r\n");
		client_sends(body, length, 0);
		client_shuts();
		CU_ASSERT(client_got_text("HTTP/1.1 403 "));
		CU_ASSERT_EQUAL(scene.client.reason, TCP_END_FIN);
		CU_ASSERT_EQUAL(scene_ended(REASON_DENIED_ANY), 1);
		scene_end();
	}
	free(body);
}

static void so_it_is_where_the_server_is_not_to_be_had(void)
{
	static struct octets both, hello;

	both.length = 0;
	scene_client_hello(&hello, "a.test");
	octets_add(&both, LINE HOST "\r\n", strlen(LINE HOST "\r\n"));
	octets_add(&both, hello.data, hello.length);
	for (unsigned i = 0; i < 2; i++) {
		scene_begin(&policy, i == 0 ? IPV4 : IPV6);
		scene.no_server = true;
		scene_connect_explicit();
		client_sends(both.data, both.length, i);
		CU_ASSERT_EQUAL(count_of("Proxy-Status: "), 1);
		CU_ASSERT(client_got_text("HTTP/1.1 502 "));
		CU_ASSERT(scene.client.ended);
		client_shuts();
		CU_ASSERT_EQUAL(scene_ended(REASON_SERVER_REFUSED), 1);
		scene_end();
	}
}

/* In a tunnel it is no request any more: not TLS, and so it ends. */
static void a_request_behind_one_that_is_allowed_is_the_tunnels(void)
{
	for (unsigned i = 0; i < 2; i++) {
		begin(i);
		client_says(LINE HOST "\r\nGET / HTTP/1.1\r\nHost: a.test\r\n\r\n");
		CU_ASSERT_EQUAL(count_of("Proxy-Status: "), 1);
		CU_ASSERT(client_got_text("HTTP/1.1 200 "));
		CU_ASSERT(scene.client.ended);
		CU_ASSERT(server_got(NULL, 0));
		client_shuts();
		CU_ASSERT_EQUAL(scene_ended(REASON_NOT_TLS), 1);
		scene_end();
	}
}

static void a_second_connect_in_the_tunnel_is_the_servers_business(void)
{
	static struct octets hello, server_hello;

	scene_client_hello(&hello, "a.test");
	scene_server_hello(&server_hello, false);
	begin(IPV6);
	client_says(LINE HOST "\r\n");
	CU_ASSERT(client_got_text("HTTP/1.1 200 "));
	client_sends(hello.data, hello.length, 0);
	CU_ASSERT(server_got(hello.data, hello.length));
	server_sends(server_hello.data, server_hello.length);
	CU_ASSERT(client_got(server_hello.data, server_hello.length));
	client_says("CONNECT b.test:443 HTTP/1.1\r\nHost: b.test\r\n\r\n");
	CU_ASSERT(server_got("CONNECT b.test:443 HTTP/1.1\r\nHost: b.test\r\n\r\n", 45));
	CU_ASSERT(client_got(NULL, 0));
	scene_end();
}

int main(void)
{
	scene_prepare();
	return TESTS_RUN("hostile requests", TEST(a_head_that_is_none_gets_400),
			 TEST(a_target_that_is_no_host_and_port_gets_400), TEST(a_host_that_is_not_the_target_gets_400),
			 TEST(a_connect_with_a_body_gets_400), TEST(other_methods_get_405_and_other_versions_505),
			 TEST(a_head_of_more_than_16_kib_gets_431), TEST(a_request_that_came_this_way_before_gets_403),
			 TEST(ports_of_mail_and_shells_get_403), TEST(what_comes_with_a_refused_request_is_discarded),
			 TEST(who_goes_on_sending_still_reads_why), TEST(so_it_is_where_the_server_is_not_to_be_had),
			 TEST(a_request_behind_one_that_is_allowed_is_the_tunnels),
			 TEST(a_second_connect_in_the_tunnel_is_the_servers_business));
}
