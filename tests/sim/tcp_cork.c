/* SPDX-License-Identifier: BSD-3-Clause */
/* With a cork only full segments leave; without it, and without Nagle, all leaves at once. */
#include "behaviour.h"

BEHAVIOUR(without_cork_small_writes_go_out_at_once)
{
	established();
	app_write(10);
	expect(.length = 10);
	app_write(10);
	expect(.length = 10);
	check(peer.last.tcp.flags & PSH);
}

BEHAVIOUR(a_cork_holds_back_what_is_not_full)
{
	established();
	tcp_cork(peer.stack, peer.connection, true);
	app_write(300);
	app_write(300);
	expect_nothing();
	app_write(500);
	expect(.length = 1000);
	expect_nothing();
	tcp_cork(peer.stack, peer.connection, false);
	pump();
	expect(.length = 100);
}

BEHAVIOUR(a_fin_takes_out_the_cork)
{
	established();
	tcp_cork(peer.stack, peer.connection, true);
	app_write(300);
	expect_nothing();
	app_shutdown();
	check(next_packet());
	check_equal(peer.last.length, 300);
	advance_ms(10);
	ignore_output();
	inject(.ack = 302);
	check_equal(app_info().state, TCP_FIN_WAIT_2);
}

BEHAVIOUR(small_mbufs_are_sent_together_in_one_segment)
{
	established();
	tcp_cork(peer.stack, peer.connection, true);
	for (unsigned i = 0; i < 10; i++)
		app_write(100);
	expect(.length = 1000);
	expect_nothing();
}
