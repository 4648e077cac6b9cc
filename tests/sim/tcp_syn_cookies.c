/* SPDX-License-Identifier: BSD-3-Clause */
/* Beyond three quarters of the half-open records, cookies take over (RFC 4987), and keep what the SYN said. */
#include "behaviour.h"

#define RECORDS 64

/* SYNs that nobody will ever complete. */
static void flood(unsigned syns)
{
	for (unsigned i = 0; i < syns; i++) {
		inject(.flags = SYN, .mss = MSS, .port = (uint16_t)(1024 + i % 60000));
		if (i % 1024 == 1023)
			ignore_output();
	}
	ignore_output();
}

static void under_flood(void)
{
	peer.config.half_open = RECORDS;
	listening();
	flood(200);
	peer.port = 65000;
	peer.send_next = peer.receive_next = 0;
}

BEHAVIOUR(an_honest_client_connects_with_its_options)
{
	under_flood();
	inject(.flags = SYN, .mss = 1460, .wscale = WSCALE(7), .sack_ok = true);
	expect(.flags = SYN | ACK, .wscale = WSCALE(7), .sack_ok = true);
	check(counters().tcp_cookies_sent > 0);
	inject();
	check(peer.events & TCP_EVENT_ACCEPTED);
	check_equal(counters().tcp_cookies_accepted, 1);
	check_equal(app_info().announced_mss, 1460);
	check_equal(app_info().peer_window_scale, 7);
	check(app_info().options.sack);
	inject(.length = 1000);
	app_expect_read(1000);
	ignore_output();
	app_write(1000);
	expect(.length = 1000);
}

BEHAVIOUR(a_client_without_options_gets_none)
{
	under_flood();
	inject(.flags = SYN);
	expect(.flags = SYN | ACK);
	inject();
	check(peer.events & TCP_EVENT_ACCEPTED);
	check(!app_info().options.sack && !app_info().options.window_scaling && !app_info().options.timestamps);
	check_between(app_info().announced_mss, 216, 536 + (peer.family == IPV6 ? 684 : 0));
}

BEHAVIOUR(values_are_rounded_down_never_up)
{
	under_flood();
	inject(.flags = SYN, .mss = 1300, .wscale = WSCALE(9), .sack_ok = true);
	expect(.flags = SYN | ACK, .wscale = WSCALE(7), .sack_ok = true);
	inject(.window = 1000);
	check_between(app_info().announced_mss, 1000, 1300);
	check_between(app_info().peer_window_scale, 6, 9);
}

BEHAVIOUR(the_ack_may_carry_the_first_data)
{
	under_flood();
	inject(.flags = SYN, .mss = 1460);
	expect(.flags = SYN | ACK);
	inject(.length = 500);
	check(peer.events & TCP_EVENT_ACCEPTED);
	app_expect_read(500);
}

/* The first segment after the handshake is lost as easily as any other in a flood. It comes again, if the client lives.
 */
BEHAVIOUR(what_overtakes_the_first_segment_is_not_reset)
{
	under_flood();
	inject(.flags = SYN, .mss = 1460);
	expect(.flags = SYN | ACK);
	inject(.seq = 501, .ack = 1, .length = 500);
	inject(.flags = FIN | ACK, .seq = 1001, .ack = 1);
	expect_nothing();
	check_equal(counters().drops[DROP_TCP_LISTEN_ACK], 2);
	inject(.seq = 1, .ack = 1, .length = 500);
	check(peer.events & TCP_EVENT_ACCEPTED);
	app_expect_read(500);
}

/* Once the connection is over nothing but what remains of it tells that copy from a new handshake. */
BEHAVIOUR(a_late_copy_of_the_ack_does_not_open_the_connection_again)
{
	under_flood();
	inject(.flags = SYN, .mss = 1460);
	expect(.flags = SYN | ACK);
	inject();
	inject(.flags = FIN | ACK);
	expect();
	app_shutdown();
	expect(.flags = FIN | ACK);
	inject();
	app_release();
	check_equal(counters().connections, 0);
	inject(.seq = 1, .ack = 1);
	check_equal(counters().connections, 0);
	check_equal(counters().tcp_opened_passive, 1);
	ignore_output();
	inject(.seq = 1, .ack = 1, .length = 300);
	check_equal(counters().connections, 0);
	ignore_output();
}

BEHAVIOUR(a_made_up_cookie_is_reset)
{
	under_flood();
	inject(.flags = SYN, .mss = MSS);
	expect(.flags = SYN | ACK);
	inject(.seq = 1, .ack = 2);
	expect(.flags = RST, .seq = 2);
	peer.send_next = 2; /* or another sequence number of its own */
	inject(.seq = 2, .ack = 1);
	expect(.flags = RST, .seq = 1);
	check_equal(peer.events, 0);
	check_equal(counters().tcp_cookies_failed, 2);
}

BEHAVIOUR(a_cookie_of_another_port_is_no_cookie)
{
	under_flood();
	inject(.flags = SYN, .mss = MSS);
	expect(.flags = SYN | ACK);
	inject(.seq = 1, .ack = 1, .port = 65001);
	expect(.flags = RST, .seq = 1, .port = 65001);
}

BEHAVIOUR(an_old_cookie_is_no_cookie)
{
	under_flood();
	inject(.flags = SYN, .mss = MSS);
	expect(.flags = SYN | ACK);
	advance_ms(120000);
	ignore_output();
	inject(.seq = 1, .ack = 1);
	expect(.flags = RST, .seq = 1);
}

BEHAVIOUR(a_cookie_that_returns_late_but_in_time_counts)
{
	under_flood();
	inject(.flags = SYN, .mss = MSS);
	expect(.flags = SYN | ACK);
	advance_ms(10000);
	ignore_output();
	inject(.seq = 1, .ack = 1);
	check(peer.events & TCP_EVENT_ACCEPTED);
}

BEHAVIOUR(without_pressure_acks_out_of_nowhere_are_not_even_tried)
{
	listening();
	inject(.seq = 1000, .ack = 1000);
	expect(.flags = RST, .seq = 1000);
	check_equal(counters().tcp_cookies_failed, 0);
}

BEHAVIOUR(the_table_never_overflows_and_empties_itself)
{
	under_flood();
	check_between(counters().half_open, RECORDS / 2, RECORDS);
	advance_ms(120000);
	ignore_output();
	check_equal(counters().half_open, 0);
}
