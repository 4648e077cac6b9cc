/* SPDX-License-Identifier: BSD-3-Clause */
/* Pipes, and splice between them and connections. */
#include <poll.h>
#include <string.h>
#include <sys/ioctl.h>

#include "drill.h"

static uint8_t buffer[100000];

static void plain_pipe(void)
{
	int ends[2], waiting = -1;
	struct pollfd poll = {.events = POLLIN | POLLOUT};

	CU_ASSERT_EQUAL(CALL(pipe, ends), 0);
	CU_ASSERT_EQUAL(CALL(fcntl, ends[0], F_SETFL, O_NONBLOCK), 0);
	CU_ASSERT_EQUAL(CALL(fcntl, ends[1], F_SETFL, O_NONBLOCK), 0);
	CU_ASSERT_EQUAL(CALL(read, ends[0], buffer, 1), -1);
	CU_ASSERT_EQUAL(errno, EAGAIN);
	drill_fill(buffer, sizeof(buffer), 0);
	CU_ASSERT_EQUAL(CALL(write, ends[1], buffer, 10000), 10000);
	CU_ASSERT_EQUAL(CALL(ioctl, ends[0], FIONREAD, &waiting), 0);
	CU_ASSERT_EQUAL(waiting, 10000);
	CU_ASSERT_EQUAL(CALL(write, ends[1], buffer + 10000, 90000), 55536);
	CU_ASSERT_EQUAL(CALL(write, ends[1], buffer, 1), -1);
	CU_ASSERT_EQUAL(errno, EAGAIN);
	poll.fd = ends[1];
	CU_ASSERT_EQUAL(CALL(poll, &poll, 1, 0), 0);
	memset(buffer, 0xff, sizeof(buffer));
	CU_ASSERT_EQUAL(CALL(read, ends[0], buffer, sizeof(buffer)), 65536);
	CU_ASSERT_TRUE(drill_filled(buffer, 65536, 0));
	CU_ASSERT_EQUAL(CALL(poll, &poll, 1, 0), 1);
	CU_ASSERT_EQUAL(CALL(read, ends[1], buffer, 1), -1);
	CU_ASSERT_EQUAL(errno, EBADF);
	CU_ASSERT_EQUAL(CALL(recv, ends[0], buffer, 1, 0), -1);
	CU_ASSERT_EQUAL(errno, ENOTSOCK);
	CU_ASSERT_EQUAL(CALL(write, ends[1], buffer, 3), 3);
	CU_ASSERT_EQUAL(CALL(close, ends[1]), 0);
	poll.fd = ends[0];
	CU_ASSERT_EQUAL(CALL(poll, &poll, 1, 0), 1);
	CU_ASSERT_EQUAL(poll.revents, POLLIN | POLLHUP);
	CU_ASSERT_EQUAL(CALL(read, ends[0], buffer, 10), 3);
	CU_ASSERT_EQUAL(CALL(read, ends[0], buffer, 10), 0);
}

static void a_pipe_is_a_pipe(void)
{
	drill_both("", plain_pipe);
}

static void reader_gone(void)
{
	int ends[2];
	struct pollfd poll = {.events = POLLOUT};

	CU_ASSERT_EQUAL(CALL(pipe, ends), 0);
	CU_ASSERT_EQUAL(CALL(close, ends[0]), 0);
	CU_ASSERT_EQUAL(CALL(write, ends[1], buffer, 1), -1);
	CU_ASSERT_EQUAL(errno, EPIPE);
	poll.fd = ends[1];
	CU_ASSERT_EQUAL(CALL(poll, &poll, 1, 0), 1);
	CU_ASSERT_EQUAL(poll.revents, POLLOUT | POLLERR);
}

static void writing_without_a_reader_is_a_broken_pipe(void)
{
	drill_both("", reader_gone);
}

/* From one connection by way of a pipe to another, as a proxy does it. */
static void splice_through(void)
{
	int listener = drill_listen(2), ends[2];
	struct drill_flow in, out;
	int from = drill_passive(listener, &in, DRILL_PEER_PORT);
	int to = drill_passive(listener, &out, DRILL_PEER_PORT + 1);

	CU_ASSERT_EQUAL(CALL(pipe, ends), 0);
	drill_inject(&in, TCP_ACK, 1, 1000, 1);
	drill_inject(&in, TCP_ACK, 1001, 1000, 1);
	CU_ASSERT_TRUE(drill_expect(&in, TCP_ACK, 1, 0, 2001, NULL));
	CU_ASSERT_EQUAL(CALL(splice, from, NULL, ends[1], NULL, 1500, SPLICE_F_MOVE), 1500);
	CU_ASSERT_EQUAL(CALL(splice, from, NULL, ends[1], NULL, 65536, 0), 500);
	CU_ASSERT_EQUAL(CALL(splice, from, NULL, ends[1], NULL, 65536, SPLICE_F_NONBLOCK), -1);
	CU_ASSERT_EQUAL(errno, EAGAIN);
	CU_ASSERT_EQUAL(CALL(splice, ends[0], NULL, to, NULL, 300, 0), 300);
	CU_ASSERT_TRUE(drill_expect(&out, TCP_ACK, 1, 300, 1, NULL));
	CU_ASSERT_EQUAL(CALL(splice, ends[0], NULL, to, NULL, 65536, 0), 1700);
	CU_ASSERT_TRUE(drill_expect(&out, TCP_ACK, 301, 1000, 1, NULL));
	CU_ASSERT_TRUE(drill_expect(&out, TCP_ACK, 1301, 700, 1, NULL));
	drill_inject(&in, TCP_FIN | TCP_ACK, 2001, 0, 1);
	CU_ASSERT_EQUAL(CALL(splice, from, NULL, ends[1], NULL, 65536, 0), 0);
}

static void splice_carries_a_connection_into_another(void)
{
	drill_both("", splice_through);
}

struct splicing {
	int from;
	int to;
	int result;
	uint64_t returned_at;
};

static void splice_once(void *argument)
{
	struct splicing *splicing = argument;

	splicing->result = CALL(splice, splicing->from, NULL, splicing->to, NULL, 65536, 0);
	splicing->returned_at = drill_now();
}

static void block_in_splice(void)
{
	struct drill_flow flow;
	int socket = drill_passive(drill_listen(1), &flow, DRILL_PEER_PORT), ends[2];
	struct splicing splicing = {.from = socket};
	struct drill_thread *thread;

	CU_ASSERT_EQUAL(CALL(pipe, ends), 0);
	splicing.to = ends[1];
	thread = drill_block(splice_once, &splicing);
	CU_ASSERT_EQUAL(CALL(usleep, 4000), 0);
	CU_ASSERT_FALSE(drill_is_done(thread));
	drill_inject(&flow, TCP_ACK, 1, 100, 1);
	drill_join(thread);
	CU_ASSERT_EQUAL(splicing.result, 100);
	CU_ASSERT_EQUAL(splicing.returned_at, 4000);
}

static void splice_blocks_until_there_is_data(void)
{
	drill_both("", block_in_splice);
}

static void splice_errors(void)
{
	struct drill_flow flow;
	int socket = drill_active(&flow), ends[2];
	loff_t offset = 0;

	CU_ASSERT_EQUAL(CALL(pipe, ends), 0);
	CU_ASSERT_EQUAL(CALL(splice, socket, NULL, socket, NULL, 1, 0), -1);
	CU_ASSERT_EQUAL(errno, EINVAL);
	CU_ASSERT_EQUAL(CALL(splice, ends[0], NULL, ends[1], NULL, 1, 0), -1);
	CU_ASSERT_EQUAL(errno, EINVAL);
	CU_ASSERT_EQUAL(CALL(splice, ends[1], NULL, socket, NULL, 1, 0), -1);
	CU_ASSERT_EQUAL(errno, EBADF);
	CU_ASSERT_EQUAL(CALL(splice, socket, &offset, ends[1], NULL, 1, 0), -1);
	CU_ASSERT_EQUAL(errno, ESPIPE);
	CU_ASSERT_EQUAL(CALL(splice, socket, NULL, 7, NULL, 1, 0), -1);
	CU_ASSERT_EQUAL(errno, EBADF);
	CU_ASSERT_EQUAL(CALL(splice, socket, NULL, ends[1], NULL, 0, 0), 0);
	/* what could not be sent is still in the pipe */
	CU_ASSERT_EQUAL(CALL(write, ends[1], "kept", 4), 4);
	CU_ASSERT_EQUAL(CALL(shutdown, socket, SHUT_WR), 0);
	CU_ASSERT_EQUAL(CALL(splice, ends[0], NULL, socket, NULL, 2, 0), -1);
	CU_ASSERT_EQUAL(errno, EPIPE);
	CU_ASSERT_EQUAL(CALL(read, ends[0], buffer, 10), 4);
	CU_ASSERT_EQUAL(memcmp(buffer, "kept", 4), 0);
}

static void what_splice_refuses_has_its_error(void)
{
	drill_both("", splice_errors);
}

int main(void)
{
	return TESTS_RUN("packetdrill: splice", TEST(a_pipe_is_a_pipe), TEST(writing_without_a_reader_is_a_broken_pipe),
			 TEST(splice_carries_a_connection_into_another), TEST(splice_blocks_until_there_is_data),
			 TEST(what_splice_refuses_has_its_error));
}
