/* SPDX-License-Identifier: BSD-3-Clause */
/* ACKs that acknowledge what was never sent, or too old data (RFC 5961 section 5, RFC 9293 section 3.10.7.4). */
#include "behaviour.h"

BEHAVIOUR(unsent_data_acknowledged_is_answered_and_dropped)
{
	established();
	app_write(100);
	expect(.length = 100);
	inject(.ack = 102, .length = 50);
	expect(.seq = 101, .ack = 1);
	check_equal(app_read(), 0);
	check_equal(app_info().bytes_sent, 0);
	check_equal(counters().drops[DROP_TCP_ACK_INVALID], 1);
}

BEHAVIOUR(an_ack_older_than_the_largest_window_is_challenged)
{
	established(.window = 10000);
	for (unsigned i = 0; i < 30; i++) {
		app_write(1000);
		expect(.length = 1000);
		inject();
	}
	inject(.ack = 100, .length = 50);
	expect(.seq = 30001, .ack = 1);
	check_equal(app_read(), 0);
}

BEHAVIOUR(an_ack_a_little_old_brings_its_data)
{
	established(.window = 10000);
	for (unsigned i = 0; i < 5; i++) {
		app_write(1000);
		expect(.length = 1000);
		inject();
	}
	inject(.ack = 3001, .length = 50);
	app_expect_read(50);
}

BEHAVIOUR(an_old_ack_does_not_move_the_window_back)
{
	established(.window = 10000);
	app_write(1000);
	expect(.length = 1000);
	inject(.seq = 1, .window = 20000);
	inject(.seq = 1, .ack = 1, .window = 5000);
	check_equal(app_info().send_window, 20000);
	check_equal(app_info().send_unacknowledged, peer.stack_isn + 1001);
}

BEHAVIOUR(a_segment_without_ack_is_dropped)
{
	established();
	inject(.flags = PSH, .length = 20);
	expect_nothing();
	check_equal(app_read(), 0);
	check_equal(counters().drops[DROP_TCP_NO_ACK], 1);
}

BEHAVIOUR(optimistic_acks_gain_nothing)
{
	established();
	app_write(20000);
	for (unsigned i = 0; i < 10; i++)
		check(next_packet());
	expect_nothing();
	inject(.ack = 15001);
	while (next_packet())
		check(peer.last.length == 0);
	check_equal(app_info().bytes_sent, 0);
}
