/* SPDX-License-Identifier: BSD-3-Clause */
/* A peer that takes back window it gave does no harm (RFC 9293 section 3.8.6: SHLD-15, MUST-34). */
#include "behaviour.h"

BEHAVIOUR(sent_data_beyond_the_new_edge_is_still_acknowledged)
{
	established(.window = 5000);
	app_write(10000);
	for (unsigned i = 0; i < 5; i++)
		expect(.length = 1000);
	inject(.ack = 1001, .window = 1000);
	expect_nothing();
	inject(.ack = 5001, .window = 5000);
	for (unsigned i = 0; i < 5; i++)
		expect(.length = 1000);
	inject();
	check_equal(app_info().bytes_sent, 10000);
}

BEHAVIOUR(nothing_new_is_sent_beyond_the_new_edge)
{
	established(.window = 5000);
	app_write(3000);
	for (unsigned i = 0; i < 3; i++)
		expect(.length = 1000);
	inject(.ack = 1001, .window = 500);
	app_write(2000);
	expect_nothing();
	advance_ms(20000);
	while (next_packet())
		check(peer.last.tcp.sequence - peer.stack_isn + peer.last.length <= 3001);
}

BEHAVIOUR(shrunk_to_zero_with_data_in_flight_recovers)
{
	established(.window = 5000);
	app_write(8000);
	for (unsigned i = 0; i < 5; i++)
		expect(.length = 1000);
	inject(.ack = 1001, .window = ZERO_WINDOW);
	advance_ms(30000);
	ignore_output();
	inject(.ack = 1001, .window = 10000);
	for (unsigned i = 0; i < 100 && peer.receive_next < 8001; i++) {
		advance_ms(1000);
		while (next_packet())
			inject(.ack = peer.last.tcp.sequence - peer.stack_isn + peer.last.length);
	}
	inject(.ack = 8001);
	check_equal(app_info().bytes_sent, 8000);
	check_equal(app_info().state, TCP_ESTABLISHED);
}
