/* SPDX-License-Identifier: BSD-3-Clause */
/* Challenge ACKs are limited for each connection, so that nobody can count them from outside (RFC 5961 section 7). */
#include "behaviour.h"

BEHAVIOUR(a_storm_of_resets_is_answered_rarely)
{
	unsigned answers;

	established();
	for (unsigned i = 0; i < 1000; i++)
		inject(.flags = RST, .seq = 2 + i);
	answers = ignore_output();
	check_between(answers, 1, 10);
	check_equal(counters().tcp_challenges_sent, answers);
	check_equal(counters().tcp_challenges_sent + counters().tcp_challenges_withheld, 1000);
	check_equal(app_info().state, TCP_ESTABLISHED);
}

BEHAVIOUR(an_answer_that_was_withheld_comes_later)
{
	/* Or a reset of a peer that is gone by now, the only one that it sent, would leave us waiting for ever. */
	established();
	inject(.flags = RST, .seq = 100);
	expect(.seq = 1, .ack = 1);
	inject(.flags = RST, .seq = 2);
	expect_nothing();
	advance_ms(600);
	expect(.seq = 1, .ack = 1);
	advance_ms(5000);
	expect_nothing();
}

BEHAVIOUR(one_connections_storm_does_not_silence_another)
{
	listening();
	check(handshake_from(20000));
	for (unsigned i = 0; i < 500; i++)
		inject(.flags = RST, .seq = 2 + i);
	ignore_output();
	check(handshake_from(20001));
	inject(.flags = RST, .seq = 2);
	expect(.seq = 1, .ack = 1);
}

BEHAVIOUR(after_a_while_there_are_answers_again)
{
	established();
	for (unsigned i = 0; i < 100; i++)
		inject(.flags = RST, .seq = 2);
	ignore_output();
	advance_ms(5000);
	inject(.flags = RST, .seq = 2);
	expect(.seq = 1, .ack = 1);
}

BEHAVIOUR(old_segments_do_not_make_an_endless_dialogue)
{
	unsigned answers;

	established();
	for (unsigned i = 0; i < 1000; i++)
		inject(.seq = 0x90000000);
	answers = ignore_output();
	check_between(answers, 0, 100);
}

BEHAVIOUR(a_half_open_connection_answers_few_segments_without_data)
{
	/* Two that answer every such segment would never stop: a forged SYN to each of two listeners is enough. */
	listening();
	inject(.flags = SYN, .mss = MSS);
	check(next_packet());
	for (unsigned i = 0; i < 1000; i++)
		inject(.seq = 0x90000000);
	check_between(ignore_output(), 1, 10);
	advance_ms(1500); /* the SYN-ACK again */
	ignore_output();
	inject(.seq = 0x90000000);
	expect(.seq = 1, .ack = 1);
}

BEHAVIOUR(time_wait_answers_few_segments_without_data)
{
	established();
	app_shutdown();
	inject(.flags = FIN | ACK, .ack = 2);
	app_release();
	ignore_output();
	check_equal(counters().time_wait, 1);
	for (unsigned i = 0; i < 1000; i++)
		inject(.seq = 0x90000000);
	check_between(ignore_output(), 1, 10);
	advance_ms(1000);
	inject(.seq = 0x90000000);
	expect(.seq = 2, .ack = 2);
	/* but a FIN that comes again, always */
	for (unsigned i = 0; i < 5; i++) {
		inject(.flags = FIN | ACK, .seq = 1);
		expect(.seq = 2, .ack = 2);
	}
}

BEHAVIOUR(the_limit_does_not_outlast_the_clocks_wrap)
{
	peer.config.tcp.keepalive_idle = UINT32_MAX;
	established();
	inject(.flags = RST, .seq = 2);
	expect(.seq = 1, .ack = 1);
	advance_ms(UINT64_C(26) * 86400 * 1000);
	inject(.flags = RST, .seq = 2);
	expect(.seq = 1, .ack = 1);
}
