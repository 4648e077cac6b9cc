/* SPDX-License-Identifier: BSD-3-Clause */
/* Initial sequence numbers (RFC 6528): for one tuple they rise with a clock, between tuples they tell nothing. */
#include "behaviour.h"

static uint32_t isn_for(uint16_t port)
{
	peer.port = port;
	peer.send_next = peer.receive_next = 0;
	inject(.flags = SYN, .mss = MSS);
	check(next_packet());
	inject(.flags = RST, .seq = 1);
	return peer.last.tcp.sequence;
}

BEHAVIOUR(for_one_tuple_they_rise_by_the_clock)
{
	uint32_t last, next;

	listening();
	last = isn_for(20000);
	for (unsigned i = 0; i < 50; i++) {
		advance_ms(100);
		next = isn_for(20000);
		check_between(next - last, 20000, 30000); /* a step each 4 microseconds */
		last = next;
	}
}

BEHAVIOUR(between_tuples_they_differ_in_no_order)
{
	uint32_t last = 0;
	unsigned near = 0;

	listening();
	for (uint16_t port = 20000; port < 20500; port++) {
		uint32_t isn = isn_for(port);

		near += isn - last + (1u << 20) < 1u << 21;
		last = isn;
	}
	check_between(near, 0, 3); /* by chance: 500 / 2048 */
}
