/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef DATAPLANE_SNAPSHOT_H
#define DATAPLANE_SNAPSHOT_H

/*
 * A record that one thread writes and others read, without a lock and without the writer ever waiting: the reader
 * notices by the sequence number that it read while the record was being written, and reads again. The record is moved
 * in words of 64 bits.
 */

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#define SNAPSHOT_ATTEMPTS 100 /* of a reader before it gives up: the writer stands still half-way */

struct snapshot {
	_Atomic uint64_t sequence; /* odd: being written; 0: never written */
	_Atomic uint64_t words[];
};

/* Writes the record. One thread only. */
static inline void snapshot_write(struct snapshot *snapshot, const uint64_t *record, unsigned words)
{
	uint64_t sequence = atomic_load_explicit(&snapshot->sequence, memory_order_relaxed);
	unsigned i;

	atomic_store_explicit(&snapshot->sequence, sequence + 1, memory_order_relaxed);
	atomic_thread_fence(memory_order_release);
	for (i = 0; i < words; i++)
		atomic_store_explicit(&snapshot->words[i], record[i], memory_order_relaxed);
	atomic_store_explicit(&snapshot->sequence, sequence + 2, memory_order_release);
}

/* Reads the record; false if it was never written, or could not be read whole. */
static inline bool snapshot_read(const struct snapshot *snapshot, uint64_t *record, unsigned words)
{
	unsigned attempt;
	unsigned i;

	for (attempt = 0; attempt < SNAPSHOT_ATTEMPTS; attempt++) {
		uint64_t before = atomic_load_explicit(&snapshot->sequence, memory_order_acquire);

		if (before == 0)
			return false;
		if (before & 1)
			continue;
		for (i = 0; i < words; i++)
			record[i] = atomic_load_explicit(&snapshot->words[i], memory_order_relaxed);
		atomic_thread_fence(memory_order_acquire);
		if (atomic_load_explicit(&snapshot->sequence, memory_order_relaxed) == before)
			return true;
	}
	return false;
}

#endif
