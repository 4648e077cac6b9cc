/* SPDX-License-Identifier: BSD-3-Clause */
/* Reading and writing, both ways and in all their forms. */
#include <string.h>

#include "drill.h"

static uint8_t buffer[1 << 20];

static void read_in_parts(void)
{
	struct drill_flow flow;
	int socket = drill_passive(drill_listen(1), &flow, DRILL_PEER_PORT);
	struct iovec parts[3] = {{buffer, 10}, {buffer + 10, 0}, {buffer + 10, 990}};

	drill_inject(&flow, TCP_ACK | TCP_PSH, 1, 1000, 1);
	drill_inject(&flow, TCP_ACK | TCP_PSH, 1001, 500, 1);
	CU_ASSERT_TRUE(drill_expect(&flow, TCP_ACK, 1, 0, 1501, NULL));
	CU_ASSERT_EQUAL(CALL(recv, socket, buffer, 100, MSG_PEEK), 100);
	CU_ASSERT_TRUE(drill_filled(buffer, 100, 0));
	memset(buffer, 0xff, sizeof(buffer));
	CU_ASSERT_EQUAL(CALL(readv, socket, parts, 3), 1000);
	CU_ASSERT_TRUE(drill_filled(buffer, 1000, 0));
	CU_ASSERT_EQUAL(CALL(read, socket, buffer, 1), 1);
	CU_ASSERT_TRUE(drill_filled(buffer, 1, 1000));
	CU_ASSERT_EQUAL(CALL(recv, socket, buffer, sizeof(buffer), MSG_WAITALL | MSG_DONTWAIT), 499);
	CU_ASSERT_TRUE(drill_filled(buffer, 499, 1001));
	CU_ASSERT_EQUAL(CALL(recv, socket, buffer, sizeof(buffer), MSG_DONTWAIT), -1);
	CU_ASSERT_EQUAL(errno, EAGAIN);
}

static void what_arrives_is_read_in_any_parts(void)
{
	drill_both("", read_in_parts);
}

static void read_by_messages(void)
{
	struct drill_flow flow;
	int socket = drill_passive(drill_listen(1), &flow, DRILL_PEER_PORT);
	struct sockaddr_storage address;
	socklen_t length = sizeof(address);
	struct iovec parts[2] = {{buffer, 3}, {buffer + 3, 5}};
	struct msghdr message = {.msg_name = &address,
				 .msg_namelen = sizeof(address),
				 .msg_iov = parts,
				 .msg_iovlen = 2,
				 .msg_controllen = 7};

	drill_inject(&flow, TCP_ACK, 1, 20, 1);
	CU_ASSERT_EQUAL(CALL(recvmsg, socket, &message, 0), 8);
	CU_ASSERT_TRUE(drill_filled(buffer, 8, 0));
	CU_ASSERT_EQUAL(message.msg_namelen, 0);
	CU_ASSERT_EQUAL(message.msg_controllen, 0);
	CU_ASSERT_EQUAL(CALL(recvfrom, socket, buffer, 12, 0, (struct sockaddr *)&address, &length), 12);
	CU_ASSERT_TRUE(drill_filled(buffer, 12, 8));
	CU_ASSERT_EQUAL(length, 0);
}

static void what_arrives_is_read_by_messages(void)
{
	drill_both("", read_by_messages);
}

static void write_in_parts(void)
{
	struct drill_flow flow;
	int socket = drill_active(&flow);
	struct iovec parts[2] = {{buffer, 300}, {buffer + 300, 200}};
	struct msghdr message = {.msg_iov = parts, .msg_iovlen = 2};

	drill_fill(buffer, sizeof(buffer), 0);
	CU_ASSERT_EQUAL(CALL(write, socket, buffer, 100), 100);
	CU_ASSERT_TRUE(drill_expect(&flow, TCP_ACK, 1, 100, 1, NULL));
	drill_fill(buffer, sizeof(buffer), 100);
	CU_ASSERT_EQUAL(CALL(writev, socket, parts, 2), 500);
	CU_ASSERT_TRUE(drill_expect(&flow, TCP_ACK, 101, 500, 1, NULL));
	drill_fill(buffer, sizeof(buffer), 600);
	CU_ASSERT_EQUAL(CALL(sendmsg, socket, &message, 0), 500);
	CU_ASSERT_TRUE(drill_expect(&flow, TCP_ACK, 601, 500, 1, NULL));
	drill_fill(buffer, sizeof(buffer), 1100);
	CU_ASSERT_EQUAL(CALL(send, socket, buffer, 2500, 0), 2500);
	CU_ASSERT_TRUE(drill_expect(&flow, TCP_ACK, 1101, 1000, 1, NULL));
	CU_ASSERT_TRUE(drill_expect(&flow, TCP_ACK, 2101, 1000, 1, NULL));
	CU_ASSERT_TRUE(drill_expect(&flow, TCP_ACK, 3101, 500, 1, NULL));
	drill_inject(&flow, TCP_ACK, 1, 0, 3601);
	drill_fill(buffer, sizeof(buffer), 3600);
	CU_ASSERT_EQUAL(CALL(sendto, socket, buffer, 1, 0, NULL, 0), 1);
	CU_ASSERT_TRUE(drill_expect(&flow, TCP_ACK, 3601, 1, 1, NULL));
	CU_ASSERT_EQUAL(CALL(write, socket, buffer, 0), 0);
}

static void what_is_written_in_any_parts_leaves_in_segments(void)
{
	drill_both("", write_in_parts);
}

struct reading {
	int socket;
	size_t size;
	int flags;
	ssize_t result;
	uint64_t returned_at;
};

static void receive(void *argument)
{
	struct reading *reading = argument;

	reading->result = CALL(recv, reading->socket, buffer, reading->size, reading->flags);
	reading->returned_at = drill_now();
}

static void block_in_read(void)
{
	struct drill_flow flow;
	struct reading reading = {.socket = drill_passive(drill_listen(1), &flow, DRILL_PEER_PORT), .size = 4000};
	struct drill_thread *thread = drill_block(receive, &reading);

	CU_ASSERT_EQUAL(CALL(usleep, 500000), 0);
	drill_inject(&flow, TCP_ACK | TCP_PSH, 1, 700, 1);
	CU_ASSERT_EQUAL(CALL(usleep, 500000), 0);
	drill_join(thread);
	CU_ASSERT_EQUAL(reading.result, 700);
	CU_ASSERT_TRUE(drill_filled(buffer, 700, 0));
	CU_ASSERT_EQUAL(reading.returned_at, 500000);
}

static void read_blocks_until_data_comes(void)
{
	drill_both("", block_in_read);
}

static void wait_for_all(void)
{
	struct drill_flow flow;
	struct reading reading = {
	    .socket = drill_passive(drill_listen(1), &flow, DRILL_PEER_PORT), .size = 2000, .flags = MSG_WAITALL};
	struct drill_thread *thread = drill_block(receive, &reading);

	drill_inject(&flow, TCP_ACK, 1, 900, 1);
	CU_ASSERT_EQUAL(CALL(usleep, 1000), 0);
	drill_inject(&flow, TCP_ACK, 901, 900, 1);
	CU_ASSERT_EQUAL(CALL(usleep, 1000), 0);
	CU_ASSERT_FALSE(drill_is_done(thread));
	drill_inject(&flow, TCP_ACK, 1801, 900, 1);
	CU_ASSERT_EQUAL(CALL(usleep, 1000), 0);
	drill_join(thread);
	CU_ASSERT_EQUAL(reading.result, 2000);
	CU_ASSERT_EQUAL(reading.returned_at, 2000);
	CU_ASSERT_TRUE(drill_filled(buffer, 2000, 0));
	CU_ASSERT_EQUAL(CALL(read, reading.socket, buffer, 2000), 700);
	CU_ASSERT_TRUE(drill_filled(buffer, 700, 2000));
}

static void a_read_for_all_waits_for_all(void)
{
	drill_both("", wait_for_all);
}

struct writing {
	int socket;
	ssize_t result;
};

static void write_much(void *argument)
{
	struct writing *writing = argument;

	writing->result = CALL(write, writing->socket, buffer, sizeof(buffer));
}

/* The stack's buffer is far smaller than what is written: write returns when the last byte has gone in. */
static void block_in_write(void)
{
	struct drill_flow flow;
	struct writing writing = {.socket = drill_passive(drill_listen(1), &flow, DRILL_PEER_PORT)};
	struct drill_thread *thread;
	struct drill_segment segment;
	uint32_t expected = 1;

	drill_fill(buffer, sizeof(buffer), 0);
	thread = drill_block(write_much, &writing);
	CU_ASSERT_FALSE(drill_is_done(thread));
	while (expected < 1 + sizeof(buffer)) {
		CU_ASSERT_TRUE_FATAL(drill_sniff(&flow, &segment));
		CU_ASSERT_EQUAL_FATAL(segment.sequence, expected);
		CU_ASSERT_TRUE(drill_filled(segment.payload, segment.length, expected - 1));
		expected += segment.length;
		drill_inject(&flow, TCP_ACK, 1, 0, expected);
	}
	drill_join(thread);
	CU_ASSERT_EQUAL(writing.result, sizeof(buffer));
}

static void write_blocks_until_all_is_taken(void)
{
	drill_both("send_buffer=40000", block_in_write);
}

static void write_without_waiting(void)
{
	struct drill_flow flow;
	int socket = drill_active(&flow);
	ssize_t taken = CALL(write, socket, buffer, sizeof(buffer));

	CU_ASSERT_TRUE(taken > 0 && taken < 100000);
	CU_ASSERT_EQUAL(CALL(write, socket, buffer, sizeof(buffer)), -1);
	CU_ASSERT_EQUAL(errno, EAGAIN);
}

static void a_nonblocking_write_takes_what_fits(void)
{
	drill_both("send_buffer=40000", write_without_waiting);
}

static void cork(void)
{
	struct drill_flow flow;
	int socket = drill_active(&flow), on = 1, off = 0;
	struct drill_segment segment;

	drill_fill(buffer, sizeof(buffer), 0);
	CU_ASSERT_EQUAL(CALL(setsockopt, socket, IPPROTO_TCP, 3 /* TCP_CORK */, &on, sizeof(on)), 0);
	CU_ASSERT_EQUAL(CALL(write, socket, buffer, 100), 100);
	CU_ASSERT_EQUAL(CALL(usleep, 50000), 0);
	CU_ASSERT_EQUAL(CALL(write, socket, buffer + 100, 100), 100);
	CU_ASSERT_EQUAL(CALL(setsockopt, socket, IPPROTO_TCP, 3 /* TCP_CORK */, &off, sizeof(off)), 0);
	CU_ASSERT_TRUE(drill_expect(&flow, TCP_ACK, 1, 200, 1, &segment));
	CU_ASSERT_EQUAL(segment.time, 50000);
	CU_ASSERT_EQUAL(CALL(send, socket, buffer + 200, 100, MSG_MORE), 100);
	CU_ASSERT_EQUAL(CALL(usleep, 50000), 0);
	CU_ASSERT_EQUAL(CALL(send, socket, buffer + 300, 100, 0), 100);
	CU_ASSERT_TRUE(drill_expect(&flow, TCP_ACK, 201, 200, 1, &segment));
	CU_ASSERT_EQUAL(segment.time, 100000);
}

static void small_writes_gather_behind_a_cork(void)
{
	drill_both("", cork);
}

int main(void)
{
	return TESTS_RUN("packetdrill: data", TEST(what_arrives_is_read_in_any_parts),
			 TEST(what_arrives_is_read_by_messages), TEST(what_is_written_in_any_parts_leaves_in_segments),
			 TEST(read_blocks_until_data_comes), TEST(a_read_for_all_waits_for_all),
			 TEST(write_blocks_until_all_is_taken), TEST(a_nonblocking_write_takes_what_fits),
			 TEST(small_writes_gather_behind_a_cork));
}
