/* SPDX-License-Identifier: BSD-3-Clause */
/* A stream ends with its FIN. */
#include "behaviour.h"

BEHAVIOUR(data_beyond_the_fin_is_dropped)
{
	established();
	inject(.flags = FIN | ACK, .length = 100);
	expect(.ack = 102);
	inject(.seq = 102, .length = 100);
	inject(.seq = 101, .length = 100);
	inject(.seq = 51, .length = 100);
	ignore_output();
	app_expect_read(100);
	check_equal(app_info().receive_next - peer.isn, 102);
}

BEHAVIOUR(a_fin_out_of_order_cuts_what_comes_behind_it)
{
	established();
	inject(.flags = FIN | ACK, .seq = 101, .length = 100); /* the FIN is 201 */
	inject(.seq = 202, .length = 100);
	inject(.seq = 151, .length = 300);
	inject(.seq = 1, .length = 100);
	ignore_output();
	app_expect_read(200);
	check(peer.events & TCP_EVENT_END);
	check_equal(app_info().receive_next - peer.isn, 202);
}

BEHAVIOUR(a_second_fin_elsewhere_changes_nothing)
{
	established();
	inject(.flags = FIN | ACK);
	expect(.ack = 2);
	inject(.flags = FIN | ACK, .seq = 2, .length = 50);
	ignore_output();
	check_equal(app_read(), 0);
	check_equal(app_info().receive_next - peer.isn, 2);
	check_equal(app_info().state, TCP_CLOSE_WAIT);
}

BEHAVIOUR(a_fin_before_data_that_was_already_delivered_is_no_end)
{
	established();
	inject(.length = 1000);
	inject(.flags = FIN | ACK, .seq = 1, .length = 500);
	app_expect_read(1000);
	ignore_output();
	check(!(peer.events & TCP_EVENT_END));
	check_equal(app_info().state, TCP_ESTABLISHED);
}
