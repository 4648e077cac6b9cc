/* SPDX-License-Identifier: BSD-3-Clause */
/* A connection that its user has given back does not wait for ever for the peer's FIN. */
#include "behaviour.h"

BEHAVIOUR(a_released_connection_is_gone_after_its_time)
{
	peer.config.tcp.orphan = 20000;
	established();
	app_release();
	expect(.flags = FIN | ACK);
	inject();
	advance_ms(19900);
	check_equal(counters().connections, 1);
	advance_ms(300);
	check_equal(counters().connections, 0);
}

BEHAVIOUR(one_that_its_user_holds_stays)
{
	peer.config.tcp.orphan = 20000;
	established();
	app_shutdown();
	expect(.flags = FIN | ACK);
	inject();
	advance_ms(3600000);
	check_equal(app_info().state, TCP_FIN_WAIT_2);
	inject(.length = 100);
	app_expect_read(100);
}

BEHAVIOUR(the_peers_fin_in_time_ends_in_time_wait)
{
	established();
	app_release();
	expect(.flags = FIN | ACK);
	inject(.flags = FIN | ACK);
	expect(.ack = 2);
	check_equal(counters().connections, 0);
	check_equal(counters().time_wait, 1);
}

BEHAVIOUR(a_released_connection_whose_peer_keeps_its_window_closed_is_given_up)
{
	peer.config.tcp.orphan = 20000;
	established();
	inject(.window = ZERO_WINDOW);
	app_write(100);
	app_release();
	for (unsigned i = 0; i < 100; i++) {
		advance_ms(1000);
		while (next_packet() && !(peer.last.tcp.flags & RST))
			inject(.seq = 1, .ack = 1, .window = ZERO_WINDOW);
	}
	check_equal(counters().connections, 0);
}

BEHAVIOUR(a_released_connection_whose_peer_reads_slowly_is_not_given_up)
{
	/* Its window is closed nearly always, but time and again it takes a little. */
	peer.config.tcp.orphan = 20000;
	established();
	inject(.window = ZERO_WINDOW);
	app_write(20000);
	app_release();
	for (unsigned i = 0; i < 20; i++) {
		advance_ms(10000);
		ignore_output();
		inject(.window = 1000);
		check(next_packet());
		check_equal(peer.last.length, 1000);
		inject(.window = ZERO_WINDOW);
	}
	advance_ms(10000);
	ignore_output();
	check_equal(peer.receive_next, 20002); /* the FIN included */
}
