/* SPDX-License-Identifier: BSD-3-Clause */
#include "clock.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <time.h>

#include <tcpstack/stack.h>

#include "adapter.h"
#include "environment.h"

struct waiter {
	struct waiter *next;
	const uint64_t *counter;
	uint64_t seen;
	uint64_t deadline;
	uint64_t woken_at;
	bool ready; /* its thread has not yet gone on */
};

/* When the calling thread's last call was woken, if it slept and the thread has not called again since; else 0. */
static __thread uint64_t woken_at;

void clock_init(struct clock *clock)
{
	pthread_condattr_t attributes;

	*clock = (struct clock){.now = CLOCK_ORIGIN, .script = pthread_self()};
	pthread_condattr_init(&attributes);
	pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
	pthread_cond_init(&clock->changed, &attributes);
	pthread_condattr_destroy(&attributes);
}

void clock_destroy(struct clock *clock)
{
	pthread_cond_destroy(&clock->changed);
}

static bool is_script(const struct clock *clock)
{
	return pthread_equal(clock->script, pthread_self());
}

void clock_enter(struct clock *clock)
{
	woken_at = 0;
	if (is_script(clock))
		clock->read = false;
}

void clock_wake(struct adapter *adapter)
{
	struct clock *clock = &adapter->clock;
	bool any = false;

	for (struct waiter *waiter = clock->waiters; waiter; waiter = waiter->next) {
		if (waiter->ready)
			continue;
		if (adapter->closing || *waiter->counter != waiter->seen || clock->now >= waiter->deadline) {
			waiter->ready = true;
			waiter->woken_at = clock->now;
			any = true;
		}
	}
	if (any || !link_empty(&adapter->link))
		pthread_cond_broadcast(&clock->changed);
}

void clock_settle(struct adapter *adapter)
{
	const struct waiter *waiter = adapter->clock.waiters;

	while (waiter) {
		if (waiter->ready) {
			pthread_cond_wait(&adapter->clock.changed, &adapter->lock);
			waiter = adapter->clock.waiters;
		} else {
			waiter = waiter->next;
		}
	}
}

static void move_to(struct adapter *adapter, uint64_t time)
{
	struct clock *clock = &adapter->clock;

	clock->now = time;
	clock->moves++;
	clock->read = false;
	adapter_run(adapter);
}

/* The next moment at which something happens by itself; it lies ahead. */
static uint64_t next_moment(const struct adapter *adapter)
{
	uint64_t next = stack_next_deadline(adapter->stack);

	for (const struct waiter *waiter = adapter->clock.waiters; waiter; waiter = waiter->next) {
		if (waiter->deadline < next)
			next = waiter->deadline;
	}
	return next > adapter->clock.now ? next : adapter->clock.now + 1;
}

static void advance(struct adapter *adapter, uint64_t time)
{
	clock_settle(adapter);
	while (adapter->clock.now < time) {
		uint64_t next = next_moment(adapter);

		move_to(adapter, next < time ? next : time);
		clock_settle(adapter);
	}
}

void clock_sleep(struct adapter *adapter, uint64_t microseconds)
{
	adapter->clock.script = pthread_self();
	advance(adapter, adapter->clock.now + microseconds);
}

uint64_t clock_read(struct adapter *adapter)
{
	struct clock *clock = &adapter->clock;
	uint64_t time = woken_at;

	if (time != 0) {
		woken_at = 0;
		return time;
	}
	if (is_script(clock)) {
		if (clock->read)
			advance(adapter, clock->now + 1);
		clock->read = true;
	}
	return clock->now;
}

static struct timespec real_time_after(unsigned milliseconds)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	time.tv_sec += milliseconds / 1000;
	time.tv_nsec += (long)(milliseconds % 1000) * 1000000;
	if (time.tv_nsec >= 1000000000) {
		time.tv_nsec -= 1000000000;
		time.tv_sec++;
	}
	return time;
}

/* Sleeps until the waiter is ready, and moves time itself where nobody else does. */
static void sleep_until_ready(struct adapter *adapter, const struct waiter *waiter, unsigned patience)
{
	struct clock *clock = &adapter->clock;
	struct timespec limit = real_time_after(patience);
	uint64_t moves = clock->moves;

	while (!waiter->ready) {
		int result = pthread_cond_timedwait(&clock->changed, &adapter->lock, &limit);

		if (result == ETIMEDOUT && !waiter->ready && clock->moves == moves) {
			uint64_t next = next_moment(adapter);

			if (next != CLOCK_NEVER)
				move_to(adapter, next);
		}
		if (result == ETIMEDOUT || clock->moves != moves) {
			limit = real_time_after(patience);
			moves = clock->moves;
		}
	}
}

int clock_wait(struct adapter *adapter, const uint64_t *counter, uint64_t seen, uint64_t deadline, unsigned patience)
{
	struct clock *clock = &adapter->clock;
	struct waiter waiter = {.next = clock->waiters, .counter = counter, .seen = seen, .deadline = deadline};
	struct waiter **place = &clock->waiters;

	clock->waiters = &waiter;
	adapter_run(adapter);
	sleep_until_ready(adapter, &waiter, patience);
	while (*place != &waiter)
		place = &(*place)->next;
	*place = waiter.next;
	pthread_cond_broadcast(&clock->changed);
	woken_at = waiter.woken_at;
	if (adapter->closing)
		return -EBADF;
	return *counter != seen ? 0 : -EAGAIN;
}

/* What the stack has thrown away may be why it is silent. */
static void print_drops(const struct adapter *adapter)
{
	struct stack_counters counters;

	stack_read_counters(adapter->stack, &counters);
	for (int i = 0; i < DROP_REASONS; i++) {
		if (counters.drops[i] > 0)
			fprintf(stderr, "dropped %" PRIu64 ": %s, %s\n", counters.drops[i], drop_name(i),
				drop_meaning(i));
	}
}

static void give_up(const struct adapter *adapter)
{
	uint64_t deadline = stack_next_deadline(adapter->stack);

	print_drops(adapter);
	if (deadline == CLOCK_NEVER)
		environment_fail("no packet left the stack within %u virtual seconds: it has nothing to send, and no "
				 "timer is running",
				 CLOCK_RECEIVE_LIMIT / 1000000);
	environment_fail("no packet left the stack within %u virtual seconds: it has nothing to send, and its next "
			 "timer expires after %" PRIu64 " more microseconds",
			 CLOCK_RECEIVE_LIMIT / 1000000, deadline - RTE_MIN(deadline, adapter->clock.now));
}

/* The script's thread asks: nobody else will move time. Another thread may just be on its way into a call, though, and
 * is given real time for it before the process ends. */
static void run_until_packet(struct adapter *adapter)
{
	struct clock *clock = &adapter->clock;
	uint64_t limit = clock->now + CLOCK_RECEIVE_LIMIT;
	struct timespec patience = real_time_after(CLOCK_SNIFF_PATIENCE);

	clock_settle(adapter);
	while (link_empty(&adapter->link) && !adapter->closing) {
		uint64_t next = next_moment(adapter);

		if (next <= limit) {
			move_to(adapter, next);
			clock_settle(adapter);
		} else if (pthread_cond_timedwait(&clock->changed, &adapter->lock, &patience) == ETIMEDOUT &&
			   link_empty(&adapter->link)) {
			give_up(adapter);
		}
	}
}

int clock_await_packet(struct adapter *adapter)
{
	if (is_script(&adapter->clock)) {
		run_until_packet(adapter);
		return adapter->closing ? -EBADF : 0;
	}
	while (link_empty(&adapter->link)) {
		int result =
		    clock_wait(adapter, &adapter->link.sent, adapter->link.sent, CLOCK_NEVER, CLOCK_SNIFF_PATIENCE);

		if (result < 0)
			return result;
	}
	return 0;
}

void clock_dismiss(struct adapter *adapter)
{
	clock_wake(adapter);
	clock_settle(adapter);
}
