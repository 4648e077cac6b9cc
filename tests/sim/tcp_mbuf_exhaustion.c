/* SPDX-License-Identifier: BSD-3-Clause */
/* The pool runs empty: nothing breaks, and all goes on when there are mbufs again (P35). */
#include "behaviour.h"

static struct rte_mbuf *hoard[PEER_MBUFS];

/* Takes all mbufs but a few. */
static void drain(unsigned left)
{
	for (unsigned i = 0; i < PEER_MBUFS; i++)
		hoard[i] = NULL;
	for (unsigned i = 0; rte_mempool_avail_count(peer.pool) > left; i++)
		hoard[i] = rte_pktmbuf_alloc(peer.pool);
}

static void refill(void)
{
	for (unsigned i = 0; i < PEER_MBUFS; i++)
		rte_pktmbuf_free(hoard[i]);
}

BEHAVIOUR(a_sender_goes_on_after_it)
{
	established(.sack_ok = true);
	app_write(8000);
	ignore_output();
	drain(0);
	advance_ms(5000);
	expect_nothing();
	refill();
	for (unsigned i = 0; i < 100 && peer.receive_next < 8001; i++) {
		advance_ms(500);
		ignore_output();
	}
	advance_ms(61000);
	check(ignore_output() > 0);
	inject(.ack = 8001);
	check_equal(app_info().bytes_sent, 8000);
}

BEHAVIOUR(data_that_could_not_leave_leaves_later)
{
	struct segment_list list = {0};

	established();
	check(pattern_append(1000, 0, &list, peer.pool, 3000, 1000));
	drain(0);
	check(tcp_send(peer.stack, peer.connection, &list));
	pump();
	refill();
	for (unsigned i = 0; i < 100 && peer.receive_next < 3001; i++) {
		advance_ms(500);
		ignore_output();
	}
	check_equal(peer.receive_next, 3001);
	peer.written = 3000;
}

BEHAVIOUR(an_ack_that_could_not_leave_leaves_later)
{
	established();
	drain(1); /* for the segment that comes, and none for the answer */
	inject(.seq = 1, .length = 1400);
	inject(.seq = 1401, .length = 1400);
	refill();
	peer.send_next = 1401;
	advance_ms(1000);
	check(next_packet());
	check(peer.last.tcp.acknowledgement - peer.isn >= 1401);
	app_read();
	ignore_output();
}

BEHAVIOUR(a_syn_is_not_answered_and_costs_nothing)
{
	listening();
	drain(1);
	inject(.flags = SYN, .mss = MSS);
	refill();
	ignore_output();
	advance_ms(70000);
	ignore_output();
	check_equal(counters().half_open, 0);
}

BEHAVIOUR(our_syn_that_could_not_leave_leaves_later)
{
	start();
	drain(0);
	connecting();
	refill();
	expect_nothing();
	advance_ms(1100);
	check(next_packet());
	check_equal(peer.last.tcp.flags, SYN);
	inject(.flags = SYN | ACK, .mss = MSS);
	check(peer.events & TCP_EVENT_CONNECTED);
	ignore_output();
}

BEHAVIOUR(a_fin_that_could_not_leave_leaves_later)
{
	established();
	drain(0);
	app_shutdown();
	advance_ms(100);
	refill();
	advance_ms(61000);
	check(ignore_output() > 0);
	inject(.ack = 2);
	check_equal(app_info().state, TCP_FIN_WAIT_2);
}

BEHAVIOUR(a_reset_that_could_not_leave_ends_our_side_all_the_same)
{
	established();
	drain(0);
	app_reset();
	app_release();
	refill();
	check_equal(counters().connections, 0);
}
