/* SPDX-License-Identifier: BSD-3-Clause */
/* The port takes no frames for a while: nothing is lost that TCP would not send again, and all goes on (P39). */
#include "behaviour.h"

BEHAVIOUR(ten_seconds_of_a_blocked_port)
{
	established(.sack_ok = true, .wscale = WSCALE(7));
	peer.output_stuck = true;
	for (unsigned i = 0; i < 10; i++) {
		app_write(10000);
		advance_ms(1000);
	}
	check(rte_mempool_in_use_count(peer.pool) < 1000);
	peer.output_stuck = false;
	for (unsigned i = 0; i < 400 && peer.receive_next < 100001; i++) {
		pump();
		ignore_output();
		inject();
		advance_ms(100);
	}
	check_equal(app_info().bytes_sent, 100000);
}

BEHAVIOUR(a_small_queue_serves_many_connections)
{
	peer.config.output_queue = 16;
	listening();
	for (uint16_t port = 20000; port < 20030; port++)
		check(handshake_from(port));
	peer.output_stuck = true;
	for (unsigned i = 0; i < 30; i++) {
		peer.connection = peer.accepted[i];
		peer.written = 0;
		app_write(5000);
	}
	advance_ms(3000);
	check(counters().output_queued <= 16);
	peer.output_stuck = false;
	pump();
	advance_ms(5000);
	check(ignore_output() >= 30 * 5);
	check_equal(counters().output_queued, 0);
}

BEHAVIOUR(handshakes_while_the_port_is_blocked)
{
	peer.config.output_queue = 16;
	listening();
	peer.output_stuck = true;
	for (uint16_t port = 20000; port < 20100; port++)
		inject(.flags = SYN, .mss = MSS, .port = port);
	peer.output_stuck = false;
	pump();
	advance_ms(2000);
	check_between(ignore_output(), 100, 300);
}
