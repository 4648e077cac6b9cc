/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CONFIG_REGION_STATE_H
#define CONFIG_REGION_STATE_H

/*
 * The file `state`: what sluiced tells. The gateway alone stores; others map it read-only and believe nothing of it
 * further than that it keeps within the file. The lock on it tells whether a sluiced lives.
 */

#include <stdbool.h>
#include <stdint.h>

#include <config/region.h>

#include "region_folder.h"

struct region_state_file;

struct region_state {
	int file; /* -1: not open */
	bool gateway;
	struct region_state_file *shared; /* NULL: not mapped, as there is no such file yet */
	uint64_t mapped;		  /* octets */
	unsigned workers;		  /* the gateway's own copies, as all may not be believed that is in the file */
	uint32_t counters;
};

/* For the gateway. */

/* Takes the lock and makes room; false with a reason, too if another has the lock. region_state_begin comes next. */
bool region_state_open_gateway(const struct region_folder *folder, unsigned workers, uint32_t counters,
			       struct region_state *state, char reason[REGION_REASON_SIZE]);

/* Empties the state, and starts an incarnation that uses the slots of `identity` and the folder `kept` on disk; false
 * with a reason. */
bool region_state_begin(struct region_state *state, uint64_t identity, const char *kept,
			char reason[REGION_REASON_SIZE]);

/* The main lcore is about to read the image of that generation in that slot. */
void region_state_examine(struct region_state *state, unsigned slot, uint64_t generation);

/* It was refused; slot REGION_SLOTS: it is in none. */
void region_state_refuse(struct region_state *state, unsigned slot, uint64_t generation, const char *why);

void region_state_taken(struct region_state *state, unsigned worker, uint64_t generation);
uint64_t *region_state_hits(struct region_state *state, unsigned worker);

/* For all others. */

/* Maps the file, again if it grew or was made since; false with a reason. That it is missing is no failure. */
bool region_state_refresh(const struct region_folder *folder, struct region_state *state,
			  char reason[REGION_REASON_SIZE]);

/* Whether a gateway holds the lock. */
bool region_state_running(const struct region_state *state);

/* What the last gateway said: generations, incarnation, refusal, bounded and printable. False if it said nothing that
 * makes sense, as while it starts. Fills only its own members of *status. */
bool region_state_read(const struct region_state *state, struct region_status *status);

/* Whether a gateway lives that has not yet said anything. */
bool region_state_starting(const struct region_state *state);

/* Whether the last gateway was of another version, and what it says cannot be understood. */
bool region_state_other(const struct region_state *state);

/* The slots that the last gateway uses, 0 if none. */
uint64_t region_state_identity(const struct region_state *state);

/* Whether the last gateway has its images in the folder `kept` on disk. If not, *path is where. True if it said
 * nothing.
 */
bool region_state_keeps(const struct region_state *state, const char *kept, char path[REGION_REASON_SIZE]);

/*
 * Whether the living gateway may still read the image of that generation in that slot. Then *worker is who has not
 * taken a later one.
 */
bool region_state_holds(const struct region_state *state, unsigned slot, uint64_t generation, unsigned *worker);

/* Whether that generation is what the gateway has looked at last in that slot. */
bool region_state_examined(const struct region_state *state, unsigned slot, uint64_t generation);

/* Whether the gateway has refused that generation in that slot. */
bool region_state_refused(const struct region_state *state, unsigned slot, uint64_t generation);

uint64_t region_state_sum(const struct region_state *state, uint32_t counter, uint64_t generation);

/* Sleeps until something changes that region_state_changes tells, at most `milliseconds`. */
uint32_t region_state_changes(const struct region_state *state);
void region_state_wait(const struct region_state *state, uint32_t changes, uint32_t milliseconds);

void region_state_close(struct region_state *state);

#endif
