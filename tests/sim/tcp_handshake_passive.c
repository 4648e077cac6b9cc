/* SPDX-License-Identifier: BSD-3-Clause */
/* A listener agrees to what both it and the peer's SYN have, and to nothing else. */
#include "behaviour.h"

static void answered(bool scaling, bool sack, bool timestamps)
{
	peer_inject(&(struct entry){.flags = SYN,
				    .mss = 1460,
				    .wscale = scaling ? WSCALE(3) : 0,
				    .sack_ok = sack,
				    .ts = {timestamps, false, 5000, 0}});
	expect(.flags = SYN | ACK, .mss = peer.family == IPV4 ? 1460 : 1440, .wscale = scaling ? WSCALE(7) : 0,
	       .sack_ok = sack, .ts = {timestamps, false, 0, 5000});
	inject();
	expect_nothing();
	check_equal(peer.events, TCP_EVENT_ACCEPTED);
	check_equal(app_info().state, TCP_ESTABLISHED);
	check_equal(app_info().options.sack, sack);
	check_equal(app_info().options.timestamps, timestamps);
	check_equal(app_info().options.window_scaling, scaling);
	check_equal(app_info().peer_window_scale, scaling ? 3 : 0);
	check_equal(app_info().send_mss, (peer.family == IPV4 ? 1460 : 1440) - (timestamps ? 12 : 0));
}

static void answered_by_bits(unsigned bits)
{
	listening();
	answered(bits & 1, bits & 2, bits & 4);
}

BEHAVIOUR(no_option_is_answered_by_none)
{
	answered_by_bits(0);
}
BEHAVIOUR(window_scale_alone)
{
	answered_by_bits(1);
}
BEHAVIOUR(sack_alone)
{
	answered_by_bits(2);
}
BEHAVIOUR(window_scale_and_sack)
{
	answered_by_bits(3);
}
BEHAVIOUR(timestamps_alone)
{
	answered_by_bits(4);
}
BEHAVIOUR(timestamps_and_window_scale)
{
	answered_by_bits(5);
}
BEHAVIOUR(timestamps_and_sack)
{
	answered_by_bits(6);
}
BEHAVIOUR(all_options)
{
	answered_by_bits(7);
}

BEHAVIOUR(a_listener_without_options_refuses_them)
{
	peer.config.tcp.options = (struct tcp_options){.mss = 536};
	listening();
	inject(.flags = SYN, .mss = 1460, .wscale = WSCALE(3), .sack_ok = true, .ts = TS(5000, 0));
	expect(.flags = SYN | ACK, .mss = 536);
	inject();
	check(!app_info().options.sack && !app_info().options.timestamps && !app_info().options.window_scaling);
}

BEHAVIOUR(the_ack_may_carry_data)
{
	listening();
	inject(.flags = SYN, .mss = MSS);
	expect(.flags = SYN | ACK);
	inject(.length = 500);
	check(peer.events & TCP_EVENT_ACCEPTED && peer.events & TCP_EVENT_READABLE);
	app_expect_read(500);
	advance_ms(41);
	expect(.ack = 501);
}

BEHAVIOUR(data_alone_does_not_complete_a_handshake_with_a_wrong_ack)
{
	listening();
	inject(.flags = SYN, .mss = MSS);
	expect(.flags = SYN | ACK);
	inject(.ack = 2, .length = 10);
	expect(.flags = RST, .seq = 2);
	check_equal(peer.events, 0);
	inject(.seq = 1);
	check(peer.events & TCP_EVENT_ACCEPTED);
}

BEHAVIOUR(a_syn_again_is_answered_again)
{
	listening();
	inject(.flags = SYN, .mss = MSS);
	expect(.flags = SYN | ACK);
	inject(.flags = SYN, .mss = MSS);
	expect(.flags = SYN | ACK);
	check_equal(counters().half_open, 1);
	inject();
	check(peer.events & TCP_EVENT_ACCEPTED);
}

BEHAVIOUR(a_reset_ends_a_half_open_connection)
{
	listening();
	inject(.flags = SYN, .mss = MSS);
	expect(.flags = SYN | ACK);
	inject(.flags = RST, .seq = 1);
	expect_nothing();
	check_equal(counters().half_open, 0);
}

BEHAVIOUR(a_blind_reset_does_not_end_a_half_open_connection)
{
	listening();
	inject(.flags = SYN, .mss = MSS);
	expect(.flags = SYN | ACK);
	inject(.flags = RST, .seq = 30000);
	ignore_output();
	check_equal(counters().half_open, 1);
	inject(.seq = 1);
	check(peer.events & TCP_EVENT_ACCEPTED);
}

BEHAVIOUR(a_fin_may_come_with_the_ack)
{
	listening();
	inject(.flags = SYN, .mss = MSS);
	expect(.flags = SYN | ACK);
	inject(.flags = FIN | ACK, .length = 100);
	expect(.ack = 102);
	check(peer.events & TCP_EVENT_ACCEPTED && peer.events & TCP_EVENT_END);
	check_equal(app_info().state, TCP_CLOSE_WAIT);
	app_expect_read(100);
}

BEHAVIOUR(an_answer_before_the_end_of_the_handshake_has_a_scaled_window)
{
	listening();
	inject(.flags = SYN, .mss = MSS, .wscale = WSCALE(2));
	expect(.flags = SYN | ACK, .wscale = WSCALE(7));
	inject(.seq = 0x40000000, .ack = 1, .length = 10); /* out of the window */
	expect(.seq = 1, .ack = 1, .window = 16384 >> 7);
	inject();
	check(peer.events & TCP_EVENT_ACCEPTED);
}
