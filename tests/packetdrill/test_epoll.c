/* SPDX-License-Identifier: BSD-3-Clause */
/* poll and epoll. */
#include "drill.h"

static char buffer[4096];

static void watch(int epoll, int descriptor, uint32_t events)
{
	struct epoll_event event = {.events = events, .data.fd = descriptor};

	CU_ASSERT_EQUAL(CALL(epoll_ctl, epoll, EPOLL_CTL_ADD, descriptor, &event), 0);
}

/* What the only descriptor with something to tell has to tell; 0: none has. */
static uint32_t events_of(int epoll, int descriptor)
{
	struct epoll_event events[4];
	int count = CALL(epoll_wait, epoll, events, 4, 0);

	CU_ASSERT_TRUE(count == 0 || count == 1);
	if (count != 1)
		return 0;
	CU_ASSERT_EQUAL(events[0].data.fd, descriptor);
	return events[0].events;
}

static void level(void)
{
	int listener = drill_listen(1), epoll = CALL(epoll_create, 1);
	struct drill_flow flow;
	int socket;

	watch(epoll, listener, EPOLLIN);
	CU_ASSERT_EQUAL(events_of(epoll, listener), 0);
	socket = drill_passive(listener, &flow, DRILL_PEER_PORT);
	CU_ASSERT_EQUAL(events_of(epoll, listener), 0);
	watch(epoll, socket, EPOLLIN);
	CU_ASSERT_EQUAL(events_of(epoll, socket), 0);
	drill_inject(&flow, TCP_ACK, 1, 10, 1);
	CU_ASSERT_EQUAL(events_of(epoll, socket), EPOLLIN);
	CU_ASSERT_EQUAL(events_of(epoll, socket), EPOLLIN);
	CU_ASSERT_EQUAL(CALL(read, socket, buffer, 4), 4);
	CU_ASSERT_EQUAL(events_of(epoll, socket), EPOLLIN);
	CU_ASSERT_EQUAL(CALL(read, socket, buffer, 100), 6);
	CU_ASSERT_EQUAL(events_of(epoll, socket), 0);
}

static void level_triggered_events_last_while_they_hold(void)
{
	drill_both("", level);
}

static void edge(void)
{
	int epoll = CALL(epoll_create, 1);
	struct drill_flow flow;
	int socket = drill_active(&flow);
	struct epoll_event event = {.events = EPOLLIN | EPOLLONESHOT, .data.fd = socket};

	watch(epoll, socket, EPOLLIN | EPOLLET);
	drill_inject(&flow, TCP_ACK, 1, 10, 1);
	CU_ASSERT_EQUAL(events_of(epoll, socket), EPOLLIN);
	CU_ASSERT_EQUAL(events_of(epoll, socket), 0);
	drill_inject(&flow, TCP_ACK, 11, 10, 1);
	CU_ASSERT_EQUAL(events_of(epoll, socket), EPOLLIN);
	CU_ASSERT_EQUAL(events_of(epoll, socket), 0);
	/* changed to one-shot: told once, until it is changed again */
	CU_ASSERT_EQUAL(CALL(epoll_ctl, epoll, EPOLL_CTL_MOD, socket, &event), 0);
	CU_ASSERT_EQUAL(events_of(epoll, socket), EPOLLIN);
	drill_inject(&flow, TCP_ACK, 21, 10, 1);
	CU_ASSERT_EQUAL(events_of(epoll, socket), 0);
	CU_ASSERT_EQUAL(CALL(epoll_ctl, epoll, EPOLL_CTL_MOD, socket, &event), 0);
	CU_ASSERT_EQUAL(events_of(epoll, socket), EPOLLIN);
}

static void edge_triggered_and_one_shot_events_are_told_once(void)
{
	drill_both("", edge);
}

static void ends(void)
{
	int epoll = CALL(epoll_create, 1);
	struct drill_flow flow;
	int socket = drill_active(&flow);

	watch(epoll, socket, EPOLLIN | EPOLLOUT | EPOLLRDHUP);
	CU_ASSERT_EQUAL(events_of(epoll, socket), EPOLLOUT);
	drill_inject(&flow, TCP_FIN | TCP_ACK, 1, 0, 1);
	CU_ASSERT_EQUAL(events_of(epoll, socket), EPOLLIN | EPOLLOUT | EPOLLRDHUP);
	CU_ASSERT_EQUAL(CALL(shutdown, socket, SHUT_WR), 0);
	CU_ASSERT_EQUAL(events_of(epoll, socket), EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLHUP);
	CU_ASSERT_EQUAL(CALL(close, socket), 0);
	CU_ASSERT_EQUAL(events_of(epoll, socket), 0);
	/* nor is the next one of that number watched, which would be ready */
	CU_ASSERT_EQUAL(CALL(socket, drill_family, SOCK_DGRAM, 0), socket);
	CU_ASSERT_EQUAL(events_of(epoll, socket), 0);
}

static void the_ends_of_a_connection_are_events(void)
{
	drill_both("", ends);
}

struct waiting {
	int epoll;
	int timeout;
	int count;
	uint64_t returned_at;
};

static void wait_for_event(void *argument)
{
	struct waiting *waiting = argument;
	struct epoll_event events[2];

	waiting->count = CALL(epoll_wait, waiting->epoll, events, 2, waiting->timeout);
	waiting->returned_at = drill_now();
}

static void block_in_epoll(void)
{
	struct waiting waiting = {.epoll = CALL(epoll_create, 1), .timeout = -1};
	struct drill_flow flow;
	int socket = drill_active(&flow);
	struct drill_thread *thread;

	watch(waiting.epoll, socket, EPOLLIN);
	thread = drill_block(wait_for_event, &waiting);
	CU_ASSERT_EQUAL(CALL(usleep, 7000), 0);
	CU_ASSERT_FALSE(drill_is_done(thread));
	drill_inject(&flow, TCP_ACK, 1, 10, 1);
	drill_join(thread);
	CU_ASSERT_EQUAL(waiting.count, 1);
	CU_ASSERT_EQUAL(waiting.returned_at, 7000);
	CU_ASSERT_EQUAL(CALL(read, socket, buffer, 100), 10);
	waiting.timeout = 250;
	thread = drill_block(wait_for_event, &waiting);
	CU_ASSERT_EQUAL(CALL(usleep, 1000000), 0);
	drill_join(thread);
	CU_ASSERT_EQUAL(waiting.count, 0);
	CU_ASSERT_EQUAL(waiting.returned_at, 257000);
}

static void epoll_wait_blocks_until_an_event_or_its_time(void)
{
	drill_both("", block_in_epoll);
}

static void poll_many(void)
{
	int listener = drill_listen(1);
	struct drill_flow flow;
	int socket = drill_passive(listener, &flow, DRILL_PEER_PORT),
	    fresh = CALL(socket, drill_family, SOCK_STREAM, 0);
	struct pollfd polls[5] = {
	    {.fd = listener, .events = POLLIN}, {.fd = socket, .events = POLLIN | POLLOUT},
	    {.fd = fresh, .events = POLLIN},	{.fd = 4, .events = POLLIN},
	    {.fd = -1, .events = POLLIN},
	};
	uint64_t before;

	CU_ASSERT_EQUAL(CALL(poll, polls, 5, -1), 3);
	CU_ASSERT_EQUAL(polls[0].revents, 0);
	CU_ASSERT_EQUAL(polls[1].revents, POLLOUT);
	CU_ASSERT_EQUAL(polls[2].revents, POLLHUP);
	CU_ASSERT_EQUAL(polls[3].revents, POLLNVAL);
	CU_ASSERT_EQUAL(polls[4].revents, 0);
	/* alone in the process, it moves the clock to its own time-out */
	before = drill_now();
	CU_ASSERT_EQUAL(CALL(poll, polls, 1, 1500), 0);
	CU_ASSERT_EQUAL(drill_now(), before + 1500000);
}

static void poll_tells_of_each_descriptor(void)
{
	drill_both("", poll_many);
}

static void writable(void)
{
	struct drill_flow flow;
	int socket = drill_active(&flow), epoll = CALL(epoll_create, 1);
	uint32_t taken = 0, told = 0;
	ssize_t now;

	watch(epoll, socket, EPOLLOUT);
	while ((now = CALL(write, socket, buffer, sizeof(buffer))) > 0)
		taken += now;
	CU_ASSERT_EQUAL(errno, EAGAIN);
	CU_ASSERT_EQUAL(events_of(epoll, socket), 0);
	for (uint32_t sent = 0; sent < taken;) {
		struct drill_segment segment;

		CU_ASSERT_TRUE_FATAL(drill_sniff(&flow, &segment));
		sent = segment.sequence + segment.length - 1;
		drill_inject(&flow, TCP_ACK, 1, 0, sent + 1);
		told += events_of(epoll, socket) == EPOLLOUT;
	}
	CU_ASSERT_TRUE(told > 0);
	CU_ASSERT_EQUAL(events_of(epoll, socket), EPOLLOUT);
	CU_ASSERT_EQUAL(CALL(write, socket, buffer, sizeof(buffer)), sizeof(buffer));
}

static void a_full_socket_is_writable_again_after_acknowledgements(void)
{
	drill_both("send_buffer=40000", writable);
}

static void epoll_errors(void)
{
	int epoll = CALL(epoll_create, 1), other = CALL(epoll_create, 1);
	int socket = CALL(socket, drill_family, SOCK_STREAM, 0);
	struct epoll_event event = {.events = EPOLLIN}, strange = {.events = EPOLLEXCLUSIVE};

	CU_ASSERT_EQUAL(CALL(epoll_create, 0), -1);
	CU_ASSERT_EQUAL(errno, EINVAL);
	CU_ASSERT_EQUAL(CALL(epoll_ctl, epoll, EPOLL_CTL_MOD, socket, &event), -1);
	CU_ASSERT_EQUAL(errno, ENOENT);
	CU_ASSERT_EQUAL(CALL(epoll_ctl, epoll, EPOLL_CTL_ADD, socket, &strange), -1);
	CU_ASSERT_EQUAL(errno, EINVAL);
	CU_ASSERT_EQUAL(CALL(epoll_ctl, epoll, EPOLL_CTL_ADD, socket, &event), 0);
	CU_ASSERT_EQUAL(CALL(epoll_ctl, epoll, EPOLL_CTL_ADD, socket, &event), -1);
	CU_ASSERT_EQUAL(errno, EEXIST);
	CU_ASSERT_EQUAL(CALL(epoll_ctl, epoll, EPOLL_CTL_ADD, other, &event), -1);
	CU_ASSERT_EQUAL(errno, EINVAL);
	CU_ASSERT_EQUAL(CALL(epoll_ctl, epoll, EPOLL_CTL_ADD, 5, &event), -1);
	CU_ASSERT_EQUAL(errno, EBADF);
	CU_ASSERT_EQUAL(CALL(epoll_ctl, socket, EPOLL_CTL_ADD, socket, &event), -1);
	CU_ASSERT_EQUAL(errno, EINVAL);
	CU_ASSERT_EQUAL(CALL(epoll_wait, epoll, &event, 0, 0), -1);
	CU_ASSERT_EQUAL(errno, EINVAL);
	CU_ASSERT_EQUAL(CALL(epoll_ctl, epoll, EPOLL_CTL_DEL, socket, NULL), 0);
	CU_ASSERT_EQUAL(CALL(epoll_ctl, epoll, EPOLL_CTL_DEL, socket, NULL), -1);
	CU_ASSERT_EQUAL(errno, ENOENT);
}

static void what_epoll_refuses_has_its_error(void)
{
	drill_both("", epoll_errors);
}

int main(void)
{
	return TESTS_RUN(
	    "packetdrill: epoll", TEST(level_triggered_events_last_while_they_hold),
	    TEST(edge_triggered_and_one_shot_events_are_told_once), TEST(the_ends_of_a_connection_are_events),
	    TEST(epoll_wait_blocks_until_an_event_or_its_time), TEST(poll_tells_of_each_descriptor),
	    TEST(a_full_socket_is_writable_again_after_acknowledgements), TEST(what_epoll_refuses_has_its_error));
}
