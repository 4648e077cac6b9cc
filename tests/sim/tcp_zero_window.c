/* SPDX-License-Identifier: BSD-3-Clause */
/* A closed window is probed, ever more slowly, and never given up while the peer answers (RFC 9293 section 3.8.6.1). */
#include "behaviour.h"

/* A probe carries at most one byte beyond the window, or is an ACK from before it. */
static bool is_probe(void)
{
	return peer.last.length <= 1;
}

BEHAVIOUR(probes_are_sent_with_backoff)
{
	uint64_t last = 0, gap, previous = 0;

	established();
	inject(.window = ZERO_WINDOW);
	app_write(3000);
	expect_nothing();
	for (unsigned i = 0; i < 6; i++) {
		uint64_t waited = 0;

		while (!next_packet()) {
			advance_ms(10);
			waited += 10;
			check(waited < 130000);
		}
		check(is_probe());
		gap = last ? peer.last_at - last : 0;
		check(gap == 0 || previous == 0 || gap >= previous + previous / 2 || gap >= 59000000);
		previous = gap;
		last = peer.last_at;
		inject(.seq = 1, .ack = 1, .window = ZERO_WINDOW);
	}
	check(previous >= 3000000);
}

BEHAVIOUR(it_lasts_as_long_as_the_peer_answers)
{
	established();
	inject(.window = ZERO_WINDOW);
	app_write(3000);
	for (unsigned i = 0; i < 3600; i++) {
		advance_ms(1000);
		while (next_packet()) {
			check(is_probe());
			inject(.seq = 1, .ack = 1, .window = ZERO_WINDOW);
		}
	}
	check_equal(app_info().state, TCP_ESTABLISHED);
	inject(.seq = 1, .ack = 1, .window = 10000);
	ignore_output();
	advance_ms(100);
	ignore_output();
	check_equal(peer.receive_next, 3001);
}

BEHAVIOUR(the_opening_lets_data_flow_at_once)
{
	established();
	inject(.window = ZERO_WINDOW);
	app_write(2500);
	expect_nothing();
	inject(.window = 5000);
	expect(.length = 1000);
	expect(.length = 1000);
	expect(.length = 500);
}

BEHAVIOUR(a_lost_opening_is_found_by_a_probe)
{
	established();
	inject(.window = ZERO_WINDOW);
	app_write(500);
	advance_ms(1500);
	check(next_packet());
	check(is_probe());
	inject(.seq = 1, .ack = 1 + peer.last.length, .window = 5000);
	ignore_output();
	check_equal(peer.receive_next, 501);
}

BEHAVIOUR(a_silent_peer_is_given_up)
{
	peer.config.tcp.retries = 4;
	established();
	inject(.window = ZERO_WINDOW);
	app_write(500);
	advance_ms(600000);
	check(peer.events & TCP_EVENT_CLOSED);
	check_equal(app_info().end, TCP_END_TIMEOUT);
}

BEHAVIOUR(we_answer_probes_of_our_closed_window)
{
	peer.config.tcp.receive_buffer = 16384;
	established();
	for (unsigned i = 0; i < 100; i++) {
		advance_ms(60);
		ignore_output();
		if (peer.last.tcp.window == 0)
			break;
		inject(.length = RTE_MIN(1000u, (uint32_t)peer.last.tcp.window));
	}
	check_equal(peer.last.tcp.window, 0);
	inject(.length = 1); /* one byte beyond the edge */
	peer.send_next--;
	expect(.window = ZERO_WINDOW);
	inject(.seq = peer.send_next - 1); /* an ACK from before it */
	expect(.window = ZERO_WINDOW);
	app_read();
	check(next_packet());
	check(peer.last.tcp.window > 1000);
}

BEHAVIOUR(a_fin_waits_behind_a_closed_window_and_then_goes)
{
	established();
	inject(.window = ZERO_WINDOW);
	app_write(100);
	app_shutdown();
	expect_nothing();
	inject(.window = 5000);
	ignore_output();
	inject();
	check_equal(app_info().state, TCP_FIN_WAIT_2);
}

BEHAVIOUR(a_bare_fin_needs_no_window)
{
	established();
	inject(.window = ZERO_WINDOW);
	app_shutdown();
	advance_ms(61000);
	check(next_packet());
	check(peer.last.tcp.flags & FIN);
}
