/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef DATAPLANE_SNAPSHOT_H
#define DATAPLANE_SNAPSHOT_H

/*
 * A record that one thread writes and others read, without a lock and without either waiting for the other. There are
 * two places for it: a write goes to the one that holds the record before last, so that the last one can be read even
 * while the writer stands still half-way. Only a reader that is overtaken by two writes has to read again. The record
 * is moved in words of 64 bits.
 */

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SNAPSHOT_ATTEMPTS 100 /* of a reader before it gives up: it is overtaken each time */

struct snapshot {
	_Atomic uint64_t sequence; /* writes so far; the last one is in the place `sequence & 1` */
	_Atomic uint64_t words[];
};

/* What a snapshot of a record takes, in octets; they are zero in the beginning. */
static inline size_t snapshot_size(unsigned words)
{
	return sizeof(struct snapshot) + 2 * (size_t)words * sizeof(uint64_t);
}

/* Writes the record. One thread only. */
static inline void snapshot_write(struct snapshot *snapshot, const uint64_t *record, unsigned words)
{
	uint64_t sequence = atomic_load_explicit(&snapshot->sequence, memory_order_relaxed) + 1;
	_Atomic uint64_t *place = &snapshot->words[(sequence & 1) * words];
	unsigned i;

	/* Who reads one of the words below sees the number of the write before this one too, and reads again. */
	atomic_thread_fence(memory_order_release);
	for (i = 0; i < words; i++)
		atomic_store_explicit(&place[i], record[i], memory_order_relaxed);
	atomic_store_explicit(&snapshot->sequence, sequence, memory_order_release);
}

/* Reads the record; false if it was never written, or could not be read whole. */
static inline bool snapshot_read(const struct snapshot *snapshot, uint64_t *record, unsigned words)
{
	unsigned attempt;
	unsigned i;

	for (attempt = 0; attempt < SNAPSHOT_ATTEMPTS; attempt++) {
		uint64_t sequence = atomic_load_explicit(&snapshot->sequence, memory_order_acquire);
		const _Atomic uint64_t *place = &snapshot->words[(sequence & 1) * words];

		if (sequence == 0)
			return false;
		for (i = 0; i < words; i++)
			record[i] = atomic_load_explicit(&place[i], memory_order_relaxed);
		atomic_thread_fence(memory_order_acquire);
		if (atomic_load_explicit(&snapshot->sequence, memory_order_relaxed) == sequence)
			return true;
	}
	return false;
}

#endif
