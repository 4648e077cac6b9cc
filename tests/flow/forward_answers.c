/* SPDX-License-Identifier: BSD-3-Clause */
/* What the next proxy answers instead of opening a tunnel reaches the client with its body, and then the connection
 * ends. */
#include <stdlib.h>
#include <string.h>

#include "scene.h"

#define LARGE 150000

static const char request[] = "CONNECT a.test:443 HTTP/1.1\r\nHost: a.test\r\n\r\n";

static struct octets hello;

static void begin(enum family family)
{
	scene_begin(&(struct scene_policy){.text = "filter web\nrow allow a.test\nservice s web\n"}, family);
	scene_connect_forward();
	client_says(request);
	CU_ASSERT(server_got_forwarded(request));
}

static void server_says(const char *text)
{
	server_sends(text, strlen(text));
}

/* The answer is whole, and both ends are done. */
static void ended(void)
{
	CU_ASSERT(scene.client.ended);
	CU_ASSERT_EQUAL(scene.server.reason, TCP_END_RESET);
	client_shuts();
	CU_ASSERT_EQUAL(scene.client.reason, TCP_END_FIN);
	CU_ASSERT_EQUAL(scene_ended(REASON_NEXT_HOP_REFUSED), 1);
	scene_end();
}

static void relayed(enum family family, const char *answer)
{
	begin(family);
	server_says(answer);
	CU_ASSERT(client_got(answer, strlen(answer)));
	ended();
}

static void one_of_known_length_ends_behind_its_last_octet(void)
{
	relayed(IPV4, "HTTP/1.1 403 No\r\nContent-Length: 5\r\n\r\nhello");
	relayed(IPV6, "HTTP/1.1 407 Who?\r\nProxy-Authenticate: Basic realm=\"other\"\r\nContent-Length: 0\r\n\r\n");
	relayed(IPV4, "HTTP/1.0 302 Elsewhere\r\nLocation: http://portal.test/\r\nContent-Length: 2\r\n\r\nhi");
}

static void one_in_chunks_ends_behind_the_trailers(void)
{
	relayed(IPV4, "HTTP/1.1 502 Bad\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\nX: y\r\n\r\n");
}

static void one_without_a_length_ends_with_the_connection(void)
{
	static const char answer[] = "HTTP/1.1 503 Later\r\n\r\nsome";

	begin(IPV4);
	server_says(answer);
	CU_ASSERT(client_got(answer, sizeof(answer) - 1));
	CU_ASSERT(!scene.client.ended);
	server_says(" words");
	CU_ASSERT(client_got(" words", 6));
	server_shuts();
	ended();
}

static void interim_answers_go_before_it(void)
{
	relayed(IPV4, "HTTP/1.1 102 Wait\r\n\r\nHTTP/1.1 403 No\r\nContent-Length: 2\r\n\r\nno");
}

static void what_comes_behind_it_goes_nowhere(void)
{
	begin(IPV4);
	server_says("HTTP/1.1 403 No\r\nContent-Length: 2\r\n\r\nnoHTTP/1.1 200 OK\r\n\r\n");
	CU_ASSERT(client_got("HTTP/1.1 403 No\r\nContent-Length: 2\r\n\r\nno", 40));
	ended();
}

static void nor_does_what_the_client_sent_for_the_tunnel(void)
{
	static struct octets both;

	scene_begin(&(struct scene_policy){.text = "filter web\nrow allow a.test\nservice s web\n"}, IPV4);
	scene_connect_forward();
	octets_add(&both, request, sizeof(request) - 1);
	octets_add(&both, hello.data, hello.length);
	client_sends(both.data, both.length, 0);
	server_says("HTTP/1.1 403 No\r\nContent-Length: 2\r\n\r\nno");
	CU_ASSERT(client_got_text("HTTP/1.1 403 "));
	CU_ASSERT(server_got_forwarded(request));
	ended();
}

/* More than the gateway holds for a connection: it is read as the client takes it. */
static void a_large_one_arrives_whole(void)
{
	static const char head[] = "HTTP/1.1 403 No\r\nContent-Length: 150000\r\n\r\n";
	size_t length = sizeof(head) - 1 + LARGE;
	char *answer = malloc(length);

	CU_ASSERT_PTR_NOT_NULL_FATAL(answer);
	memcpy(answer, head, sizeof(head) - 1);
	for (size_t i = 0; i < LARGE; i++)
		answer[sizeof(head) - 1 + i] = (char)(i * 7 >> 3);
	begin(IPV6);
	server_sends(answer, length);
	CU_ASSERT(client_got(answer, length));
	ended();
	free(answer);
}

static void a_client_that_does_not_read_is_given_up_and_costs_no_more_than_its_buffers(void)
{
	static const char head[] = "HTTP/1.1 403 No\r\nContent-Length: 100000000\r\n\r\n";
	static char part[100000];
	unsigned before;

	begin(IPV4);
	scene.deaf = true;
	server_says(head);
	for (unsigned i = 0; i < 30; i++)
		server_sends(part, sizeof(part));
	before = scene_gateway_mbufs();
	for (unsigned i = 0; i < 10; i++)
		server_sends(part, sizeof(part));
	CU_ASSERT_EQUAL(scene_gateway_mbufs(), before);
	CU_ASSERT(!scene.client.closed);
	scene_wait(11000);
	CU_ASSERT_EQUAL(scene_ended(REASON_CLIENT_LOST), 1);
	CU_ASSERT_EQUAL(scene.client.reason, TCP_END_RESET);
	scene_end();
}

/* Half an answer must not look like a whole one. */
static void broken(const char *answer, void (*then)(void), enum reason reason)
{
	begin(IPV4);
	server_says(answer);
	if (then != NULL)
		then();
	CU_ASSERT(client_got_text("HTTP/1.1 403 "));
	CU_ASSERT(!scene.client.ended);
	CU_ASSERT_EQUAL(scene.client.reason, TCP_END_RESET);
	CU_ASSERT_EQUAL(scene_ended(reason), 1);
	scene_end();
}

static void patience(void)
{
	scene_wait(9500);
	CU_ASSERT(!scene.client.closed);
	scene_wait(1000);
}

static void one_that_is_cut_short_is_reset(void)
{
	broken("HTTP/1.1 403 No\r\nContent-Length: 9\r\n\r\nhalf", server_shuts, REASON_NEXT_HOP_INCOMPLETE);
	broken("HTTP/1.1 403 No\r\nContent-Length: 9\r\n\r\nhalf", server_resets, REASON_NEXT_HOP_INCOMPLETE);
	broken("HTTP/1.1 403 No\r\n\r\nhalf", server_resets, REASON_NEXT_HOP_INCOMPLETE);
	broken("HTTP/1.1 403 No\r\nContent-Length: 9\r\n\r\nhalf", patience, REASON_NEXT_HOP_TIMEOUT);
}

static void one_whose_chunks_are_none_is_reset(void)
{
	broken("HTTP/1.1 403 No\r\nTransfer-Encoding: chunked\r\n\r\n", patience, REASON_NEXT_HOP_TIMEOUT);
	begin(IPV4);
	server_says("HTTP/1.1 403 No\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n");
	server_says("zz\r\n");
	CU_ASSERT_EQUAL(scene.client.reason, TCP_END_RESET);
	CU_ASSERT_EQUAL(scene_ended(REASON_NEXT_HOP_MALFORMED), 1);
	scene_end();
}

static void one_that_comes_slowly_is_waited_for(void)
{
	begin(IPV4);
	server_says("HTTP/1.1 403 No\r\nContent-Length: 3\r\n\r\n");
	for (unsigned i = 0; i < 3; i++) {
		scene_wait(9000);
		CU_ASSERT(!scene.client.ended);
		server_says("x");
	}
	CU_ASSERT(client_got_text("HTTP/1.1 403 No\r\nContent-Length: 3\r\n\r\nxxx"));
	ended();
}

/* It has what the next proxy said; it may read it in its own time. */
static void a_client_that_does_not_close_is_reset_in_the_end(void)
{
	begin(IPV4);
	server_says("HTTP/1.1 403 No\r\nContent-Length: 2\r\n\r\nno");
	scene_wait(299000);
	CU_ASSERT(scene.client.ended && !scene.client.closed);
	scene_wait(2000);
	CU_ASSERT_EQUAL(scene.client.reason, TCP_END_RESET);
	CU_ASSERT_EQUAL(scene_ended(REASON_NEXT_HOP_REFUSED), 1);
	scene_end();
}

int main(void)
{
	scene_prepare();
	scene_client_hello(&hello, "a.test");
	return TESTS_RUN(
	    "answers of the next proxy", TEST(one_of_known_length_ends_behind_its_last_octet),
	    TEST(one_in_chunks_ends_behind_the_trailers), TEST(one_without_a_length_ends_with_the_connection),
	    TEST(interim_answers_go_before_it), TEST(what_comes_behind_it_goes_nowhere),
	    TEST(nor_does_what_the_client_sent_for_the_tunnel), TEST(a_large_one_arrives_whole),
	    TEST(a_client_that_does_not_read_is_given_up_and_costs_no_more_than_its_buffers),
	    TEST(one_that_is_cut_short_is_reset), TEST(one_whose_chunks_are_none_is_reset),
	    TEST(one_that_comes_slowly_is_waited_for), TEST(a_client_that_does_not_close_is_reset_in_the_end));
}
