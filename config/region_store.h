/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CONFIG_REGION_STORE_H
#define CONFIG_REGION_STORE_H

/*
 * The one way in which anything is stored into the region, so that a build with the option kill_at_store can end the
 * process before each single store (and each step of keeping an image on disk): see region_step.
 */

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#ifdef KILL_AT_STORE
/*
 * Kills the process (SIGKILL) when it is called for the n-th time, where the environment variable SLUICE_KILL_AT_STORE
 * says n; not at all if it says nothing.
 */
void region_step(void);

#define REGION_STRIDE 8 /* octets that are copied in one step */
#else
static inline void region_step(void)
{
}

#define REGION_STRIDE (1 << 20)
#endif

/* What was stored into the region before this is there before whatever is stored after, whoever looks. */
static inline void region_fence(void)
{
	atomic_thread_fence(memory_order_seq_cst);
}

static inline void region_store(_Atomic uint64_t *word, uint64_t value)
{
	region_step();
	atomic_store_explicit(word, value, memory_order_release);
}

static inline uint64_t region_load(const _Atomic uint64_t *word)
{
	return atomic_load_explicit(word, memory_order_acquire);
}

/* Copies octets into the region. */
static inline void region_fill(uint8_t *to, const void *from, uint64_t size)
{
	const uint8_t *next = from;

	for (uint64_t at = 0; at < size; at += REGION_STRIDE) {
		region_step();
		memcpy(to + at, next + at, size - at < REGION_STRIDE ? size - at : REGION_STRIDE);
	}
}

static inline void region_wipe(uint8_t *octets, uint64_t size)
{
	for (uint64_t at = 0; at < size; at += REGION_STRIDE) {
		region_step();
		memset(octets + at, 0, size - at < REGION_STRIDE ? size - at : REGION_STRIDE);
	}
}

#endif
