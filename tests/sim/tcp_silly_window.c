/* SPDX-License-Identifier: BSD-3-Clause */
/* Neither side lets windows crumble (RFC 9293 section 3.8.6.2). */
#include "behaviour.h"

BEHAVIOUR(a_window_of_crumbs_is_not_filled_with_crumbs)
{
	established(.window = 1000);
	app_write(3000);
	expect(.length = 1000);
	inject(.window = 10); /* the receiver's fault, but we do not send 10 bytes */
	expect_nothing();
	inject(.window = 1000);
	expect(.length = 1000);
}

BEHAVIOUR(half_of_the_largest_window_is_worth_a_segment)
{
	established(.window = 600);
	app_write(3000);
	expect(.length = 600);
	inject(.window = 300);
	expect(.length = 300);
}

BEHAVIOUR(crumbs_are_sent_after_a_while)
{
	established(.window = 1000);
	app_write(3000);
	expect(.length = 1000);
	inject(.window = 10);
	advance_ms(5000); /* the override time-out */
	check(next_packet());
	check_between(peer.last.length, 0, 10);
}

BEHAVIOUR(our_window_opens_in_large_steps_only)
{
	uint32_t full = peer.family == IPV4 ? 1460 : 1440, edge, last_edge = 0;

	peer.config.tcp.receive_buffer = 65536;
	established();
	for (unsigned i = 0; i < 200; i++) {
		if (peer.send_next - 1 + full <= (uint64_t)(last_edge ? last_edge - 1 : 10000))
			inject(.length = full);
		if (i % 3 == 2) { /* a slow reader */
			app_read();
		}
		while (next_packet()) {
			edge = peer.last.tcp.acknowledgement - peer.isn + peer.last.tcp.window;
			check(edge == last_edge || edge >= last_edge + full || last_edge == 0 ||
			      peer.last.tcp.window == 0 || peer.last.tcp.acknowledgement - peer.isn > 1);
			check(edge >= last_edge);
			last_edge = edge;
		}
		advance_ms(50);
	}
}

BEHAVIOUR(reading_a_little_of_a_full_buffer_announces_nothing)
{
	uint32_t sent = 0;

	peer.config.tcp.receive_buffer = 32768;
	established();
	for (;;) {
		advance_ms(60);
		while (next_packet())
			;
		if (sent && peer.last.tcp.window < 1000)
			break;
		inject(.length = 1000);
		sent += 1000;
		check(sent < 100000);
	}
	app_expect_read(sent);
	check(next_packet()); /* a window update: the whole buffer is free again */
	check(peer.last.tcp.window >= 8192);
}
