/* SPDX-License-Identifier: BSD-3-Clause */
/* A FIN is sent again like data until it is acknowledged. */
#include "behaviour.h"

BEHAVIOUR(our_fin_is_sent_again)
{
	established();
	app_shutdown();
	expect(.flags = FIN | ACK);
	advance_ms(1100);
	expect(.flags = FIN | ACK, .seq = 1);
	inject(.ack = 2);
	check_equal(app_info().state, TCP_FIN_WAIT_2);
	advance_ms(10000);
	expect_nothing();
}

BEHAVIOUR(data_and_fin_lost_together_are_sent_again_together)
{
	established();
	app_write(100);
	app_shutdown();
	check_between(ignore_output(), 1, 2);
	advance_ms(1100);
	check(next_packet());
	check_equal(peer.last.tcp.sequence - peer.stack_isn, 1);
	check_equal(peer.last.length, 100);
	inject(.ack = peer.last.tcp.flags & FIN ? 102 : 101);
	if (!(peer.last.tcp.flags & FIN)) {
		expect(.flags = FIN | ACK, .seq = 101);
		inject(.ack = 102);
	}
	check_equal(app_info().state, TCP_FIN_WAIT_2);
}

BEHAVIOUR(the_peers_fin_again_is_acknowledged_again)
{
	established();
	inject(.flags = FIN | ACK);
	expect(.ack = 2);
	inject(.flags = FIN | ACK, .seq = 1);
	expect(.ack = 2);
	check_equal(app_info().state, TCP_CLOSE_WAIT);
}

BEHAVIOUR(in_last_ack_the_fin_is_sent_until_it_is_given_up)
{
	peer.config.tcp.retries = 3;
	established();
	inject(.flags = FIN | ACK);
	expect(.ack = 2);
	app_shutdown();
	expect(.flags = FIN | ACK);
	for (unsigned i = 0; i < 3; i++) {
		advance_ms(1000u << i);
		advance_ms(20);
		expect(.flags = FIN | ACK, .seq = 1);
	}
	advance_ms(9000);
	check_equal(app_info().end, TCP_END_TIMEOUT);
}
