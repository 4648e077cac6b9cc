/* SPDX-License-Identifier: BSD-3-Clause */
/* Which segment's window counts (RFC 9293 section 3.10.7.4: SND.WL1, SND.WL2). */
#include "behaviour.h"

BEHAVIOUR(the_latest_one)
{
	established(.window = 5000);
	inject(.length = 10, .window = 6000);
	check_equal(app_info().send_window, 6000);
	inject(.seq = 1, .window = 7000); /* sent before the data: late */
	check_equal(app_info().send_window, 6000);
	ignore_output();
}

BEHAVIOUR(an_ack_that_advances_counts_though_it_comes_with_data_sent_again)
{
	/* Else the old window, counted from the new SND.UNA, would reach beyond all that was promised. */
	established(.window = 5000);
	app_write(20000);
	for (unsigned i = 0; i < 5; i++)
		expect(.length = 1000);
	inject(.seq = 101, .length = 100, .ack = 1, .window = 5000);
	ignore_output();
	peer.receive_next = 5001;
	inject(.seq = 1, .length = 100, .ack = 5001, .window = 1500);
	check_equal(app_info().send_window, 1500);
	while (next_packet())
		check(peer.last.tcp.sequence - peer.stack_isn + peer.last.length <= 6501);
}

BEHAVIOUR(an_older_ack_does_not_count)
{
	established(.window = 5000);
	app_write(2000);
	ignore_output();
	inject(.ack = 2001, .window = 4000);
	inject(.ack = 1001, .window = 9000);
	check_equal(app_info().send_window, 4000);
}

BEHAVIOUR(an_older_ack_does_not_count_though_its_number_is_higher)
{
	/* Data sent again overtakes what was sent before it. */
	established(.window = 5000);
	app_write(2000);
	ignore_output();
	inject(.seq = 1001, .length = 100, .ack = 1, .window = 5000);
	inject(.seq = 1, .length = 100, .ack = 2001, .window = 3000);
	check_equal(app_info().send_window, 3000);
	inject(.seq = 1101, .length = 100, .ack = 1001, .window = 4000);
	check_equal(app_info().send_window, 3000);
	ignore_output();
}
