/* SPDX-License-Identifier: BSD-3-Clause */
/* The retransmission timer and the estimate of the round-trip time (RFC 6298). */
#include "behaviour.h"

/* A round trip of so many milliseconds. */
static void round_trip(uint64_t milliseconds)
{
	app_write(100);
	expect(.length = 100);
	advance_ms(milliseconds);
	inject();
}

BEHAVIOUR(the_first_sample_sets_the_estimate)
{
	listening();
	inject(.flags = SYN, .mss = MSS);
	expect(.flags = SYN | ACK);
	advance_ms(300);
	inject();
	round_trip(300);
	check_between(app_info().rtt, 290000, 310000);
	check_between(app_info().rto, 400000, 950000); /* SRTT + 4 * RTTVAR, RTTVAR = R / 2 at first */
}

BEHAVIOUR(a_steady_path_brings_the_time_out_down_to_its_minimum)
{
	established();
	for (unsigned i = 0; i < 60; i++)
		round_trip(20);
	check_between(app_info().rtt, 18000, 22000);
	check_between(app_info().rto, 200000, 230000);
}

BEHAVIOUR(lost_data_is_sent_again_with_doubling_time)
{
	uint64_t sent, gap = 0;

	established();
	for (unsigned i = 0; i < 60; i++)
		round_trip(20);
	app_write(100);
	expect(.length = 100);
	sent = peer.last_at;
	for (unsigned i = 0; i < 6; i++) {
		for (uint64_t waited = 0; peer.count == 0 && waited < 70000; waited++)
			advance_ms(1);
		expect(.seq = 6001, .length = 100);
		if (gap)
			check_between(peer.last_at - sent, 2 * gap - 5000, 2 * gap + 5000);
		gap = peer.last_at - sent;
		sent = peer.last_at;
	}
	check_equal(app_info().timeouts, 6);
}

BEHAVIOUR(the_time_has_a_ceiling)
{
	uint64_t last = 0;

	peer.config.tcp.rto_max = 5000;
	established();
	app_write(100);
	expect(.length = 100);
	for (unsigned i = 0; i < 8; i++) {
		advance_ms(5050);
		while (next_packet()) {
			check(!last || peer.last_at - last <= 5010000);
			last = peer.last_at;
		}
	}
}

BEHAVIOUR(only_the_first_segment_is_sent_after_a_time_out)
{
	established();
	app_write(5000);
	for (unsigned i = 0; i < 5; i++)
		expect(.length = 1000);
	advance_ms(1100);
	expect(.seq = 1, .length = 1000);
	expect_nothing();
	check_equal(app_info().congestion_window, 1000);
}

BEHAVIOUR(after_it_the_window_grows_again_as_acks_come)
{
	established();
	app_write(5000);
	ignore_output();
	advance_ms(1100);
	expect(.seq = 1, .length = 1000);
	inject(.ack = 1001);
	expect(.seq = 1001, .length = 1000);
	expect(.seq = 2001, .length = 1000);
	expect_nothing();
	inject(.ack = 3001);
	expect(.seq = 3001, .length = 1000);
	expect(.seq = 4001, .length = 1000);
	inject(.ack = 5001);
	expect_nothing();
}

BEHAVIOUR(a_retransmission_gives_no_sample)
{
	uint32_t before;

	established();
	for (unsigned i = 0; i < 60; i++)
		round_trip(20);
	before = app_info().rtt;
	app_write(100);
	expect(.length = 100);
	advance_ms(250);
	expect(.seq = 6001, .length = 100);
	inject(); /* for the first or the second? (Karn) */
	check_equal(app_info().rtt, before);
}

BEHAVIOUR(with_timestamps_a_retransmission_gives_one)
{
	established(.ts = TS(5000, 0));
	for (unsigned i = 0; i < 60; i++)
		round_trip(20);
	app_write(100);
	expect(.length = 100);
	advance_ms(250);
	expect(.seq = 6001, .length = 100);
	advance_ms(20);
	inject();
	check_between(app_info().rtt, 15000, 60000);
	check_equal(app_info().timeouts, 0);
}

BEHAVIOUR(the_back_off_ends_with_an_ack_of_new_data)
{
	established(.ts = TS(5000, 0));
	for (unsigned i = 0; i < 60; i++)
		round_trip(20);
	app_write(100);
	expect(.length = 100);
	advance_ms(2000);
	ignore_output();
	inject(.ack = 6101);
	app_write(100);
	expect(.length = 100);
	inject(.ack = 6201);
	check_between(app_info().rto, 200000, 600000);
}

BEHAVIOUR(it_is_given_up_in_the_end)
{
	peer.config.tcp.retries = 5;
	established();
	app_write(100);
	expect(.length = 100);
	advance_ms(200000);
	check_between(ignore_output(), 5, 6);
	check(peer.events & TCP_EVENT_CLOSED);
	check_equal(app_info().end, TCP_END_TIMEOUT);
}

BEHAVIOUR(an_ack_of_all_stops_the_timer)
{
	established();
	app_write(3000);
	ignore_output();
	inject(.ack = 3001);
	advance_ms(100000);
	expect_nothing();
}

BEHAVIOUR(an_ack_of_a_part_starts_it_anew)
{
	established();
	app_write(3000);
	ignore_output();
	advance_ms(150);
	inject(.ack = 1001);
	advance_ms(150);
	inject(.ack = 2001);
	advance_ms(190);
	expect_nothing();
}

BEHAVIOUR(windows_that_change_do_not_put_it_off)
{
	/* RFC 6298 section 5: only an ACK of new data starts the timer again. */
	established();
	app_write(1000);
	expect(.length = 1000);
	for (unsigned i = 0; i < 20; i++) {
		advance_ms(100);
		inject(.ack = 1, .window = 20000 + (int)i);
	}
	expect(.seq = 1, .length = 1000);
	inject(.ack = 1001);
}

BEHAVIOUR(a_peer_that_echoes_a_time_long_past_does_not_make_it_short)
{
	peer.config.tcp.rto_max = 3600000;
	listening();
	inject(.flags = SYN, .mss = MSS, .ts = TS(1, 0));
	check(next_packet());
	inject(.ts = TS(2, peer.last_timestamp - 1431656)); /* three times that is 2^32 microseconds */
	check_equal(app_info().state, TCP_ESTABLISHED);
	check_equal(app_info().rto, 3600000000);
}
