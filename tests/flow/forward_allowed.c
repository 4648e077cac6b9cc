/* SPDX-License-Identifier: BSD-3-Clause */
/* A CONNECT that goes on to another proxy, which opens the tunnel: all is as the two ends sent it. */
#include <string.h>

#include "scene.h"

static const char policy[] = "filter web\nrow allow a.test\nservice s web\n";
static const char request[] = "CONNECT a.test:443 HTTP/1.1\r\nHost: a.test\r\nUser-Agent: x \t y\r\n\r\n";
static const char request_1_0[] = "CONNECT a.test:443 HTTP/1.0\r\n\r\n";
static const char established[] = "HTTP/1.1 200 Go  ahead\r\nVia: 1.1 other\r\nContent-Length: 7\r\n\r\n";
static const char interim[] = "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n";

static struct octets hello, server_hello;

static void connect(enum family family)
{
	scene_begin(&(struct scene_policy){.text = policy}, family);
	scene_connect_forward();
}

static void server_says(const char *text)
{
	server_sends(text, strlen(text));
}

static void talk(size_t cut)
{
	client_sends(hello.data, hello.length, cut);
	CU_ASSERT(server_got(hello.data, hello.length));
	server_sends(server_hello.data, server_hello.length);
	CU_ASSERT(client_got(server_hello.data, server_hello.length));
	client_says("more");
	CU_ASSERT(server_got("more", 4));
	server_says("and back");
	CU_ASSERT(client_got("and back", 8));
	client_shuts();
	server_shuts();
	CU_ASSERT(scene.server.ended && scene.client.ended);
	CU_ASSERT_EQUAL(scene_ended(REASON_CLOSED_BY_CLIENT), 1);
	scene_end();
}

static void converse(enum family family, size_t cut)
{
	connect(family);
	client_sends(request, sizeof(request) - 1, cut);
	CU_ASSERT(client_got(NULL, 0));
	CU_ASSERT(server_got_forwarded(request));
	server_says(established);
	CU_ASSERT(client_got(established, sizeof(established) - 1));
	talk(cut);
}

static void request_and_answer_arrive_as_they_were_sent_and_so_does_all_else(void)
{
	converse(IPV4, 0);
	converse(IPV6, 0);
}

static void they_may_come_octet_by_octet(void)
{
	converse(IPV4, 1);
	converse(IPV6, 7);
}

static void an_answer_that_comes_octet_by_octet_is_relayed_when_it_is_whole(void)
{
	connect(IPV4);
	client_says(request);
	CU_ASSERT(server_got_forwarded(request));
	for (size_t i = 0; i < sizeof(established) - 1; i++) {
		CU_ASSERT(client_got(NULL, 0));
		server_sends(established + i, 1);
	}
	CU_ASSERT(client_got(established, sizeof(established) - 1));
	talk(0);
}

static void a_hello_that_comes_with_the_request_waits_for_the_tunnel(void)
{
	static struct octets both;

	connect(IPV4);
	octets_add(&both, request, sizeof(request) - 1);
	octets_add(&both, hello.data, hello.length);
	client_sends(both.data, both.length, 0);
	CU_ASSERT(server_got_forwarded(request));
	server_says(established);
	CU_ASSERT(client_got(established, sizeof(established) - 1));
	CU_ASSERT(server_got(hello.data, hello.length));
	scene_end();
}

static void only_the_next_proxy_is_resolved_and_dialled(void)
{
	connect(IPV4);
	client_says(request);
	CU_ASSERT_EQUAL(scene.asked, 0);
	CU_ASSERT_EQUAL(scene.server.connections, 1);
	scene_end();
	scene_begin(&(struct scene_policy){.text = policy, .next_hop = "proxy.test"}, IPV6);
	scene_connect_forward();
	client_says(request);
	CU_ASSERT_EQUAL(scene.asked, 1);
	CU_ASSERT_STRING_EQUAL(scene.asked_name, "proxy.test");
	CU_ASSERT(server_got_forwarded(request));
	server_says(established);
	CU_ASSERT(client_got(established, sizeof(established) - 1));
	talk(0);
}

/* They are the operator's, and not what the client asks for. */
static void no_row_is_asked_for_its_aliases(void)
{
	scene_begin(&(struct scene_policy){.text = "filter web\nrow allow a.test\nrow deny c.test\nservice s web\n",
					   .next_hop = "proxy.test"},
		    IPV4);
	scene.alias = "c.test";
	scene_connect_forward();
	client_says(request);
	CU_ASSERT(server_got_forwarded(request));
	CU_ASSERT_EQUAL(scene.hits[1], 0);
	scene_end();
}

static void its_address_may_be_private_as_the_operator_chose_it(void)
{
	scene_begin(&(struct scene_policy){.text = policy, .no_private_networks = true}, IPV4);
	scene_connect_forward();
	client_says(request);
	CU_ASSERT(server_got_forwarded(request));
	scene_end();
}

static void interim_answers_are_relayed_but_to_clients_of_http_1_0(void)
{
	char both[sizeof(interim) + sizeof(established)] = "";

	strcat(strcat(both, interim), established);
	connect(IPV4);
	client_says(request);
	server_says(interim);
	CU_ASSERT(client_got(NULL, 0));
	server_says(established);
	CU_ASSERT(client_got(both, strlen(both)));
	CU_ASSERT(server_got_forwarded(request));
	talk(0);
	connect(IPV6);
	client_says(request_1_0);
	server_says(both);
	CU_ASSERT(client_got(established, sizeof(established) - 1));
	CU_ASSERT(server_got_forwarded(request_1_0));
	talk(0);
}

/* 2xx has no body, whatever it announces. */
static void what_a_server_says_first_in_the_tunnel_arrives_behind_the_hello(void)
{
	connect(IPV4);
	client_says(request);
	CU_ASSERT(server_got_forwarded(request));
	server_says("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nfirst");
	CU_ASSERT(client_got_text("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n"));
	client_sends(hello.data, hello.length, 0);
	CU_ASSERT(server_got(hello.data, hello.length));
	CU_ASSERT(client_got("first", 5));
	scene_end();
}

/* The service has no users, so they are the next proxy's, who asked for them. */
static void credentials_that_this_gateway_did_not_ask_for_go_on(void)
{
	static const char with[] = "CONNECT a.test:443 HTTP/1.1\r\nHost: a.test\r\n"
				   "Proxy-Authorization: Basic QTpi\r\n\r\n";

	connect(IPV4);
	client_says(with);
	CU_ASSERT(server_got_forwarded(with));
	CU_ASSERT_EQUAL(scene.verified, 0);
	scene_end();
}

int main(void)
{
	scene_prepare();
	scene_client_hello(&hello, "a.test");
	scene_server_hello(&server_hello, false);
	return TESTS_RUN(
	    "CONNECT that another proxy takes", TEST(request_and_answer_arrive_as_they_were_sent_and_so_does_all_else),
	    TEST(they_may_come_octet_by_octet), TEST(an_answer_that_comes_octet_by_octet_is_relayed_when_it_is_whole),
	    TEST(a_hello_that_comes_with_the_request_waits_for_the_tunnel),
	    TEST(only_the_next_proxy_is_resolved_and_dialled), TEST(no_row_is_asked_for_its_aliases),
	    TEST(its_address_may_be_private_as_the_operator_chose_it),
	    TEST(interim_answers_are_relayed_but_to_clients_of_http_1_0),
	    TEST(what_a_server_says_first_in_the_tunnel_arrives_behind_the_hello),
	    TEST(credentials_that_this_gateway_did_not_ask_for_go_on));
}
