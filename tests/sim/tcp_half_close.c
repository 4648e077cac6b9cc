/* SPDX-License-Identifier: BSD-3-Clause */
/* One direction ends, the other goes on (RFC 9293 section 3.6). */
#include "behaviour.h"

BEHAVIOUR(the_peer_goes_on_after_our_fin)
{
	established();
	app_write(100);
	expect(.length = 100);
	app_shutdown();
	expect(.flags = FIN | ACK, .seq = 101);
	inject();
	check_equal(app_info().state, TCP_FIN_WAIT_2);
	for (unsigned i = 0; i < 10; i++) {
		advance_ms(60000);
		inject(.length = 500);
		app_expect_read(500);
	}
	ignore_output();
	inject(.flags = FIN | ACK);
	expect(.ack = 5002);
	check(peer.events & TCP_EVENT_END && peer.events & TCP_EVENT_CLOSED);
	check_equal(app_info().end, TCP_END_FIN);
}

BEHAVIOUR(we_go_on_after_the_peers_fin)
{
	established();
	inject(.flags = FIN | ACK, .length = 100);
	expect(.ack = 102);
	check(peer.events & TCP_EVENT_END);
	app_expect_read(100);
	for (unsigned i = 0; i < 10; i++) {
		advance_ms(60000);
		app_write(700);
		expect(.length = 700);
		inject();
	}
	app_shutdown();
	expect(.flags = FIN | ACK);
	check_equal(app_info().state, TCP_LAST_ACK);
	inject();
	check(peer.events & TCP_EVENT_CLOSED);
	check_equal(app_info().end, TCP_END_FIN);
	check_equal(counters().time_wait, 0);
}

BEHAVIOUR(a_fin_goes_with_the_last_data_or_right_after_it)
{
	established();
	app_write(2500);
	app_shutdown();
	expect(.length = 1000);
	expect(.length = 1000);
	check(next_packet());
	check_equal(peer.last.length, 500);
	if (!(peer.last.tcp.flags & FIN))
		expect(.flags = FIN | ACK);
	inject();
	check_equal(app_info().state, TCP_FIN_WAIT_2);
	check_equal(app_info().bytes_sent, 2500);
}

BEHAVIOUR(nothing_can_be_sent_after_shutdown)
{
	established();
	app_shutdown();
	expect(.flags = FIN | ACK);
	check(!app_try_write(10));
	expect_nothing();
}

BEHAVIOUR(the_end_is_told_after_all_data)
{
	established();
	inject(.seq = 101, .flags = FIN | ACK, .length = 100);
	expect(.ack = 1);
	check(!(peer.events & TCP_EVENT_END));
	inject(.seq = 1, .length = 100);
	check(peer.events & TCP_EVENT_END);
	expect(.ack = 202);
	app_expect_read(200);
}
