/* SPDX-License-Identifier: BSD-3-Clause */
/* A window grows as its data is taken, and what all queues may hold is shared among those that are full. */
#include "behaviour.h"

static uint32_t window(void)
{
	return app_info().receive_window;
}

/* The peer sends so much, a segment at a time, and the application takes it. */
static void receive(uint32_t bytes)
{
	for (uint32_t sent = 0; sent < bytes; sent += 1000) {
		inject(.length = 1000);
		app_read();
		ignore_output();
	}
}

BEHAVIOUR(a_new_connection_is_promised_a_first_flight)
{
	established(.wscale = WSCALE(7));
	check_equal(peer.last.tcp.window, 16384);
	check_equal(window(), 16384);
	inject(.length = 1000);
	app_read();
	expect_nothing(); /* nobody waits for more, so no ACK is sent for it alone */
}

BEHAVIOUR(then_64_kb_are_open)
{
	established(.wscale = WSCALE(7));
	receive(9000);
	check_between(window(), 63000, 65536);
}

BEHAVIOUR(half_of_a_window_is_acknowledged_at_once)
{
	peer.config.tcp.receive_buffer = 8192;
	established();
	inject(.length = 1500);
	expect_nothing();
	inject(.length = 600);
	expect(.ack = 2101);
}

BEHAVIOUR(with_each_window_that_is_taken_it_doubles_up_to_half_of_the_buffer)
{
	established(.wscale = WSCALE(7));
	receive(67000);
	check_between(window(), 127000, 131072);
	receive(132000);
	check_between(window(), 255000, 262144);
	receive(600000);
	check_between(window(), 255000, 262144);
}

BEHAVIOUR(data_that_nobody_takes_opens_nothing)
{
	established(.wscale = WSCALE(7));
	for (unsigned i = 0; i < 200; i++) {
		inject(.seq = 1 + 1000 * (uint64_t)i, .length = 1000);
		ignore_output();
	}
	check(tcp_receivable(peer.connection) <= 65536);
	check_between(window(), 0, 8192);
	app_read();
	ignore_output();
	check_between(window(), 63000, 131072);
}

BEHAVIOUR(a_small_buffer_is_never_exceeded)
{
	peer.config.tcp.receive_buffer = 32768;
	established(.wscale = WSCALE(7));
	receive(100000);
	check_between(window(), 13000, 16384);
}

/* Connections from these ports send all that they may, and nobody reads. Returns how many were let in. */
static unsigned fill(unsigned count)
{
	for (unsigned n = 0; n < count; n++) {
		if (!handshake_from((uint16_t)(20000 + n)))
			return n;
		for (unsigned i = 0; i < 100; i++)
			inject(.seq = 1 + 1000 * (uint64_t)i, .length = 1000);
		ignore_output();
	}
	return count;
}

BEHAVIOUR(full_connections_leave_room_for_those_to_come)
{
	struct stack_counters before;

	peer.config.connections = 200;
	listening();
	check_equal(fill(90), 90);
	before = counters();
	check(before.buffers < PEER_MBUFS * 3 / 4);
	check_equal(before.drops[DROP_TCP_SYN_REFUSED], 0);
}

BEHAVIOUR(the_fuller_the_stack_the_less_is_promised)
{
	uint32_t first, last;

	peer.config.connections = 200;
	listening();
	check(handshake_from(19000));
	receive(3000);
	first = window();
	check_equal(fill(90), 90);
	check(handshake_from(21000));
	peer.received = 0;
	receive(3000);
	last = window();
	check(last < first);
	check(last >= 2 * MSS);
}

BEHAVIOUR(the_fuller_the_stack_the_less_may_wait_to_be_sent)
{
	uint32_t before;

	peer.config.connections = 200;
	listening();
	check(handshake_from(19000));
	before = tcp_send_space(peer.stack, peer.connection);
	check_equal(before, peer.config.tcp.send_buffer);
	check_equal(fill(90), 90);
	check(handshake_from(21000));
	check_between(tcp_send_space(peer.stack, peer.connection), 8192, before - 1);
}
