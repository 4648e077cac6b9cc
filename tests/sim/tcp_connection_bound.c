/* SPDX-License-Identifier: BSD-3-Clause */
/* A full table refuses what comes new and leaves what is there alone. */
#include "behaviour.h"

static void fill(unsigned connections)
{
	peer.config.connections = connections;
	listening();
	for (uint16_t i = 0; i < connections; i++)
		check(handshake_from(20000 + i));
	check_equal(counters().connections, connections);
}

BEHAVIOUR(a_new_client_is_refused_and_counted)
{
	fill(8);
	check(!handshake_from(21000));
	check_equal(counters().connections, 8);
	check(counters().drops[DROP_TCP_SYN_REFUSED] + counters().drops[DROP_TCP_ACCEPT_FULL] > 0);
	peer.port = 20007;
}

BEHAVIOUR(tcp_connect_says_so)
{
	struct tcp_connect_config config = {.remote_port = PEER_PORT};
	struct tcp_connection *connection = NULL;

	fill(8);
	config.remote = peer.address;
	check_equal(tcp_connect(peer.stack, &config, &connection), TCP_ERROR_NO_CONNECTION);
}

BEHAVIOUR(the_others_go_on)
{
	fill(8);
	handshake_from(21000);
	ignore_output();
	peer.port = 20007;
	peer.send_next = 1;
	peer.stack_isn = app_info().send_next - 1;
	peer.receive_next = 1;
	inject(.length = 100);
	app_expect_read(100);
}

BEHAVIOUR(a_place_that_is_given_back_is_used_again)
{
	fill(8);
	app_reset();
	app_release();
	ignore_output();
	check(handshake_from(22000));
}

BEHAVIOUR(a_client_whose_handshake_finds_no_place_is_told)
{
	fill(8);
	check(!handshake_from(23000));
	while (next_packet())
		;
	check(peer.last.tcp.flags & RST || peer.last.tcp.destination_port != 23000);
	check_equal(counters().half_open, 0);
}
