/* SPDX-License-Identifier: BSD-3-Clause */
/* SACK blocks that lie (hostile peers, RFC 2018 section 8). */
#include "behaviour.h"

static void in_flight(unsigned segments)
{
	peer.config.tcp.initial_window = segments;
	established(.sack_ok = true);
	app_write(segments * 1000);
	check_equal(ignore_output(), segments);
}

BEHAVIOUR(ranges_never_sent_are_ignored)
{
	in_flight(10);
	inject(.ack = 1, .sack = {{10001, 90001}});
	inject(.ack = 1, .sack = {{1001, 90001}});
	inject(.ack = 1, .sack = {{0x80000000, 0x90000000}});
	inject(.ack = 1, .sack = {{5001, 2001}}); /* the end before the beginning */
	inject(.ack = 1, .sack = {{5001, 5001}});
	check_equal(app_info().bytes_sent, 0);
	for (unsigned i = 0; i < 200 && peer.receive_next; i++) {
		advance_ms(100);
		ignore_output();
	}
	inject(.ack = 10001);
	check_equal(app_info().bytes_sent, 10000);
}

BEHAVIOUR(ranges_below_the_ack_are_ignored)
{
	/* a D-SACK (RFC 2883) */
	in_flight(10);
	inject(.ack = 5001);
	inject(.ack = 5001, .sack = {{1001, 2001}});
	inject(.ack = 5001, .sack = {{1001, 2001}});
	check_equal(app_info().in_flight, 5000);
	inject(.ack = 10001);
	expect_nothing();
}

BEHAVIOUR(a_range_across_the_ack_counts_above_it)
{
	in_flight(10);
	inject(.ack = 5001, .sack = {{3001, 7001}});
	inject(.ack = 10001);
	check_equal(app_info().bytes_sent, 10000);
	check_equal(app_info().in_flight, 0);
}

BEHAVIOUR(reneging_is_mended_after_the_time_out)
{
	/* What was reported is thrown away by the peer: nothing may be freed before it is acknowledged. */
	in_flight(10);
	inject(.ack = 1, .sack = {{1001, 10001}});
	expect(.seq = 1, .length = 1000);
	inject(.ack = 1001); /* but no more than that, and no blocks any more */
	for (unsigned i = 0; i < 60 && peer.receive_next; i++) {
		advance_ms(500);
		while (next_packet()) {
			uint32_t end = peer.last.tcp.sequence - peer.stack_isn + peer.last.length;

			if (peer.last.length && end > 1001)
				inject(.ack = end);
		}
	}
	check_equal(app_info().bytes_sent, 10000);
	check_equal(app_info().state, TCP_ESTABLISHED);
}

BEHAVIOUR(a_storm_of_tiny_ranges_is_bounded_work)
{
	/* CVE-2019-11477 and its kin: SACK of single bytes inside segments must not cut the queue to pieces */
	unsigned mbufs;

	in_flight(40);
	mbufs = rte_mempool_in_use_count(peer.pool);
	for (unsigned i = 0; i < 10000; i++) {
		uint32_t at = 2 + (i * 7) % 39990;

		inject(.ack = 1, .sack = {{at, at + 1}, {at + 100, at + 101}, {at + 5, at + 6}});
	}
	ignore_output();
	check_between(rte_mempool_in_use_count(peer.pool), 0, mbufs + 20);
	inject(.ack = 40001);
	check_equal(app_info().bytes_sent, 40000);
}

BEHAVIOUR(parts_of_segments_do_not_count_as_segments)
{
	in_flight(10);
	inject(.ack = 1, .sack = {{1500, 1600}, {2500, 2600}, {3500, 3600}});
	inject(.ack = 1, .sack = {{1500, 1600}, {2500, 2600}, {4500, 4600}});
	ignore_output();
	inject(.ack = 10001);
	check_equal(app_info().bytes_sent, 10000);
}

BEHAVIOUR(acks_into_the_middle_of_reported_segments_mark_nothing_lost)
{
	in_flight(10);
	inject(.ack = 1, .sack = {{1001, 9001}});
	inject(.ack = 1001);
	ignore_output();
	for (unsigned at = 1001; at < 7001; at += 1000) {
		inject(.ack = at + 999);
		inject(.ack = at + 1000);
	}
	expect_nothing();
	inject(.ack = 10001);
	check_equal(app_info().bytes_sent, 10000);
}
