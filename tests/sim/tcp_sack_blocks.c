/* SPDX-License-Identifier: BSD-3-Clause */
/* What we report as receiver (RFC 2018 section 4). */
#include "behaviour.h"

BEHAVIOUR(a_gap_is_reported)
{
	established(.sack_ok = true);
	inject(.seq = 1001, .length = 1000);
	expect(.ack = 1, .sack = {{1001, 2001}});
	inject(.seq = 2001, .length = 1000);
	expect(.ack = 1, .sack = {{1001, 3001}});
	inject(.seq = 1, .length = 1000);
	expect(.ack = 3001);
}

BEHAVIOUR(the_most_recent_block_comes_first)
{
	established(.sack_ok = true);
	inject(.seq = 1001, .length = 100);
	expect(.ack = 1, .sack = {{1001, 1101}});
	inject(.seq = 3001, .length = 100);
	expect(.ack = 1, .sack = {{3001, 3101}, {1001, 1101}});
	inject(.seq = 2001, .length = 100);
	expect(.ack = 1, .sack = {{2001, 2101}, {3001, 3101}, {1001, 1101}});
	inject(.seq = 1101, .length = 100);
	expect(.ack = 1, .sack = {{1001, 1201}, {2001, 2101}, {3001, 3101}});
	inject(.seq = 5001, .length = 100);
	expect(.ack = 1, .sack = {{5001, 5101}, {1001, 1201}, {2001, 2101}, {3001, 3101}});
}

BEHAVIOUR(blocks_that_meet_become_one)
{
	established(.sack_ok = true);
	inject(.seq = 1001, .length = 1000);
	expect(.ack = 1, .sack = {{1001, 2001}});
	inject(.seq = 3001, .length = 1000);
	expect(.ack = 1, .sack = {{3001, 4001}, {1001, 2001}});
	inject(.seq = 2001, .length = 1000);
	expect(.ack = 1, .sack = {{1001, 4001}});
}

BEHAVIOUR(with_timestamps_there_is_room_for_three)
{
	established(.sack_ok = true, .ts = TS(5000, 0));
	for (unsigned i = 1; i <= 5; i++)
		inject(.seq = i * 2000 + 1, .length = 100);
	for (unsigned i = 1; i <= 4; i++)
		check(next_packet());
	expect(.ack = 1, .sack = {{10001, 10101}, {8001, 8101}, {6001, 6101}});
}

BEHAVIOUR(what_is_acknowledged_is_no_longer_reported)
{
	established(.sack_ok = true);
	inject(.seq = 1001, .length = 1000);
	expect(.ack = 1, .sack = {{1001, 2001}});
	inject(.seq = 5001, .length = 1000);
	expect(.ack = 1, .sack = {{5001, 6001}, {1001, 2001}});
	inject(.seq = 1, .length = 1000);
	expect(.ack = 2001, .sack = {{5001, 6001}});
}

BEHAVIOUR(without_agreement_nothing_is_reported)
{
	established();
	inject(.seq = 1001, .length = 1000);
	expect(.ack = 1);
}

BEHAVIOUR(they_can_be_withheld)
{
	peer.config.tcp.options.withhold_sack = true;
	established(.sack_ok = true);
	inject(.seq = 1001, .length = 1000);
	expect(.ack = 1);
	inject(.seq = 1, .length = 1000);
	ignore_output();
	app_read();
	check(app_info().bytes_received == 1000 || app_info().bytes_received == 2000);
}

BEHAVIOUR(data_segments_carry_them_too)
{
	established(.sack_ok = true);
	inject(.seq = 1001, .length = 1000);
	expect(.ack = 1, .sack = {{1001, 2001}});
	app_write(100);
	expect(.length = 100, .ack = 1, .sack = {{1001, 2001}});
}

BEHAVIOUR(segments_with_blocks_stay_within_the_mtu)
{
	peer.config.tcp.options.mss = 0;
	established(.mss = 1460, .sack_ok = true, .ts = TS(5000, 0));
	for (unsigned i = 1; i <= 5; i++)
		inject(.seq = i * 2000 + 1, .length = 100);
	ignore_output();
	app_write(5000);
	while (next_packet())
		check(peer.last.length + peer.last.tcp.length + (peer.family == IPV4 ? 20 : 40) <= 1500);
}
