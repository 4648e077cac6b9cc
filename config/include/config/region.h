/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CONFIG_REGION_H
#define CONFIG_REGION_H

/*
 * The region: two files that sluicectl and sluiced share, on hugetlbfs or, said so in region_status, on tmpfs.
 *
 *	policy	0600, slots of policy images and which of them is published. Written by sluicectl alone, under a lock of
 *		its own; sluiced maps it read-only (region_open_gateway, before workers run, is the one exception).
 *	state	0600, written by sluiced alone: its incarnation, the generation that each worker has taken, and hit
 *		counters. sluiced holds a lock on it, and one on policy, while it lives.
 *
 * A process may be killed at any instruction: the last published image stays whole and in force. What is published is
 * kept on disk before (history.h), for a region that is empty after a reboot. No slot is written while sluiced may
 * still read it: an image is only overwritten once every worker of the living sluiced has taken a later one. What is
 * not in use any more is wiped. docs/architecture.md has the protocol and why it is right.
 *
 * Position-independent; mapped at another address by each process, and left out of core dumps. The region knows of an
 * image only its header.
 *
 * Both files, their folder and the folder on disk belong to the user that the process runs as, and to nobody else:
 * what others may write or even read is refused. Whoever may write them is trusted not to cut them short while they
 * are mapped; what else they hold is checked by whoever reads it.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <config/error.h>
#include <config/image.h>

/* The region that sluiced and sluicectl mean if nothing else is said. */
#define REGION_FOLDER "/dev/hugepages/sluice"
#define REGION_KEPT "/var/lib/sluice"
#define REGION_SLOT_MEGABYTES 64

#define REGION_SLOTS 3
#define REGION_REASON_SIZE 320 /* of what went wrong, with its NUL: what, where, and what to do */
#define REGION_WORKERS 64
#define REGION_PATIENCE 5000 /* milliseconds that a push waits: for its turn, for a free slot, and for the workers */

struct region_settings {
	const char *folder; /* of the files policy and state, on hugetlbfs or tmpfs; made if its parent is there */
	const char *kept;   /* folder of the images kept on disk (history.h); made likewise */
	uint64_t slot_size; /* octets of the largest image; rounded up so that the file policy fills whole pages */
	uint32_t counters;  /* the most hit counters of an image */
	bool allow_tmpfs;   /* else a folder that is not on hugetlbfs is refused */
	uint32_t patience;  /* milliseconds; 0: REGION_PATIENCE */

	/*
	 * For region_open_gateway: whether an image is whole (image_check), and whether the gateway can do what it
	 * asks. NULL: its header decides, and it can. `context` is passed on.
	 */
	bool (*check)(void *context, const struct image_header *image, size_t size, char reason[REGION_REASON_SIZE]);
	bool (*fits)(void *context, const struct image_header *image, size_t size, char reason[REGION_REASON_SIZE]);
	void *context;
};

struct region; /* a process's view of it */

/* For sluicectl. */

/* Opens the region for pushing, making it if it is not there. NULL with a reason. Strings in *settings are copied. */
struct region *region_open_writer(const struct region_settings *settings, char reason[REGION_REASON_SIZE]);

enum region_outcome {
	REGION_TAKEN,	    /* every worker has taken it */
	REGION_NOT_RUNNING, /* published, no sluiced runs */
	REGION_REFUSED,	    /* the policy in force is the one before: reason */
	REGION_NOT_TAKEN,   /* published, but not taken in time (reason names the worker), or overtaken by another */
};

/*
 * Keeps an image on disk, publishes it as the next generation, and waits until every worker has taken it. Each push
 * has a generation above all before it, across reboots too. One push at a time: another's end is waited for.
 *
 * Refused are: a header that does not say `size`; an image above the slots' size; a disk that does not take it (full,
 * read-only: what is in force must survive a reboot) or on which sluiced does not look; no free slot in time; another
 * push that does not end in time; and what sluiced refuses, which is taken back from region and disk. *generation is
 * set unless it is refused. `reevaluate`: workers are to look the flows that are open up again, and to end those that
 * this policy denies.
 */
enum region_outcome region_push(struct region *region, const struct image_header *image, size_t size, bool reevaluate,
				uint64_t *generation, char reason[REGION_REASON_SIZE]);

/* For sluiced. */

/*
 * Opens the region for the gateway and takes the lock on `state`: NULL with a reason, too if another sluiced has it.
 * If no whole image is published, the newest whole one that is kept on disk is; if there is none, the region is empty.
 * One that the gateway cannot do is a reason not to open: another policy than the last is never put in force by itself.
 * `reason` is then a note for the log of what was restored, or that nothing is in force, and what was found wrong; or
 * empty. A region whose slots are of another size than the settings say is made anew, if what it publishes is kept on
 * disk. `workers`: how many will take images, up to REGION_WORKERS.
 */
struct region *region_open_gateway(const struct region_settings *settings, unsigned workers,
				   char reason[REGION_REASON_SIZE]);

/*
 * The newest published image, checked by the caller with image_check, or NULL. Main lcore. It stays where it is until
 * it is refused, or every worker has taken a later generation; so what this function returned before must have been
 * refused or handed to all workers when it is called again. It may return an older one than before: the one in force,
 * after a refused one was taken back. Costs a few loads while nothing new is published.
 */
const struct image_header *region_newest(struct region *region, size_t *size);

/* Whether somebody has removed a file of the region, and what that means. Main lcore; two system calls. */
bool region_removed(const struct region *region, char reason[REGION_REASON_SIZE]);

/*
 * Of what region_newest returned last, by its generation: the last generation, up to that, whose push asked for open
 * flows to be looked up again; 0: none. Whoever comes from an older one than that has to. Main lcore.
 */
uint64_t region_reevaluation(const struct region *region, uint64_t generation);

/* Tells pushers that the main lcore refuses a generation that no worker was given, and why. Main lcore. */
void region_refuse(struct region *region, uint64_t generation, const char *why);

/* Worker `worker` has taken `generation` and reads no older image any more. Any worker, its own number only. Wakes
 * pushers that wait: a system call, once a generation. */
void region_taken(struct region *region, unsigned worker, uint64_t generation);

/* The hit counters of a worker, 0 .. settings.counters - 1; zeroed by whoever takes a new image, before region_taken.
 * Its worker alone writes them. */
uint64_t *region_hits(struct region *region, unsigned worker);

/* For everybody. */

struct region_status {
	bool hugepages;	      /* false: tmpfs */
	bool running;	      /* a sluiced holds its lock on state or on policy */
	uint64_t incarnation; /* of the sluiced that wrote state last, random; 0: none, or it is about to start */
	uint64_t started_at;  /* when that was, in seconds since 1970 */
	uint64_t process;     /* and its process id */
	uint64_t published;   /* generation; 0: none */
	uint64_t slot_size;   /* octets */
	unsigned workers;
	uint64_t taken[REGION_WORKERS]; /* by each of them; 0: none */
	uint64_t refused;		/* the last generation that sluiced refused; 0: none */
	char refusal[REGION_REASON_SIZE];
};

/* Opens the region to read what it says; NULL with a reason. */
struct region *region_open_reader(const struct region_settings *settings, char reason[REGION_REASON_SIZE]);

void region_read_status(struct region *region, struct region_status *status);

/* The sum of a hit counter of the published generation, over the workers that have taken it. 0 if there is no such
 * counter. */
uint64_t region_read_hits(struct region *region, uint32_t counter);

/* A copy of the published image, checked by the caller with image_check, who gives it to secret_free with *size; NULL
 * with a reason. Never waits for a push, nor a push for it. */
struct image_header *region_copy(struct region *region, size_t *size, char reason[REGION_REASON_SIZE]);

/* Releases locks and maps; the files stay. NULL is allowed. */
void region_close(struct region *region);

#endif
