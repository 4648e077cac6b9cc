/* SPDX-License-Identifier: BSD-3-Clause */
/* Odd combinations of flags in every state do no harm (P19). */
#include "behaviour.h"

/* Every combination of the six flags, at the next number and a little beside it. */
static void all_flags_but_those_that_end(void)
{
	for (unsigned flags = 0; flags < 64; flags++) {
		if (flags & RST || (flags & FIN && flags & ACK && !(flags & SYN)))
			continue;
		inject(.flags = flags ? flags : NO_FLAGS, .seq = peer.send_next);
		if (flags & SYN)
			peer.sent_timestamps = false;
		peer.send_next = 1;
	}
	ignore_output();
}

BEHAVIOUR(in_established)
{
	established();
	all_flags_but_those_that_end();
	check_equal(app_info().state, TCP_ESTABLISHED);
	inject(.seq = 1, .ack = 1, .length = 100);
	app_expect_read(100);
}

BEHAVIOUR(in_syn_sent)
{
	connecting();
	next_packet();
	peer.receive_next = 1;
	for (unsigned flags = 0; flags < 64; flags++) {
		if (flags & SYN || (flags & RST && flags & ACK))
			continue;
		inject(.flags = flags ? flags : NO_FLAGS, .seq = 1, .ack = 1);
	}
	ignore_output();
	check_equal(app_info().state, TCP_SYN_SENT);
}

BEHAVIOUR(to_a_listener)
{
	listening();
	for (unsigned flags = 0; flags < 64; flags++) {
		if ((flags & (SYN | ACK | RST | FIN)) == SYN)
			continue;
		inject(.flags = flags ? flags : NO_FLAGS, .seq = 77, .ack = 99, .port = (uint16_t)(2000 + flags));
	}
	while (next_packet())
		check(peer.last.tcp.flags & RST);
	check_equal(counters().half_open, 0);
	check(counters().drops[DROP_TCP_FLAGS] > 0);
}

BEHAVIOUR(in_fin_wait_2)
{
	established();
	app_shutdown();
	expect(.flags = FIN | ACK);
	inject();
	all_flags_but_those_that_end();
	check_equal(app_info().state, TCP_FIN_WAIT_2);
}

BEHAVIOUR(in_close_wait)
{
	established();
	inject(.flags = FIN | ACK);
	expect(.ack = 2);
	for (unsigned flags = 0; flags < 64; flags++) {
		if (!(flags & RST))
			inject(.flags = flags ? flags : NO_FLAGS, .seq = 2);
	}
	ignore_output();
	check_equal(app_info().state, TCP_CLOSE_WAIT);
}

BEHAVIOUR(a_wrong_checksum_never_gets_through)
{
	established();
	inject(.length = 100, .bad_checksum = true);
	inject(.flags = RST, .bad_checksum = true);
	inject(.flags = FIN | ACK, .bad_checksum = true);
	expect_nothing();
	check_equal(counters().drops[DROP_TCP_CHECKSUM], 3);
	check_equal(app_info().state, TCP_ESTABLISHED);
}

BEHAVIOUR(a_segment_from_ourselves_is_dropped)
{
	/* LAND: source and destination are the same (P15) */
	listening();
	peer.address = peer.host.addresses[peer.family];
	peer.port = LOCAL_PORT;
	inject(.flags = SYN, .mss = MSS);
	expect_nothing();
	check_equal(counters().half_open, 0);
	check_equal(counters().drops[DROP_IP_SOURCE], 1);
}
