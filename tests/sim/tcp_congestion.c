/* SPDX-License-Identifier: BSD-3-Clause */
/* Slow start and CUBIC (RFC 5681, RFC 9438). */
#include "behaviour.h"

/* Keeps the connection busy for a round trip: all that comes is acknowledged, every second segment, after the time. */
static void round_trip(uint64_t milliseconds)
{
	unsigned segments;

	while (tcp_unacknowledged(peer.connection) < 3 * app_info().congestion_window)
		app_write(10000);
	advance_ms(milliseconds);
	segments = peer.count;
	for (unsigned i = 0; i < segments; i++) {
		check(next_packet());
		if (i % 2 || i + 1 == segments)
			inject(.ack = peer.receive_next);
	}
}

static void open_wide(void)
{
	peer.config.tcp.send_buffer = 16 << 20;
	established(.wscale = WSCALE(10), .sack_ok = true);
	peer.window = 65535;
	inject();
}

BEHAVIOUR(slow_start_doubles_in_each_round_trip)
{
	uint32_t before;

	open_wide();
	for (unsigned i = 0; i < 4; i++) {
		before = app_info().congestion_window;
		round_trip(50);
		check_between(app_info().congestion_window, before + before / 2, 2 * before);
	}
}

BEHAVIOUR(loss_reduces_to_seven_tenths)
{
	uint32_t before, lost;

	open_wide();
	for (unsigned i = 0; i < 3; i++)
		round_trip(50);
	before = app_info().congestion_window;
	lost = (uint32_t)peer.receive_next;
	inject(.ack = lost, .sack = {{lost + 1000, lost + 5000}});
	check_between(app_info().slow_start_threshold, before * 65 / 100, before * 75 / 100);
	check_between(app_info().congestion_window, before * 65 / 100, before * 75 / 100);
}

/* A loss in a round trip, repaired at once. */
static void lose_one(void)
{
	uint32_t lost = (uint32_t)app_info().send_unacknowledged - peer.stack_isn;

	inject(.ack = lost, .sack = {{lost + 1000, lost + 5000}});
	ignore_output();
	inject(.ack = app_info().send_next - peer.stack_isn);
}

BEHAVIOUR(growth_is_slow_near_the_old_maximum_and_reaches_it_in_time)
{
	/* W_cubic(K) = W_max, with K = cubic root of W_max * 0.3 / 0.4 seconds, in segments. */
	uint32_t maximum, reduced;
	double waited = 0;

	open_wide();
	for (unsigned i = 0; i < 4; i++)
		round_trip(100);
	maximum = app_info().congestion_window;
	lose_one();
	reduced = app_info().congestion_window;
	check(reduced < maximum * 3 / 4);
	while (app_info().congestion_window < maximum * 97 / 100 && waited < 20) {
		round_trip(100);
		waited += 0.1;
	}
	/* 80 to 160 segments: K is 4 to 5 s; being friendly to Reno may make it a little faster. */
	check_between(waited * 10, 15, 60);
}

BEHAVIOUR(a_time_out_begins_again_with_one_segment)
{
	open_wide();
	for (unsigned i = 0; i < 3; i++)
		round_trip(50);
	ignore_output();
	advance_ms(3000);
	check_equal(app_info().congestion_window, 1000);
	check(app_info().slow_start_threshold >= 2000);
	ignore_output();
}

BEHAVIOUR(an_application_that_sends_little_does_not_grow_the_window)
{
	/* RFC 9438 section 5.8 */
	open_wide();
	for (unsigned i = 0; i < 200; i++) {
		app_write(1000);
		expect(.length = 1000);
		advance_ms(20);
		inject();
	}
	check_between(app_info().congestion_window, 10000, 20000);
}

BEHAVIOUR(acks_of_single_bytes_do_not_inflate_it)
{
	/* ACK division: growth is counted in bytes (RFC 5681 section 3.1, RFC 3465) */
	established();
	app_write(20000);
	ignore_output();
	for (unsigned i = 1; i <= 1000; i++)
		inject(.ack = 1 + i);
	check_between(app_info().congestion_window, 10000, 11100);
	ignore_output();
}

BEHAVIOUR(the_ack_that_ends_a_recovery_does_not_grow_the_window)
{
	/* It acknowledges at once what arrived during the recovery: no growth is due for that, nor again for what was
	 * reported by SACK before. */
	uint32_t reduced;

	open_wide();
	for (unsigned i = 0; i < 3; i++)
		round_trip(50);
	lose_one();
	reduced = app_info().slow_start_threshold;
	check_between(app_info().congestion_window, reduced - 1000, reduced);
}
