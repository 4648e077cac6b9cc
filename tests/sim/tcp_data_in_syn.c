/* SPDX-License-Identifier: BSD-3-Clause */
/* A SYN may carry data (RFC 9293 section 3.10.7.2: it may be taken later, or not at all): it is never delivered before
 * the handshake, and never twice. */
#include "behaviour.h"

BEHAVIOUR(a_listener_acknowledges_the_syn_alone_or_keeps_the_data)
{
	uint32_t acknowledged;

	listening();
	inject(.flags = SYN, .mss = MSS, .length = 100);
	check(next_packet());
	check_equal(peer.last.tcp.flags, SYN | ACK);
	acknowledged = peer.last.tcp.acknowledgement - peer.isn;
	check(acknowledged == 1 || acknowledged == 101);
	check_equal(peer.events, 0);
	peer.send_next = 1;
	inject(.length = 200); /* the data again, and more */
	app_expect_read(200);
}

BEHAVIOUR(a_syn_ack_with_data)
{
	connecting();
	next_packet();
	inject(.flags = SYN | ACK, .mss = MSS, .length = 100);
	check(peer.events & TCP_EVENT_CONNECTED);
	ignore_output();
	inject(.seq = 1, .length = 200);
	app_expect_read(200);
}

BEHAVIOUR(a_syn_ack_with_a_fin)
{
	connecting();
	next_packet();
	inject(.flags = SYN | ACK | FIN, .mss = MSS);
	ignore_output();
	check(app_info().state == TCP_SYN_SENT || app_info().state == TCP_ESTABLISHED ||
	      app_info().state == TCP_CLOSE_WAIT);
}
