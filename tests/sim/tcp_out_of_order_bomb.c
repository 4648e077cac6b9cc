/* SPDX-License-Identifier: BSD-3-Clause */
/* Every other byte, so that no gap ever closes: memory stays bounded and the connection lives (P34). */
#include "behaviour.h"

BEHAVIOUR(odd_bytes_are_bounded)
{
	established(.sack_ok = true);
	for (unsigned i = 0; i < 30000; i++) {
		inject(.seq = 2 + 2 * i, .length = 1);
		ignore_output();
	}
	check_between(rte_mempool_in_use_count(peer.pool), 0, 1024);
	check(counters().drops[DROP_TCP_REORDER_FULL] + counters().drops[DROP_TCP_RECEIVE_FULL] > 0);
	for (uint64_t at = 1; at < 61000; at += 1000) {
		inject(.seq = at, .length = 1000);
		app_read();
		ignore_output();
	}
	check_equal(peer.received, 61000);
}

BEHAVIOUR(a_bomb_on_each_of_many_connections_leaves_room_for_others)
{
	uint16_t last = 0; /* that was let in */

	peer.config.connections = 200;
	listening();
	for (uint16_t port = 20000; port < 20100; port++) {
		if (!handshake_from(port))
			break; /* refused: what is new goes first */
		for (unsigned i = 0; i < 200; i++)
			inject(.seq = 2 + 2 * i, .length = 1);
		ignore_output();
		last = port;
	}
	check_between(rte_mempool_in_use_count(peer.pool), 0, PEER_MBUFS - 500);
	check(last >= 20016);
	ignore_output();
	peer.stack_isn = app_info().send_next - 1;
	inject(.seq = 1, .ack = 1, .length = 500, .port = last);
	app_expect_read(500);
	for (unsigned i = 0; i < peer.accepted_count; i++) {
		tcp_reset(peer.stack, peer.accepted[i]);
		tcp_release(peer.stack, peer.accepted[i]);
	}
	peer.accepted_count = 0;
	peer.connection = NULL;
}
