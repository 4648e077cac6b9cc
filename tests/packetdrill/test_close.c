/* SPDX-License-Identifier: BSD-3-Clause */
/* close, shutdown and SO_LINGER. */
#include "drill.h"

static char buffer[4096];

static void close_first(void)
{
	struct drill_flow flow;
	int socket = drill_passive(drill_listen(1), &flow, DRILL_PEER_PORT);

	CU_ASSERT_EQUAL(CALL(close, socket), 0);
	CU_ASSERT_TRUE(drill_expect(&flow, TCP_FIN | TCP_ACK, 1, 0, 1, NULL));
	drill_inject(&flow, TCP_ACK, 1, 0, 2);
	drill_inject(&flow, TCP_FIN | TCP_ACK, 1, 0, 2);
	CU_ASSERT_TRUE(drill_expect(&flow, TCP_ACK, 2, 0, 2, NULL));
	CU_ASSERT_EQUAL(CALL(read, socket, buffer, 1), -1);
	CU_ASSERT_EQUAL(errno, EBADF);
}

static void close_sends_fin_and_ends_in_order(void)
{
	drill_both("", close_first);
}

static void close_after_data(void)
{
	struct drill_flow flow;
	int socket = drill_passive(drill_listen(1), &flow, DRILL_PEER_PORT);
	struct drill_segment segment;

	drill_fill(buffer, 600, 0);
	CU_ASSERT_EQUAL(CALL(write, socket, buffer, 600), 600);
	CU_ASSERT_TRUE(drill_expect(&flow, TCP_ACK, 1, 600, 1, NULL));
	CU_ASSERT_EQUAL(CALL(close, socket), 0);
	CU_ASSERT_TRUE(drill_expect(&flow, TCP_FIN | TCP_ACK, 601, 0, 1, NULL));
	/* nobody acknowledges: what was written is still delivered */
	CU_ASSERT_TRUE(drill_sniff(&flow, &segment));
	CU_ASSERT_TRUE(segment.time > 0);
	CU_ASSERT_TRUE(segment.sequence == 1 || segment.sequence == 601);
}

static void close_delivers_what_was_written(void)
{
	drill_both("", close_after_data);
}

static void read_to_the_end(void)
{
	struct drill_flow flow;
	int socket = drill_active(&flow);

	drill_inject(&flow, TCP_FIN | TCP_ACK, 1, 100, 1);
	CU_ASSERT_TRUE(drill_expect(&flow, TCP_ACK, 1, 0, 102, NULL));
	CU_ASSERT_EQUAL(CALL(read, socket, buffer, sizeof(buffer)), 100);
	CU_ASSERT_EQUAL(CALL(read, socket, buffer, sizeof(buffer)), 0);
	CU_ASSERT_EQUAL(CALL(read, socket, buffer, sizeof(buffer)), 0);
	/* the other direction is still open */
	drill_fill(buffer, 10, 0);
	CU_ASSERT_EQUAL(CALL(write, socket, buffer, 10), 10);
	CU_ASSERT_TRUE(drill_expect(&flow, TCP_ACK, 1, 10, 102, NULL));
	drill_inject(&flow, TCP_ACK, 102, 0, 11);
	CU_ASSERT_EQUAL(CALL(close, socket), 0);
	CU_ASSERT_TRUE(drill_expect(&flow, TCP_FIN | TCP_ACK, 11, 0, 102, NULL));
}

static void the_peers_fin_ends_reading_but_not_writing(void)
{
	drill_both("", read_to_the_end);
}

static void half_close(void)
{
	struct drill_flow flow;
	int socket = drill_active(&flow);

	CU_ASSERT_EQUAL(CALL(shutdown, socket, SHUT_WR), 0);
	CU_ASSERT_TRUE(drill_expect(&flow, TCP_FIN | TCP_ACK, 1, 0, 1, NULL));
	drill_inject(&flow, TCP_ACK, 1, 0, 2);
	CU_ASSERT_EQUAL(CALL(write, socket, buffer, 1), -1);
	CU_ASSERT_EQUAL(errno, EPIPE);
	drill_inject(&flow, TCP_ACK, 1, 200, 2);
	drill_inject(&flow, TCP_ACK, 201, 200, 2);
	CU_ASSERT_TRUE(drill_expect(&flow, TCP_ACK, 2, 0, 401, NULL));
	CU_ASSERT_EQUAL(CALL(read, socket, buffer, sizeof(buffer)), 400);
	CU_ASSERT_TRUE(drill_filled(buffer, 400, 0));
	drill_inject(&flow, TCP_FIN | TCP_ACK, 401, 0, 2);
	CU_ASSERT_TRUE(drill_expect(&flow, TCP_ACK, 2, 0, 402, NULL));
	CU_ASSERT_EQUAL(CALL(read, socket, buffer, sizeof(buffer)), 0);
}

static void shutdown_of_writing_leaves_reading_open(void)
{
	drill_both("", half_close);
}

static void shut_reading(void)
{
	struct drill_flow flow;
	int socket = drill_active(&flow);

	CU_ASSERT_EQUAL(CALL(shutdown, socket, SHUT_RD), 0);
	CU_ASSERT_EQUAL(CALL(read, socket, buffer, 1), 0);
	CU_ASSERT_EQUAL(CALL(shutdown, socket, 7), -1);
	CU_ASSERT_EQUAL(errno, EINVAL);
	CU_ASSERT_EQUAL(CALL(shutdown, socket, SHUT_RDWR), 0);
	CU_ASSERT_TRUE(drill_expect(&flow, TCP_FIN | TCP_ACK, 1, 0, 1, NULL));
}

static void shutdown_of_reading_reads_the_end(void)
{
	drill_both("", shut_reading);
}

static void set_linger(int socket, int seconds)
{
	struct linger linger = {.l_onoff = 1, .l_linger = seconds}, got;
	socklen_t length = sizeof(got);

	CU_ASSERT_EQUAL(CALL(setsockopt, socket, SOL_SOCKET, SO_LINGER, &linger, sizeof(linger)), 0);
	CU_ASSERT_EQUAL(CALL(getsockopt, socket, SOL_SOCKET, SO_LINGER, &got, &length), 0);
	CU_ASSERT_EQUAL(got.l_linger, seconds);
}

static void linger_zero(void)
{
	struct drill_flow flow;
	int socket = drill_active(&flow);
	struct drill_segment segment;

	set_linger(socket, 0);
	CU_ASSERT_EQUAL(CALL(close, socket), 0);
	CU_ASSERT_TRUE(drill_sniff(&flow, &segment));
	CU_ASSERT_TRUE(segment.header.flags & TCP_RST);
	CU_ASSERT_EQUAL(segment.sequence, 1);
}

static void close_with_a_linger_time_of_zero_resets(void)
{
	drill_both("", linger_zero);
}

struct closing {
	int socket;
	int result;
	uint64_t returned_at;
};

static void close_slowly(void *argument)
{
	struct closing *closing = argument;

	closing->result = CALL(close, closing->socket);
	closing->returned_at = drill_now();
}

static void linger_until_acknowledged(void)
{
	struct drill_flow flow;
	struct closing closing = {.socket = drill_active(&flow), .result = -2};
	struct drill_thread *thread;

	set_linger(closing.socket, 5);
	drill_fill(buffer, 300, 0);
	CU_ASSERT_EQUAL(CALL(write, closing.socket, buffer, 300), 300);
	CU_ASSERT_TRUE(drill_expect(&flow, TCP_ACK, 1, 300, 1, NULL));
	thread = drill_block(close_slowly, &closing);
	CU_ASSERT_FALSE(drill_is_done(thread));
	CU_ASSERT_TRUE(drill_expect(&flow, TCP_FIN | TCP_ACK, 301, 0, 1, NULL));
	CU_ASSERT_EQUAL(CALL(usleep, 100000), 0);
	drill_inject(&flow, TCP_ACK, 1, 0, 302);
	CU_ASSERT_EQUAL(CALL(usleep, 100000), 0);
	drill_join(thread);
	CU_ASSERT_EQUAL(closing.result, 0);
	CU_ASSERT_EQUAL(closing.returned_at, 100000);
}

static void close_with_a_linger_time_waits_for_acknowledgement(void)
{
	drill_both("", linger_until_acknowledged);
}

static void linger_in_vain(void)
{
	struct drill_flow flow;
	struct closing closing = {.socket = drill_active(&flow), .result = -2};
	struct drill_thread *thread;

	set_linger(closing.socket, 5);
	CU_ASSERT_EQUAL(CALL(write, closing.socket, buffer, 300), 300);
	thread = drill_block(close_slowly, &closing);
	CU_ASSERT_EQUAL(CALL(usleep, 10000000), 0);
	drill_join(thread);
	CU_ASSERT_EQUAL(closing.returned_at, 5000000);
}

static void lingering_ends_with_its_time(void)
{
	drill_both("", linger_in_vain);
}

static void close_unread(void)
{
	struct drill_flow flow;
	int socket = drill_active(&flow);
	struct drill_segment segment;

	drill_inject(&flow, TCP_ACK, 1, 200, 1);
	drill_inject(&flow, TCP_ACK, 201, 200, 1);
	CU_ASSERT_TRUE(drill_expect(&flow, TCP_ACK, 1, 0, 401, NULL));
	CU_ASSERT_EQUAL(CALL(read, socket, buffer, 1), 1);
	CU_ASSERT_EQUAL(CALL(close, socket), 0);
	CU_ASSERT_TRUE(drill_sniff(&flow, &segment));
	CU_ASSERT_TRUE(segment.header.flags & TCP_RST);
}

static void close_with_data_unread_resets(void)
{
	drill_both("", close_unread);
}

int main(void)
{
	return TESTS_RUN("packetdrill: close", TEST(close_sends_fin_and_ends_in_order),
			 TEST(close_delivers_what_was_written), TEST(the_peers_fin_ends_reading_but_not_writing),
			 TEST(shutdown_of_writing_leaves_reading_open), TEST(shutdown_of_reading_reads_the_end),
			 TEST(close_with_a_linger_time_of_zero_resets),
			 TEST(close_with_a_linger_time_waits_for_acknowledgement), TEST(lingering_ends_with_its_time),
			 TEST(close_with_data_unread_resets));
}
