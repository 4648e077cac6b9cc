/* SPDX-License-Identifier: BSD-3-Clause */
/* Listeners come and go; what they accept may wait up to a bound. */
#include "behaviour.h"

/* A connection is half open, and then nobody listens. */
static void half_open_without_listener(void)
{
	listening();
	inject(.flags = SYN, .mss = MSS);
	expect(.flags = SYN | ACK);
	tcp_unlisten(peer.stack, peer.listener);
	peer.listener = NULL;
}

BEHAVIOUR(unlisten_leaves_accepted_connections)
{
	listening();
	check(handshake_from(20000));
	tcp_unlisten(peer.stack, peer.listener);
	peer.listener = NULL;
	check(tcp_listener_context(peer.connection) == NULL);
	check_equal(app_info().state, TCP_ESTABLISHED);
	inject(.length = 100);
	app_expect_read(100);
	inject(.flags = SYN, .port = 20002);
	check(next_packet());
	check(peer.last.tcp.flags & RST);
}

BEHAVIOUR(without_its_listener_the_ack_that_would_open_a_connection_gets_rst)
{
	half_open_without_listener();
	inject();
	expect(.flags = RST, .seq = 1);
	check_equal(counters().half_open, 0);
	check_equal(peer.events, 0);
	advance_ms(60000);
	expect_nothing();
}

BEHAVIOUR(without_its_listener_a_syn_that_is_sent_again_gets_rst)
{
	half_open_without_listener();
	inject(.flags = SYN, .mss = MSS);
	check(next_packet());
	check_equal(peer.last.tcp.flags, RST | ACK);
	check_equal(peer.last.tcp.sequence, 0);
	check_equal(peer.last.tcp.acknowledgement - peer.isn, 1);
	check_equal(counters().half_open, 0);
}

BEHAVIOUR(without_its_listener_rst_goes_out_instead_of_the_next_syn_ack)
{
	half_open_without_listener();
	advance_ms(900);
	expect_nothing();
	advance_ms(150);
	expect(.flags = RST | ACK, .seq = 1);
	check_equal(counters().half_open, 0);
	check_equal(counters().tcp_half_open_timeouts, 0);
}

BEHAVIOUR(what_is_half_open_when_its_listener_goes_is_the_next_listeners)
{
	struct tcp_listener_config config = {
	    .port = LOCAL_PORT, .options = peer.config.tcp.options, .context = &config};

	half_open_without_listener();
	check_equal(tcp_listen(peer.stack, &config, &peer.listener), TCP_OK);
	inject();
	check_equal(peer.events, TCP_EVENT_ACCEPTED);
	check(tcp_listener_context(peer.connection) == &config);
}

BEHAVIOUR(a_port_is_listened_to_once)
{
	struct tcp_listener_config config = {.port = LOCAL_PORT};
	struct tcp_listener *second;

	listening();
	check_equal(tcp_listen(peer.stack, &config, &second), TCP_ERROR_IN_USE);
	tcp_unlisten(peer.stack, peer.listener);
	check_equal(tcp_listen(peer.stack, &config, &peer.listener), TCP_OK);
}

BEHAVIOUR(the_next_listener_knows_nothing_of_what_the_last_one_accepted)
{
	struct tcp_listener_config config = {
	    .port = LOCAL_PORT, .backlog = 2, .options = peer.config.tcp.options, .context = &config};

	start();
	check_equal(tcp_listen(peer.stack, &config, &peer.listener), TCP_OK);
	check(handshake_from(20000));
	peer.hold_events = true;
	handshake_from(20001);
	tcp_unlisten(peer.stack, peer.listener);
	check_equal(tcp_listen(peer.stack, &config, &peer.listener), TCP_OK);
	for (uint16_t port = 20002; port < 20005; port++)
		handshake_from(port);
	check(tcp_listener_context(peer.accepted[0]) == NULL);
	peer.hold_events = false;
	pump();
	check_equal(peer.accepted_count, 4);
	check(tcp_listener_context(peer.accepted[0]) == NULL);
	check(tcp_listener_context(peer.accepted[1]) == NULL);
	check(tcp_listener_context(peer.accepted[2]) == &config);
	check(tcp_listener_context(peer.accepted[3]) == &config);
}

/* Ports that lie on one chain, and every port beside them. */
BEHAVIOUR(a_listener_is_found_by_its_port_among_many_and_the_port_goes_before_every_port)
{
	struct tcp_listener_config config = {.intercept = true, .options = peer.config.tcp.options};
	struct tcp_listener *listeners[16], *every;
	uint16_t ports[16];

	peer.config.listeners = 17;
	start();
	peer.host.addresses[peer.family] = host_address(200, peer.family);
	for (unsigned i = 0; i < 16; i++) {
		ports[i] = (uint16_t)(4096 * i + 80);
		config.port = ports[i];
		config.context = &ports[i];
		check_equal(tcp_listen(peer.stack, &config, &listeners[i]), TCP_OK);
		check_equal(tcp_listen(peer.stack, &config, &every), TCP_ERROR_IN_USE);
	}
	config.port = 0;
	config.context = &config;
	check_equal(tcp_listen(peer.stack, &config, &every), TCP_OK);
	config.port = 1;
	check_equal(tcp_listen(peer.stack, &config, &peer.listener), TCP_ERROR_NO_CONNECTION);
	for (unsigned i = 0; i < 16; i++) {
		peer.stack_port = ports[i];
		check(handshake_from((uint16_t)(20000 + i)));
		check(tcp_listener_context(peer.connection) == &ports[i]);
	}
	for (unsigned i = 0; i < 16; i += 2)
		tcp_unlisten(peer.stack, listeners[i]);
	for (unsigned i = 0; i < 16; i++) {
		peer.stack_port = ports[i];
		check(handshake_from((uint16_t)(21000 + i)));
		check(tcp_listener_context(peer.connection) == (i % 2 ? (void *)&ports[i] : (void *)&config));
	}
	for (unsigned i = 1; i < 16; i += 2)
		tcp_unlisten(peer.stack, listeners[i]);
	tcp_unlisten(peer.stack, every);
	peer.listener = NULL;
}

BEHAVIOUR(the_exact_address_goes_before_any)
{
	struct tcp_listener_config config = {.port = LOCAL_PORT, .context = &config};
	struct tcp_listener *exact;

	listening();
	config.address = peer.host.addresses[peer.family];
	check_equal(tcp_listen(peer.stack, &config, &exact), TCP_OK);
	check(handshake_from(20000));
	check(tcp_listener_context(peer.connection) == &config);
	tcp_unlisten(peer.stack, exact);
	check(handshake_from(20001));
	check(tcp_listener_context(peer.connection) == NULL);
}

BEHAVIOUR(an_address_that_is_not_ours_is_refused)
{
	struct tcp_listener_config config = {.port = LOCAL_PORT, .address = host_address(9, peer.family)};
	struct tcp_listener *listener;

	start();
	check_equal(tcp_listen(peer.stack, &config, &listener), TCP_ERROR_ADDRESS);
}

BEHAVIOUR(accepted_connections_may_wait_up_to_the_backlog)
{
	struct tcp_listener_config config = {.port = LOCAL_PORT, .backlog = 3, .options = peer.config.tcp.options};

	start();
	check_equal(tcp_listen(peer.stack, &config, &peer.listener), TCP_OK);
	peer.hold_events = true;
	for (uint16_t port = 20000; port < 20005; port++)
		handshake_from(port);
	peer.hold_events = false;
	pump();
	check_equal(peer.accepted_count, 3);
	check(handshake_from(20005));
}

BEHAVIOUR(without_a_listener_for_it_an_intercepted_address_is_not_answered)
{
	listening();
	peer.host.addresses[peer.family] = host_address(200, peer.family);
	inject(.flags = SYN, .mss = MSS);
	expect_nothing();
}

BEHAVIOUR(an_intercepting_listener_answers_for_any_address)
{
	struct tcp_listener_config config = {.port = LOCAL_PORT, .intercept = true, .options = peer.config.tcp.options};

	start();
	check_equal(tcp_listen(peer.stack, &config, &peer.listener), TCP_OK);
	peer.host.addresses[peer.family] = host_address(200, peer.family);
	established();
	check(address_equal(&peer.last.source, &peer.host.addresses[peer.family]));
	{
		struct tuple tuple = tcp_tuple(peer.connection);

		check(address_equal(&tuple.local, &peer.host.addresses[peer.family]));
	}
	inject(.length = 100);
	app_expect_read(100);
	app_write(50);
	expect(.length = 50);
	check(address_equal(&peer.last.source, &peer.host.addresses[peer.family]));
}

static bool claims_nothing_from_the_peer(void *context, uint16_t interface, const struct tuple *tuple)
{
	unsigned *asked = context;

	(*asked)++;
	return !address_equal(&tuple->remote, &peer.address);
}

BEHAVIOUR(what_a_listener_does_not_claim_is_as_if_it_were_not_there)
{
	unsigned asked = 0;
	struct tcp_listener_config config = {.port = LOCAL_PORT,
					     .options = peer.config.tcp.options,
					     .claims = claims_nothing_from_the_peer,
					     .context = &asked};

	start();
	check_equal(tcp_listen(peer.stack, &config, &peer.listener), TCP_OK);
	inject(.flags = SYN, .mss = MSS);
	expect(.flags = RST | ACK, .seq = SEQ_ZERO, .ack = 1);
	check(asked > 0);
}

BEHAVIOUR(an_intercepted_address_that_is_not_claimed_is_not_answered)
{
	unsigned asked = 0;
	struct tcp_listener_config config = {.port = LOCAL_PORT,
					     .intercept = true,
					     .options = peer.config.tcp.options,
					     .claims = claims_nothing_from_the_peer,
					     .context = &asked};

	start();
	check_equal(tcp_listen(peer.stack, &config, &peer.listener), TCP_OK);
	peer.host.addresses[peer.family] = host_address(200, peer.family);
	inject(.flags = SYN, .mss = MSS);
	expect_nothing();
	check(asked > 0);
}

static bool claims_while_told_to(void *context, uint16_t interface, const struct tuple *tuple)
{
	return *(const bool *)context;
}

BEHAVIOUR(a_half_open_connection_that_is_not_claimed_any_more_gets_rst)
{
	bool claimed = true;
	struct tcp_listener_config config = {.port = LOCAL_PORT,
					     .intercept = true,
					     .options = peer.config.tcp.options,
					     .claims = claims_while_told_to,
					     .context = &claimed};

	start();
	check_equal(tcp_listen(peer.stack, &config, &peer.listener), TCP_OK);
	peer.host.addresses[peer.family] = host_address(200, peer.family);
	inject(.flags = SYN, .mss = MSS);
	expect(.flags = SYN | ACK);
	claimed = false;
	inject();
	expect(.flags = RST, .seq = 1);
	check_equal(counters().half_open, 0);
	inject(.seq = 1, .length = 100);
	expect_nothing();
}
