/* SPDX-License-Identifier: BSD-3-Clause */
/* Datagram sockets. */
#include <poll.h>
#include <string.h>
#include <sys/ioctl.h>

#include "drill.h"

static uint8_t buffer[65536];

static int bound_socket(uint16_t port)
{
	struct sockaddr_storage address;
	socklen_t length = drill_address(&address, &drill_local, port);
	int socket = CALL(socket, drill_family, SOCK_DGRAM, 0);

	CU_ASSERT_TRUE(socket >= 0);
	CU_ASSERT_EQUAL(CALL(bind, socket, (struct sockaddr *)&address, length), 0);
	return socket;
}

static void send_and_receive(void)
{
	struct sockaddr_storage address;
	socklen_t length = drill_address(&address, &drill_remote, 7000);
	int socket = bound_socket(6000);
	uint16_t local_port = 0, remote_port = 0;

	CU_ASSERT_EQUAL(CALL(sendto, socket, "question", 8, 0, (struct sockaddr *)&address, length), 8);
	CU_ASSERT_EQUAL(drill_sniff_datagram(&local_port, &remote_port, buffer, sizeof(buffer)), 8);
	CU_ASSERT_EQUAL(memcmp(buffer, "question", 8), 0);
	CU_ASSERT_EQUAL(local_port, 6000);
	CU_ASSERT_EQUAL(remote_port, 7000);
	drill_inject_datagram(7000, 6000, "an answer", 9);
	memset(&address, 0, sizeof(address));
	length = sizeof(address);
	CU_ASSERT_EQUAL(CALL(recvfrom, socket, buffer, sizeof(buffer), 0, (struct sockaddr *)&address, &length), 9);
	CU_ASSERT_EQUAL(memcmp(buffer, "an answer", 9), 0);
	CU_ASSERT_TRUE(drill_is_address(&address, &drill_remote, 7000));
	CU_ASSERT_EQUAL(CALL(sendto, socket, "", 0, 0, (struct sockaddr *)&address, length), 0);
	CU_ASSERT_EQUAL(drill_sniff_datagram(&local_port, &remote_port, buffer, sizeof(buffer)), 0);
}

static void datagrams_go_both_ways(void)
{
	drill_both("", send_and_receive);
}

static void cut_datagram(void)
{
	int socket = bound_socket(6000), waiting = -1;
	struct iovec part = {buffer, 4};
	struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1};

	drill_inject_datagram(7000, 6000, "an answer", 9);
	drill_inject_datagram(7000, 6000, "another", 7);
	CU_ASSERT_EQUAL(CALL(ioctl, socket, FIONREAD, &waiting), 0);
	CU_ASSERT_EQUAL(waiting, 9);
	CU_ASSERT_EQUAL(CALL(recv, socket, buffer, 9, MSG_PEEK), 9);
	CU_ASSERT_EQUAL(CALL(recvmsg, socket, &message, 0), 4);
	CU_ASSERT_EQUAL(message.msg_flags, MSG_TRUNC);
	CU_ASSERT_EQUAL(CALL(recv, socket, buffer, 3, MSG_TRUNC), 7);
	CU_ASSERT_EQUAL(CALL(recv, socket, buffer, 3, MSG_DONTWAIT), -1);
	CU_ASSERT_EQUAL(errno, EAGAIN);
}

static void a_datagram_is_read_at_once_or_cut(void)
{
	drill_both("", cut_datagram);
}

static void connected_datagrams(void)
{
	struct sockaddr_storage address;
	socklen_t length = drill_address(&address, &drill_remote, 7000);
	int socket = CALL(socket, drill_family, SOCK_DGRAM | SOCK_NONBLOCK, 0);
	uint16_t local_port = 0, remote_port = 0;
	struct sockaddr nothing = {.sa_family = AF_UNSPEC};

	CU_ASSERT_EQUAL(CALL(write, socket, "x", 1), -1);
	CU_ASSERT_EQUAL(errno, EDESTADDRREQ);
	CU_ASSERT_EQUAL(CALL(shutdown, socket, SHUT_WR), -1);
	CU_ASSERT_EQUAL(errno, ENOTCONN);
	CU_ASSERT_EQUAL(CALL(connect, socket, (struct sockaddr *)&address, length), 0);
	CU_ASSERT_EQUAL(CALL(write, socket, "x", 1), 1);
	CU_ASSERT_EQUAL(drill_sniff_datagram(&local_port, &remote_port, buffer, sizeof(buffer)), 1);
	CU_ASSERT_EQUAL(remote_port, 7000);
	drill_inject_datagram(7001, local_port, "stranger", 8);
	CU_ASSERT_EQUAL(CALL(read, socket, buffer, sizeof(buffer)), -1);
	CU_ASSERT_EQUAL(errno, EAGAIN);
	drill_inject_datagram(7000, local_port, "friend", 6);
	CU_ASSERT_EQUAL(CALL(read, socket, buffer, sizeof(buffer)), 6);
	CU_ASSERT_EQUAL(CALL(connect, socket, &nothing, sizeof(nothing)), 0);
	CU_ASSERT_EQUAL(CALL(write, socket, "x", 1), -1);
	CU_ASSERT_EQUAL(errno, EDESTADDRREQ);
}

static void a_connected_socket_hears_its_peer_only(void)
{
	drill_both("", connected_datagrams);
}

struct reading {
	int socket;
	ssize_t result;
	uint64_t returned_at;
};

static void read_datagram(void *argument)
{
	struct reading *reading = argument;

	reading->result = CALL(read, reading->socket, buffer, sizeof(buffer));
	reading->returned_at = drill_now();
}

static void block_for_datagram(void)
{
	struct reading reading = {.socket = bound_socket(6000)};
	struct drill_thread *thread = drill_block(read_datagram, &reading);

	CU_ASSERT_EQUAL(CALL(usleep, 3000), 0);
	drill_inject_datagram(7000, 6000, "late", 4);
	CU_ASSERT_EQUAL(CALL(usleep, 3000), 0);
	drill_join(thread);
	CU_ASSERT_EQUAL(reading.result, 4);
	CU_ASSERT_EQUAL(reading.returned_at, 3000);
}

static void a_read_blocks_until_a_datagram_comes(void)
{
	drill_both("", block_for_datagram);
}

static void datagram_errors(void)
{
	struct sockaddr_storage address;
	socklen_t length = drill_address(&address, &drill_local, 6000);
	int socket = bound_socket(6000), second = CALL(socket, drill_family, SOCK_DGRAM, 0);
	struct pollfd poll = {.fd = socket, .events = POLLIN | POLLOUT};

	CU_ASSERT_EQUAL(CALL(bind, second, (struct sockaddr *)&address, length), -1);
	CU_ASSERT_EQUAL(errno, EADDRINUSE);
	CU_ASSERT_EQUAL(CALL(listen, socket, 1), -1);
	CU_ASSERT_EQUAL(errno, EOPNOTSUPP);
	CU_ASSERT_EQUAL(CALL(accept, socket, NULL, NULL), -1);
	CU_ASSERT_EQUAL(errno, EOPNOTSUPP);
	length = drill_address(&address, &drill_remote, 7000);
	CU_ASSERT_EQUAL(CALL(sendto, socket, buffer, 65536, 0, (struct sockaddr *)&address, length), -1);
	CU_ASSERT_EQUAL(errno, EMSGSIZE);
	CU_ASSERT_EQUAL(CALL(poll, &poll, 1, 0), 1);
	CU_ASSERT_EQUAL(poll.revents, POLLOUT);
	drill_inject_datagram(7000, 6000, "x", 1);
	CU_ASSERT_EQUAL(CALL(poll, &poll, 1, 0), 1);
	CU_ASSERT_EQUAL(poll.revents, POLLIN | POLLOUT);
}

static void what_a_datagram_socket_cannot_do_is_said(void)
{
	drill_both("", datagram_errors);
}

int main(void)
{
	return TESTS_RUN("packetdrill: UDP", TEST(datagrams_go_both_ways), TEST(a_datagram_is_read_at_once_or_cut),
			 TEST(a_connected_socket_hears_its_peer_only), TEST(a_read_blocks_until_a_datagram_comes),
			 TEST(what_a_datagram_socket_cannot_do_is_said));
}
