/* SPDX-License-Identifier: BSD-3-Clause */
/* Which RST ends a connection (RFC 5961 section 3). */
#include "behaviour.h"

BEHAVIOUR(exactly_the_next_number_ends_it)
{
	established();
	inject(.flags = RST);
	expect_nothing();
	check_equal(peer.events & TCP_EVENT_CLOSED, TCP_EVENT_CLOSED);
	check_equal(app_info().end, TCP_END_RESET);
	check_equal(counters().drops[DROP_TCP_RST], 1);
}

BEHAVIOUR(a_number_in_the_window_is_challenged)
{
	established();
	inject(.flags = RST, .seq = 2);
	expect(.seq = 1, .ack = 1);
	check_equal(app_info().state, TCP_ESTABLISHED);
	check_equal(counters().tcp_challenges_sent, 1);
	check_equal(counters().drops[DROP_TCP_RST_INVALID], 1);
	inject(.flags = RST, .seq = 1); /* a peer that really has no connection answers the challenge so */
	check_equal(app_info().end, TCP_END_RESET);
}

BEHAVIOUR(the_number_at_the_end_of_the_window_is_challenged)
{
	/* A peer that filled the window, and lost some of it, resets with the number behind its last octet. */
	established(.window = 1000);
	inject(.flags = RST, .seq = 1 + app_info().receive_window);
	expect(.seq = 1, .ack = 1);
	inject(.flags = RST, .seq = 1);
	check_equal(app_info().end, TCP_END_RESET);
}

BEHAVIOUR(a_number_outside_the_window_is_ignored)
{
	established();
	inject(.flags = RST, .seq = 3000000);
	inject(.flags = RST, .seq = SEQ_ZERO);
	expect_nothing();
	check_equal(app_info().state, TCP_ESTABLISHED);
	check_equal(counters().tcp_challenges_sent, 0);
}

BEHAVIOUR(data_that_came_before_can_still_be_read)
{
	established();
	inject(.length = 700);
	inject(.flags = RST);
	check(peer.events & TCP_EVENT_CLOSED);
	app_expect_read(700);
	check(!app_try_write(10));
}

BEHAVIOUR(it_works_while_a_gap_is_open)
{
	established();
	inject(.seq = 1001, .length = 1000);
	expect(.ack = 1);
	inject(.flags = RST, .seq = 1);
	check_equal(app_info().end, TCP_END_RESET);
}

BEHAVIOUR(an_old_timestamp_does_not_save_a_connection_from_its_reset)
{
	/* RFC 7323 section 5.2: the timestamp of an RST is not looked at. */
	established(.ts = TS(5000, 0));
	inject(.flags = RST, .ts = TS(1, 0));
	check_equal(app_info().end, TCP_END_RESET);
}

BEHAVIOUR(a_reset_without_timestamps_counts)
{
	established(.ts = TS(5000, 0));
	inject(.flags = RST, .ts = NO_TS);
	check_equal(app_info().end, TCP_END_RESET);
}

BEHAVIOUR(tcp_reset_sends_one_with_the_next_number)
{
	established();
	app_write(100);
	expect(.length = 100);
	app_reset();
	check(next_packet());
	check(peer.last.tcp.flags & RST);
	check_equal(peer.last.tcp.sequence - peer.stack_isn, 101);
	check_equal(app_info().end, TCP_END_ABORTED);
}
