/* SPDX-License-Identifier: BSD-3-Clause */
/* Loss is found by three duplicate ACKs; NewReno where the peer has no SACK (RFC 5681, RFC 6582). */
#include "behaviour.h"

static void ten_in_flight(void)
{
	established();
	app_write(10000);
	for (unsigned i = 0; i < 10; i++)
		expect(.length = 1000);
}

BEHAVIOUR(two_duplicates_are_not_enough)
{
	ten_in_flight();
	inject(.ack = 1);
	inject(.ack = 1);
	expect_nothing();
}

BEHAVIOUR(the_third_sends_the_first_segment_again)
{
	ten_in_flight();
	for (unsigned i = 0; i < 3; i++)
		inject(.ack = 1);
	expect(.seq = 1, .length = 1000);
	expect_nothing();
	check_equal(counters().tcp_fast_recoveries, 1);
	check_between(app_info().slow_start_threshold, 5000, 7000);
}

BEHAVIOUR(a_partial_ack_sends_the_next_hole)
{
	ten_in_flight();
	for (unsigned i = 0; i < 8; i++)
		inject(.ack = 1);
	expect(.seq = 1, .length = 1000);
	ignore_output();
	inject(.ack = 4001);
	check(next_packet());
	check_equal(peer.last.tcp.sequence - peer.stack_isn, 4001);
	check_equal(peer.last.length, 1000);
	inject(.ack = 10001);
	expect_nothing();
	check_between(app_info().congestion_window, 5000, 8000);
}

BEHAVIOUR(new_data_follows_while_duplicates_say_that_segments_leave)
{
	established();
	app_write(20000);
	for (unsigned i = 0; i < 10; i++)
		expect(.length = 1000);
	inject(.ack = 1);
	expect(.length = 1000); /* limited transmit (RFC 3042) */
	inject(.ack = 1);
	expect(.length = 1000);
	inject(.ack = 1);
	expect(.seq = 1, .length = 1000);
	for (unsigned i = 0; i < 6; i++)
		inject(.ack = 1);
	expect(.length = 1000); /* a window of 7, and enough of the 13 have left */
}

BEHAVIOUR(an_ack_that_changes_the_window_is_no_duplicate)
{
	ten_in_flight();
	for (unsigned i = 1; i <= 6; i++)
		inject(.ack = 1, .window = 65000 - (int)i);
	expect_nothing();
}

BEHAVIOUR(a_segment_with_data_is_no_duplicate)
{
	ten_in_flight();
	for (unsigned i = 0; i < 6; i++)
		inject(.ack = 1, .length = 10);
	while (next_packet())
		check_equal(peer.last.length, 0);
}

BEHAVIOUR(a_duplicate_without_data_in_flight_means_nothing)
{
	established();
	for (unsigned i = 0; i < 10; i++)
		inject();
	expect_nothing();
	check_equal(counters().tcp_fast_recoveries, 0);
}

BEHAVIOUR(one_loss_reduces_the_window_once)
{
	uint32_t threshold;

	ten_in_flight();
	for (unsigned i = 0; i < 5; i++)
		inject(.ack = 1);
	threshold = app_info().slow_start_threshold;
	ignore_output();
	inject(.ack = 3001);
	inject(.ack = 3001);
	inject(.ack = 3001);
	inject(.ack = 3001);
	ignore_output();
	check_equal(app_info().slow_start_threshold, threshold);
	inject(.ack = 10001);
	check_equal(counters().tcp_fast_recoveries, 1);
}

BEHAVIOUR(duplicates_after_a_time_out_start_no_second_recovery)
{
	/* RFC 6582 section 4: what the time-out has sent again comes back as duplicate ACKs. */
	ten_in_flight();
	advance_ms(1100);
	expect(.seq = 1, .length = 1000);
	for (unsigned i = 0; i < 5; i++)
		inject(.ack = 1);
	check_equal(counters().tcp_fast_recoveries, 0);
}

BEHAVIOUR(duplicates_count_no_longer_once_an_ack_advances)
{
	established();
	app_write(50000);
	check_equal(ignore_output(), 10);
	inject(.ack = 1);
	inject(.ack = 1); /* two have left the network: two more may go (RFC 3042) */
	check_equal(ignore_output(), 2);
	inject(.ack = 1001);
	check_equal(app_info().in_flight, app_info().congestion_window);
	expect_nothing();
}

BEHAVIOUR(duplicates_that_retransmissions_cause_start_no_recovery)
{
	/* RFC 6582 section 3.2: not until something beyond what was sent before the loss is acknowledged. */
	established();
	app_write(30000);
	check_equal(ignore_output(), 10);
	for (unsigned i = 0; i < 3; i++)
		inject(.ack = 1);
	ignore_output();
	check_equal(app_info().send_next - app_info().send_unacknowledged, 12000);
	inject(.ack = 12001);
	ignore_output();
	check(app_info().in_flight > 0);
	for (unsigned i = 0; i < 3; i++)
		inject(.ack = 12001);
	check_equal(counters().tcp_fast_recoveries, 1);
	while (next_packet())
		check(peer.last.tcp.sequence - peer.stack_isn != 12001);
	inject(.ack = 13001);
	for (unsigned i = 0; i < 3; i++)
		inject(.ack = 13001);
	check_equal(counters().tcp_fast_recoveries, 2);
}
