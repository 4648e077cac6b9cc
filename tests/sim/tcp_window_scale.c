/* SPDX-License-Identifier: BSD-3-Clause */
/* Windows are shifted by what the SYNs said (RFC 7323 section 2). */
#include "behaviour.h"

BEHAVIOUR(the_peers_window_is_shifted)
{
	established(.wscale = WSCALE(7), .window = 1000);
	check_equal(app_info().send_window, 1000 << 7);
}

BEHAVIOUR(a_scale_of_zero_is_still_agreed)
{
	established(.wscale = WSCALE(0), .window = 1000);
	check(app_info().options.window_scaling);
	check_equal(app_info().send_window, 1000);
	app_write(1);
	expect(.length = 1);
	check(app_info().receive_window > 65535);
}

BEHAVIOUR(a_scale_of_fourteen_is_taken)
{
	established(.wscale = WSCALE(14), .window = 3);
	check_equal(app_info().peer_window_scale, 14);
	check_equal(app_info().send_window, 3 << 14);
}

BEHAVIOUR(a_larger_scale_counts_as_fourteen)
{
	established(.wscale = WSCALE(200), .window = 3);
	check_equal(app_info().peer_window_scale, 14);
}

BEHAVIOUR(the_window_of_a_syn_is_not_shifted)
{
	listening();
	inject(.flags = SYN, .mss = MSS, .wscale = WSCALE(10), .window = 1000);
	expect(.flags = SYN | ACK, .wscale = WSCALE(7));
	check_equal(peer.last.tcp.window, 16384);
	inject(.window = 2);
	check_equal(app_info().send_window, 2048);
}

BEHAVIOUR(without_the_option_our_window_stays_below_64_kb)
{
	established();
	app_write(1);
	expect(.length = 1);
	check_equal(peer.last.tcp.window, 65535);
	check_equal(app_info().peer_window_scale, 0);
	check_between(app_info().receive_window, 1, 65535);
}

BEHAVIOUR(our_window_is_announced_shifted)
{
	established(.wscale = WSCALE(3));
	app_write(1);
	expect(.length = 1);
	check_between((uint32_t)peer.last.tcp.window << 7, 65536 - 128, 65536);
	check_between((uint32_t)peer.last.tcp.window << 7, app_info().receive_window - 128,
		      app_info().receive_window + 128);
}

BEHAVIOUR(our_scale_is_raised_where_the_buffer_needs_it)
{
	peer.config.tcp.receive_buffer = 64 << 20;
	peer.config.tcp.options.window_scale = 2;
	listening();
	inject(.flags = SYN, .mss = MSS, .wscale = WSCALE(0));
	check(next_packet());
	check_between(peer.last.tcp.window_scale, 9, 11);
}

BEHAVIOUR(no_more_than_the_shifted_window_is_sent)
{
	established(.wscale = WSCALE(2), .window = 1250);
	app_write(20000);
	for (unsigned i = 0; i < 5; i++)
		expect(.length = 1000);
	expect_nothing();
}
