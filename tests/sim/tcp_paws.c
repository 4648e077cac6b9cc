/* SPDX-License-Identifier: BSD-3-Clause */
/* Segments with old timestamps are dropped and answered (RFC 7323 section 5). */
#include "behaviour.h"

BEHAVIOUR(an_older_timestamp_is_dropped)
{
	established(.ts = TS(5000, 0));
	inject(.length = 100, .ts = TS(6000, peer.last_timestamp));
	app_expect_read(100);
	ignore_output();
	inject(.length = 100, .ts = TS(5999, peer.last_timestamp));
	expect(.ack = 101);
	check_equal(app_read(), 0);
	check_equal(counters().drops[DROP_TCP_PAWS], 1);
}

BEHAVIOUR(the_same_timestamp_is_taken)
{
	established(.ts = TS(5000, 0));
	inject(.length = 100, .ts = TS(6000, peer.last_timestamp));
	inject(.length = 100, .ts = TS(6000, peer.last_timestamp));
	app_expect_read(200);
}

BEHAVIOUR(it_works_across_the_wrap)
{
	established(.ts = TS(0xfffffff0, 0));
	inject(.length = 100, .ts = TS(5, peer.last_timestamp));
	app_expect_read(100);
	ignore_output();
	inject(.length = 100, .ts = TS(0xfffffff8, peer.last_timestamp));
	check_equal(app_read(), 0);
	expect(.ack = 101);
}

BEHAVIOUR(after_24_days_of_silence_the_old_timestamp_no_longer_counts)
{
	/* RFC 7323 section 5.5 */
	peer.config.tcp.keepalive_idle = UINT32_MAX;
	established(.ts = TS(5000, 0));
	advance_ms(UINT64_C(25) * 86400 * 1000);
	inject(.length = 100, .ts = TS(4000, peer.last_timestamp));
	app_expect_read(100);
}

BEHAVIOUR(a_timestamp_far_ahead_outside_the_window_does_not_poison)
{
	established(.ts = TS(5000, 0));
	inject(.seq = 0x10000000, .length = 10, .ts = TS(0x60000000, 0));
	ignore_output();
	peer.send_next = 1;
	inject(.length = 100);
	app_expect_read(100);
}

BEHAVIOUR(a_segment_without_timestamp_is_dropped)
{
	/* RFC 7323 section 3.2: SHOULD drop, and send no ACK */
	established(.ts = TS(5000, 0));
	inject(.length = 100, .ts = NO_TS);
	check_equal(app_read(), 0);
	check_equal(counters().drops[DROP_TCP_NO_TIMESTAMP], 1);
	check_equal(app_info().state, TCP_ESTABLISHED);
}

BEHAVIOUR(an_unasked_timestamp_is_ignored)
{
	established();
	inject(.length = 100, .ts = TS(9, 9));
	inject(.length = 100, .ts = TS(3, 9));
	app_expect_read(200);
}

BEHAVIOUR(after_24_days_the_new_timestamp_is_the_one_to_compare_with)
{
	peer.config.tcp.keepalive_idle = UINT32_MAX;
	established(.ts = TS(5000, 0));
	advance_ms(UINT64_C(25) * 86400 * 1000);
	inject(.length = 100, .ts = TS(4000, peer.last_timestamp));
	advance_ms(100);
	expect(.ack = 101, .ts = TS(0, 4000));
	app_expect_read(100);
	ignore_output();
	inject(.length = 100, .ts = TS(3000, peer.last_timestamp));
	expect(.ack = 101);
	check_equal(app_read(), 0);
}
