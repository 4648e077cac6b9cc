/* SPDX-License-Identifier: BSD-3-Clause */
/* listen and accept. */
#include <string.h>

#include "drill.h"

struct acceptance {
	int listener;
	int socket;
	struct sockaddr_storage peer;
	socklen_t peer_length;
	uint64_t returned_at;
};

static void accept_one(void *argument)
{
	struct acceptance *acceptance = argument;

	acceptance->peer_length = sizeof(acceptance->peer);
	acceptance->socket =
	    CALL(accept, acceptance->listener, (struct sockaddr *)&acceptance->peer, &acceptance->peer_length);
	acceptance->returned_at = drill_now();
}

static void block_in_accept(void)
{
	struct acceptance acceptance = {.listener = drill_listen(1), .socket = -2};
	struct drill_flow flow = {
	    .local_port = DRILL_PORT, .remote_port = DRILL_PEER_PORT, .remote_first = 77, .window = DRILL_WINDOW};
	struct drill_thread *thread = drill_block(accept_one, &acceptance);

	CU_ASSERT_FALSE(drill_is_done(thread));
	CU_ASSERT_EQUAL(CALL(usleep, 10000), 0);
	drill_inject(&flow, TCP_SYN, 0, 0, 0);
	CU_ASSERT_TRUE(drill_expect(&flow, TCP_SYN | TCP_ACK, 0, 0, 1, NULL));
	CU_ASSERT_FALSE(drill_is_done(thread));
	CU_ASSERT_EQUAL(CALL(usleep, 10000), 0);
	drill_inject(&flow, TCP_ACK, 1, 0, 1);
	CU_ASSERT_EQUAL(CALL(usleep, 10000), 0);
	drill_join(thread);
	CU_ASSERT_TRUE(acceptance.socket >= 0);
	CU_ASSERT_TRUE(drill_is_address(&acceptance.peer, &drill_remote, DRILL_PEER_PORT));
	/* just when the third segment came, however late the second thread was run */
	CU_ASSERT_EQUAL(acceptance.returned_at, 20000);
}

static void accept_blocks_until_the_handshake_is_complete(void)
{
	drill_both("", block_in_accept);
}

static void accept_without_waiting(void)
{
	int listener = drill_listen(1);
	struct drill_flow flow = {
	    .local_port = DRILL_PORT, .remote_port = DRILL_PEER_PORT, .remote_first = 77, .window = DRILL_WINDOW};
	struct sockaddr_storage peer = {.ss_family = 0};
	socklen_t length = 4;

	CU_ASSERT_EQUAL(CALL(fcntl, listener, F_SETFL, O_RDWR | O_NONBLOCK), 0);
	CU_ASSERT_EQUAL(CALL(accept, listener, NULL, NULL), -1);
	CU_ASSERT_EQUAL(errno, EAGAIN);
	drill_inject(&flow, TCP_SYN, 0, 0, 0);
	CU_ASSERT_TRUE(drill_expect(&flow, TCP_SYN | TCP_ACK, 0, 0, 1, NULL));
	CU_ASSERT_EQUAL(CALL(accept, listener, NULL, NULL), -1);
	CU_ASSERT_EQUAL(errno, EAGAIN);
	drill_inject(&flow, TCP_ACK, 1, 0, 1);
	/* the address is cut to the room, its length told in full */
	CU_ASSERT_TRUE(CALL(accept, listener, (struct sockaddr *)&peer, &length) >= 0);
	CU_ASSERT_EQUAL(length, drill_family == AF_INET ? sizeof(struct sockaddr_in) : sizeof(struct sockaddr_in6));
	CU_ASSERT_EQUAL(peer.ss_family, drill_family);
	CU_ASSERT_EQUAL(((struct sockaddr_in *)&peer)->sin_addr.s_addr, 0);
}

static void accept_does_not_wait_on_a_nonblocking_socket(void)
{
	drill_both("", accept_without_waiting);
}

static void accept_three(void)
{
	int listener = drill_listen(5);
	struct drill_flow flows[3];

	for (int i = 0; i < 3; i++) {
		flows[i] = (struct drill_flow){.local_port = DRILL_PORT,
					       .remote_port = DRILL_PEER_PORT + i,
					       .remote_first = 1000 * i,
					       .window = DRILL_WINDOW};
		drill_inject(&flows[i], TCP_SYN, 0, 0, 0);
		CU_ASSERT_TRUE(drill_expect(&flows[i], TCP_SYN | TCP_ACK, 0, 0, 1, NULL));
	}
	for (int i = 2; i >= 0; i--)
		drill_inject(&flows[i], TCP_ACK, 1, 0, 1);
	for (int i = 2; i >= 0; i--) {
		struct sockaddr_storage peer;
		socklen_t length = sizeof(peer);

		CU_ASSERT_TRUE(CALL(accept, listener, (struct sockaddr *)&peer, &length) >= 0);
		CU_ASSERT_TRUE(drill_is_address(&peer, &drill_remote, DRILL_PEER_PORT + i));
	}
}

static void connections_are_accepted_in_the_order_in_which_they_were_made(void)
{
	drill_both("", accept_three);
}

static void overflow(void)
{
	int listener = drill_listen(0);
	struct drill_flow first = {
	    .local_port = DRILL_PORT, .remote_port = DRILL_PEER_PORT, .remote_first = 5, .window = DRILL_WINDOW};
	struct drill_flow second = first;
	struct drill_segment segment;

	second.remote_port++;
	drill_inject(&first, TCP_SYN, 0, 0, 0);
	CU_ASSERT_TRUE(drill_expect(&first, TCP_SYN | TCP_ACK, 0, 0, 1, NULL));
	drill_inject(&first, TCP_ACK, 1, 0, 1);
	drill_inject(&second, TCP_SYN, 0, 0, 0);
	CU_ASSERT_TRUE(drill_expect(&second, TCP_SYN | TCP_ACK, 0, 0, 1, NULL));
	drill_inject(&second, TCP_ACK, 1, 0, 1);
	CU_ASSERT_TRUE(drill_sniff(&second, &segment));
	CU_ASSERT_TRUE(segment.header.flags & TCP_RST);
	CU_ASSERT_TRUE(CALL(accept, listener, NULL, NULL) >= 0);
}

static void connections_beyond_the_backlog_are_reset(void)
{
	drill_both("", overflow);
}

static void close_listener(void)
{
	int listener = drill_listen(1);
	struct drill_flow flow = {
	    .local_port = DRILL_PORT, .remote_port = DRILL_PEER_PORT, .remote_first = 5, .window = DRILL_WINDOW};
	struct drill_segment segment;

	drill_inject(&flow, TCP_SYN, 0, 0, 0);
	CU_ASSERT_TRUE(drill_expect(&flow, TCP_SYN | TCP_ACK, 0, 0, 1, NULL));
	drill_inject(&flow, TCP_ACK, 1, 0, 1);
	CU_ASSERT_EQUAL(CALL(close, listener), 0);
	CU_ASSERT_TRUE(drill_sniff(&flow, &segment));
	CU_ASSERT_TRUE(segment.header.flags & TCP_RST);
	flow.remote_port++;
	drill_inject(&flow, TCP_SYN, 0, 0, 0);
	CU_ASSERT_TRUE(drill_sniff(&flow, &segment));
	CU_ASSERT_EQUAL(segment.header.flags, TCP_RST | TCP_ACK);
}

static void closing_a_listener_resets_what_nobody_accepted(void)
{
	drill_both("", close_listener);
}

static void close_while_accepting(void)
{
	struct acceptance acceptance = {.listener = drill_listen(1), .socket = -2};
	struct drill_thread *thread = drill_block(accept_one, &acceptance);

	CU_ASSERT_EQUAL(CALL(close, acceptance.listener), 0);
	drill_join(thread);
	CU_ASSERT_EQUAL(acceptance.socket, -1);
}

static void accept_ends_when_its_socket_is_closed(void)
{
	drill_both("", close_while_accepting);
}

/* IPv4 on the wire, IPv6 in the calls: ::ffff:192.168.0.1 */
static void a_socket_of_ipv6_serves_an_ipv4_address(void)
{
	struct sockaddr_in6 address = {.sin6_family = AF_INET6, .sin6_port = htons(DRILL_PORT)}, peer;
	struct drill_flow flow;
	socklen_t length = sizeof(peer);
	int listener;

	drill_start(AF_INET, "");
	memcpy(&address.sin6_addr, drill_local.octets, 16);
	listener = CALL(socket, AF_INET6, SOCK_STREAM, 0);
	CU_ASSERT_EQUAL(CALL(bind, listener, (struct sockaddr *)&address, sizeof(address)), 0);
	CU_ASSERT_EQUAL(CALL(listen, listener, 1), 0);
	flow = (struct drill_flow){.local_port = DRILL_PORT, .remote_port = DRILL_PEER_PORT, .window = DRILL_WINDOW};
	drill_inject(&flow, TCP_SYN, 0, 0, 0);
	CU_ASSERT_TRUE(drill_expect(&flow, TCP_SYN | TCP_ACK, 0, 0, 1, NULL));
	drill_inject(&flow, TCP_ACK, 1, 0, 1);
	CU_ASSERT_TRUE(CALL(accept, listener, (struct sockaddr *)&peer, &length) >= 0);
	CU_ASSERT_EQUAL(length, sizeof(peer));
	CU_ASSERT_EQUAL(peer.sin6_family, AF_INET6);
	CU_ASSERT_EQUAL(peer.sin6_port, htons(DRILL_PEER_PORT));
	CU_ASSERT_EQUAL(memcmp(&peer.sin6_addr, drill_remote.octets, 16), 0);
	drill_end();
}

int main(void)
{
	return TESTS_RUN("packetdrill: passive open", TEST(accept_blocks_until_the_handshake_is_complete),
			 TEST(accept_does_not_wait_on_a_nonblocking_socket),
			 TEST(connections_are_accepted_in_the_order_in_which_they_were_made),
			 TEST(connections_beyond_the_backlog_are_reset),
			 TEST(closing_a_listener_resets_what_nobody_accepted),
			 TEST(accept_ends_when_its_socket_is_closed), TEST(a_socket_of_ipv6_serves_an_ipv4_address));
}
