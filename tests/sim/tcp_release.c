/* SPDX-License-Identifier: BSD-3-Clause */
/* A user that gives a connection back (RFC 9293 section 3.6.1, RFC 2525 section 2.17). */
#include "behaviour.h"

BEHAVIOUR(all_that_was_sent_is_delivered_and_followed_by_a_fin)
{
	established();
	app_write(5000);
	app_release();
	for (unsigned i = 0; i < 5; i++) {
		check(next_packet());
		check_equal(peer.last.length, 1000);
	}
	if (!(peer.last.tcp.flags & FIN))
		expect(.flags = FIN | ACK);
	inject(.flags = FIN | ACK);
	check(next_packet());
	check_equal(counters().connections, 0);
	check_equal(counters().tcp_resets_out, 0);
}

BEHAVIOUR(unread_data_means_reset)
{
	established();
	inject(.length = 100);
	app_release();
	check(next_packet());
	check(peer.last.tcp.flags & RST);
	check_equal(counters().connections, 0);
}

BEHAVIOUR(data_that_comes_later_means_reset)
{
	established();
	app_release();
	expect(.flags = FIN | ACK);
	inject(.length = 100);
	check(next_packet());
	check(peer.last.tcp.flags & RST);
	check_equal(counters().connections, 0);
	check_equal(counters().drops[DROP_TCP_AFTER_CLOSE], 1);
}

BEHAVIOUR(after_the_peers_fin_it_ends_without_time_wait)
{
	established();
	inject(.flags = FIN | ACK);
	expect(.ack = 2);
	app_release();
	expect(.flags = FIN | ACK);
	inject();
	check_equal(counters().connections, 0);
	check_equal(counters().time_wait, 0);
}

BEHAVIOUR(while_connecting_it_just_ends)
{
	connecting();
	check(next_packet());
	app_release();
	check_equal(counters().connections, 0);
	inject(.flags = SYN | ACK, .mss = MSS);
	expect(.flags = RST, .seq = 1);
}

BEHAVIOUR(after_its_end_it_is_free_at_once)
{
	established();
	inject(.flags = RST);
	check_equal(counters().connections, 1);
	app_release();
	check_equal(counters().connections, 0);
	expect_nothing();
}

BEHAVIOUR(with_an_unread_end_only_it_is_an_orderly_close)
{
	established();
	inject(.length = 100);
	app_expect_read(100);
	inject(.flags = FIN | ACK);
	ignore_output();
	app_release();
	check(next_packet());
	check_equal(peer.last.tcp.flags & (FIN | RST), FIN);
}

BEHAVIOUR(a_reset_connection_answers_strays_by_reset)
{
	established();
	app_reset();
	check(next_packet());
	app_release();
	inject(.length = 100);
	expect(.flags = RST, .seq = 1);
}
