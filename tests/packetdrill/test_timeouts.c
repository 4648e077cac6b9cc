/* SPDX-License-Identifier: BSD-3-Clause */
/* What happens by time alone, at the same virtual times on each run. */
#include <time.h>

#include "drill.h"

static const uint64_t syn_times[] = {0, 1000000, 3000000, 7000000, 15000000, 31000000};
#define SYN_TIMES (sizeof(syn_times) / sizeof(syn_times[0]))
#define SYN_LIMIT 63000000

static void retransmit_syn(void)
{
	int socket = CALL(socket, drill_family, SOCK_STREAM | SOCK_NONBLOCK, 0), error = 0;
	struct drill_flow flow = {.remote_port = DRILL_PORT};
	struct sockaddr_storage address;
	socklen_t length = drill_address(&address, &drill_remote, DRILL_PORT);
	struct drill_segment segment;

	CU_ASSERT_EQUAL(CALL(connect, socket, (struct sockaddr *)&address, length), -1);
	for (size_t i = 0; i < SYN_TIMES; i++) {
		CU_ASSERT_TRUE(drill_expect(&flow, TCP_SYN, 0, 0, 0, &segment));
		CU_ASSERT_EQUAL(segment.time, syn_times[i]);
	}
	CU_ASSERT_EQUAL(CALL(usleep, SYN_LIMIT - drill_now() - 1), 0);
	length = sizeof(error);
	CU_ASSERT_EQUAL(CALL(getsockopt, socket, SOL_SOCKET, SO_ERROR, &error, &length), 0);
	CU_ASSERT_EQUAL(error, 0);
	CU_ASSERT_EQUAL(CALL(usleep, 1), 0);
	CU_ASSERT_EQUAL(CALL(getsockopt, socket, SOL_SOCKET, SO_ERROR, &error, &length), 0);
	CU_ASSERT_EQUAL(error, ETIMEDOUT);
}

static void a_syn_is_sent_again_after_1_3_7_15_and_31_seconds(void)
{
	drill_both("", retransmit_syn);
}

struct result {
	int socket;
	ssize_t value;
	int error;
	uint64_t returned_at;
};

static void connect_to_nobody(void *argument)
{
	struct result *result = argument;
	struct sockaddr_storage address;
	socklen_t length = drill_address(&address, &drill_remote, DRILL_PORT);

	result->value = CALL(connect, result->socket, (struct sockaddr *)&address, length);
	result->error = errno;
	result->returned_at = drill_now();
}

static void time_out_in_connect(void)
{
	struct result result = {.socket = CALL(socket, drill_family, SOCK_STREAM, 0)};
	struct drill_thread *thread = drill_block(connect_to_nobody, &result);

	CU_ASSERT_EQUAL(CALL(usleep, SYN_LIMIT - 1), 0);
	CU_ASSERT_FALSE(drill_is_done(thread));
	CU_ASSERT_EQUAL(CALL(usleep, 1), 0);
	drill_join(thread);
	CU_ASSERT_EQUAL(result.value, -1);
	CU_ASSERT_EQUAL(result.error, ETIMEDOUT);
	CU_ASSERT_EQUAL(result.returned_at, SYN_LIMIT);
}

static void a_blocking_connect_gives_up_when_the_main_thread_has_slept_long_enough(void)
{
	drill_both("", time_out_in_connect);
}

/* Nobody else moves time: the sleeper does it itself, from timer to timer. */
static void time_out_alone(void)
{
	struct result result = {.socket = CALL(socket, drill_family, SOCK_STREAM, 0)};

	connect_to_nobody(&result);
	CU_ASSERT_EQUAL(result.value, -1);
	CU_ASSERT_EQUAL(result.error, ETIMEDOUT);
	CU_ASSERT_EQUAL(result.returned_at, SYN_LIMIT);
}

static void a_blocking_call_goes_on_by_itself_where_nobody_moves_time(void)
{
	drill_both("", time_out_alone);
}

static void read_into(void *argument)
{
	struct result *result = argument;
	char byte;

	result->value = CALL(read, result->socket, &byte, 1);
	result->error = errno;
	result->returned_at = drill_now();
}

static void read_with_timeout(void)
{
	struct timeval limit = {.tv_sec = 2, .tv_usec = 500000}, got;
	socklen_t length = sizeof(got);
	struct drill_flow flow;
	struct result result = {.socket = drill_passive(drill_listen(1), &flow, DRILL_PEER_PORT)};
	struct drill_thread *thread;

	CU_ASSERT_EQUAL(CALL(setsockopt, result.socket, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit)), 0);
	CU_ASSERT_EQUAL(CALL(getsockopt, result.socket, SOL_SOCKET, SO_RCVTIMEO, &got, &length), 0);
	CU_ASSERT_EQUAL(got.tv_sec, 2);
	CU_ASSERT_EQUAL(got.tv_usec, 500000);
	thread = drill_block(read_into, &result);
	CU_ASSERT_EQUAL(CALL(usleep, 10000000), 0);
	drill_join(thread);
	CU_ASSERT_EQUAL(result.value, -1);
	CU_ASSERT_EQUAL(result.error, EAGAIN);
	CU_ASSERT_EQUAL(result.returned_at, 2500000);
}

static void a_receive_timeout_is_kept_in_virtual_time(void)
{
	drill_both("", read_with_timeout);
}

#define EVENTS 12

/* A lost segment, with whatever times the stack gives to it: they must only be the same again. */
static unsigned run_lossy(uint64_t times[EVENTS])
{
	struct drill_flow flow;
	struct drill_segment segment;
	int socket = drill_passive(drill_listen(1), &flow, DRILL_PEER_PORT);
	unsigned count = 0;
	char data[3000];

	drill_fill(data, sizeof(data), 0);
	CU_ASSERT_EQUAL(CALL(write, socket, data, sizeof(data)), sizeof(data));
	while (count < EVENTS) {
		CU_ASSERT_TRUE_FATAL(drill_sniff(&flow, &segment));
		times[count++] = segment.time;
	}
	times[0] = flow.local_first; /* the random numbers too */
	return count;
}

static void two_runs_give_the_same_times(void)
{
	uint64_t first[EVENTS], second[EVENTS];

	drill_start(AF_INET, "");
	run_lossy(first);
	drill_end();
	drill_start(AF_INET, "");
	run_lossy(second);
	drill_end();
	for (int i = 0; i < EVENTS; i++)
		CU_ASSERT_EQUAL(first[i], second[i]);
	CU_ASSERT_TRUE(first[EVENTS - 1] > 1000000);
	drill_start(AF_INET, "seed=2");
	run_lossy(second);
	drill_end();
	CU_ASSERT_NOT_EQUAL(first[0], second[0]);
}

int main(void)
{
	return TESTS_RUN("packetdrill: time-outs", TEST(a_syn_is_sent_again_after_1_3_7_15_and_31_seconds),
			 TEST(a_blocking_connect_gives_up_when_the_main_thread_has_slept_long_enough),
			 TEST(a_blocking_call_goes_on_by_itself_where_nobody_moves_time),
			 TEST(a_receive_timeout_is_kept_in_virtual_time), TEST(two_runs_give_the_same_times));
}
