/* SPDX-License-Identifier: BSD-3-Clause */
#include "support.h"

#include <string.h>

#include <rte_eal.h>

#include <tcpstack/segment.h>

uint8_t input_next(struct input *input)
{
	if (input->size == 0)
		return 0;
	input->size--;
	return *input->data++;
}

struct rte_mempool *support_pool(unsigned mbufs)
{
	static struct rte_mempool *pool;
	static const char arguments[][20] = {
	    "fuzz", "--no-huge",      "--no-pci",    "--no-telemetry", "--no-shconf", "-m",
	    "64",   "--iova-mode=va", "--log-level", "error",	       "-l",	      "0",
	};
	static char copies[RTE_DIM(arguments)][20]; /* the EAL keeps them, and reorders the pointers */
	char *pointers[RTE_DIM(arguments)];

	if (pool != NULL)
		return pool;
	for (size_t i = 0; i < RTE_DIM(arguments); i++)
		pointers[i] = memcpy(copies[i], arguments[i], sizeof(copies[i]));
	hold(rte_eal_init(RTE_DIM(arguments), pointers) >= 0);
	pool =
	    rte_pktmbuf_pool_create("fuzz", mbufs, 0, SEGMENT_PRIVATE_SIZE, RTE_MBUF_DEFAULT_BUF_SIZE, SOCKET_ID_ANY);
	hold(pool != NULL);
	return pool;
}

static uint64_t random_word(void *context)
{
	uint64_t *state = context;

	*state = *state * 6364136223846793005 + 1442695040888963407;
	return *state ^ *state >> 32;
}

static void *allocate(void *context, size_t size)
{
	return aligned_alloc(64, (size + 63) / 64 * 64);
}

static void release(void *context, void *memory)
{
	free(memory);
}

struct stack_environment support_environment(uint64_t *random)
{
	return (struct stack_environment){
	    .context = random,
	    .random = random_word,
	    .allocate = allocate,
	    .release = release,
	};
}

struct rte_mbuf *support_frame(struct rte_mempool *pool, const uint8_t *frame, size_t length, size_t piece)
{
	struct rte_mbuf *head = NULL;

	for (size_t at = 0; at < length || head == NULL; at += piece) {
		struct rte_mbuf *mbuf = rte_pktmbuf_alloc(pool);
		uint16_t part = (uint16_t)RTE_MIN(piece, length - at);

		if (mbuf == NULL)
			break;
		memcpy(rte_pktmbuf_append(mbuf, part), frame + at, part);
		if (head == NULL)
			head = mbuf;
		else
			hold(rte_pktmbuf_chain(head, mbuf) == 0);
	}
	if (head != NULL)
		*segment_of(head) = (struct segment){0};
	return head;
}
