/* SPDX-License-Identifier: BSD-3-Clause */
/* Recovery by what the peer has reported (RFC 2018, RFC 6675). */
#include "behaviour.h"

static void in_flight(unsigned segments)
{
	peer.config.tcp.initial_window = segments;
	established(.sack_ok = true);
	app_write(segments * 1000);
	for (unsigned i = 0; i < segments; i++)
		expect(.length = 1000);
}

BEHAVIOUR(only_what_is_missing_is_sent_again)
{
	in_flight(10);
	inject(.ack = 1, .sack = {{1001, 2001}});
	inject(.ack = 1, .sack = {{1001, 3001}});
	expect_nothing();
	inject(.ack = 1, .sack = {{1001, 4001}});
	expect(.seq = 1, .length = 1000);
	expect_nothing();
	inject(.ack = 4001);
	expect_nothing();
	check_equal(counters().tcp_sack_recoveries, 1);
}

BEHAVIOUR(one_report_of_much_is_enough)
{
	/* RFC 6675 section 4: three segments' worth of bytes above a hole mean that it is lost, however many ACKs */
	in_flight(10);
	inject(.ack = 1, .sack = {{1001, 10001}});
	expect(.seq = 1, .length = 1000);
}

BEHAVIOUR(several_holes_are_filled_in_order)
{
	in_flight(20);
	inject(.ack = 1, .sack = {{1001, 3001}, {4001, 6001}, {7001, 20001}});
	expect(.seq = 1, .length = 1000);
	expect(.seq = 3001, .length = 1000);
	expect(.seq = 6001, .length = 1000);
	expect_nothing();
	inject(.ack = 20001);
	expect_nothing();
	check_equal(app_info().retransmitted, 3);
}

BEHAVIOUR(no_more_is_sent_than_the_window_allows)
{
	in_flight(20);
	inject(.ack = 1, .sack = {{10001, 13001}});
	/* Ten segments are lost, of which as many go out as the reduced window has room for beside what is in the air.
	 */
	check_between(ignore_output(), 1, 9);
	check_between(app_info().congestion_window, 13000, 15000);
}

BEHAVIOUR(a_lost_retransmission_waits_for_the_timer)
{
	in_flight(10);
	inject(.ack = 1, .sack = {{1001, 10001}});
	expect(.seq = 1, .length = 1000);
	advance_ms(3000);
	check(ignore_output() >= 1);
	check_equal(peer.last.tcp.sequence - peer.stack_isn, 1);
	inject(.ack = 10001);
	check_equal(app_info().bytes_sent, 10000);
}

BEHAVIOUR(after_a_time_out_reported_segments_are_not_sent_again)
{
	in_flight(10);
	inject(.ack = 1, .sack = {{1001, 3001}});
	expect_nothing();
	advance_ms(1200);
	expect(.seq = 1, .length = 1000);
	inject(.ack = 3001);
	expect(.seq = 3001, .length = 1000);
}

BEHAVIOUR(new_data_flows_during_recovery)
{
	peer.config.tcp.initial_window = 20;
	established(.sack_ok = true);
	app_write(30000);
	for (unsigned i = 0; i < 20; i++)
		expect(.length = 1000);
	inject(.ack = 1, .sack = {{1001, 20001}});
	expect(.seq = 1, .length = 1000);
	expect(.seq = 20001, .length = 1000);
}

BEHAVIOUR(a_reordered_segment_is_not_sent_again)
{
	in_flight(10);
	inject(.ack = 1, .sack = {{1001, 2001}});
	inject(.ack = 1, .sack = {{1001, 3001}});
	inject(.ack = 3001);
	inject(.ack = 10001);
	expect_nothing();
	check_equal(app_info().retransmitted, 0);
	check_equal(counters().tcp_sack_recoveries, 0);
}

BEHAVIOUR(without_sack_permitted_blocks_are_ignored)
{
	established();
	app_write(10000);
	ignore_output();
	inject(.ack = 1, .sack = {{1001, 10001}});
	expect_nothing();
}

BEHAVIOUR(a_segment_reported_in_two_parts_is_reported)
{
	/* Who cuts large packets anew, as a port does with segmentation, makes such boundaries. */
	peer.config.tcp.initial_window = 10;
	established(.sack_ok = true);
	app_write(10000);
	check_equal(ignore_output(), 10);
	inject(.ack = 1, .sack = {{1001, 1501}});
	inject(.ack = 1, .sack = {{1001, 2501}});
	inject(.ack = 1, .sack = {{1001, 3501}});
	inject(.ack = 1, .sack = {{1001, 4001}});
	expect(.seq = 1, .length = 1000);
	/* Deemed lost is only what was never reported. */
	inject(.ack = 1, .sack = {{1001, 4001}, {5001, 10001}});
	expect(.seq = 4001, .length = 1000);
	expect_nothing();
	inject(.ack = 10001);
	check_equal(app_info().bytes_sent, 10000);
}
