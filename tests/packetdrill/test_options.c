/* SPDX-License-Identifier: BSD-3-Clause */
/* Socket options, TCP_INFO, fcntl and ioctl. */
#include <linux/sockios.h>
#include <linux/tcp.h>
#include <string.h>
#include <sys/ioctl.h>

#include "drill.h"

static int get(int socket, int level, int option)
{
	int value = -1;
	socklen_t length = sizeof(value);

	CU_ASSERT_EQUAL(CALL(getsockopt, socket, level, option, &value, &length), 0);
	CU_ASSERT_EQUAL(length, sizeof(value));
	return value;
}

static int set(int socket, int level, int option, int value)
{
	return CALL(setsockopt, socket, level, option, &value, sizeof(value));
}

static void set_and_get(void)
{
	int socket = CALL(socket, drill_family, SOCK_STREAM, 0);
	char small[2];
	socklen_t length = sizeof(small);

	CU_ASSERT_EQUAL(get(socket, SOL_SOCKET, SO_TYPE), SOCK_STREAM);
	CU_ASSERT_EQUAL(get(socket, SOL_SOCKET, SO_DOMAIN), drill_family);
	CU_ASSERT_EQUAL(get(socket, SOL_SOCKET, SO_PROTOCOL), IPPROTO_TCP);
	CU_ASSERT_EQUAL(get(socket, SOL_SOCKET, SO_ERROR), 0);
	CU_ASSERT_EQUAL(get(socket, SOL_SOCKET, SO_REUSEADDR), 0);
	CU_ASSERT_EQUAL(set(socket, SOL_SOCKET, SO_REUSEADDR, 1), 0);
	CU_ASSERT_EQUAL(get(socket, SOL_SOCKET, SO_REUSEADDR), 1);
	CU_ASSERT_EQUAL(set(socket, SOL_SOCKET, SO_RCVBUF, 20000), 0);
	CU_ASSERT_EQUAL(get(socket, SOL_SOCKET, SO_RCVBUF), 40000);
	CU_ASSERT_EQUAL(set(socket, SOL_SOCKET, SO_SNDBUF, 1), 0);
	CU_ASSERT_EQUAL(get(socket, SOL_SOCKET, SO_SNDBUF), 4096);
	CU_ASSERT_EQUAL(set(socket, IPPROTO_TCP, TCP_NODELAY, 1), 0);
	CU_ASSERT_EQUAL(get(socket, IPPROTO_TCP, TCP_NODELAY), 1);
	CU_ASSERT_EQUAL(set(socket, IPPROTO_TCP, TCP_CORK, 1), 0);
	CU_ASSERT_EQUAL(get(socket, IPPROTO_TCP, TCP_CORK), 1);
	CU_ASSERT_EQUAL(get(socket, SOL_SOCKET, SO_ACCEPTCONN), 0);
	/* too little room cuts the value, too little value is an error */
	CU_ASSERT_EQUAL(CALL(getsockopt, socket, SOL_SOCKET, SO_TYPE, small, &length), 0);
	CU_ASSERT_EQUAL(length, 2);
	CU_ASSERT_EQUAL(CALL(setsockopt, socket, SOL_SOCKET, SO_REUSEADDR, small, 2), -1);
	CU_ASSERT_EQUAL(errno, EINVAL);
}

static void options_are_kept(void)
{
	drill_both("", set_and_get);
}

static void set_unknown(void)
{
	int socket = CALL(socket, drill_family, SOCK_STREAM, 0), value;
	int datagram = CALL(socket, drill_family, SOCK_DGRAM, 0);
	socklen_t length = sizeof(value);

	CU_ASSERT_EQUAL(set(socket, IPPROTO_TCP, TCP_KEEPIDLE, 10), -1);
	CU_ASSERT_EQUAL(errno, ENOPROTOOPT);
	CU_ASSERT_EQUAL(set(socket, SOL_SOCKET, SO_KEEPALIVE, 1), -1);
	CU_ASSERT_EQUAL(errno, ENOPROTOOPT);
	CU_ASSERT_EQUAL(set(socket, 255, 1, 1), -1);
	CU_ASSERT_EQUAL(errno, ENOPROTOOPT);
	CU_ASSERT_EQUAL(CALL(getsockopt, socket, IPPROTO_TCP, TCP_DEFER_ACCEPT, &value, &length), -1);
	CU_ASSERT_EQUAL(errno, ENOPROTOOPT);
	CU_ASSERT_EQUAL(set(datagram, IPPROTO_TCP, TCP_NODELAY, 1), -1);
	CU_ASSERT_EQUAL(errno, ENOPROTOOPT);
	CU_ASSERT_EQUAL(get(datagram, SOL_SOCKET, SO_TYPE), SOCK_DGRAM);
	CU_ASSERT_EQUAL(get(datagram, SOL_SOCKET, SO_ERROR), 0);
}

static void what_the_stack_does_not_do_is_no_option(void)
{
	drill_both("", set_unknown);
}

static void announce_segment_size(void)
{
	int socket = CALL(socket, drill_family, SOCK_STREAM | SOCK_NONBLOCK, 0);
	struct drill_flow flow = {.remote_port = DRILL_PORT, .remote_first = 3, .window = DRILL_WINDOW};
	struct sockaddr_storage address;
	socklen_t length = drill_address(&address, &drill_remote, DRILL_PORT);
	struct drill_segment segment;

	CU_ASSERT_EQUAL(set(socket, IPPROTO_TCP, TCP_MAXSEG, 87), -1);
	CU_ASSERT_EQUAL(errno, EINVAL);
	CU_ASSERT_EQUAL(set(socket, IPPROTO_TCP, TCP_MAXSEG, 32768), -1);
	CU_ASSERT_EQUAL(errno, EINVAL);
	CU_ASSERT_EQUAL(set(socket, IPPROTO_TCP, TCP_MAXSEG, 700), 0);
	CU_ASSERT_EQUAL(get(socket, IPPROTO_TCP, TCP_MAXSEG), 700);
	CALL(connect, socket, (struct sockaddr *)&address, length);
	CU_ASSERT_TRUE(drill_expect(&flow, TCP_SYN, 0, 0, 0, &segment));
	CU_ASSERT_EQUAL(segment.header.mss, 700);
	drill_inject(&flow, TCP_SYN | TCP_ACK, 0, 0, 1);
	CU_ASSERT_TRUE(get(socket, IPPROTO_TCP, TCP_MAXSEG) <= DRILL_MSS);
	CU_ASSERT_EQUAL(set(socket, IPPROTO_TCP, TCP_MAXSEG, 800), -1);
	CU_ASSERT_EQUAL(errno, EISCONN);
}

static void the_segment_size_that_is_set_is_announced(void)
{
	drill_both("", announce_segment_size);
}

static struct tcp_info info_of(int socket)
{
	struct tcp_info info;
	socklen_t length = sizeof(info);

	memset(&info, 0xff, sizeof(info));
	CU_ASSERT_EQUAL(CALL(getsockopt, socket, IPPROTO_TCP, TCP_INFO, &info, &length), 0);
	CU_ASSERT_EQUAL(length, sizeof(info));
	return info;
}

/* The numbers that Linux gives to the states. */
enum {
	ESTABLISHED = 1,
	SYN_SENT = 2,
	FIN_WAIT1 = 4,
	FIN_WAIT2 = 5,
	CLOSE = 7,
	CLOSE_WAIT = 8,
	LISTEN = 10
};

static void ask_info(void)
{
	int listener = drill_listen(1), fresh = CALL(socket, drill_family, SOCK_STREAM, 0);
	struct drill_flow flow;
	int socket = drill_passive(listener, &flow, DRILL_PEER_PORT);
	struct tcp_info info = info_of(socket);
	char data[2000];

	CU_ASSERT_EQUAL(info_of(fresh).tcpi_state, CLOSE);
	CU_ASSERT_EQUAL(info_of(listener).tcpi_state, LISTEN);
	CU_ASSERT_EQUAL(info.tcpi_state, ESTABLISHED);
	CU_ASSERT_EQUAL(info.tcpi_snd_mss, DRILL_MSS);
	CU_ASSERT_EQUAL(info.tcpi_advmss, DRILL_MSS);
	CU_ASSERT_EQUAL(info.tcpi_snd_cwnd, 10);
	CU_ASSERT_EQUAL(info.tcpi_snd_ssthresh, INT32_MAX);
	CU_ASSERT_EQUAL(info.tcpi_options, 0);
	CU_ASSERT_EQUAL(info.tcpi_unacked, 0);
	drill_fill(data, sizeof(data), 0);
	CU_ASSERT_EQUAL(CALL(write, socket, data, sizeof(data)), sizeof(data));
	CU_ASSERT_TRUE(drill_expect(&flow, TCP_ACK, 1, 1000, 1, NULL));
	CU_ASSERT_TRUE(drill_expect(&flow, TCP_ACK, 1001, 1000, 1, NULL));
	CU_ASSERT_EQUAL(info_of(socket).tcpi_unacked, 2);
	CU_ASSERT_EQUAL(CALL(usleep, 100000), 0);
	drill_inject(&flow, TCP_ACK, 1, 0, 2001);
	info = info_of(socket);
	CU_ASSERT_EQUAL(info.tcpi_unacked, 0);
	CU_ASSERT_EQUAL(info.tcpi_bytes_acked, 2000);
	CU_ASSERT_TRUE(info.tcpi_rtt > 0 && info.tcpi_rtt <= 100000);
	CU_ASSERT_EQUAL(info.tcpi_total_retrans, 0);
	CU_ASSERT_EQUAL(CALL(shutdown, socket, SHUT_WR), 0);
	CU_ASSERT_EQUAL(info_of(socket).tcpi_state, FIN_WAIT1);
	drill_inject(&flow, TCP_ACK, 1, 0, 2002);
	CU_ASSERT_EQUAL(info_of(socket).tcpi_state, FIN_WAIT2);
	drill_inject(&flow, TCP_RST | TCP_ACK, 1, 0, 2002);
	CU_ASSERT_EQUAL(info_of(socket).tcpi_state, CLOSE);
}

static void tcp_info_tells_how_a_connection_is(void)
{
	drill_both("", ask_info);
}

static void ask_retransmits(void)
{
	struct drill_flow flow;
	int socket = drill_active(&flow);
	struct drill_segment segment;

	CU_ASSERT_EQUAL(CALL(write, socket, "x", 1), 1);
	for (int i = 0; i < 3; i++)
		CU_ASSERT_TRUE(drill_sniff(&flow, &segment));
	CU_ASSERT_EQUAL(info_of(socket).tcpi_retransmits, 2);
	CU_ASSERT_EQUAL(info_of(socket).tcpi_total_retrans, 2);
	CU_ASSERT_EQUAL(info_of(socket).tcpi_snd_cwnd, 1);
}

static void tcp_info_counts_retransmissions(void)
{
	drill_both("", ask_retransmits);
}

static void ask_queues(void)
{
	struct drill_flow flow;
	int socket = drill_active(&flow), waiting = -1;
	char data[300];

	drill_inject(&flow, TCP_ACK, 1, 250, 1);
	CU_ASSERT_EQUAL(CALL(ioctl, socket, SIOCINQ, &waiting), 0);
	CU_ASSERT_EQUAL(waiting, 250);
	CU_ASSERT_EQUAL(CALL(read, socket, data, 50), 50);
	CU_ASSERT_EQUAL(CALL(ioctl, socket, FIONREAD, &waiting), 0);
	CU_ASSERT_EQUAL(waiting, 200);
	CU_ASSERT_EQUAL(CALL(write, socket, data, 300), 300);
	CU_ASSERT_EQUAL(CALL(ioctl, socket, SIOCOUTQ, &waiting), 0);
	CU_ASSERT_EQUAL(waiting, 300);
	drill_inject(&flow, TCP_ACK, 251, 0, 301);
	CU_ASSERT_EQUAL(CALL(ioctl, socket, SIOCOUTQ, &waiting), 0);
	CU_ASSERT_EQUAL(waiting, 0);
	CU_ASSERT_EQUAL(CALL(ioctl, socket, TIOCGWINSZ, &waiting), -1);
	CU_ASSERT_EQUAL(errno, ENOTTY);
}

static void ioctl_tells_what_waits(void)
{
	drill_both("", ask_queues);
}

static void change_blocking(void)
{
	int socket = CALL(socket, drill_family, SOCK_STREAM | SOCK_NONBLOCK, 0), on = 0;

	CU_ASSERT_EQUAL(CALL(fcntl, socket, F_GETFL), O_RDWR | O_NONBLOCK);
	CU_ASSERT_EQUAL(CALL(fcntl, socket, F_SETFL, O_RDWR), 0);
	CU_ASSERT_EQUAL(CALL(fcntl, socket, F_GETFL), O_RDWR);
	on = 1;
	CU_ASSERT_EQUAL(CALL(ioctl, socket, FIONBIO, &on), 0);
	CU_ASSERT_EQUAL(CALL(fcntl, socket, F_GETFL), O_RDWR | O_NONBLOCK);
	CU_ASSERT_EQUAL(CALL(fcntl, socket, F_SETFD, 1), 0);
	CU_ASSERT_EQUAL(CALL(fcntl, socket, F_SETOWN, 1), -1);
	CU_ASSERT_EQUAL(errno, EINVAL);
}

static void fcntl_changes_between_blocking_and_not(void)
{
	drill_both("", change_blocking);
}

int main(void)
{
	return TESTS_RUN("packetdrill: options", TEST(options_are_kept), TEST(what_the_stack_does_not_do_is_no_option),
			 TEST(the_segment_size_that_is_set_is_announced), TEST(tcp_info_tells_how_a_connection_is),
			 TEST(tcp_info_counts_retransmissions), TEST(ioctl_tells_what_waits),
			 TEST(fcntl_changes_between_blocking_and_not));
}
