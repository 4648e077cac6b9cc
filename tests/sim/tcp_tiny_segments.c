/* SPDX-License-Identifier: BSD-3-Clause */
/* Segments of one byte each are put together, and cannot exhaust the buffers though nobody reads (P33, sockstress). */
#include "behaviour.h"

BEHAVIOUR(a_hundred_thousand_bytes_one_by_one)
{
	established();
	for (unsigned i = 0; i < 100000; i++) {
		inject(.length = 1);
		if (i % 1000 == 999)
			app_read();
		ignore_output();
		check(rte_mempool_in_use_count(peer.pool) < 64);
	}
	advance_ms(50);
	app_read();
	ignore_output();
	check_equal(peer.received, 100000);
}

BEHAVIOUR(unread_bytes_close_the_window_before_the_pool_is_empty)
{
	established();
	for (unsigned i = 0; i < 60000; i++)
		inject(.length = 1);
	ignore_output();
	check(rte_mempool_in_use_count(peer.pool) < 600);
	app_read();
	check_equal(peer.received, 60000);
}

BEHAVIOUR(small_segments_fill_their_predecessors)
{
	struct segment_list list = {0};
	unsigned mbufs = 0;

	established();
	for (unsigned i = 0; i < 100; i++)
		inject(.length = 100);
	check_equal(tcp_receive(peer.stack, peer.connection, &list), 10000);
	check(pattern_list_matches(0, 0, &list));
	for (struct rte_mbuf *mbuf = list.head; mbuf; mbuf = segment_of(mbuf)->next)
		mbufs++;
	check_between(mbufs, 1, 10);
	segment_list_free(&list);
	ignore_output();
}

BEHAVIOUR(a_million_across_many_connections_is_bounded_by_the_stack)
{
	/* Forty connections, none is read. What does not fit is refused, others go on. */
	peer.config.buffers = 4000;
	listening();
	for (uint16_t port = 20000; port < 20040; port++) {
		check(handshake_from(port));
		for (unsigned i = 0; i < 25000; i++) {
			inject(.length = 1);
			if (i % 256 == 0)
				ignore_output();
		}
		ignore_output();
		check(rte_mempool_in_use_count(peer.pool) < 4500);
	}
}
