/* SPDX-License-Identifier: BSD-3-Clause */
/* Sequence numbers pass 2^32 in the middle of a transfer. */
#include "behaviour.h"

BEHAVIOUR(received_data_across_the_wrap)
{
	peer.isn = 0xffffffff - 2500;
	established(.sack_ok = true);
	for (unsigned i = 0; i < 10; i++) {
		if (i % 3 == 2)
			inject(.seq = 1 + 1000 * (uint64_t)(i + 1), .length = 1000);
		inject(.seq = 1 + 1000 * (uint64_t)i, .length = 1000);
	}
	ignore_output();
	app_read();
	check_equal(peer.received, 10000);
}

BEHAVIOUR(a_reset_after_the_wrap)
{
	peer.isn = 0xffffffff - 50;
	established();
	inject(.length = 100);
	inject(.flags = RST);
	check_equal(app_info().end, TCP_END_RESET);
}

BEHAVIOUR(the_window_spans_the_wrap)
{
	peer.isn = 0xffffffff - 1000;
	established();
	inject(.seq = 1501, .length = 100); /* behind the wrap, while the next byte is before it */
	expect(.ack = 1);
	inject(.flags = RST, .seq = 0xfffffc00); /* far outside */
	check_equal(app_info().state, TCP_ESTABLISHED);
}

/* The stack's own number comes from its clock: each virtual second moves it by 250,000. */
BEHAVIOUR(sent_data_across_the_wrap)
{
	uint32_t isn;

	listening();
	inject(.flags = SYN, .mss = MSS);
	check(next_packet());
	isn = peer.last.tcp.sequence;
	inject(.flags = RST, .seq = 1);
	advance_us((uint64_t)(0xffffffff - isn - 3000) * 4 / 1000 * 1000);
	peer.send_next = peer.receive_next = 0;
	inject(.flags = SYN, .mss = MSS, .sack_ok = true);
	expect(.flags = SYN | ACK, .sack_ok = true);
	inject();
	check_between(0xffffffff - peer.stack_isn, 2000, 9000);
	for (unsigned i = 0; i < 20; i++) {
		app_write(1000);
		if (i % 5 == 4) {
			while (next_packet())
				;
			inject();
		}
	}
	check_equal(app_info().bytes_sent, 20000);
	app_write(5000);
	ignore_output();
	inject(.ack = 20001, .sack = {{21001, 25001}});
	expect(.seq = 20001, .length = 1000);
	inject(.ack = 25001);
	check_equal(app_info().bytes_sent, 25000);
}
