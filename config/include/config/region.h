/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CONFIG_REGION_H
#define CONFIG_REGION_H

/*
 * The region: two files that sluicectl and sluiced share, on hugetlbfs or, said so in region_status, on tmpfs.
 *
 *	policy	0600, slots of policy images and which of them is published. Written by sluicectl alone, under a lock of
 *		its own; sluiced maps it read-only (region_restore, before workers run, is the one exception).
 *	state	0600, written by sluiced alone: its incarnation, the generation that each worker has taken, and hit
 *		counters. sluiced holds a lock on it while it lives.
 *
 * A process may be killed at any instruction: the last published image stays whole and in force. What is published is
 * kept on disk too, for a region that is empty after a reboot. No slot is written while sluiced may still read it: an
 * image is only overwritten once every worker of the living sluiced has taken a later one.
 *
 * Position-independent; mapped at another address by each process. The region knows of an image only its header.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <config/error.h>
#include <config/image.h>

#define REGION_SLOTS 3
#define REGION_REASON_SIZE 320 /* of what went wrong, with its NUL: what, where, and what to do */
#define REGION_WORKERS 64
#define REGION_PATIENCE 5000 /* milliseconds that a push waits for a free slot */

struct region_settings {
	const char *folder; /* of the files policy and state; on hugetlbfs or tmpfs */
	const char *kept;   /* path of the image kept on disk */
	uint64_t slot_size; /* octets of the largest image; rounded up to whole pages */
	uint32_t counters;  /* the most hit counters of an image */
	bool allow_tmpfs;   /* else a folder that is not on hugetlbfs is refused */
};

struct region; /* a process's view of it */

/* For sluicectl. */

/* Opens the region for pushing, making it if it is not there. NULL with a reason. */
struct region *region_open_writer(const struct region_settings *settings, char reason[REGION_REASON_SIZE]);

enum region_outcome {
	REGION_TAKEN,	    /* every worker has taken it */
	REGION_NOT_RUNNING, /* published, no sluiced runs */
	REGION_REFUSED,	    /* nothing changed: reason */
	REGION_NOT_TAKEN,   /* published, but not taken in time, or refused by sluiced: reason names the worker */
};

/*
 * Publishes an image as the next generation, keeps it on disk, and waits until every worker has taken it. One push at a
 * time: waits for another's lock, up to REGION_PATIENCE.
 */
enum region_outcome region_push(struct region *region, const struct image_header *image, size_t size,
				uint64_t *generation, char reason[REGION_REASON_SIZE]);

/* For sluiced. */

/*
 * Opens the region for the gateway and takes the lock on `state`: NULL with a reason, too if another sluiced has it.
 * If no valid image is published, the one kept on disk is; if there is none, the region is empty. `workers`: how many
 * will take images.
 */
struct region *region_open_gateway(const struct region_settings *settings, unsigned workers,
				   char reason[REGION_REASON_SIZE]);

/* The newest published image, checked by the caller with image_check, or NULL. Main lcore. It stays where it is at
 * least until every worker has taken a later generation. */
const struct image_header *region_newest(struct region *region, size_t *size);

/* Tells pushers that the main lcore refuses a generation, and why. */
void region_refuse(struct region *region, uint64_t generation, const char *why);

/* Worker `worker` has taken `generation` and reads no older image any more. Any worker, its own number only. */
void region_taken(struct region *region, unsigned worker, uint64_t generation);

/* The hit counters of a worker, 0 .. settings.counters - 1; zeroed by whoever takes a new image. Its worker alone
 * writes them. */
uint64_t *region_hits(struct region *region, unsigned worker);

/* For everybody. */

struct region_status {
	bool hugepages;	      /* false: tmpfs */
	bool running;	      /* a sluiced holds the lock on state */
	uint64_t incarnation; /* of the sluiced that wrote state last */
	uint64_t published;   /* generation; 0: none */
	uint64_t slot_size;
	unsigned workers;
	uint64_t taken[REGION_WORKERS]; /* by each of them */
	uint64_t refused;		/* the last generation that sluiced refused; 0: none */
	char refusal[REGION_REASON_SIZE];
};

/* Opens the region to read what it says; NULL with a reason. */
struct region *region_open_reader(const struct region_settings *settings, char reason[REGION_REASON_SIZE]);

void region_read_status(struct region *region, struct region_status *status);

/* The sum over all workers of a hit counter of the published generation. */
uint64_t region_read_hits(struct region *region, uint32_t counter);

/* Releases locks and maps; the files stay. */
void region_close(struct region *region);

#endif
