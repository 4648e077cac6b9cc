/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef TESTS_UNIT_SUPPORT_H
#define TESTS_UNIT_SUPPORT_H

/*
 * What every unit test stands on: a runner over CUnit, the EAL, mbuf pools, bytes written as hex, and random numbers
 * that are the same in every run.
 *
 * A test is a function named for what must hold:
 *
 *	static void a_short_header_is_refused(void) { ... CU_ASSERT...(...); }
 *
 *	int main(void)
 *	{
 *		return TESTS_RUN("udp header", TEST(a_short_header_is_refused));
 *	}
 */

#include <stddef.h>
#include <stdint.h>

#include <CUnit/CUnit.h>

#include <rte_mbuf.h>

struct test {
	const char *name;
	void (*run)(void);
};

#define TEST(function)                                                                                                 \
	{                                                                                                              \
#function, function                                                                                    \
	}

/* Runs the tests, prints CUnit's summary, and gives the exit status of the process: 0 only if every assertion held.
 * Each test must also leave the pools of support_pool() as full as it found them. */
#define TESTS_RUN(suite, ...)                                                                                          \
	tests_run(suite, (const struct test[]){__VA_ARGS__},                                                           \
		  sizeof((const struct test[]){__VA_ARGS__}) / sizeof(struct test))
int tests_run(const char *suite, const struct test *tests, size_t count);

/* Starts the EAL on one core, without hugepages, devices or files; works without root. Ends the process with a message
 * if it does not start. Once a process; support_pool() does it by itself. */
void support_eal(void);

/* A pool of mbufs as a stack's user must make it: 2048 octets of data room behind the headroom, room for a struct
 * segment; no cache, so that counts are exact. Ends the process with a message if memory is lacking. */
struct rte_mempool *support_pool(const char *name, unsigned mbufs);

/* An mbuf with a copy of up to 2048 octets. */
struct rte_mbuf *support_mbuf(struct rte_mempool *pool, const void *data, uint16_t length);

/* Writes the octets that the hexadecimal text says, white space between them left out, and returns how many. The text
 * is right and fits: else the process ends with a message. */
uint32_t support_hex(const char *text, void *buffer, size_t size);

/* A copy with nothing around it, so that the address sanitizer sees whoever reads past its end; to be freed by free().
 */
uint8_t *support_copy(const void *data, size_t length);

/* Random numbers (SplitMix64); the state is the seed. */
uint64_t support_random(uint64_t *state);
void support_random_fill(uint64_t *state, void *buffer, size_t length);

#endif
