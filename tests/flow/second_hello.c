/* SPDX-License-Identifier: BSD-3-Clause */
/* A HelloRetryRequest asks for a second ClientHello: it is read too, and must name the host that was decided. */
#include "scene.h"

static const char web[] = "filter web\nrow allow log a.test b.test\nno_fqdn allow\nservice s web\n";
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

/* What the log says of the server's TLS, once the flow is over. */
static struct flow_tls told_of_server(void)
{
	struct flow_record records[4];
	unsigned count = scene_told(records, 4);

	CU_ASSERT_FATAL(count > 0 && count <= 4);
	CU_ASSERT_EQUAL(records[count - 1].event, FLOW_END);
	return records[count - 1].server_tls;
}

static void second_hello_passes(void)
{
	scene_client_hello(&again, "a.test");
	client_sends(again.data, again.length, 0);
	CU_ASSERT(server_got(again.data, again.length));
}

static void the_log_has_what_the_server_hello_says(void)
{
	struct flow_tls tls;

	up_to_the_retry(IPV4);
	second_hello_passes();
	scene_server_hello(&server_hello, false);
	server_sends(change_cipher_spec, sizeof(change_cipher_spec));
	server_sends(server_hello.data, server_hello.length);
	client_resets();
	tls = told_of_server();
	CU_ASSERT_EQUAL(tls.version, 0x0304);
	CU_ASSERT_NOT_EQUAL(tls.cipher, 0);
	scene_end();
}

static void refused_for_a_second_retry(void)
{
	static const uint8_t alert[] = {21, 3, 3, 0, 2, 2, 80};

	CU_ASSERT(client_got(alert, sizeof(alert)));
	CU_ASSERT_EQUAL(scene.server.reason, TCP_END_RESET);
	client_shuts();
	CU_ASSERT_EQUAL(scene_ended(REASON_SERVER_HELLO_RETRY), 1);
	scene_end();
}

/* RFC 8446 section 4.1.4: or a third hello would pass unread. */
static void a_second_retry_is_refused_however_it_is_cut(void)
{
	for (size_t at = 0; at < retry.length; at += 3) {
		up_to_the_retry(at % 2 == 0 ? IPV4 : IPV6);
		second_hello_passes();
		if (at % 2 == 0)
			server_sends(change_cipher_spec, sizeof(change_cipher_spec));
		if (at > 0)
			server_sends(retry.data, at);
		CU_ASSERT(client_got(NULL, 0));
		server_sends(retry.data + at, retry.length - at);
		refused_for_a_second_retry();
	}
}

/* The server sends a retry and so many octets of what follows it in one segment. */
static void retry_with(const struct octets *following, size_t count)
{
	static struct octets both;

	scene_begin(&(struct scene_policy){.text = web}, count % 2 == 0 ? IPV4 : IPV6);
	scene_connect_transparent();
	client_sends(hello.data, hello.length, 0);
	CU_ASSERT(server_got(hello.data, hello.length));
	both.length = 0;
	octets_add(&both, retry.data, retry.length);
	octets_add(&both, following->data, count);
	server_sends(both.data, both.length);
}

static void one_that_comes_with_the_first_is_refused_too(void)
{
	for (size_t at = 1; at <= retry.length; at++) {
		retry_with(&retry, at);
		if (at < retry.length) {
			CU_ASSERT_EQUAL(scene.client.length, retry.length + at);
			scene.client.length = 0;
			second_hello_passes();
			server_sends(retry.data + at, retry.length - at);
		}
		refused_for_a_second_retry();
	}
}

static void what_the_server_sends_behind_a_retry_is_not_taken_for_the_beginning_of_its_hello(void)
{
	static struct octets following;

	following.length = 0;
	octets_add(&following, change_cipher_spec, sizeof(change_cipher_spec));
	scene_server_hello(&server_hello, false);
	octets_add(&following, server_hello.data, server_hello.length);
	for (size_t at = 0; at <= sizeof(change_cipher_spec); at++) {
		retry_with(&following, at);
		CU_ASSERT_EQUAL(scene.client.length, retry.length + at);
		scene.client.length = 0;
		second_hello_passes();
		server_sends(following.data + at, following.length - at);
		CU_ASSERT(client_got(following.data + at, following.length - at));
		client_resets();
		CU_ASSERT_EQUAL(told_of_server().version, 0x0304);
		scene_end();
	}
}

static void a_server_that_gives_up_after_a_retry_may_say_so(void)
{
	static const uint8_t failure[] = {21, 3, 3, 0, 2, 2, 40};
	static struct octets following;

	following.length = 0;
	octets_add(&following, failure, sizeof(failure));
	for (size_t at = 0; at <= sizeof(failure); at++) {
		retry_with(&following, at);
		scene.client.length = 0;
		second_hello_passes();
		if (at < sizeof(failure))
			server_sends(failure + at, sizeof(failure) - at);
		CU_ASSERT(client_got(failure + at, sizeof(failure) - at));
		server_shuts();
		CU_ASSERT(scene.client.ended);
		client_shuts();
		CU_ASSERT_EQUAL(scene_ended(REASON_CLOSED_BY_SERVER), 1);
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
	    TEST(the_log_has_what_the_server_hello_says), TEST(a_second_retry_is_refused_however_it_is_cut),
	    TEST(one_that_comes_with_the_first_is_refused_too),
	    TEST(what_the_server_sends_behind_a_retry_is_not_taken_for_the_beginning_of_its_hello),
	    TEST(a_server_that_gives_up_after_a_retry_may_say_so), TEST(early_data_goes_before_it_wherever_it_is_cut),
	    TEST(behind_it_another_name_is_still_found));
}
