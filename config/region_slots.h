/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CONFIG_REGION_SLOTS_H
#define CONFIG_REGION_SLOTS_H

/*
 * The file `policy`: a directory, and the slots that it speaks of. Everything here may be called by whoever has mapped
 * it; what stores needs the lock of the writers and a writable map.
 *
 * The directory has one word that says which slot is published, with its generation, and an entry for each slot, with
 * its generation, its size, the last generation that asked for a
 * re-evaluation, and a checksum of these. A slot that is published is never stored to, nor is its entry.
 */

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include <config/image.h>
#include <config/region.h>

#include "region_folder.h"

#define REGION_GENERATION_MAX ((UINT64_C(1) << 56) - 1)

struct region_directory;

struct region_slots {
	struct region_directory *directory; /* NULL: not mapped */
	uint64_t mapped;		    /* octets */
	uint64_t slot_size;
	uint64_t identity; /* random: tells this file from one that was made later */
	bool writable;
	int file; /* open as long as it is mapped, else -1 */
	dev_t device;
	ino_t inode;
};

/* What the published word says. */
struct region_publication {
	unsigned slot;
	uint64_t generation; /* 0: nothing is published */
};

enum region_slots_found {
	REGION_SLOTS_GOOD,
	REGION_SLOTS_MISSING,
	REGION_SLOTS_DAMAGED, /* it is ours, but holds no directory */
	REGION_SLOTS_OTHER,   /* it is of another version of Sluice */
	REGION_SLOTS_REFUSED, /* it is not ours, or cannot be mapped */
};

/* Maps the file. All but REGION_SLOTS_GOOD come with a reason. */
enum region_slots_found region_slots_open(const struct region_folder *folder, bool writable, struct region_slots *slots,
					  char reason[REGION_REASON_SIZE]);
void region_slots_close(struct region_slots *slots);

/* Says by a lock that a gateway uses the file, until it is closed; false with a reason. And whether any other does. */
bool region_slots_hold(const struct region_folder *folder, const struct region_slots *slots,
		       char reason[REGION_REASON_SIZE]);
bool region_slots_held(const struct region_slots *slots);

/* Enters all of it into the page tables, so that no worker stops for a page later. */
void region_slots_populate(const struct region_slots *slots);

/*
 * Makes the file anew, with slots of at least `slot_size` octets, nothing published. A file that was there is removed
 * first, so that their memory need not be there twice. Under the lock of the writers, and only while no sluiced uses
 * the old one. False with a reason.
 */
bool region_slots_make(const struct region_folder *folder, uint64_t slot_size, char reason[REGION_REASON_SIZE]);

/* Whether a file made for slots of `slot_size` octets would have slots of another size. */
bool region_slots_differ(const struct region_folder *folder, const struct region_slots *slots, uint64_t slot_size);

/* Whether the folder's file is still the one that is mapped. */
bool region_slots_current(const struct region_folder *folder, const struct region_slots *slots);

/* The published word. A slot that does not exist is returned as REGION_SLOTS. */
struct region_publication region_slots_published(const struct region_slots *slots);

/* The highest generation that was ever given to an image here, and a new one: none is given twice, as sluiced may know
 * the first by it, even if it refused it. */
uint64_t region_slots_issued(const struct region_slots *slots);
void region_slots_issue(struct region_slots *slots, uint64_t generation);

/*
 * Whether the slot holds a whole image of that generation, as far as the directory and the image's header say; *size
 * is then within the slot.
 */
bool region_slots_whole(const struct region_slots *slots, unsigned slot, uint64_t generation, uint64_t *size);

/* The generation in a slot, 0 if it holds none. */
uint64_t region_slots_generation(const struct region_slots *slots, unsigned slot);

const struct image_header *region_slots_image(const struct region_slots *slots, unsigned slot);

/* Of an image that is whole: the last generation, up to its own, whose push asked for open flows to be looked up again;
 * 0: none did. */
uint64_t region_slots_reevaluation(const struct region_slots *slots, unsigned slot);

/* Writes an image, which fits, into a slot that nobody reads, as that generation, with what region_slots_reevaluation
 * is to say of it; wipes what was there before. */
void region_slots_fill(struct region_slots *slots, unsigned slot, const struct image_header *image, uint64_t size,
		       uint64_t generation, uint64_t reevaluation);

/* Wipes a slot that nobody reads. */
void region_slots_wipe(struct region_slots *slots, unsigned slot);

/* Publishes what a slot holds, or nothing (generation 0): one store. */
void region_slots_publish(struct region_slots *slots, struct region_publication publication);

#endif
