/* SPDX-License-Identifier: BSD-3-Clause */
/* A SYN without an answer is sent again after 1, 2, 4, ... seconds, and given up (RFC 6298, RFC 9293 section 3.8.3). */
#include "behaviour.h"

#define ALL_OPTIONS .wscale = WSCALE(7), .sack_ok = true, .ts = TS(0, 0)

BEHAVIOUR(time_doubles_and_then_it_is_given_up)
{
	uint32_t isn;

	peer.config.tcp.syn_retries = 3;
	connecting();
	expect(.flags = SYN, ALL_OPTIONS);
	isn = peer.last.tcp.sequence;
	for (unsigned second = 1; second <= 4; second *= 2) {
		advance_ms(second * 1000 - 50);
		expect_nothing();
		advance_ms(60);
		expect(.flags = SYN, ALL_OPTIONS);
		check_equal(peer.last.tcp.sequence, isn);
	}
	advance_ms(9000);
	expect_nothing();
	check_equal(peer.events, TCP_EVENT_CLOSED);
	check_equal(app_info().end, TCP_END_TIMEOUT);
	check_equal(counters().tcp_open_failed, 1);
}

BEHAVIOUR(an_answer_to_the_second_syn_connects)
{
	connecting();
	next_packet();
	advance_ms(1010);
	expect(.flags = SYN, ALL_OPTIONS);
	inject(.flags = SYN | ACK, .mss = MSS);
	expect(.flags = ACK, .ts = NO_TS);
	check_equal(app_info().state, TCP_ESTABLISHED);
}
