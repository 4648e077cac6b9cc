/* SPDX-License-Identifier: BSD-3-Clause */
/* At the end of sluiced open flows go on for as long as their service says, and are then reset on both sides. The
 * gateway looks at them whenever it has a turn, so here with each packet. */
#include "scene.h"

static const struct scene_policy policy = {.text = "filter web\nrow allow log a.test\nservice s web\n"};
static const char request[] = "CONNECT a.test:443 HTTP/1.1\r\nHost: a.test\r\n\r\n";

static struct octets hello, server_hello;

static void begin(enum family family)
{
	scene_begin(&policy, family);
	scene_connect_explicit();
	client_says(request);
	CU_ASSERT(client_got_text("HTTP/1.1 200 "));
	client_sends(hello.data, hello.length, 0);
	server_sends(server_hello.data, server_hello.length);
	CU_ASSERT(server_got(hello.data, hello.length));
	CU_ASSERT(client_got(server_hello.data, server_hello.length));
}

static void open_flows_go_on_until_their_time_is_over(void)
{
	for (unsigned family = 0; family < FAMILIES; family++) {
		struct flow_record records[8];
		unsigned count;

		begin((enum family)family);
		flows_drain(scene.flows, scene.flows->now);
		client_says("more");
		CU_ASSERT(server_got("more", 4));
		scene_wait(29000);
		client_says("still");
		CU_ASSERT(server_got("still", 5));
		CU_ASSERT_EQUAL(scene.flows->counters.open, 1);
		scene_wait(1000);
		client_says("late");
		CU_ASSERT_EQUAL(scene.client.reason, TCP_END_RESET);
		CU_ASSERT_EQUAL(scene.server.reason, TCP_END_RESET);
		CU_ASSERT_EQUAL(scene_ended(REASON_DRAIN), 1);
		CU_ASSERT_EQUAL(scene.flows->counters.open, 0);
		count = scene_told(records, 8);
		CU_ASSERT_EQUAL_FATAL(count > 0, true);
		CU_ASSERT_TRUE(records[count - 1].event == FLOW_END && records[count - 1].reason == REASON_DRAIN &&
			       records[count - 1].close == FLOW_CLOSE_RESET);
		scene_end();
	}
}

static void what_ends_by_itself_meanwhile_ends_as_ever(void)
{
	begin(IPV4);
	flows_drain(scene.flows, scene.flows->now);
	client_shuts();
	server_sends("the rest", 8);
	CU_ASSERT(client_got("the rest", 8));
	server_shuts();
	CU_ASSERT(scene.client.ended && scene.server.ended);
	CU_ASSERT_EQUAL(scene_ended(REASON_CLOSED_BY_CLIENT), 1);
	CU_ASSERT_EQUAL(scene_ended(REASON_DRAIN), 0);
	scene_end();
}

static void a_flow_that_is_opening_may_finish_it(void)
{
	scene_begin(&policy, IPV6);
	scene_connect_explicit();
	flows_drain(scene.flows, scene.flows->now);
	client_says(request);
	CU_ASSERT(client_got_text("HTTP/1.1 200 "));
	client_sends(hello.data, hello.length, 0);
	CU_ASSERT(server_got(hello.data, hello.length));
	scene_wait(31000);
	client_says("late");
	CU_ASSERT_EQUAL(scene.flows->counters.open, 0);
	scene_end();
}

/* More places than a turn looks at, of which none is real. */
static void many_flows_are_looked_at_in_pieces(void)
{
	static const struct flows_config config = {.flows = 3000, .openings = 1};
	struct fault fault;
	struct flows *flows = flows_create(&config, 0, &fault);
	unsigned turns = 0;

	CU_ASSERT_PTR_NOT_NULL_FATAL(flows);
	flows->used = config.flows;
	flows_drain(flows, 1000);
	for (unsigned places; (places = flows_sweep(flows, 1000)) > 0; turns++)
		CU_ASSERT(places <= 256);
	CU_ASSERT_EQUAL(turns, (3000 + 255) / 256);
	CU_ASSERT_EQUAL(flows_sweep(flows, 1001), 0); /* all are looked at again, later */
	CU_ASSERT(flows_sweep(flows, 20000) > 0);
	flows_reevaluate(flows);
	for (turns = 0; flows_sweep(flows, 1000) > 0 && turns < 100; turns++)
		;
	CU_ASSERT(turns < 30);
	flows_destroy(flows);
}

int main(void)
{
	scene_prepare();
	scene_client_hello(&hello, "a.test");
	scene_server_hello(&server_hello, false);
	return TESTS_RUN("flows at the end of sluiced", TEST(open_flows_go_on_until_their_time_is_over),
			 TEST(what_ends_by_itself_meanwhile_ends_as_ever), TEST(a_flow_that_is_opening_may_finish_it),
			 TEST(many_flows_are_looked_at_in_pieces));
}
