/* SPDX-License-Identifier: BSD-3-Clause */
/* Data in any order, more than once, overlapping: each byte is delivered once. */
#include "behaviour.h"
#include "random.h"

#include <string.h>

BEHAVIOUR(segments_in_reverse_order)
{
	established();
	for (int i = 9; i >= 0; i--)
		inject(.seq = (uint64_t)i * 1000 + 1, .length = 1000);
	app_expect_read(10000);
	ignore_output();
	check_equal(peer.last.tcp.acknowledgement - peer.isn, 10001);
}

BEHAVIOUR(a_segment_that_covers_what_came_before)
{
	established();
	inject(.seq = 2001, .length = 500);
	inject(.seq = 3001, .length = 500);
	inject(.seq = 1, .length = 1400);
	inject(.seq = 1001, .length = 1400);
	inject(.seq = 2401, .length = 1400);
	app_expect_read(3800);
}

BEHAVIOUR(overlaps_at_either_end)
{
	established();
	inject(.seq = 1001, .length = 1000);
	inject(.seq = 501, .length = 1000);
	inject(.seq = 1501, .length = 1000);
	inject(.seq = 1, .length = 600);
	app_expect_read(2500);
}

BEHAVIOUR(old_data_in_front_is_cut_off)
{
	established();
	inject(.length = 1000);
	app_expect_read(1000);
	inject(.seq = 501, .length = 1000);
	app_expect_read(500);
}

BEHAVIOUR(what_lies_beyond_the_window_is_cut_off)
{
	uint64_t edge = 10000;

	peer.config.tcp.receive_buffer = 32768;
	established();
	while (edge - peer.send_next > 1500) {
		inject(.length = 1000);
		advance_ms(50);
		while (next_packet())
			edge = peer.last.tcp.acknowledgement - peer.isn + peer.last.tcp.window;
	}
	inject(.length = (uint32_t)(edge - peer.send_next) + 500);
	advance_ms(50);
	ignore_output();
	check_equal(peer.last.tcp.acknowledgement - peer.isn, edge);
	app_expect_read((uint32_t)edge - 1);
}

BEHAVIOUR(of_conflicting_bytes_one_version_is_delivered_and_the_same_to_all)
{
	/* P40: whoever looks at the bytes sees what is forwarded; here: what is kept out of order is not altered by
	 * what comes later, and nothing is mixed inside one byte's life. */
	uint8_t other[1000];
	struct segment_list list = {0};
	uint8_t seen[2000];

	memset(other, 0xee, sizeof(other));
	established();
	inject(.seq = 1001, .length = 1000);
	inject(.seq = 1001, .length = 1000, .data = other);
	inject(.seq = 1, .length = 1000);
	check_equal(tcp_receive(peer.stack, peer.connection, &list), 2000);
	segment_list_peek(&list, 0, seen, sizeof(seen));
	segment_list_free(&list);
	check(pattern_matches(0, 0, seen, 1000));
	check(pattern_matches(0, 1000, seen + 1000, 1000) || memcmp(seen + 1000, other, 1000) == 0);
	ignore_output();
}

BEHAVIOUR(random_pieces_in_random_order)
{
	struct random random = {peer.family + 3};

	established(.sack_ok = true);
	for (unsigned i = 0; i < 4000; i++) {
		uint64_t at = 1 + random_below(&random, 20000);

		inject(.seq = at, .length = (uint32_t)random_between(&random, 1, 900));
		if (i % 64 == 0)
			app_read();
		ignore_output();
	}
	for (uint64_t at = 1; at <= 20900; at += 900)
		inject(.seq = at, .length = 900);
	ignore_output();
	app_read();
	check_between(peer.received, 20000, 22500);
}

BEHAVIOUR(what_two_neighbours_cover_between_them_changes_nothing)
{
	unsigned mbufs;

	established();
	inject(.seq = 1501, .length = 1000);
	inject(.seq = 1001, .length = 1000);
	ignore_output();
	mbufs = rte_mempool_in_use_count(peer.pool);
	for (unsigned i = 0; i < 20; i++)
		inject(.seq = 1001, .length = 1000);
	ignore_output();
	check_equal(rte_mempool_in_use_count(peer.pool), mbufs);
	inject(.seq = 4001, .length = 1000);
	inject(.seq = 1, .length = 1000);
	inject(.seq = 2501, .length = 1500);
	app_expect_read(5000);
}
