/* SPDX-License-Identifier: BSD-3-Clause */
/* Which timestamp is echoed (RFC 7323 section 4.3), and that ours advance. */
#include "behaviour.h"

BEHAVIOUR(with_delayed_acks_the_earliest_unacknowledged_segment_is_echoed)
{
	established(.ts = TS(5000, 0));
	inject(.length = 100, .ts = TS(6000, peer.last_timestamp));
	advance_ms(10);
	inject(.length = 100, .ts = TS(6010, peer.last_timestamp));
	advance_ms(60);
	expect(.ack = 201, .ts = TS(0, 6000));
}

BEHAVIOUR(a_gap_keeps_the_echo_of_the_last_segment_in_order)
{
	established(.ts = TS(5000, 0));
	inject(.length = 100, .ts = TS(6000, peer.last_timestamp));
	advance_ms(60);
	expect(.ack = 101, .ts = TS(0, 6000));
	inject(.seq = 201, .length = 100, .ts = TS(6100, peer.last_timestamp));
	expect(.ack = 101, .ts = TS(0, 6000));
	inject(.seq = 101, .length = 100, .ts = TS(6200, peer.last_timestamp));
	expect(.ack = 301, .ts = TS(0, 6200));
}

BEHAVIOUR(an_old_duplicate_is_not_echoed)
{
	established(.ts = TS(5000, 0));
	inject(.length = 100, .ts = TS(6000, peer.last_timestamp));
	advance_ms(60);
	expect(.ack = 101, .ts = TS(0, 6000));
	inject(.seq = 500, .ts = TS(6050, peer.last_timestamp)); /* beyond the next byte: must not be taken over */
	ignore_output();
	app_write(10);
	expect(.length = 10, .ack = 101, .ts = TS(0, 6000));
}

BEHAVIOUR(our_clock_ticks_in_milliseconds)
{
	uint32_t first;

	established(.ts = TS(5000, 0));
	app_write(10);
	expect(.length = 10);
	first = peer.last.tcp.timestamp_value;
	inject();
	advance_ms(3000);
	app_write(10);
	expect(.length = 10);
	check_between(peer.last.tcp.timestamp_value - first, 2999, 3001);
}

BEHAVIOUR(two_connections_have_different_clocks)
{
	/* RFC 7323 section 7.1: a random offset for each connection */
	uint32_t first;

	listening();
	inject(.flags = SYN, .port = 20000, .ts = TS(1, 0));
	check(next_packet());
	first = peer.last.tcp.timestamp_value;
	inject(.flags = SYN, .port = 20001, .ts = TS(1, 0));
	check(next_packet());
	check(peer.last.tcp.timestamp_value - first + 1000 > 2000);
}

BEHAVIOUR(the_round_trip_time_is_measured_by_the_echo)
{
	established(.ts = TS(5000, 0));
	for (unsigned i = 0; i < 20; i++) {
		app_write(10);
		expect(.length = 10);
		advance_ms(80);
		inject();
	}
	check_between(app_info().rtt, 70000, 90000);
}

BEHAVIOUR(an_echo_from_the_future_gives_no_estimate)
{
	established(.ts = TS(5000, 0));
	app_write(10);
	expect(.length = 10);
	advance_ms(20);
	inject(.ts = TS(5020, peer.last_timestamp + 0x40000000));
	check_between(app_info().rtt, 0, 1000000);
	check_between(app_info().rto, 200000, 1200000);
}

BEHAVIOUR(an_echo_of_zero_gives_no_estimate_of_weeks)
{
	established(.ts = TS(5000, 0));
	app_write(10);
	expect(.length = 10);
	advance_ms(20);
	inject(.ts = TS(5020, 0));
	check_between(app_info().rto, 200000, 1200000);
}
