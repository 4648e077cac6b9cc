/* SPDX-License-Identifier: BSD-3-Clause */
/* The virtual clock. */
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "drill.h"

static void sleep_a_day(void)
{
	struct timespec before, after;
	uint64_t began = drill_now();

	clock_gettime(CLOCK_MONOTONIC, &before);
	for (int i = 0; i < 24; i++)
		CU_ASSERT_EQUAL(CALL(usleep, 3600000000u), 0);
	clock_gettime(CLOCK_MONOTONIC, &after);
	CU_ASSERT_EQUAL(drill_now() - began, 24ull * 3600000000);
	CU_ASSERT_TRUE(after.tv_sec - before.tv_sec < 10);
}

static void sleeping_takes_no_real_time(void)
{
	drill_both("", sleep_a_day);
}

/* packetdrill spins on the clock for the last microseconds before an event. */
static void spin(void)
{
	uint64_t began = drill_now();

	CU_ASSERT_EQUAL(drill_now(), began + 1);
	CU_ASSERT_EQUAL(drill_now(), began + 2);
	CU_ASSERT_EQUAL(CALL(usleep, 1000), 0);
	CU_ASSERT_EQUAL(drill_now(), began + 1002);
	CU_ASSERT_EQUAL(CALL(close, -1), -1);
	CU_ASSERT_EQUAL(drill_now(), began + 1002);
	while (drill_now() < began + 1500)
		;
	CU_ASSERT_EQUAL(drill_now(), began + 1501);
}

static void the_clock_moves_for_who_spins_on_it(void)
{
	drill_both("", spin);
}

static void time_packets(void)
{
	struct drill_flow flow;
	int socket = drill_active(&flow);
	struct drill_segment first, second;
	uint64_t after;

	CU_ASSERT_EQUAL(CALL(usleep, 5000), 0);
	CU_ASSERT_EQUAL(CALL(write, socket, "ab", 2), 2);
	CU_ASSERT_EQUAL(CALL(usleep, 10), 0);
	CU_ASSERT_TRUE(drill_sniff(&flow, &first));
	CU_ASSERT_EQUAL(first.time, 5000); /* when it left, not when it was asked for */
	CU_ASSERT_TRUE(drill_sniff(&flow, &second));
	after = drill_now();
	CU_ASSERT_EQUAL(after, second.time); /* a retransmission: time has gone just there */
	CU_ASSERT_TRUE(second.time > 5010);
	CU_ASSERT_TRUE(second.time <= 1005000);
}

static void a_packet_has_the_time_at_which_it_left(void)
{
	drill_both("", time_packets);
}

static void delayed_ack(void)
{
	struct drill_flow flow;
	struct drill_segment segment;

	drill_active(&flow);
	CU_ASSERT_EQUAL(CALL(usleep, 1000000), 0);
	for (int i = 0; i < 20; i++) { /* beyond what is acknowledged at once at first */
		drill_inject(&flow, TCP_ACK, 1 + 100 * i, 100, 1);
		CU_ASSERT_EQUAL(CALL(usleep, 500000), 0);
	}
	for (int i = 0; i < 20; i++) {
		CU_ASSERT_TRUE(drill_expect(&flow, TCP_ACK, 1, 0, 101 + 100 * i, &segment));
	}
	CU_ASSERT_EQUAL(segment.time, 1000000 + 19 * 500000 + 25000);
}

static void timers_run_while_the_script_sleeps(void)
{
	drill_both("delayed_ack=25", delayed_ack);
}

struct sniffing {
	struct drill_flow flow;
	struct drill_segment segment;
	bool right;
};

static void sniff(void *argument)
{
	struct sniffing *sniffing = argument;

	sniffing->right = drill_sniff(&sniffing->flow, &sniffing->segment);
}

/* A thread beside the script's waits for the script to move time. */
static void sniff_beside(void)
{
	struct sniffing sniffing;
	int socket = drill_active(&sniffing.flow);
	struct drill_thread *thread;

	thread = drill_block(sniff, &sniffing);
	CU_ASSERT_EQUAL(CALL(usleep, 30000), 0);
	CU_ASSERT_FALSE(drill_is_done(thread));
	CU_ASSERT_EQUAL(CALL(write, socket, "x", 1), 1);
	drill_join(thread);
	CU_ASSERT_TRUE(sniffing.right);
	CU_ASSERT_EQUAL(sniffing.segment.time, 30000);
	thread = drill_block(sniff, &sniffing);
	CU_ASSERT_EQUAL(CALL(usleep, 100), 0); /* not yet the time for a retransmission */
	CU_ASSERT_FALSE(drill_is_done(thread));
	CU_ASSERT_EQUAL(drill_now(), 30100);
	CU_ASSERT_EQUAL(CALL(usleep, 2000000), 0);
	drill_join(thread);
	CU_ASSERT_TRUE(sniffing.right);
}

static void receiving_beside_the_script_never_runs_past_it(void)
{
	drill_both("", sniff_beside);
}

struct writing {
	int socket;
	ssize_t result;
};

static void write_late(void *argument)
{
	const struct timespec moment = {.tv_nsec = 20000000};
	struct writing *writing = argument;

	nanosleep(&moment, NULL);
	writing->result = CALL(write, writing->socket, "x", 1);
}

/* Nothing is to come, no timer runs, but another thread is just about to call. */
static void sniff_before_write(void)
{
	struct drill_flow flow;
	struct writing writing = {.socket = drill_active(&flow)};
	struct drill_thread *thread;
	struct drill_segment segment;
	struct timespec before, after;

	clock_gettime(CLOCK_MONOTONIC, &before);
	thread = drill_block(write_late, &writing);
	CU_ASSERT_TRUE(drill_sniff(&flow, &segment));
	clock_gettime(CLOCK_MONOTONIC, &after);
	drill_join(thread);
	CU_ASSERT_TRUE((after.tv_sec - before.tv_sec) * 1000 + (after.tv_nsec - before.tv_nsec) / 1000000 < 900);
	CU_ASSERT_EQUAL(writing.result, 1);
	CU_ASSERT_EQUAL(segment.length, 1);
}

static void receiving_waits_a_moment_for_another_threads_call(void)
{
	drill_both("keepalive_idle=4294967295", sniff_before_write);
}

/* Runs in a child: the library ends the process. Gives what it said. */
static int exit_status(void (*child)(void), char *said, size_t room)
{
	int ends[2], status = -1;
	ssize_t length = 0, now;
	pid_t process;

	if (pipe(ends) != 0)
		return -1;
	process = fork();
	if (process == 0) {
		dup2(ends[1], STDERR_FILENO);
		close(ends[0]);
		close(ends[1]);
		child();
		_exit(99);
	}
	close(ends[1]);
	while ((now = read(ends[0], said + length, room - 1 - length)) > 0)
		length += now;
	said[length] = '\0';
	close(ends[0]);
	waitpid(process, &status, 0);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void receive_in_vain(void)
{
	uint8_t packet[100];
	size_t size = sizeof(packet);
	long long time;

	drill_start(AF_INET, "");
	drill_listen(1);
	CALL(netdev_receive, packet, &size, &time);
}

static void use_wrong_flags(void)
{
	drill_symbol()("colour=blue", &drill);
}

static void receiving_gives_up_after_300_virtual_seconds(void)
{
	char said[1000];

	CU_ASSERT_EQUAL(exit_status(receive_in_vain, said, sizeof(said)), EXIT_FAILURE);
	CU_ASSERT_PTR_NOT_NULL(strstr(said, "within 300 virtual seconds"));
}

static void wrong_flags_end_the_process_with_a_sentence(void)
{
	char said[1000];

	CU_ASSERT_EQUAL(exit_status(use_wrong_flags, said, sizeof(said)), EXIT_FAILURE);
	CU_ASSERT_PTR_NOT_NULL(strstr(said, "colour=blue"));
}

int main(void)
{
	/* those that fork come first: the EAL does not survive it */
	return TESTS_RUN("packetdrill: the clock", TEST(receiving_gives_up_after_300_virtual_seconds),
			 TEST(wrong_flags_end_the_process_with_a_sentence), TEST(sleeping_takes_no_real_time),
			 TEST(the_clock_moves_for_who_spins_on_it), TEST(a_packet_has_the_time_at_which_it_left),
			 TEST(timers_run_while_the_script_sleeps), TEST(receiving_beside_the_script_never_runs_past_it),
			 TEST(receiving_waits_a_moment_for_another_threads_call));
}
