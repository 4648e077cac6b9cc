/* SPDX-License-Identifier: BSD-3-Clause */
/* A HelloRetryRequest asks for a second ClientHello: it is read too, and must name the host that was decided. */
#include "scene.h"

static const char web[] = "filter web\nrow allow a.test b.test\nno_fqdn allow\nservice s web\n";
static const uint8_t change_cipher_spec[] = {20, 3, 3, 0, 1, 1};

static struct octets hello, retry, again, server_hello;

static void up_to_the_retry(enum family family)
{
	scene_begin(&(struct scene_policy){.text = web}, family);
	scene_connect_transparent();
	scene_client_hello(&hello, "a.test");
	client_sends(hello.data, hello.length, 0);
	CU_ASSERT(server_got(hello.data, hello.length));
	scene_server_hello(&retry, true);
	server_sends(retry.data, retry.length);
	CU_ASSERT(client_got(retry.data, retry.length));
}

static void a_second_hello_for_the_same_name_goes_through(void)
{
	static struct octets both;

	up_to_the_retry(IPV4);
	scene_client_hello(&again, "a.test");
	both.length = 0;
	octets_add(&both, change_cipher_spec, sizeof(change_cipher_spec));
	octets_add(&both, again.data, again.length);
	client_sends(both.data, both.length, 1);
	CU_ASSERT(server_got(both.data, both.length));
	scene_server_hello(&server_hello, false);
	server_sends(server_hello.data, server_hello.length);
	CU_ASSERT(client_got(server_hello.data, server_hello.length));
	client_says("more");
	CU_ASSERT(server_got("more", 4));
	scene_end();
}

static void nothing_of_one_for_another_name_reaches_the_server(void)
{
	static const uint8_t alert[] = {21, 3, 3, 0, 2, 2, 112};

	up_to_the_retry(IPV6);
	scene_client_hello(&again, "b.test");
	client_sends(again.data, again.length, 0);
	CU_ASSERT(server_got(NULL, 0));
	CU_ASSERT_EQUAL(scene.server.reason, TCP_END_RESET);
	CU_ASSERT(client_got(alert, sizeof(alert)));
	client_shuts();
	CU_ASSERT_EQUAL(scene_ended(REASON_HELLO_RETRY_NAME), 1);
	scene_end();
}

static void nor_of_one_without_a_name(void)
{
	up_to_the_retry(IPV4);
	scene_client_hello(&again, NULL);
	client_sends(again.data, again.length, 0);
	CU_ASSERT(server_got(NULL, 0));
	client_shuts();
	CU_ASSERT_EQUAL(scene_ended(REASON_HELLO_RETRY_NAME), 1);
	scene_end();
}

/* A client can foresee that a server will ask for one. What it says then must not be with the server before it is read.
 */
static void one_that_comes_before_it_was_asked_for_is_refused(void)
{
	static const uint8_t alert[] = {21, 3, 3, 0, 2, 2, 50};
	static struct octets both;

	scene_client_hello(&hello, "a.test");
	scene_client_hello(&again, "c.test");
	both.length = 0;
	octets_add(&both, hello.data, hello.length);
	octets_add(&both, change_cipher_spec, sizeof(change_cipher_spec));
	octets_add(&both, again.data, again.length);
	scene_begin(&(struct scene_policy){.text = web}, IPV4);
	scene_connect_transparent();
	client_sends(both.data, both.length, 0);
	CU_ASSERT(server_got(NULL, 0));
	CU_ASSERT(client_got(alert, sizeof(alert)));
	client_shuts();
	CU_ASSERT_EQUAL(scene_ended(REASON_HELLO_MALFORMED), 1);
	scene_end();
}

static void one_that_never_comes_is_not_waited_for(void)
{
	up_to_the_retry(IPV4);
	scene_wait(10100);
	CU_ASSERT(scene.client.ended);
	client_shuts();
	CU_ASSERT_EQUAL(scene_ended(REASON_HELLO_TIMEOUT), 1);
	scene_end();
}

static void however_it_is_cut_the_same_becomes_of_it(void)
{
	static const uint8_t alert[] = {21, 3, 3, 0, 2, 2, 112};

	for (size_t at = 1; at < hello.length; at++) {
		up_to_the_retry(at % 2 == 0 ? IPV4 : IPV6);
		scene_client_hello(&again, "a.test");
		client_sends(again.data, at, 0);
		CU_ASSERT(server_got(NULL, 0));
		client_sends(again.data + at, again.length - at, 0);
		CU_ASSERT(server_got(again.data, again.length));
		scene_end();
		up_to_the_retry(at % 2 == 0 ? IPV6 : IPV4);
		scene_client_hello(&again, "b.test");
		client_sends_reversed(again.data, again.length, at);
		CU_ASSERT(client_got(alert, sizeof(alert)));
		CU_ASSERT(server_got(NULL, 0));
		client_shuts();
		CU_ASSERT_EQUAL(scene_ended(REASON_HELLO_RETRY_NAME), 1);
		scene_end();
	}
}

/* The server's answers too may come in any pieces. */
static void however_the_retry_is_cut_it_is_noticed(void)
{
	for (size_t at = 1; at < retry.length; at++) {
		scene_begin(&(struct scene_policy){.text = web}, at % 2 == 0 ? IPV4 : IPV6);
		scene_connect_transparent();
		client_sends(hello.data, hello.length, 0);
		CU_ASSERT(server_got(hello.data, hello.length));
		server_sends(retry.data, at);
		CU_ASSERT(client_got(NULL, 0));
		server_sends(retry.data + at, retry.length - at);
		CU_ASSERT(client_got(retry.data, retry.length));
		scene_client_hello(&again, "b.test");
		client_sends(again.data, again.length, 0);
		CU_ASSERT(server_got(NULL, 0));
		client_shuts();
		CU_ASSERT_EQUAL(scene_ended(REASON_HELLO_RETRY_NAME), 1);
		scene_end();
	}
}

/* A hello that offers early data, and three records of it behind it. Returns where those begin. */
static size_t early_stream(struct octets *stream)
{
	static struct octets message;
	static uint8_t data[100];

	client_hello_begin(&message, &(struct hello_text){0});
	hello_name(&message, "a.test", 6);
	hello_extension(&message, 43, "020304");
	hello_extension(&message, 42, "");
	hello_end(&message);
	stream->length = 0;
	stream_records(stream, &message, HELLO_MESSAGE_MAX);
	for (unsigned i = 0; i < 3; i++)
		stream_record(stream, 23, data, sizeof(data));
	return stream->length - 3 * (sizeof(data) + 5);
}

/* `cut` octets of the stream come before the server is there, the others before its retry or behind it. Returns what
 * the server has got so far. */
static size_t up_to_the_retry_with_early_data(const struct octets *stream, size_t cut, bool behind)
{
	size_t got;

	scene_begin(&(struct scene_policy){.text = web}, cut % 2 == 0 ? IPV4 : IPV6);
	scene_connect_transparent();
	client_sends(stream->data, cut, 0);
	if (!behind)
		client_sends(stream->data + cut, stream->length - cut, 0);
	got = scene.server.length;
	CU_ASSERT(got >= cut && got <= stream->length);
	CU_ASSERT(server_got(stream->data, got));
	scene_server_hello(&retry, true);
	server_sends(retry.data, retry.length);
	CU_ASSERT(client_got(retry.data, retry.length));
	if (behind)
		client_sends(stream->data + cut, stream->length - cut, 0);
	return got;
}

static void early_data_goes_before_it_wherever_it_is_cut(void)
{
	static struct octets stream, rest;
	size_t first = early_stream(&stream);

	for (size_t cut = first; cut <= stream.length; cut += cut < first + 12 ? 1 : 13) {
		size_t got = up_to_the_retry_with_early_data(&stream, cut, cut % 3 == 0);

		scene_client_hello(&again, "a.test");
		rest.length = 0;
		octets_add(&rest, stream.data + got, stream.length - got);
		octets_add(&rest, change_cipher_spec, sizeof(change_cipher_spec));
		octets_add(&rest, again.data, again.length);
		client_sends(rest.data + stream.length - got, rest.length - (stream.length - got), 7);
		CU_ASSERT(server_got(rest.data, rest.length));
		scene_end();
	}
}

static void behind_it_another_name_is_still_found(void)
{
	static struct octets stream;
	size_t first = early_stream(&stream);

	for (size_t cut = first; cut <= stream.length; cut += cut < first + 12 ? 1 : 13) {
		up_to_the_retry_with_early_data(&stream, cut, cut % 3 == 0);
		scene_client_hello(&again, "b.test");
		client_sends(again.data, again.length, 0);
		CU_ASSERT(server_got(NULL, 0));
		CU_ASSERT_EQUAL(scene.server.reason, TCP_END_RESET);
		client_shuts();
		CU_ASSERT_EQUAL(scene_ended(REASON_HELLO_RETRY_NAME), 1);
		scene_end();
	}
}

int main(void)
{
	scene_prepare();
	return TESTS_RUN(
	    "second ClientHello", TEST(a_second_hello_for_the_same_name_goes_through),
	    TEST(nothing_of_one_for_another_name_reaches_the_server), TEST(nor_of_one_without_a_name),
	    TEST(one_that_comes_before_it_was_asked_for_is_refused), TEST(one_that_never_comes_is_not_waited_for),
	    TEST(however_it_is_cut_the_same_becomes_of_it), TEST(however_the_retry_is_cut_it_is_noticed),
	    TEST(early_data_goes_before_it_wherever_it_is_cut), TEST(behind_it_another_name_is_still_found));
}
