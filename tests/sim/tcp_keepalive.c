/* SPDX-License-Identifier: BSD-3-Clause */
/* Idle connections are probed, if configured so, and given up without an answer (RFC 9293 section 3.8.4). */
#include "behaviour.h"

static void configure(void)
{
	peer.config.tcp.keepalive_idle = 10000;
	peer.config.tcp.keepalive_interval = 2000;
	peer.config.tcp.keepalive_count = 3;
}

BEHAVIOUR(a_probe_lies_just_before_the_window)
{
	configure();
	established();
	advance_ms(9900);
	expect_nothing();
	advance_ms(200);
	check(next_packet());
	check_equal(peer.last.tcp.sequence, peer.stack_isn); /* SND.NXT - 1 */
	check_between(peer.last.length, 0, 1);
	inject();
	advance_ms(9900);
	expect_nothing();
	check_equal(app_info().state, TCP_ESTABLISHED);
}

BEHAVIOUR(without_answers_it_is_given_up)
{
	configure();
	established();
	advance_ms(10100);
	check(next_packet());
	advance_ms(2000);
	check(next_packet());
	advance_ms(2000);
	check(next_packet());
	expect_nothing();
	advance_ms(2100);
	check(peer.events & TCP_EVENT_CLOSED);
	check_equal(app_info().end, TCP_END_TIMEOUT);
}

BEHAVIOUR(an_answer_starts_the_time_anew)
{
	configure();
	established();
	for (unsigned i = 0; i < 10; i++) {
		advance_ms(10100);
		check(ignore_output() >= 1);
		inject();
	}
	check_equal(app_info().state, TCP_ESTABLISHED);
}

BEHAVIOUR(data_starts_the_time_anew)
{
	configure();
	established();
	for (unsigned i = 0; i < 10; i++) {
		advance_ms(8000);
		inject(.length = 10);
		app_read();
		advance_ms(50);
		expect();
	}
	expect_nothing();
}

BEHAVIOUR(it_can_be_off)
{
	peer.config.tcp.keepalive_idle = UINT32_MAX;
	established();
	advance_ms(UINT64_C(10) * 86400 * 1000);
	expect_nothing();
	check_equal(app_info().state, TCP_ESTABLISHED);
}

BEHAVIOUR(we_answer_the_peers_keepalives)
{
	established();
	inject(.length = 10);
	advance_ms(50);
	expect(.ack = 11);
	inject(.seq = 10);
	expect(.ack = 11);
	inject(.seq = 10, .length = 1, .data = (const uint8_t *)"?"); /* with a byte of garbage */
	expect(.ack = 11);
	app_expect_read(10);
}
