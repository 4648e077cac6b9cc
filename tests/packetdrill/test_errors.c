/* SPDX-License-Identifier: BSD-3-Clause */
/* The error numbers of wrong calls. */
#include <sys/ioctl.h>

#include "drill.h"

#define EXPECT_ERROR(call, number)                                                                                     \
	do {                                                                                                           \
		CU_ASSERT_EQUAL(call, -1);                                                                             \
		CU_ASSERT_EQUAL(errno, number);                                                                        \
	} while (0)

static char buffer[16];

static void make_wrong_sockets(void)
{
	EXPECT_ERROR(CALL(socket, AF_UNIX, SOCK_STREAM, 0), EAFNOSUPPORT);
	EXPECT_ERROR(CALL(socket, drill_family, SOCK_RAW, 0), ESOCKTNOSUPPORT);
	EXPECT_ERROR(CALL(socket, drill_family, SOCK_STREAM, IPPROTO_UDP), EPROTONOSUPPORT);
	EXPECT_ERROR(CALL(socket, drill_family, SOCK_DGRAM, IPPROTO_TCP), EPROTONOSUPPORT);
}

static void other_kinds_of_sockets_are_refused(void)
{
	drill_both("", make_wrong_sockets);
}

static void use_bad_descriptor(void)
{
	int bad = CALL(socket, drill_family, SOCK_STREAM, 0), value = 0;
	struct sockaddr_storage address;
	socklen_t length = drill_address(&address, &drill_local, 1), size = sizeof(value);

	CU_ASSERT_EQUAL(CALL(close, bad), 0);
	EXPECT_ERROR(CALL(close, bad), EBADF);
	EXPECT_ERROR(CALL(close, -1), EBADF);
	EXPECT_ERROR(CALL(close, 0), EBADF);
	EXPECT_ERROR(CALL(bind, bad, (struct sockaddr *)&address, length), EBADF);
	EXPECT_ERROR(CALL(listen, bad, 1), EBADF);
	EXPECT_ERROR(CALL(accept, bad, NULL, NULL), EBADF);
	EXPECT_ERROR(CALL(connect, bad, (struct sockaddr *)&address, length), EBADF);
	EXPECT_ERROR(CALL(read, bad, buffer, 1), EBADF);
	EXPECT_ERROR(CALL(recv, bad, buffer, 1, 0), EBADF);
	EXPECT_ERROR(CALL(write, bad, buffer, 1), EBADF);
	EXPECT_ERROR(CALL(send, bad, buffer, 1, 0), EBADF);
	EXPECT_ERROR(CALL(fcntl, bad, F_GETFL), EBADF);
	EXPECT_ERROR(CALL(ioctl, bad, FIONREAD, &value), EBADF);
	EXPECT_ERROR(CALL(shutdown, bad, SHUT_WR), EBADF);
	EXPECT_ERROR(CALL(getsockopt, bad, SOL_SOCKET, SO_ERROR, &value, &size), EBADF);
	EXPECT_ERROR(CALL(setsockopt, bad, SOL_SOCKET, SO_REUSEADDR, &value, size), EBADF);
	EXPECT_ERROR(CALL(epoll_ctl, bad, EPOLL_CTL_DEL, bad, NULL), EBADF);
	EXPECT_ERROR(CALL(epoll_wait, bad, NULL, 1, 0), EBADF);
}

static void a_closed_descriptor_is_bad(void)
{
	drill_both("", use_bad_descriptor);
}

static void use_unconnected(void)
{
	int socket = CALL(socket, drill_family, SOCK_STREAM, 0);

	EXPECT_ERROR(CALL(read, socket, buffer, 1), ENOTCONN);
	EXPECT_ERROR(CALL(write, socket, buffer, 1), EPIPE);
	EXPECT_ERROR(CALL(shutdown, socket, SHUT_WR), ENOTCONN);
	EXPECT_ERROR(CALL(accept, socket, NULL, NULL), EINVAL);
	EXPECT_ERROR(CALL(recv, socket, buffer, 1, MSG_OOB), EOPNOTSUPP);
	EXPECT_ERROR(CALL(send, socket, buffer, 1, MSG_OOB), EOPNOTSUPP);
}

static void an_unconnected_socket_says_so(void)
{
	drill_both("", use_unconnected);
}

static void use_listener(void)
{
	int listener = drill_listen(1), waiting;
	struct sockaddr_storage address;
	socklen_t length = drill_address(&address, &drill_remote, DRILL_PORT);

	EXPECT_ERROR(CALL(read, listener, buffer, 1), ENOTCONN);
	EXPECT_ERROR(CALL(write, listener, buffer, 1), EPIPE);
	EXPECT_ERROR(CALL(connect, listener, (struct sockaddr *)&address, length), EISCONN);
	EXPECT_ERROR(CALL(ioctl, listener, FIONREAD, &waiting), EINVAL);
	CU_ASSERT_EQUAL(CALL(listen, listener, 5), 0);
}

static void a_listening_socket_does_not_carry_data(void)
{
	drill_both("", use_listener);
}

static void use_connected(void)
{
	struct drill_flow flow;
	int socket = drill_passive(drill_listen(1), &flow, DRILL_PEER_PORT);
	struct sockaddr_storage address;
	socklen_t length = drill_address(&address, &drill_remote, DRILL_PORT);

	EXPECT_ERROR(CALL(connect, socket, (struct sockaddr *)&address, length), EISCONN);
	EXPECT_ERROR(CALL(listen, socket, 1), EINVAL);
	length = drill_address(&address, &drill_local, 9);
	EXPECT_ERROR(CALL(bind, socket, (struct sockaddr *)&address, length), EINVAL);
	EXPECT_ERROR(CALL(accept, socket, NULL, NULL), EINVAL);
}

static void a_connected_socket_does_not_begin_again(void)
{
	drill_both("", use_connected);
}

static void bind_wrongly(void)
{
	int listener = drill_listen(1), socket = CALL(socket, drill_family, SOCK_STREAM, 0);
	struct sockaddr_storage address;
	socklen_t length = drill_address(&address, &drill_local, DRILL_PORT);
	int on = 1;

	EXPECT_ERROR(CALL(bind, socket, (struct sockaddr *)&address, length), EADDRINUSE);
	EXPECT_ERROR(CALL(bind, socket, (struct sockaddr *)&address, length - 9), EINVAL);
	EXPECT_ERROR(CALL(bind, socket, (struct sockaddr *)&address, 1), EINVAL);
	EXPECT_ERROR(CALL(bind, socket, NULL, length), EFAULT);
	address.ss_family = AF_UNIX;
	EXPECT_ERROR(CALL(bind, socket, (struct sockaddr *)&address, length), EAFNOSUPPORT);
	length = drill_address(&address, &drill_remote, DRILL_PORT);
	EXPECT_ERROR(CALL(bind, socket, (struct sockaddr *)&address, length), EADDRNOTAVAIL);
	length = drill_address(&address, &drill_local, 81);
	CU_ASSERT_EQUAL(CALL(bind, socket, (struct sockaddr *)&address, length), 0);
	EXPECT_ERROR(CALL(bind, socket, (struct sockaddr *)&address, length), EINVAL);
	/* two that allow it may share an address, until one listens */
	CU_ASSERT_EQUAL(CALL(setsockopt, socket, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)), 0);
	socket = CALL(socket, drill_family, SOCK_STREAM, 0);
	CU_ASSERT_EQUAL(CALL(setsockopt, socket, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)), 0);
	CU_ASSERT_EQUAL(CALL(bind, socket, (struct sockaddr *)&address, length), 0);
	CU_ASSERT_EQUAL(CALL(close, listener), 0);
	socket = CALL(socket, drill_family, SOCK_STREAM, 0);
	length = drill_address(&address, &drill_local, DRILL_PORT);
	CU_ASSERT_EQUAL(CALL(bind, socket, (struct sockaddr *)&address, length), 0);
}

static void a_wrong_address_is_not_bound(void)
{
	drill_both("", bind_wrongly);
}

static void connect_wrongly(void)
{
	int socket = CALL(socket, drill_family, SOCK_STREAM | SOCK_NONBLOCK, 0);
	struct sockaddr_storage address;
	struct ip_address nowhere, group;
	socklen_t length = drill_address(&address, &drill_remote, 0);

	EXPECT_ERROR(CALL(connect, socket, (struct sockaddr *)&address, length), EADDRNOTAVAIL);
	CU_ASSERT_TRUE(address_parse(drill_family == AF_INET ? "203.0.113.1" : "2001:db8:ffff::1", &nowhere));
	length = drill_address(&address, &nowhere, 80);
	EXPECT_ERROR(CALL(connect, socket, (struct sockaddr *)&address, length), ENETUNREACH);
	CU_ASSERT_TRUE(address_parse(drill_family == AF_INET ? "224.0.0.9" : "ff02::9", &group));
	length = drill_address(&address, &group, 80);
	EXPECT_ERROR(CALL(connect, socket, (struct sockaddr *)&address, length), ENETUNREACH);
}

static void a_wrong_address_is_not_connected_to(void)
{
	drill_both("remote_ip=192.0.2.0/24,remote_ip=2001:db8::/64", connect_wrongly);
}

static void open_too_many(void)
{
	int count = 0, ends[2];

	while (CALL(socket, drill_family, SOCK_STREAM, 0) >= 0)
		count++;
	CU_ASSERT_EQUAL(errno, EMFILE);
	CU_ASSERT_EQUAL(count, 1024);
	EXPECT_ERROR(CALL(pipe, ends), EMFILE);
	EXPECT_ERROR(CALL(epoll_create, 1), EMFILE);
}

static void there_is_a_bound_on_descriptors(void)
{
	drill_both("", open_too_many);
}

static void send_wrong_packets(void)
{
	static const uint8_t nothing[64], other[64] = {0x50};

	EXPECT_ERROR(CALL(netdev_send, nothing, sizeof(nothing)), EINVAL);
	EXPECT_ERROR(CALL(netdev_send, other, sizeof(other)), EINVAL);
	EXPECT_ERROR(CALL(netdev_send, other, 0), EINVAL);
	EXPECT_ERROR(CALL(netdev_send, NULL, 1), EFAULT);
}

static void what_is_no_packet_is_refused(void)
{
	drill_both("", send_wrong_packets);
}

static void receive_into_too_little(void)
{
	struct drill_flow flow;
	int socket = drill_active(&flow);
	uint8_t packet[2000];
	size_t size = 30;
	long long time;

	CU_ASSERT_EQUAL(CALL(write, socket, "abc", 3), 3);
	CU_ASSERT_EQUAL(CALL(write, socket, "def", 3), 3);
	EXPECT_ERROR(CALL(netdev_receive, packet, &size, &time), EMSGSIZE);
	CU_ASSERT_EQUAL(size, 0);
	size = sizeof(packet);
	CU_ASSERT_EQUAL(CALL(netdev_receive, packet, &size, &time), 0);
	CU_ASSERT_TRUE(size > 40);
}

static void a_packet_that_is_too_long_for_the_buffer_is_lost(void)
{
	drill_both("", receive_into_too_little);
}

int main(void)
{
	return TESTS_RUN("packetdrill: errors", TEST(other_kinds_of_sockets_are_refused),
			 TEST(a_closed_descriptor_is_bad), TEST(an_unconnected_socket_says_so),
			 TEST(a_listening_socket_does_not_carry_data), TEST(a_connected_socket_does_not_begin_again),
			 TEST(a_wrong_address_is_not_bound), TEST(a_wrong_address_is_not_connected_to),
			 TEST(there_is_a_bound_on_descriptors), TEST(what_is_no_packet_is_refused),
			 TEST(a_packet_that_is_too_long_for_the_buffer_is_lost));
}
