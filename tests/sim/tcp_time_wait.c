/* SPDX-License-Identifier: BSD-3-Clause */
/* TIME-WAIT answers what is left of the old connection and lets a new one in (RFC 9293 3.6.1, RFC 1337, RFC 6191). */
#include "behaviour.h"

static void closed_by_us(void)
{
	app_shutdown();
	expect(.flags = FIN | ACK);
	inject(.flags = FIN | ACK, .ack = 2);
	expect(.ack = 2);
	check_equal(counters().time_wait, 1);
	app_release();
	check_equal(counters().connections, 0);
}

BEHAVIOUR(a_fin_again_is_acknowledged_again)
{
	established();
	closed_by_us();
	advance_ms(30000);
	inject(.flags = FIN | ACK, .seq = 1);
	expect(.seq = 2, .ack = 2);
	advance_ms(59000); /* and the time starts again */
	check_equal(counters().time_wait, 1);
	advance_ms(1100);
	check_equal(counters().time_wait, 0);
}

BEHAVIOUR(it_ends_after_its_time)
{
	established();
	closed_by_us();
	advance_ms(59900);
	check_equal(counters().time_wait, 1);
	advance_ms(200);
	check_equal(counters().time_wait, 0);
	expect_nothing();
}

BEHAVIOUR(a_reset_does_not_end_it)
{
	established();
	closed_by_us();
	inject(.flags = RST, .seq = 2);
	expect_nothing();
	check_equal(counters().time_wait, 1);
}

BEHAVIOUR(data_is_acknowledged_and_not_taken)
{
	established();
	closed_by_us();
	inject(.seq = 2, .length = 10);
	expect(.seq = 2, .ack = 2);
	check_equal(counters().time_wait, 1);
}

BEHAVIOUR(a_newer_syn_opens_a_new_connection)
{
	established();
	closed_by_us();
	peer.isn += 100000;
	peer.send_next = peer.receive_next = 0;
	inject(.flags = SYN, .mss = MSS);
	expect(.flags = SYN | ACK);
	inject();
	check(peer.events & TCP_EVENT_ACCEPTED);
	check_equal(counters().time_wait, 0);
}

BEHAVIOUR(the_new_connections_numbers_lie_beyond_the_old_ones)
{
	uint32_t old_end;

	established();
	app_write(1);
	expect(.length = 1);
	inject();
	app_shutdown();
	expect(.flags = FIN | ACK);
	inject(.flags = FIN | ACK);
	next_packet();
	app_release();
	old_end = peer.stack_isn + 3;
	peer.isn += 100000;
	peer.send_next = peer.receive_next = 0;
	inject(.flags = SYN, .mss = MSS);
	expect(.flags = SYN | ACK);
	check(seq_gt(peer.last.tcp.sequence, old_end));
}

BEHAVIOUR(an_older_syn_gets_an_ack)
{
	established();
	closed_by_us();
	peer.send_next = 2;
	inject(.flags = SYN, .seq = SEQ_ZERO, .mss = MSS);
	expect(.seq = 2, .ack = 2);
	check_equal(counters().time_wait, 1);
}

BEHAVIOUR(a_syn_with_a_newer_timestamp_opens_though_its_number_is_lower)
{
	established(.ts = TS(5000, 0));
	closed_by_us();
	peer.isn -= 100000;
	peer.send_next = peer.receive_next = 0;
	advance_ms(5);
	inject(.flags = SYN, .mss = MSS, .ts = TS(5000 + 10000, 0));
	expect(.flags = SYN | ACK, .ts = TS(0, 15000));
	inject();
	check(peer.events & TCP_EVENT_ACCEPTED);
}

BEHAVIOUR(a_syn_with_an_older_timestamp_does_not)
{
	established(.ts = TS(5000, 0));
	closed_by_us();
	peer.isn += 100000;
	peer.send_next = 0;
	inject(.flags = SYN, .mss = MSS, .ts = TS(4000, 0));
	check(next_packet());
	check(!(peer.last.tcp.flags & SYN));
	check_equal(counters().time_wait, 1);
}

BEHAVIOUR(the_oldest_gives_way_when_all_records_are_in_use)
{
	peer.config.time_wait = 8;
	listening();
	for (unsigned i = 0; i < 12; i++) {
		check(handshake_from((uint16_t)(20000 + i)));
		app_shutdown();
		expect(.flags = FIN | ACK);
		inject(.flags = FIN | ACK);
		expect();
		app_release();
	}
	check_equal(counters().time_wait, 8);
	check_equal(counters().tcp_time_wait_evicted, 4);
}
