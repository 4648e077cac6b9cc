/* SPDX-License-Identifier: BSD-3-Clause */
/* Where the gateway has no room: a client is told so as long as there is a way to, and the others go on. */
#include "scene.h"

static const char web[] = "filter web\nrow allow a.test\nservice s web\n";
static const char request[] = "CONNECT a.test:443 HTTP/1.1\r\nHost: a.test\r\n\r\n";

static struct octets hello;

static void answered_503(void)
{
	CU_ASSERT(client_got_text("HTTP/1.1 503 "));
	CU_ASSERT(scene.client.ended);
	client_shuts();
	CU_ASSERT_EQUAL(scene.client.reason, TCP_END_FIN);
	CU_ASSERT_EQUAL(scene_ended(REASON_OVERLOAD), 1);
	scene_end();
}

static void reset(void)
{
	CU_ASSERT(client_got(NULL, 0));
	CU_ASSERT_EQUAL(scene.client.reason, TCP_END_RESET);
	CU_ASSERT_EQUAL(scene_ended(REASON_OVERLOAD), 1);
	scene_end();
}

static void begin(enum family family, unsigned crowd)
{
	scene_begin(&(struct scene_policy){.text = web, .openings = 4}, family);
	scene.crowd = crowd;
}

static void where_no_more_flows_may_be_opening_a_connect_gets_503(void)
{
	for (enum family family = IPV4; family < FAMILIES; family++) {
		begin(family, 4);
		scene_connect_explicit();
		CU_ASSERT_EQUAL(scene.flows->counters.opening, 4);
		client_says(request);
		answered_503();
		begin(family, 3);
		scene_connect_explicit();
		client_says(request);
		CU_ASSERT(client_got_text("HTTP/1.1 200 "));
		scene_end();
	}
}

static void and_an_intercepted_connection_a_reset(void)
{
	for (enum family family = IPV4; family < FAMILIES; family++) {
		begin(family, 4);
		scene_connect_transparent();
		CU_ASSERT_EQUAL(scene.flows->counters.opening, 4);
		reset();
		begin(family, 3);
		scene_connect_transparent();
		client_sends(hello.data, hello.length, 0);
		CU_ASSERT(server_got(hello.data, hello.length));
		scene_end();
	}
}

static void those_who_are_told_take_no_room_for_long(void)
{
	begin(IPV4, SCENE_CROWD - 2);
	scene_connect_explicit();
	scene_wait(2500);
	CU_ASSERT_EQUAL(scene.flows->counters.open, 4);
	CU_ASSERT_EQUAL(scene_ended(REASON_OVERLOAD), SCENE_CROWD - 2 - 4 + 1);
	scene_end();
}

static void a_resolver_without_room_is_told_alike(void)
{
	for (enum family family = IPV4; family < FAMILIES; family++) {
		begin(family, 0);
		scene.resolver_is_full = true;
		scene_connect_explicit();
		client_says(request);
		answered_503();
		begin(family, 0);
		scene.resolver_is_full = true;
		scene_connect_transparent();
		client_sends(hello.data, hello.length, 0);
		reset();
	}
}

/* The connection to the server is one too. */
static void without_a_connection_to_dial_with_too(void)
{
	for (enum family family = IPV4; family < FAMILIES; family++) {
		scene_begin(&(struct scene_policy){.text = web}, family);
		scene.crowd = SCENE_CROWD - 1;
		scene_connect_explicit();
		client_says(request);
		answered_503();
		scene_begin(&(struct scene_policy){.text = web}, family);
		scene.crowd = SCENE_CROWD - 1;
		scene_connect_transparent();
		client_sends(hello.data, hello.length, 0);
		reset();
	}
}

static void without_one_for_the_client_its_syn_is_dropped(void)
{
	for (enum family family = IPV4; family < FAMILIES; family++) {
		scene_begin(&(struct scene_policy){.text = web}, family);
		scene.crowd = SCENE_CROWD;
		scene_connect_explicit();
		CU_ASSERT(!scene.client.connected && !scene.client.closed);
		CU_ASSERT_EQUAL(scene.flows->counters.opened, SCENE_CROWD);
		scene_wait(16000);
		CU_ASSERT(scene.client.connected);
		client_says(request);
		CU_ASSERT(client_got_text("HTTP/1.1 200 "));
		scene_end();
	}
}

static void what_an_opening_holds_is_counted(void)
{
	begin(IPV4, 0);
	scene.answer_after = SCENE_NEVER;
	scene_connect_explicit();
	CU_ASSERT_EQUAL(scene.flows->counters.held, 0);
	client_says(request);
	CU_ASSERT_NOT_EQUAL(scene.flows->counters.held, 0);
	client_resets();
	CU_ASSERT_EQUAL(scene.flows->counters.held, 0);
	scene_end();
}

/* In records of an octet a hello of 16 KiB fills six times as many buffers. */
static void who_has_more_held_than_there_is_room_for_is_refused(void)
{
	static struct octets message, stream;

	hello_common(&message, HELLO_MESSAGE_MAX);
	stream_records(&stream, &message, 1);
	for (enum family family = IPV4; family < FAMILIES; family++) {
		scene_begin(&(struct scene_policy){.text = web, .held = 64}, family);
		scene_connect_transparent();
		client_sends(stream.data, stream.length - 1, 0);
		reset();
		scene_begin(&(struct scene_policy){.text = web, .held = 1000}, family);
		scene_connect_transparent();
		client_sends(stream.data, stream.length - 1, 0);
		CU_ASSERT_EQUAL(scene_ended(REASON_OVERLOAD), 0);
		scene_end();
	}
}

/* A head that does not end, of clients who have all connected in time. */
static void and_those_who_hold_little_have_room_beside_those_who_hold_much(void)
{
	static char head[6000] = "CONNECT a.test:443 HTTP/1.1\r\nHost: a.test\r\nA: ";
	uint64_t most;

	memset(head + strlen(head), 'a', sizeof(head) - strlen(head));
	for (enum family family = IPV4; family < FAMILIES; family++) {
		scene_begin(&(struct scene_policy){.text = web, .held = 64}, family);
		scene.crowd = SCENE_CROWD - 2;
		scene_connect_explicit();
		scene_crowd_sends(head, sizeof(head));
		most = scene.flows->config.held;
		CU_ASSERT(scene.flows->counters.held > most / 8);
		CU_ASSERT(scene.flows->counters.held <= most - most / 8);
		CU_ASSERT(scene.flows->counters.lingering > 0);
		client_says(request);
		CU_ASSERT(client_got_text("HTTP/1.1 200 "));
		client_sends(hello.data, hello.length, 0);
		CU_ASSERT(server_got(hello.data, hello.length));
		scene_end();
	}
}

int main(void)
{
	scene_prepare();
	scene_client_hello(&hello, "a.test");
	return TESTS_RUN("overload", TEST(where_no_more_flows_may_be_opening_a_connect_gets_503),
			 TEST(and_an_intercepted_connection_a_reset), TEST(those_who_are_told_take_no_room_for_long),
			 TEST(a_resolver_without_room_is_told_alike), TEST(without_a_connection_to_dial_with_too),
			 TEST(without_one_for_the_client_its_syn_is_dropped), TEST(what_an_opening_holds_is_counted),
			 TEST(who_has_more_held_than_there_is_room_for_is_refused),
			 TEST(and_those_who_hold_little_have_room_beside_those_who_hold_much));
}
