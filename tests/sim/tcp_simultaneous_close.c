/* SPDX-License-Identifier: BSD-3-Clause */
/* FINs cross (RFC 9293, figure 13). */
#include "behaviour.h"

BEHAVIOUR(crossing_fins_end_in_time_wait)
{
	established();
	app_shutdown();
	expect(.flags = FIN | ACK);
	inject(.flags = FIN | ACK, .ack = 1);
	expect(.ack = 2);
	check_equal(app_info().state, TCP_CLOSING);
	inject(.ack = 2);
	expect_nothing();
	check(peer.events & TCP_EVENT_CLOSED);
	check_equal(app_info().end, TCP_END_FIN);
	check_equal(counters().time_wait, 1);
}

BEHAVIOUR(a_lost_ack_in_closing_is_mended_by_our_fin_again)
{
	established();
	app_shutdown();
	expect(.flags = FIN | ACK);
	inject(.flags = FIN | ACK, .ack = 1);
	expect(.ack = 2);
	advance_ms(1100);
	expect(.flags = FIN | ACK, .seq = 1, .ack = 2);
	inject(.ack = 2);
	check(peer.events & TCP_EVENT_CLOSED);
}

BEHAVIOUR(a_fin_that_acknowledges_ours_needs_no_closing)
{
	established();
	app_shutdown();
	expect(.flags = FIN | ACK);
	inject(.flags = FIN | ACK, .ack = 2);
	expect(.ack = 2);
	check(peer.events & TCP_EVENT_CLOSED);
	check_equal(counters().time_wait, 1);
}
