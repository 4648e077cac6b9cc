/* SPDX-License-Identifier: BSD-3-Clause */
/* A SYN-ACK without an answer is sent again, with the same options, and given up. */
#include "behaviour.h"

BEHAVIOUR(time_doubles_and_then_it_is_given_up)
{
	uint32_t isn;

	peer.config.tcp.syn_ack_retries = 2;
	listening();
	inject(.flags = SYN, .mss = MSS, .wscale = WSCALE(1), .sack_ok = true, .ts = TS(5000, 0));
	expect(.flags = SYN | ACK, .wscale = WSCALE(7), .sack_ok = true, .ts = TS(0, 5000));
	isn = peer.last.tcp.sequence;
	for (unsigned second = 1; second <= 2; second *= 2) {
		advance_ms(second * 1000 - 50);
		expect_nothing();
		advance_ms(60);
		expect(.flags = SYN | ACK, .wscale = WSCALE(7), .sack_ok = true, .ts = TS(0, 5000));
		check_equal(peer.last.tcp.sequence, isn);
	}
	advance_ms(5000);
	expect_nothing();
	check_equal(counters().half_open, 0);
	check_equal(counters().tcp_half_open_timeouts, 1);
	check_equal(peer.events, 0);
}

BEHAVIOUR(an_ack_to_the_second_syn_ack_opens)
{
	listening();
	inject(.flags = SYN, .mss = MSS);
	expect(.flags = SYN | ACK);
	advance_ms(1020);
	expect(.flags = SYN | ACK);
	inject();
	check_equal(peer.events, TCP_EVENT_ACCEPTED);
	advance_ms(10000);
	expect_nothing();
}

BEHAVIOUR(data_that_comes_while_the_ack_was_lost_opens_it_too)
{
	listening();
	inject(.flags = SYN, .mss = MSS);
	expect(.flags = SYN | ACK);
	inject(.seq = 1, .length = 100);
	check(peer.events & TCP_EVENT_ACCEPTED);
	app_expect_read(100);
}
