/* SPDX-License-Identifier: BSD-3-Clause */
/* As queues fill the stack's buffers, strangers are refused first, and connections of its holder last. */
#include "behaviour.h"

#define BUFFERS 100

/* So many buffers wait to be acknowledged. */
static void waiting(uint32_t buffers)
{
	uint32_t each = rte_pktmbuf_data_room_size(peer.pool) - RTE_PKTMBUF_HEADROOM;

	peer.config.buffers = BUFFERS;
	established();
	app_write(buffers * each);
	ignore_output();
}

static enum tcp_error dial(void)
{
	const struct tcp_connect_config config = {.remote = peer.address, .remote_port = PEER_PORT};
	struct tcp_connection *connection = NULL;
	enum tcp_error error = tcp_connect(peer.stack, &config, &connection);

	if (error == TCP_OK) {
		tcp_reset(peer.stack, connection);
		tcp_release(peer.stack, connection);
	}
	return error;
}

BEHAVIOUR(with_room_everybody_is_served)
{
	waiting(BUFFERS / 2);
	check_equal(dial(), TCP_OK);
	check(handshake_from(21000));
}

BEHAVIOUR(at_three_quarters_no_stranger_is_but_the_holder_dials)
{
	waiting(BUFFERS * 3 / 4 + 2);
	check_equal(dial(), TCP_OK);
	ignore_output();
	check(!handshake_from(21000));
	check_equal(counters().connections, 1);
}

BEHAVIOUR(with_none_left_the_holder_is_told)
{
	waiting(BUFFERS + 2);
	check_equal(dial(), TCP_ERROR_NO_CONNECTION);
	check(!handshake_from(21000));
}
