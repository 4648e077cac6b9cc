/* SPDX-License-Identifier: BSD-3-Clause */
/* A port without a listener, and a peer without one (RFC 9293 section 3.10.7.1). */
#include "behaviour.h"

BEHAVIOUR(a_syn_to_a_closed_port_gets_a_reset)
{
	inject(.flags = SYN, .mss = MSS);
	expect(.flags = RST | ACK, .seq = SEQ_ZERO, .ack = 1);
	check_equal(peer.last.tcp.sequence, 0);
	check_equal(counters().drops[DROP_TCP_NO_CONNECTION], 1);
}

BEHAVIOUR(data_to_a_closed_port_gets_a_reset_from_its_ack)
{
	inject(.seq = 100, .ack = 777, .length = 20);
	expect(.flags = RST, .seq = 777);
}

BEHAVIOUR(a_segment_without_ack_gets_a_reset_that_acknowledges_it_all)
{
	inject(.flags = FIN, .seq = 100, .length = 20);
	expect(.flags = RST | ACK, .seq = SEQ_ZERO, .ack = 121);
}

BEHAVIOUR(a_reset_is_never_answered)
{
	inject(.flags = RST, .seq = 100);
	inject(.flags = RST | ACK, .seq = 100, .ack = 7);
	expect_nothing();
}

BEHAVIOUR(an_ack_to_a_listener_gets_a_reset)
{
	listening();
	inject(.seq = 100, .ack = 777);
	expect(.flags = RST, .seq = 777);
	check_equal(counters().drops[DROP_TCP_LISTEN_ACK], 1);
}

BEHAVIOUR(a_reset_in_answer_to_our_syn_refuses)
{
	connecting();
	next_packet();
	inject(.flags = RST | ACK, .seq = SEQ_ZERO, .ack = 1);
	expect_nothing();
	check_equal(peer.events, TCP_EVENT_CLOSED);
	check_equal(app_info().end, TCP_END_REFUSED);
}

BEHAVIOUR(a_reset_that_does_not_acknowledge_our_syn_is_ignored)
{
	connecting();
	next_packet();
	inject(.flags = RST, .seq = SEQ_ZERO);
	inject(.flags = RST | ACK, .seq = SEQ_ZERO, .ack = 3);
	inject(.flags = RST | ACK, .seq = SEQ_ZERO, .ack = SEQ_ZERO);
	expect_nothing();
	check_equal(app_info().state, TCP_SYN_SENT);
}
