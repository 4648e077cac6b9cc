/* SPDX-License-Identifier: BSD-3-Clause */
/* Ten segments may be sent before the first ACK (RFC 6928), or what is configured. */
#include "behaviour.h"

BEHAVIOUR(ten_segments)
{
	established();
	app_write(20000);
	for (unsigned i = 0; i < 10; i++)
		expect(.length = 1000);
	expect_nothing();
}

BEHAVIOUR(it_is_configured)
{
	peer.config.tcp.initial_window = 3;
	established();
	app_write(20000);
	for (unsigned i = 0; i < 3; i++)
		expect(.length = 1000);
	expect_nothing();
}

BEHAVIOUR(the_peers_window_bounds_it)
{
	established(.window = 2500);
	app_write(20000);
	expect(.length = 1000);
	expect(.length = 1000);
	advance_ms(10);
	check(ignore_output() <= 1);
}

BEHAVIOUR(a_connecting_side_has_it_too)
{
	connected();
	app_write(20000);
	for (unsigned i = 0; i < 10; i++)
		expect(.length = 1000);
	expect_nothing();
}

BEHAVIOUR(it_is_one_segment_after_a_lost_syn)
{
	/* RFC 5681 section 3.1; and RFC 6298 section 5.7: a time-out of three seconds */
	connecting();
	next_packet();
	advance_ms(1500);
	check(next_packet());
	inject(.flags = SYN | ACK, .mss = MSS);
	ignore_output();
	app_write(5000);
	expect(.seq = 1, .length = 1000);
	expect_nothing();
	advance_ms(2900);
	expect_nothing();
	advance_ms(200);
	expect(.seq = 1, .length = 1000);
}

BEHAVIOUR(it_is_one_segment_after_a_lost_syn_ack)
{
	listening();
	inject(.flags = SYN, .mss = MSS);
	next_packet();
	advance_ms(1500);
	check(next_packet());
	inject();
	app_write(5000);
	expect(.seq = 1, .length = 1000);
	expect_nothing();
	inject(.ack = 1001);
	check_equal(ignore_output(), 2);
}
