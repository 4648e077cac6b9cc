/* SPDX-License-Identifier: BSD-3-Clause */
/* What a peer's RST does to the calls. */
#include <poll.h>

#include "drill.h"

static char buffer[100];

static void reset_established(void)
{
	struct drill_flow flow;
	int socket = drill_active(&flow);

	drill_inject(&flow, TCP_ACK, 1, 10, 1);
	drill_inject(&flow, TCP_RST | TCP_ACK, 11, 0, 1);
	/* what had come is still there; then the error, once; then the end */
	CU_ASSERT_EQUAL(CALL(read, socket, buffer, sizeof(buffer)), 10);
	CU_ASSERT_EQUAL(CALL(read, socket, buffer, sizeof(buffer)), -1);
	CU_ASSERT_EQUAL(errno, ECONNRESET);
	CU_ASSERT_EQUAL(CALL(read, socket, buffer, sizeof(buffer)), 0);
	CU_ASSERT_EQUAL(CALL(write, socket, buffer, 1), -1);
	CU_ASSERT_EQUAL(errno, EPIPE);
	CU_ASSERT_EQUAL(CALL(shutdown, socket, SHUT_WR), -1);
	CU_ASSERT_EQUAL(errno, ENOTCONN);
}

static void a_reset_is_told_once(void)
{
	drill_both("", reset_established);
}

static void reset_then_write(void)
{
	struct drill_flow flow;
	int socket = drill_active(&flow), error = 0;
	socklen_t length = sizeof(error);
	struct pollfd poll = {.fd = socket, .events = POLLIN | POLLOUT};

	drill_inject(&flow, TCP_RST | TCP_ACK, 1, 0, 1);
	CU_ASSERT_EQUAL(CALL(poll, &poll, 1, 0), 1);
	CU_ASSERT_EQUAL(poll.revents, POLLIN | POLLOUT | POLLERR | POLLHUP);
	CU_ASSERT_EQUAL(CALL(write, socket, buffer, 1), -1);
	CU_ASSERT_EQUAL(errno, ECONNRESET);
	CU_ASSERT_EQUAL(CALL(write, socket, buffer, 1), -1);
	CU_ASSERT_EQUAL(errno, EPIPE);
	CU_ASSERT_EQUAL(CALL(getsockopt, socket, SOL_SOCKET, SO_ERROR, &error, &length), 0);
	CU_ASSERT_EQUAL(error, 0);
}

static void a_write_finds_the_reset(void)
{
	drill_both("", reset_then_write);
}

static void reset_after_fin(void)
{
	struct drill_flow flow;
	int socket = drill_active(&flow), error = 0;
	socklen_t length = sizeof(error);

	drill_inject(&flow, TCP_FIN | TCP_ACK, 1, 0, 1);
	drill_inject(&flow, TCP_RST | TCP_ACK, 2, 0, 1);
	CU_ASSERT_EQUAL(CALL(getsockopt, socket, SOL_SOCKET, SO_ERROR, &error, &length), 0);
	CU_ASSERT_EQUAL(error, EPIPE);
}

static void a_reset_after_the_peers_fin_is_a_broken_pipe(void)
{
	drill_both("", reset_after_fin);
}

struct reading {
	int socket;
	ssize_t result;
	int error;
};

static void read_some(void *argument)
{
	struct reading *reading = argument;

	reading->result = CALL(read, reading->socket, buffer, sizeof(buffer));
	reading->error = errno;
}

static void reset_while_reading(void)
{
	struct drill_flow flow;
	struct reading reading = {.socket = drill_passive(drill_listen(1), &flow, DRILL_PEER_PORT)};
	struct drill_thread *thread = drill_block(read_some, &reading);

	drill_inject(&flow, TCP_RST | TCP_ACK, 1, 0, 1);
	drill_join(thread);
	CU_ASSERT_EQUAL(reading.result, -1);
	CU_ASSERT_EQUAL(reading.error, ECONNRESET);
}

static void a_blocking_read_ends_with_the_reset(void)
{
	drill_both("", reset_while_reading);
}

/* As packetdrill does at the end of each script, to leave nothing behind. */
static void reset_unaccepted(void)
{
	int listener = drill_listen(1);
	struct drill_flow flow = {
	    .local_port = DRILL_PORT, .remote_port = DRILL_PEER_PORT, .remote_first = 5, .window = DRILL_WINDOW};
	int socket;

	drill_inject(&flow, TCP_SYN, 0, 0, 0);
	CU_ASSERT_TRUE(drill_expect(&flow, TCP_SYN | TCP_ACK, 0, 0, 1, NULL));
	drill_inject(&flow, TCP_ACK, 1, 0, 1);
	drill_inject(&flow, TCP_RST | TCP_ACK, 1, 0, 1);
	socket = CALL(accept, listener, NULL, NULL);
	CU_ASSERT_TRUE(socket >= 0);
	CU_ASSERT_EQUAL(CALL(read, socket, buffer, 1), -1);
	CU_ASSERT_EQUAL(errno, ECONNRESET);
}

static void a_connection_that_was_reset_can_still_be_accepted(void)
{
	drill_both("", reset_unaccepted);
}

int main(void)
{
	return TESTS_RUN("packetdrill: reset", TEST(a_reset_is_told_once), TEST(a_write_finds_the_reset),
			 TEST(a_reset_after_the_peers_fin_is_a_broken_pipe), TEST(a_blocking_read_ends_with_the_reset),
			 TEST(a_connection_that_was_reset_can_still_be_accepted));
}
