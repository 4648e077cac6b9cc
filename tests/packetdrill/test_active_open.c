/* SPDX-License-Identifier: BSD-3-Clause */
/* connect. */
#include "drill.h"

struct connecting {
	int socket;
	int result;
	int error;
	uint64_t returned_at;
};

static int connect_to_peer(int socket)
{
	struct sockaddr_storage address;
	socklen_t length = drill_address(&address, &drill_remote, DRILL_PORT);

	return CALL(connect, socket, (struct sockaddr *)&address, length);
}

static void connect_once(void *argument)
{
	struct connecting *connecting = argument;

	connecting->result = connect_to_peer(connecting->socket);
	connecting->error = errno;
	connecting->returned_at = drill_now();
}

static void block_in_connect(void)
{
	struct connecting connecting = {.socket = CALL(socket, drill_family, SOCK_STREAM, 0), .result = -2};
	struct drill_flow flow = {.remote_port = DRILL_PORT, .remote_first = 9000, .window = DRILL_WINDOW};
	struct drill_thread *thread = drill_block(connect_once, &connecting);
	struct drill_segment segment;

	CU_ASSERT_TRUE(drill_expect(&flow, TCP_SYN, 0, 0, 0, &segment));
	CU_ASSERT_EQUAL(segment.time, 0);
	CU_ASSERT_TRUE(segment.header.has_mss);
	CU_ASSERT_EQUAL(CALL(usleep, 100000), 0);
	CU_ASSERT_FALSE(drill_is_done(thread));
	drill_inject(&flow, TCP_SYN | TCP_ACK, 0, 0, 1);
	CU_ASSERT_TRUE(drill_expect(&flow, TCP_ACK, 1, 0, 1, &segment));
	CU_ASSERT_EQUAL(segment.time, 100000);
	CU_ASSERT_EQUAL(CALL(usleep, 100000), 0);
	drill_join(thread);
	CU_ASSERT_EQUAL(connecting.result, 0);
	CU_ASSERT_EQUAL(connecting.returned_at, 100000);
}

static void connect_blocks_until_the_handshake_is_complete(void)
{
	drill_both("", block_in_connect);
}

static void connect_without_waiting(void)
{
	struct drill_flow flow;
	int socket = drill_active(&flow), error = -1;
	socklen_t length = sizeof(error);

	CU_ASSERT_EQUAL(CALL(getsockopt, socket, SOL_SOCKET, SO_ERROR, &error, &length), 0);
	CU_ASSERT_EQUAL(error, 0);
	CU_ASSERT_EQUAL(connect_to_peer(socket), 0);
	CU_ASSERT_EQUAL(connect_to_peer(socket), -1);
	CU_ASSERT_EQUAL(errno, EISCONN);
}

static void connect_does_not_wait_on_a_nonblocking_socket(void)
{
	drill_both("", connect_without_waiting);
}

static void connect_in_vain(void)
{
	int socket = CALL(socket, drill_family, SOCK_STREAM | SOCK_NONBLOCK, 0);
	struct drill_flow flow = {.remote_port = DRILL_PORT, .remote_first = 9000, .window = DRILL_WINDOW};

	CU_ASSERT_EQUAL(connect_to_peer(socket), -1);
	CU_ASSERT_EQUAL(errno, EINPROGRESS);
	CU_ASSERT_EQUAL(connect_to_peer(socket), -1);
	CU_ASSERT_EQUAL(errno, EALREADY);
	CU_ASSERT_TRUE(drill_expect(&flow, TCP_SYN, 0, 0, 0, NULL));
	drill_inject(&flow, TCP_RST | TCP_ACK, 0, 0, 1);
	CU_ASSERT_EQUAL(connect_to_peer(socket), -1);
	CU_ASSERT_EQUAL(errno, ECONNREFUSED);
	/* and may try again */
	CU_ASSERT_EQUAL(connect_to_peer(socket), -1);
	CU_ASSERT_EQUAL(errno, EINPROGRESS);
	CU_ASSERT_TRUE(drill_expect(&flow, TCP_SYN, 0, 0, 0, NULL));
}

static void a_refused_connect_says_so_and_may_be_repeated(void)
{
	drill_both("", connect_in_vain);
}

static void connect_refused_in_thread(void)
{
	struct connecting connecting = {.socket = CALL(socket, drill_family, SOCK_STREAM, 0), .result = -2};
	struct drill_flow flow = {.remote_port = DRILL_PORT, .remote_first = 9000, .window = DRILL_WINDOW};
	struct drill_thread *thread = drill_block(connect_once, &connecting);

	CU_ASSERT_TRUE(drill_expect(&flow, TCP_SYN, 0, 0, 0, NULL));
	drill_inject(&flow, TCP_RST | TCP_ACK, 0, 0, 1);
	drill_join(thread);
	CU_ASSERT_EQUAL(connecting.result, -1);
	CU_ASSERT_EQUAL(connecting.error, ECONNREFUSED);
}

static void a_blocking_connect_is_refused(void)
{
	drill_both("", connect_refused_in_thread);
}

static void connect_from_bound_port(void)
{
	int socket = CALL(socket, drill_family, SOCK_STREAM | SOCK_NONBLOCK, 0);
	struct drill_flow flow = {.remote_port = DRILL_PORT};
	struct sockaddr_storage address;
	socklen_t length = drill_address(&address, &drill_local, 12345);

	CU_ASSERT_EQUAL(CALL(bind, socket, (struct sockaddr *)&address, length), 0);
	CU_ASSERT_EQUAL(connect_to_peer(socket), -1);
	CU_ASSERT_TRUE(drill_expect(&flow, TCP_SYN, 0, 0, 0, NULL));
	CU_ASSERT_EQUAL(flow.local_port, 12345);
}

static void a_bound_socket_connects_from_its_port(void)
{
	drill_both("", connect_from_bound_port);
}

static void undo_connect(void)
{
	struct drill_flow flow;
	int socket = drill_active(&flow);
	struct sockaddr nothing = {.sa_family = AF_UNSPEC};
	struct drill_segment segment;
	char byte;

	CU_ASSERT_EQUAL(CALL(connect, socket, &nothing, sizeof(nothing)), 0);
	CU_ASSERT_TRUE(drill_sniff(&flow, &segment));
	CU_ASSERT_TRUE(segment.header.flags & TCP_RST);
	CU_ASSERT_EQUAL(CALL(read, socket, &byte, 1), -1);
	CU_ASSERT_EQUAL(errno, ENOTCONN);
}

static void connecting_to_nothing_undoes_a_connection(void)
{
	drill_both("", undo_connect);
}

int main(void)
{
	return TESTS_RUN("packetdrill: active open", TEST(connect_blocks_until_the_handshake_is_complete),
			 TEST(connect_does_not_wait_on_a_nonblocking_socket),
			 TEST(a_refused_connect_says_so_and_may_be_repeated), TEST(a_blocking_connect_is_refused),
			 TEST(a_bound_socket_connects_from_its_port), TEST(connecting_to_nothing_undoes_a_connection));
}
