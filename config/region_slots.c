/* SPDX-License-Identifier: BSD-3-Clause */
#include "region_slots.h"

#include <errno.h>
#include <fcntl.h>
#include <stdalign.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "private_file.h"
#include "reason.h"
#include "region_store.h"

#define SLOTS_MAGIC UINT64_C(0x6e6f696765526c53) /* "SlRegion" */
#define SLOTS_VERSION 2
#define SLOTS_OFFSET 4096   /* of the first slot */
#define SLOT_ALIGNMENT 4096 /* of each, and so of an image's first octet */
#define SLOTS_NAME "policy"
#define SLOTS_NEW_NAME "policy.new"

/* Never changed once the file has its name. */
struct region_geometry {
	_Atomic uint64_t magic;
	_Atomic uint64_t version;
	_Atomic uint64_t slots;
	_Atomic uint64_t slot_size;
	_Atomic uint64_t identity;
	_Atomic uint64_t checksum; /* of the words above */
};

/* A cache line. */
struct region_entry {
	alignas(64) _Atomic uint64_t generation; /* 0: the slot holds no whole image */
	_Atomic uint64_t size;
	_Atomic uint64_t reevaluation; /* the last generation, up to this one, that asked for it; 0: none */
	_Atomic uint64_t checksum;     /* of the slot's number, and of the words above */
	_Atomic uint64_t dirty;	       /* octets at the slot's beginning; what follows them is zero */
};

struct region_directory {
	struct region_geometry geometry;
	alignas(64) _Atomic uint64_t published; /* 0, or generation << 8 | slot + 1 */
	_Atomic uint64_t issued; /* the highest generation that was ever given to an image, published or not */
	struct region_entry entries[REGION_SLOTS];
};

_Static_assert(sizeof(struct region_directory) <= SLOTS_OFFSET, "the directory lies before the first slot");
_Static_assert(SLOT_ALIGNMENT % IMAGE_ALIGNMENT == 0, "an image is aligned in its slot");

/* FNV-1a over words: it finds what is torn or strange, it does not stop who means to deceive. */
static uint64_t checksum(const uint64_t *words, unsigned count)
{
	uint64_t sum = UINT64_C(0xcbf29ce484222325);

	for (unsigned i = 0; i < count * 8; i++)
		sum = (sum ^ (words[i / 8] >> i % 8 * 8 & 0xff)) * UINT64_C(0x100000001b3);
	return sum;
}

static uint64_t entry_checksum(unsigned slot, uint64_t generation, uint64_t size, uint64_t reevaluation)
{
	return checksum((uint64_t[]){slot + 1, generation, size, reevaluation}, 4);
}

static uint8_t *slot_octets(const struct region_slots *slots, unsigned slot)
{
	return (uint8_t *)slots->directory + SLOTS_OFFSET + slot * slots->slot_size;
}

/* The largest slots that fit into as many whole pages as slots of this size need; 0 if there is no such file. */
static uint64_t round_slot_size(const struct region_folder *folder, uint64_t slot_size)
{
	uint64_t pages;

	if (slot_size == 0 || slot_size > INT64_MAX / (2 * REGION_SLOTS))
		return 0;
	slot_size = (slot_size + SLOT_ALIGNMENT - 1) / SLOT_ALIGNMENT * SLOT_ALIGNMENT;
	pages = region_folder_pages(folder, SLOTS_OFFSET + REGION_SLOTS * slot_size);
	return (pages - SLOTS_OFFSET) / REGION_SLOTS / SLOT_ALIGNMENT * SLOT_ALIGNMENT;
}

bool region_slots_differ(const struct region_folder *folder, const struct region_slots *slots, uint64_t slot_size)
{
	return slots->slot_size != round_slot_size(folder, slot_size);
}

/* Takes the geometry over into *slots, or says what is *wrong with it. Each word is read once. */
static enum region_slots_found read_geometry(const struct region_folder *folder, struct region_slots *slots,
					     const char **wrong)
{
	const struct region_geometry *geometry = &slots->directory->geometry;
	uint64_t words[] = {region_load(&geometry->magic), region_load(&geometry->version),
			    region_load(&geometry->slots), region_load(&geometry->slot_size),
			    region_load(&geometry->identity)};

	*wrong = "is no region of Sluice";
	if (words[0] != SLOTS_MAGIC)
		return REGION_SLOTS_DAMAGED;
	*wrong = "is of another version of Sluice";
	if (words[1] != SLOTS_VERSION)
		return REGION_SLOTS_OTHER;
	*wrong = "has a directory that does not fit its checksum";
	if (region_load(&geometry->checksum) != checksum(words, 5))
		return REGION_SLOTS_DAMAGED;
	*wrong = "has slots that do not fill it";
	if (words[2] != REGION_SLOTS || words[3] < sizeof(struct image_header) || words[3] % SLOT_ALIGNMENT != 0 ||
	    words[3] > (slots->mapped - SLOTS_OFFSET) / REGION_SLOTS ||
	    region_folder_pages(folder, SLOTS_OFFSET + REGION_SLOTS * words[3]) != slots->mapped)
		return REGION_SLOTS_DAMAGED;
	slots->slot_size = words[3];
	slots->identity = words[4];
	return REGION_SLOTS_GOOD;
}

static enum region_slots_found map_file(const struct region_folder *folder, int file, bool writable,
					struct region_slots *slots, char reason[REGION_REASON_SIZE])
{
	enum region_slots_found found = REGION_SLOTS_DAMAGED;
	const char *wrong = "is too small for a region";
	struct stat status;

	if (fstat(file, &status) != 0) {
		reason_set(reason, "%s/" SLOTS_NAME " cannot be examined: %s", folder->path, strerror(errno));
		return REGION_SLOTS_REFUSED;
	}
	slots->device = status.st_dev;
	slots->inode = status.st_ino;
	slots->mapped = (uint64_t)status.st_size;
	if (slots->mapped > SLOTS_OFFSET && slots->mapped % folder->page_size == 0) {
		slots->directory = region_folder_map(folder, file, SLOTS_NAME, slots->mapped, writable, reason);
		if (slots->directory == NULL)
			return REGION_SLOTS_REFUSED;
		found = read_geometry(folder, slots, &wrong);
	}
	if (found == REGION_SLOTS_GOOD)
		return found;
	region_slots_close(slots);
	reason_set(reason, "%s/" SLOTS_NAME " %s", folder->path, wrong);
	return found;
}

enum region_slots_found region_slots_open(const struct region_folder *folder, bool writable, struct region_slots *slots,
					  char reason[REGION_REASON_SIZE])
{
	enum region_slots_found found;
	int file;

	memset(slots, 0, sizeof(*slots));
	slots->writable = writable;
	slots->file = -1;
	file = private_file_open(folder->descriptor, folder->path, SLOTS_NAME, writable ? O_RDWR : O_RDONLY, reason);
	if (file < 0)
		return errno == ENOENT ? REGION_SLOTS_MISSING : REGION_SLOTS_REFUSED;
	found = map_file(folder, file, writable, slots, reason);
	if (found == REGION_SLOTS_GOOD)
		slots->file = file;
	else
		close(file);
	return found;
}

bool region_slots_hold(const struct region_folder *folder, const struct region_slots *slots,
		       char reason[REGION_REASON_SIZE])
{
	struct flock lock = {.l_type = F_RDLCK, .l_whence = SEEK_SET};

	if (fcntl(slots->file, F_OFD_SETLK, &lock) == 0)
		return true;
	return reason_set(reason, "%s/" SLOTS_NAME " cannot be locked: %s", folder->path, strerror(errno));
}

bool region_slots_held(const struct region_slots *slots)
{
	struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};

	return slots->file >= 0 && fcntl(slots->file, F_OFD_GETLK, &lock) == 0 && lock.l_type != F_UNLCK;
}

void region_slots_populate(const struct region_slots *slots)
{
	/* A kernel before 5.14 knows it not; then workers meet the pages for themselves. */
	madvise(slots->directory, slots->mapped, MADV_POPULATE_READ);
}

void region_slots_close(struct region_slots *slots)
{
	if (slots->directory != NULL)
		munmap(slots->directory, slots->mapped);
	if (slots->file >= 0)
		close(slots->file);
	slots->directory = NULL;
	slots->file = -1;
}

bool region_slots_current(const struct region_folder *folder, const struct region_slots *slots)
{
	struct stat status;

	return slots->directory != NULL && fstatat(folder->descriptor, SLOTS_NAME, &status, AT_SYMLINK_NOFOLLOW) == 0 &&
	       status.st_dev == slots->device && status.st_ino == slots->inode;
}

static bool write_geometry(const struct region_folder *folder, int file, uint64_t slot_size,
			   char reason[REGION_REASON_SIZE])
{
	uint64_t words[] = {SLOTS_MAGIC, SLOTS_VERSION, REGION_SLOTS, slot_size, 0};
	struct region_directory *directory;
	uint64_t size = region_folder_pages(folder, SLOTS_OFFSET + REGION_SLOTS * slot_size);

	if (!region_folder_extend(folder, file, SLOTS_NEW_NAME, size, reason))
		return false;
	if (getrandom(&words[4], sizeof(words[4]), 0) != sizeof(words[4]))
		return reason_set(reason, "no random numbers: %s", strerror(errno));
	directory = region_folder_map(folder, file, SLOTS_NEW_NAME, size, true, reason);
	if (directory == NULL)
		return false;
	region_store(&directory->geometry.magic, words[0]);
	region_store(&directory->geometry.version, words[1]);
	region_store(&directory->geometry.slots, words[2]);
	region_store(&directory->geometry.slot_size, words[3]);
	region_store(&directory->geometry.identity, words[4]);
	region_store(&directory->geometry.checksum, checksum(words, 5));
	munmap(directory, size);
	return true;
}

static bool remove_name(const struct region_folder *folder, const char *name, char reason[REGION_REASON_SIZE])
{
	region_step();
	if (unlinkat(folder->descriptor, name, 0) == 0 || errno == ENOENT)
		return true;
	return reason_set(reason, "%s/%s cannot be removed: %s", folder->path, name, strerror(errno));
}

/* The file gets its name when it is complete: a half-made one is never met. */
bool region_slots_make(const struct region_folder *folder, uint64_t slot_size, char reason[REGION_REASON_SIZE])
{
	uint64_t rounded = round_slot_size(folder, slot_size);
	bool written;
	int file;

	if (rounded == 0)
		return reason_set(reason, "slots of %llu octets are impossible", (unsigned long long)slot_size);
	if (!remove_name(folder, SLOTS_NEW_NAME, reason) || !remove_name(folder, SLOTS_NAME, reason))
		return false;
	region_step();
	file = private_file_open(folder->descriptor, folder->path, SLOTS_NEW_NAME, O_RDWR | O_CREAT | O_EXCL, reason);
	if (file < 0)
		return false;
	written = write_geometry(folder, file, rounded, reason);
	close(file);
	if (written) {
		region_step();
		if (renameat(folder->descriptor, SLOTS_NEW_NAME, folder->descriptor, SLOTS_NAME) == 0)
			return true;
		reason_set(reason, "%s/" SLOTS_NEW_NAME " cannot be renamed: %s", folder->path, strerror(errno));
	}
	unlinkat(folder->descriptor, SLOTS_NEW_NAME, 0);
	return false;
}

struct region_publication region_slots_published(const struct region_slots *slots)
{
	uint64_t word = region_load(&slots->directory->published);
	unsigned slot = (unsigned)(word & 0xff) - 1;

	return (struct region_publication){slot < REGION_SLOTS ? slot : REGION_SLOTS, word >> 8};
}

uint64_t region_slots_issued(const struct region_slots *slots)
{
	return region_load(&slots->directory->issued);
}

void region_slots_issue(struct region_slots *slots, uint64_t generation)
{
	region_store(&slots->directory->issued, generation);
}

bool region_slots_whole(const struct region_slots *slots, unsigned slot, uint64_t generation, uint64_t *size)
{
	const struct image_header *image;
	const struct region_entry *entry;
	uint64_t reevaluation;

	if (slot >= REGION_SLOTS || generation == 0)
		return false;
	entry = &slots->directory->entries[slot];
	*size = region_load(&entry->size);
	reevaluation = region_load(&entry->reevaluation);
	if (region_load(&entry->generation) != generation ||
	    region_load(&entry->checksum) != entry_checksum(slot, generation, *size, reevaluation) ||
	    *size < sizeof(struct image_header) || *size > slots->slot_size)
		return false;
	image = region_slots_image(slots, slot);
	return image->magic == IMAGE_MAGIC && image->size == *size && image->generation == generation;
}

uint64_t region_slots_generation(const struct region_slots *slots, unsigned slot)
{
	uint64_t generation = region_load(&slots->directory->entries[slot].generation);
	uint64_t size;

	return region_slots_whole(slots, slot, generation, &size) ? generation : 0;
}

uint64_t region_slots_reevaluation(const struct region_slots *slots, unsigned slot)
{
	return region_load(&slots->directory->entries[slot].reevaluation);
}

const struct image_header *region_slots_image(const struct region_slots *slots, unsigned slot)
{
	return (const struct image_header *)slot_octets(slots, slot);
}

/* Says that the slot holds no image; how many of its octets are to be wiped. */
static uint64_t invalidate(struct region_slots *slots, unsigned slot)
{
	struct region_entry *entry = &slots->directory->entries[slot];
	uint64_t dirty = region_load(&entry->dirty);

	region_store(&entry->generation, 0);
	region_store(&entry->checksum, 0);
	region_fence();
	return dirty < slots->slot_size ? dirty : slots->slot_size;
}

void region_slots_fill(struct region_slots *slots, unsigned slot, const struct image_header *image, uint64_t size,
		       uint64_t generation, uint64_t reevaluation)
{
	struct region_entry *entry = &slots->directory->entries[slot];
	uint8_t *octets = slot_octets(slots, slot);
	uint64_t dirty = invalidate(slots, slot);
	struct image_header header = *image;

	header.generation = generation;
	if (dirty < size)
		region_store(&entry->dirty, size);
	region_fence();
	region_fill(octets, &header, sizeof(header));
	region_fill(octets + sizeof(header), image + 1, size - sizeof(header));
	if (dirty > size)
		region_wipe(octets + size, dirty - size);
	region_fence();
	region_store(&entry->dirty, size);
	region_store(&entry->size, size);
	region_store(&entry->reevaluation, reevaluation);
	region_store(&entry->generation, generation);
	region_store(&entry->checksum, entry_checksum(slot, generation, size, reevaluation));
}

void region_slots_wipe(struct region_slots *slots, unsigned slot)
{
	uint64_t dirty;

	if (region_load(&slots->directory->entries[slot].dirty) == 0)
		return;
	dirty = invalidate(slots, slot);
	region_wipe(slot_octets(slots, slot), dirty);
	region_fence();
	region_store(&slots->directory->entries[slot].dirty, 0);
}

void region_slots_publish(struct region_slots *slots, struct region_publication publication)
{
	uint64_t word = publication.generation == 0 ? 0 : publication.generation << 8 | (publication.slot + 1);

	region_fence();
	region_store(&slots->directory->published, word);
	/* Whoever looks which slots are in use, looks after this: see region_newest. */
	region_fence();
}
