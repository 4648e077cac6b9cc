/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef PACKETDRILL_CLOCK_H
#define PACKETDRILL_CLOCK_H

/*
 * Virtual time. It stands still but for these, so that a script takes milliseconds and each run is like the last:
 *
 * - usleep moves it on, timer by timer, by what is asked;
 * - netdev_receive, called by the thread that runs the script, moves it on from timer to timer until a packet leaves;
 * - gettimeofday, called twice in a row by that thread, moves it by a microsecond: packetdrill spins on the clock for
 *   the last stretch before an event;
 * - where all threads sleep in blocking calls and nobody has moved it for CLOCK_PATIENCE of real time, a sleeper moves
 *   it to the next timer.
 *
 * Before time moves, every sleeper that has something to do is waited for: it finishes its call at the time that woke
 * it, and reads that time from the clock if it asks next. All functions are called with the adapter's lock held.
 */

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

struct adapter;
struct waiter;

#define CLOCK_ORIGIN 1000000000u       /* microseconds; when a stack begins */
#define CLOCK_PATIENCE 50u	       /* milliseconds of real time: a blocking call's */
#define CLOCK_SNIFF_PATIENCE 1000u     /* milliseconds of real time: a netdev_receive's beside the script's thread */
#define CLOCK_RECEIVE_LIMIT 300000000u /* microseconds of virtual time that netdev_receive waits for a packet */
#define CLOCK_NEVER UINT64_MAX

struct clock {
	uint64_t now;	   /* microseconds */
	uint64_t moves;	   /* how often it was moved */
	uint64_t activity; /* changes of any descriptor: what poll and epoll_wait wait for */
	struct waiter *waiters;
	pthread_cond_t changed; /* a waiter became ready, or left */
	pthread_t script;	/* the thread that runs the script */
	bool read;		/* its last call was clock_read, and time has not moved since */
};

void clock_init(struct clock *clock);
void clock_destroy(struct clock *clock);

/* At the beginning of every call but gettimeofday. */
void clock_enter(struct clock *clock);

/* Moves time on by so many microseconds; the caller's thread runs the script from now on. */
void clock_sleep(struct adapter *adapter, uint64_t microseconds);

/* What gettimeofday tells the calling thread. */
uint64_t clock_read(struct adapter *adapter);

/*
 * Sleeps until *counter has another value than `seen` (0), the deadline has come (-EAGAIN), or the adapter is being
 * freed (-EBADF). `patience` is how many milliseconds of real time are given to others to move time.
 */
int clock_wait(struct adapter *adapter, const uint64_t *counter, uint64_t seen, uint64_t deadline, unsigned patience);

/* Waits until a packet is there to be taken; -EBADF if the adapter is being freed. Ends the process after
 * CLOCK_RECEIVE_LIMIT. */
int clock_await_packet(struct adapter *adapter);

/* Wakes the sleepers whose counter has changed or whose deadline has come. */
void clock_wake(struct adapter *adapter);

/* Lets every sleeper that was woken finish what it was woken for. */
void clock_settle(struct adapter *adapter);

/* Wakes all sleepers, and returns when they are gone. The adapter's `closing` is set. */
void clock_dismiss(struct adapter *adapter);

#endif
