/* SPDX-License-Identifier: BSD-3-Clause */
#include "environment.h"

#include <pthread.h>
#include <sched.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <rte_common.h>
#include <rte_eal.h>
#include <rte_errno.h>
#include <rte_mbuf.h>

#include <tcpstack/segment.h>

#define POOL_MBUFS 8191

void environment_fail(const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	fputs("libsluice_packetdrill: ", stderr);
	vfprintf(stderr, format, arguments);
	fputc('\n', stderr);
	va_end(arguments);
	exit(EXIT_FAILURE);
}

/* A processor that the calling thread may use. */
static int allowed_processor(const cpu_set_t *allowed)
{
	int processor = 0;

	while (processor < CPU_SETSIZE - 1 && !CPU_ISSET(processor, allowed))
		processor++;
	return processor;
}

/* The EAL pins its first thread to one processor, which must be among those that the process may use. */
static void start_eal(void)
{
	/* The EAL keeps its arguments, and may write to them. */
	static char arguments[][20] = {"packetdrill", "--no-huge", "--no-pci", "--no-telemetry",
				       "--no-shconf", "-m",	   "64",       "--iova-mode=va",
				       "--log-level", "error",	   "--lcores", "0@CPU"};
	char *pointers[RTE_DIM(arguments) + 1] = {NULL};
	cpu_set_t allowed;

	if (pthread_getaffinity_np(pthread_self(), sizeof(allowed), &allowed) != 0)
		environment_fail("cannot read the processors that this thread may use");
	for (size_t i = 0; i < RTE_DIM(arguments); i++)
		pointers[i] = arguments[i];
	snprintf(pointers[RTE_DIM(arguments) - 1], sizeof(arguments[0]), "0@%d", allowed_processor(&allowed));
	if (rte_eal_init(RTE_DIM(arguments), pointers) < 0)
		environment_fail("DPDK's EAL does not start: %s", rte_strerror(rte_errno));
	pthread_setaffinity_np(pthread_self(), sizeof(allowed), &allowed);
}

struct rte_mempool *environment_pool(void)
{
	static struct rte_mempool *pool;

	if (pool)
		return pool;
	start_eal();
	pool = rte_pktmbuf_pool_create("packetdrill", POOL_MBUFS, 0, SEGMENT_PRIVATE_SIZE, RTE_MBUF_DEFAULT_BUF_SIZE,
				       SOCKET_ID_ANY);
	if (!pool)
		environment_fail("no memory for %d mbufs: %s", POOL_MBUFS, rte_strerror(rte_errno));
	return pool;
}

/* SplitMix64: any seed will do, and the same numbers follow from it anywhere. */
static uint64_t random_number(void *context)
{
	uint64_t *seed = context;
	uint64_t value = *seed += 0x9e3779b97f4a7c15;

	value = (value ^ (value >> 30)) * 0xbf58476d1ce4e5b9;
	value = (value ^ (value >> 27)) * 0x94d049bb133111eb;
	return value ^ (value >> 31);
}

static void *allocate(void *context, size_t size)
{
	return aligned_alloc(RTE_CACHE_LINE_SIZE, RTE_ALIGN_CEIL(size, RTE_CACHE_LINE_SIZE));
}

static void release(void *context, void *memory)
{
	free(memory);
}

void environment_fill(struct stack_environment *environment, uint64_t *seed)
{
	*environment = (struct stack_environment){
	    .context = seed, .random = random_number, .allocate = allocate, .release = release};
}
