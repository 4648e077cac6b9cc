/* SPDX-License-Identifier: BSD-3-Clause */
/* A SYN on a synchronised connection is answered by a challenge ACK, whatever its number (RFC 5961 section 4). */
#include "behaviour.h"

static void challenged(uint64_t seq)
{
	established();
	inject(.length = 10);
	app_read();
	inject(.flags = SYN, .seq = seq, .mss = MSS);
	expect(.seq = 1, .ack = 11);
	check_equal(counters().drops[DROP_TCP_SYN_CHALLENGED], 1);
	check_equal(app_info().state, TCP_ESTABLISHED);
	peer.send_next = 11;
	inject(.length = 10);
	app_expect_read(10);
}

BEHAVIOUR(in_the_window)
{
	challenged(100);
}
BEHAVIOUR(exactly_next)
{
	challenged(11);
}
BEHAVIOUR(outside_the_window)
{
	challenged(3000000);
}
BEHAVIOUR(the_first_one_again)
{
	challenged(SEQ_ZERO);
}

BEHAVIOUR(a_syn_ack_is_challenged_too)
{
	established();
	inject(.flags = SYN | ACK, .seq = 50, .ack = 1, .mss = MSS);
	expect(.seq = 1, .ack = 1);
}
