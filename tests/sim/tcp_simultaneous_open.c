/* SPDX-License-Identifier: BSD-3-Clause */
/* Both SYNs cross (RFC 9293, figure 7). */
#include "behaviour.h"

BEHAVIOUR(crossing_syns_make_one_connection)
{
	connecting();
	next_packet();
	inject(.flags = SYN, .mss = MSS, .wscale = WSCALE(4), .sack_ok = true);
	expect(.flags = SYN | ACK, .wscale = WSCALE(7), .sack_ok = true);
	check_equal(peer.last.tcp.sequence, peer.stack_isn);
	check_equal(app_info().state, TCP_SYN_RECEIVED);
	inject(.flags = SYN | ACK, .seq = 0, .ack = 1, .mss = MSS, .wscale = WSCALE(4), .sack_ok = true);
	ignore_output();
	check_equal(app_info().state, TCP_ESTABLISHED);
	check(peer.events & TCP_EVENT_CONNECTED);
	check_equal(app_info().peer_window_scale, 4);
	app_write(10);
	expect(.length = 10);
	inject(.length = 20);
	app_expect_read(20);
}

BEHAVIOUR(a_plain_ack_completes_it_too)
{
	connecting();
	next_packet();
	inject(.flags = SYN, .mss = MSS);
	expect(.flags = SYN | ACK);
	inject();
	check_equal(app_info().state, TCP_ESTABLISHED);
	check(peer.events & TCP_EVENT_CONNECTED);
}

BEHAVIOUR(the_syn_ack_is_sent_again_when_it_is_lost)
{
	connecting();
	next_packet();
	inject(.flags = SYN, .mss = MSS);
	expect(.flags = SYN | ACK);
	advance_ms(1500);
	expect(.flags = SYN | ACK);
	inject();
	check_equal(app_info().state, TCP_ESTABLISHED);
}

BEHAVIOUR(a_reset_ends_it)
{
	connecting();
	next_packet();
	inject(.flags = SYN, .mss = MSS);
	expect(.flags = SYN | ACK);
	inject(.flags = RST, .seq = 1);
	check(peer.events & TCP_EVENT_CLOSED);
	check_equal(app_info().state, TCP_CLOSED);
}

BEHAVIOUR(the_window_of_its_syn_ack_is_not_scaled)
{
	/* RFC 7323 section 2.2 */
	connecting();
	next_packet();
	inject(.flags = SYN, .mss = MSS, .wscale = WSCALE(7));
	next_packet();
	inject(.flags = SYN | ACK, .seq = 0, .ack = 1, .mss = MSS, .wscale = WSCALE(7), .window = 3000);
	ignore_output();
	check_equal(app_info().send_window, 3000);
	app_write(10000);
	check_equal(ignore_output(), 3);
	inject(.ack = 3001, .window = 30);
	check_equal(app_info().send_window, 30 << 7);
}
