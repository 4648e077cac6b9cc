/* SPDX-License-Identifier: BSD-3-Clause */
#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <CUnit/Basic.h>

#include <rte_eal.h>
#include <rte_errno.h>
#include <rte_lcore.h>

#include <tcpstack/segment.h>

#include "support.h"

#define POOLS 8

static struct {
	struct rte_mempool *pool;
	unsigned available; /* before the test */
} pools[POOLS];
static unsigned pool_count;

static void __attribute__((noreturn, format(printf, 1, 2))) fail(const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	vfprintf(stderr, format, arguments);
	va_end(arguments);
	fputc('\n', stderr);
	exit(EXIT_FAILURE);
}

static void count_before(void)
{
	for (unsigned i = 0; i < pool_count; i++)
		pools[i].available = rte_mempool_avail_count(pools[i].pool);
}

static void count_after(void)
{
	for (unsigned i = 0; i < pool_count; i++)
		CU_ASSERT_EQUAL(rte_mempool_avail_count(pools[i].pool), pools[i].available);
}

int tests_run(const char *name, const struct test *tests, size_t count)
{
	unsigned failures;
	CU_pSuite suite;

	if (CU_initialize_registry() != CUE_SUCCESS)
		fail("CUnit does not start: %s", CU_get_error_msg());
	suite = CU_add_suite_with_setup_and_teardown(name, NULL, NULL, count_before, count_after);
	for (size_t i = 0; suite != NULL && i < count; i++) {
		if (CU_add_test(suite, tests[i].name, tests[i].run) == NULL)
			fail("CUnit refuses the test %s: %s", tests[i].name, CU_get_error_msg());
	}
	CU_basic_set_mode(CU_BRM_VERBOSE);
	if (suite == NULL || CU_basic_run_tests() != CUE_SUCCESS || CU_get_number_of_tests_run() != count)
		fail("CUnit does not run the tests of %s: %s", name, CU_get_error_msg());
	failures = CU_get_number_of_failures();
	CU_cleanup_registry();
	for (unsigned i = 0; i < pool_count; i++)
		rte_mempool_free(pools[i].pool);
	if (rte_lcore_count() > 0)
		rte_eal_cleanup();
	return failures == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

void support_eal(void)
{
	/* The EAL may write to its arguments and reorder them. */
	static char arguments[][20] = {"test", "--no-huge",	 "--no-pci",	"--no-telemetry", "--no-shconf", "-m",
				       "64",   "--iova-mode=va", "--log-level", "error",	  "-l",		 "0"};
	char *pointers[RTE_DIM(arguments)];

	for (size_t i = 0; i < RTE_DIM(arguments); i++)
		pointers[i] = arguments[i];
	if (rte_eal_init(RTE_DIM(pointers), pointers) < 0)
		fail("the EAL does not start: %s", rte_strerror(rte_errno));
}

struct rte_mempool *support_pool(const char *name, unsigned mbufs)
{
	struct rte_mempool *pool;

	if (rte_lcore_count() == 0)
		support_eal();
	if (pool_count == POOLS)
		fail("more than %u pools in one test program", POOLS);
	pool = rte_pktmbuf_pool_create(name, mbufs, 0, SEGMENT_PRIVATE_SIZE, RTE_MBUF_DEFAULT_BUF_SIZE, SOCKET_ID_ANY);
	if (pool == NULL)
		fail("no pool of %u mbufs: %s", mbufs, rte_strerror(rte_errno));
	pools[pool_count++].pool = pool;
	return pool;
}

struct rte_mbuf *support_mbuf(struct rte_mempool *pool, const void *data, uint16_t length)
{
	struct rte_mbuf *mbuf = rte_pktmbuf_alloc(pool);
	void *octets = mbuf != NULL ? rte_pktmbuf_append(mbuf, length) : NULL;

	if (octets == NULL)
		fail("no mbuf for %u octets", length);
	if (length > 0)
		memcpy(octets, data, length);
	return mbuf;
}

static int digit(char character)
{
	if (isdigit(character))
		return character - '0';
	return isxdigit(character) ? tolower(character) - 'a' + 10 : -1;
}

uint32_t support_hex(const char *text, void *buffer, size_t size)
{
	uint8_t *octets = buffer;
	uint32_t count = 0;

	for (; *text != '\0'; text++) {
		if (isspace(*text))
			continue;
		if (count == size || digit(text[0]) < 0 || digit(text[1]) < 0)
			fail("not up to %zu octets in hex, from here on: %s", size, text);
		octets[count++] = (uint8_t)(digit(text[0]) << 4 | digit(text[1]));
		text++;
	}
	return count;
}

uint8_t *support_copy(const void *data, size_t length)
{
	uint8_t *copy = malloc(length);

	if (copy == NULL && length > 0)
		fail("no memory");
	if (length > 0)
		memcpy(copy, data, length);
	return copy;
}

uint64_t support_random(uint64_t *state)
{
	uint64_t word = *state += 0x9e3779b97f4a7c15;

	word = (word ^ word >> 30) * 0xbf58476d1ce4e5b9;
	word = (word ^ word >> 27) * 0x94d049bb133111eb;
	return word ^ word >> 31;
}

void support_random_fill(uint64_t *state, void *buffer, size_t length)
{
	uint8_t *octets = buffer;

	for (size_t i = 0; i < length; i++)
		octets[i] = (uint8_t)support_random(state);
}
