/* SPDX-License-Identifier: BSD-3-Clause */
/* tcp_connect offers what it is told to, and takes what the SYN-ACK agrees to. */
#include "behaviour.h"

static void offered_and_taken(bool scaling, bool sack, bool timestamps)
{
	uint16_t mss = peer.family == IPV4 ? 1460 : 1440;

	connecting();
	expect(.flags = SYN, .mss = mss, .wscale = WSCALE(7), .sack_ok = true, .ts = TS(0, 0));
	check_equal(peer.last.tcp.timestamp_echo, 0);
	peer_inject(&(struct entry){.flags = SYN | ACK,
				    .mss = 1200,
				    .wscale = scaling ? WSCALE(2) : 0,
				    .sack_ok = sack,
				    .ts = {timestamps, false, 77, peer.last.tcp.timestamp_value}});
	expect(.flags = ACK);
	check_equal(peer.events, TCP_EVENT_CONNECTED);
	check_equal(app_info().options.sack, sack);
	check_equal(app_info().options.timestamps, timestamps);
	check_equal(app_info().options.window_scaling, scaling);
	check_equal(app_info().announced_mss, 1200);
	check_equal(app_info().send_mss, 1200 - (timestamps ? 12 : 0));
	check_equal(peer.last.tcp.has_timestamps, timestamps);
	check(!timestamps || peer.last.tcp.timestamp_echo == 77);
}

BEHAVIOUR(a_bare_syn_ack)
{
	offered_and_taken(false, false, false);
}
BEHAVIOUR(window_scale_is_taken)
{
	offered_and_taken(true, false, false);
}
BEHAVIOUR(sack_is_taken)
{
	offered_and_taken(false, true, false);
}
BEHAVIOUR(timestamps_are_taken)
{
	offered_and_taken(false, false, true);
}
BEHAVIOUR(all_are_taken)
{
	offered_and_taken(true, true, true);
}

BEHAVIOUR(what_was_not_offered_is_not_taken)
{
	peer.config.tcp.options = (struct tcp_options){0};
	connecting();
	expect(.flags = SYN);
	inject(.flags = SYN | ACK, .mss = 1200, .wscale = WSCALE(2), .sack_ok = true, .ts = TS(77, 0));
	expect(.flags = ACK, .ts = NO_TS);
	check(!app_info().options.sack && !app_info().options.timestamps && !app_info().options.window_scaling);
	check_equal(app_info().send_mss, 1200);
}

BEHAVIOUR(a_syn_ack_without_mss_means_the_default)
{
	connecting();
	expect(.flags = SYN, .wscale = WSCALE(7), .sack_ok = true, .ts = TS(0, 0));
	inject(.flags = SYN | ACK);
	expect(.flags = ACK, .ts = NO_TS);
	check_equal(app_info().announced_mss, peer.family == IPV4 ? 536 : 1220);
}

BEHAVIOUR(a_syn_ack_for_another_syn_is_reset)
{
	connecting();
	next_packet();
	inject(.flags = SYN | ACK, .ack = 5, .mss = MSS);
	expect(.flags = RST, .seq = 5);
	check_equal(app_info().state, TCP_SYN_SENT);
	peer.send_next = 0;
	inject(.flags = SYN | ACK, .mss = MSS);
	expect(.flags = ACK, .ts = NO_TS);
	check(peer.events & TCP_EVENT_CONNECTED);
}

BEHAVIOUR(an_ack_without_syn_does_not_connect)
{
	connecting();
	next_packet();
	inject(.flags = ACK, .seq = 1, .ack = 1);
	expect_nothing();
	check_equal(app_info().state, TCP_SYN_SENT);
	inject(.flags = ACK, .seq = 1, .ack = 9);
	expect(.flags = RST, .seq = 9);
	check_equal(app_info().state, TCP_SYN_SENT);
}

BEHAVIOUR(a_syn_ack_again_is_acknowledged_again)
{
	connected();
	inject(.flags = SYN | ACK, .mss = MSS);
	expect(.flags = ACK);
	check_equal(app_info().state, TCP_ESTABLISHED);
}

BEHAVIOUR(data_can_be_sent_at_once)
{
	connected();
	app_write(100);
	expect(.length = 100);
	inject();
	check_equal(app_info().bytes_sent, 100);
}

BEHAVIOUR(a_syn_ack_before_the_syn_is_refused)
{
	struct segment_list none = {0};

	start();
	peer.output_stuck = true;
	connecting();
	peer.stack_isn = app_info().send_unacknowledged;
	inject(.flags = SYN | ACK, .ack = 1, .mss = MSS);
	check_equal(app_info().state, TCP_SYN_SENT);
	check(!tcp_send(peer.stack, peer.connection, &none));
	peer.output_stuck = false;
	pump();
}
