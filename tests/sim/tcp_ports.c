/* SPDX-License-Identifier: BSD-3-Clause */
/* Local ports of tcp_connect (RFC 6056): unpredictable, never twice to the same peer, and finite. */
#include "behaviour.h"

static enum tcp_error connect_to(uint16_t port, struct tcp_connection **connection)
{
	struct tcp_connect_config config = {.remote_port = port};

	config.remote = peer.address;
	return tcp_connect(peer.stack, &config, connection);
}

static void drop(struct tcp_connection *connection)
{
	tcp_reset(peer.stack, connection);
	tcp_release(peer.stack, connection);
	pump();
	ignore_output();
}

BEHAVIOUR(all_are_used_and_then_it_says_so)
{
	struct tcp_connection *connections[33];
	bool used[32] = {false};

	peer.config.tcp.port_first = 50000;
	peer.config.tcp.port_last = 50031;
	start();
	for (unsigned i = 0; i < 32; i++) {
		uint16_t port;

		check_equal(connect_to(443, &connections[i]), TCP_OK);
		port = tcp_tuple(connections[i]).local_port;
		check_between(port, 50000, 50031);
		check(!used[port - 50000]);
		used[port - 50000] = true;
	}
	check_equal(connect_to(443, &connections[32]), TCP_ERROR_NO_PORT);
	check_equal(connect_to(444, &connections[32]), TCP_OK); /* another peer: its own set of ports */
	for (unsigned i = 0; i < 33; i++)
		drop(connections[i]);
	check_equal(connect_to(443, &connections[0]), TCP_OK);
	drop(connections[0]);
}

BEHAVIOUR(they_do_not_follow_each_other)
{
	unsigned close = 0;
	uint16_t last = 0;

	start();
	for (uint16_t i = 0; i < 200; i++) {
		struct tcp_connection *connection;
		uint16_t port;

		check_equal(connect_to(1000 + i, &connection), TCP_OK); /* each to another port of the peer */
		port = tcp_tuple(connection).local_port;
		check_between(port, 32768, 60999);
		close += (uint16_t)(port - last) < 4;
		last = port;
		drop(connection);
	}
	check_between(close, 0, 5);
}

BEHAVIOUR(a_given_port_is_taken_or_refused)
{
	struct tcp_connect_config config = {.remote_port = 443, .local_port = 1234};
	struct tcp_connection *first, *second;

	start();
	config.remote = peer.address;
	check_equal(tcp_connect(peer.stack, &config, &first), TCP_OK);
	check_equal(tcp_tuple(first).local_port, 1234);
	check_equal(tcp_connect(peer.stack, &config, &second), TCP_ERROR_IN_USE);
	drop(first);
}

BEHAVIOUR(no_route_is_an_error)
{
	struct tcp_connect_config config = {.remote_port = 443};
	struct tcp_connection *connection;

	start();
	check(address_parse(peer.family == IPV4 ? "198.51.100.1" : "2001:db8:1::1", &config.remote));
	check_equal(tcp_connect(peer.stack, &config, &connection), TCP_ERROR_NO_ROUTE);
}

BEHAVIOUR(senseless_destinations_are_refused)
{
	static const char *const bad[FAMILIES][2] = {{"224.0.0.1", "0.0.0.0"}, {"ff02::1", "::"}};
	struct tcp_connect_config config = {.remote_port = 443};
	struct tcp_connection *connection;

	start();
	for (unsigned i = 0; i < 2; i++) {
		check(address_parse(bad[peer.family][i], &config.remote));
		check_equal(tcp_connect(peer.stack, &config, &connection), TCP_ERROR_ADDRESS);
	}
}
