/* SPDX-License-Identifier: BSD-3-Clause */
/* The table: every member is there, in its place, and an instance can follow another. */
#include <stddef.h>
#include <string.h>

#include "drill.h"

/* packetdrill knows the members by their places: pointers, one after the other. */
static void the_members_stand_in_the_agreed_order(void)
{
	static const size_t offsets[] = {
#define AT(member) offsetof(struct packetdrill_interface, member)
	    AT(userdata),    AT(free),		 AT(socket),   AT(bind),	 AT(listen),	   AT(accept),
	    AT(connect),     AT(read),		 AT(readv),    AT(recv),	 AT(recvfrom),	   AT(recvmsg),
	    AT(write),	     AT(writev),	 AT(send),     AT(sendto),	 AT(sendmsg),	   AT(fcntl),
	    AT(ioctl),	     AT(close),		 AT(shutdown), AT(getsockopt),	 AT(setsockopt),   AT(poll),
	    AT(netdev_send), AT(netdev_receive), AT(usleep),   AT(gettimeofday), AT(epoll_create), AT(epoll_ctl),
	    AT(epoll_wait),  AT(pipe),		 AT(splice),
#undef AT
	};
	size_t count = sizeof(offsets) / sizeof(offsets[0]);

	for (size_t i = 0; i < count; i++)
		CU_ASSERT_EQUAL(offsets[i], i * sizeof(void *));
	CU_ASSERT_EQUAL(sizeof(struct packetdrill_interface), count * sizeof(void *));
}

static void init_fills_every_member(void)
{
	struct packetdrill_interface table;
	void *members[sizeof(table) / sizeof(void *)];

	memset(&table, 0, sizeof(table));
	drill_symbol()(NULL, &table);
	memcpy(members, &table, sizeof(table));
	for (size_t i = 0; i < sizeof(table) / sizeof(void *); i++)
		CU_ASSERT_PTR_NOT_NULL(members[i]);
	table.free(table.userdata);
}

static void instances_follow_each_other_and_stand_beside_each_other(void)
{
	struct packetdrill_interface first, second;
	struct timeval time;
	int socket;

	drill_symbol()("", &first);
	drill_symbol()("seed=2", &second);
	socket = first.socket(first.userdata, AF_INET, SOCK_STREAM, 0);
	CU_ASSERT_TRUE(socket >= 0);
	CU_ASSERT_EQUAL(second.close(second.userdata, socket), -1);
	CU_ASSERT_EQUAL(errno, EBADF);
	CU_ASSERT_EQUAL(first.usleep(first.userdata, 1000), 0);
	first.free(first.userdata);
	second.gettimeofday(second.userdata, &time, NULL);
	second.free(second.userdata);
	drill_symbol()("", &first);
	CU_ASSERT_EQUAL(first.close(first.userdata, socket), -1);
	CU_ASSERT_EQUAL(errno, EBADF);
	first.free(first.userdata);
}

/* packetdrill draws its local address anew for each run, and may not say it in the flags. */
static void run_with_a_local_address_of_its_own(void)
{
	struct sockaddr_storage address;
	struct drill_flow flow = {
	    .local_port = DRILL_PORT, .remote_port = DRILL_PEER_PORT, .remote_first = 1, .window = DRILL_WINDOW};
	socklen_t length;
	int listener;

	CU_ASSERT_TRUE(
	    address_parse(drill_family == AF_INET ? "192.168.77.33" : "fd3d:fa7b:d17d:1234::9", &drill_local));
	length = drill_address(&address, &drill_local, DRILL_PORT);
	listener = CALL(socket, drill_family, SOCK_STREAM, 0);
	CU_ASSERT_EQUAL(CALL(bind, listener, (struct sockaddr *)&address, length), 0);
	CU_ASSERT_EQUAL(CALL(listen, listener, 1), 0);
	drill_inject(&flow, TCP_SYN, 0, 0, 0);
	CU_ASSERT_TRUE(drill_expect(&flow, TCP_SYN | TCP_ACK, 0, 0, 1, NULL));
}

static void an_unnamed_local_address_is_learned(void)
{
	static const int families[] = {AF_INET, AF_INET6};

	for (int i = 0; i < 2; i++) {
		drill_start(families[i], "");
		drill_end();
		address_parse(families[i] == AF_INET ? "192.0.2.1" : "2001:db8::1", &drill_remote);
		drill_symbol()("", &drill);
		run_with_a_local_address_of_its_own();
		drill_end();
	}
}

int main(void)
{
	return TESTS_RUN("packetdrill: the table", TEST(the_members_stand_in_the_agreed_order),
			 TEST(init_fills_every_member), TEST(instances_follow_each_other_and_stand_beside_each_other),
			 TEST(an_unnamed_local_address_is_learned));
}
