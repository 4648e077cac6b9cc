/* SPDX-License-Identifier: BSD-3-Clause */
#include <config/history.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <config/secret.h>

#include "history_file.h"
#include "private_file.h"
#include "reason.h"
#include "region_store.h"

#define NEW_NAME "image.new"
#define NAME_SUFFIX ".image"
#define NAME_SIZE 32			/* of "18446744073709551615.image", with its NUL */
#define WRITE_SIZE (REGION_STRIDE * 16) /* octets that are written at once */

/* The highest generations of a folder, in falling order. */
struct generations {
	uint64_t items[HISTORY_LENGTH];
	unsigned count;
};

static void write_name(char name[NAME_SIZE], uint64_t generation)
{
	snprintf(name, NAME_SIZE, "%llu" NAME_SUFFIX, (unsigned long long)generation);
}

/* The generation of a file by its name, exactly as it is written; 0 if it is none of ours. */
static uint64_t read_name(const char *name)
{
	uint64_t generation = strtoull(name, NULL, 10);
	char expected[NAME_SIZE];

	write_name(expected, generation);
	return strcmp(name, expected) == 0 ? generation : 0;
}

static void insert(struct generations *generations, uint64_t generation)
{
	unsigned place = generations->count;

	while (place > 0 && generations->items[place - 1] < generation)
		place--;
	if (place == HISTORY_LENGTH)
		return;
	if (generations->count == HISTORY_LENGTH)
		generations->count--;
	memmove(&generations->items[place + 1], &generations->items[place],
		(generations->count - place) * sizeof(generations->items[0]));
	generations->items[place] = generation;
	generations->count++;
}

/* Visits the generation of each file. */
static bool for_each(int folder, const char *path, void (*visit)(int folder, uint64_t generation, void *context),
		     void *context, char reason[REGION_REASON_SIZE])
{
	int copy = openat(folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *listing = copy >= 0 ? fdopendir(copy) : NULL;
	struct dirent *entry;
	int error;

	if (listing == NULL) {
		reason_set(reason, "folder %s cannot be read: %s", path, strerror(errno));
		if (copy >= 0)
			close(copy);
		return false;
	}
	while (errno = 0, (entry = readdir(listing)) != NULL) {
		uint64_t generation = read_name(entry->d_name);

		if (generation != 0)
			visit(folder, generation, context);
	}
	error = errno;
	closedir(listing);
	return error == 0 || reason_set(reason, "folder %s cannot be read: %s", path, strerror(error));
}

static void collect(int folder, uint64_t generation, void *context)
{
	insert(context, generation);
}

/* Whether an open file of `size` octets is an image of that generation, by its header, which is read. */
static bool read_header(int file, off_t size, uint64_t generation, struct image_header *header)
{
	return size >= (off_t)sizeof(*header) && pread(file, header, sizeof(*header), 0) == sizeof(*header) &&
	       header->magic == IMAGE_MAGIC && header->size == (uint64_t)size && header->generation == generation;
}

static int open_image(int folder, const char *path, uint64_t generation, struct stat *status,
		      struct image_header *header, char reason[REGION_REASON_SIZE])
{
	char name[NAME_SIZE];
	int file;

	write_name(name, generation);
	file = private_file_open(folder, path, name, O_RDONLY, reason);
	if (file < 0)
		return -1;
	if (fstat(file, status) == 0 && read_header(file, status->st_size, generation, header))
		return file;
	reason_set(reason, "%s/%s is no whole image of that generation", path, name);
	close(file);
	return -1;
}

static void describe(int folder, const char *path, uint64_t generation, struct history_entry *entry)
{
	struct image_header header;
	struct stat status;
	int file;

	*entry = (struct history_entry){.generation = generation};
	file = open_image(folder, path, generation, &status, &header, entry->fault);
	if (file < 0)
		return;
	entry->size = header.size;
	entry->made_at = header.made_at;
	entry->kept_at = (uint64_t)status.st_mtim.tv_sec;
	close(file);
}

bool history_list(const char *folder, struct history_entry entries[HISTORY_LENGTH], unsigned *count,
		  char reason[REGION_REASON_SIZE])
{
	int descriptor = private_folder_open(folder, false, reason);
	struct generations generations = {.count = 0};
	bool read;

	*count = 0;
	if (descriptor < 0)
		return errno == ENOENT;
	read = for_each(descriptor, folder, collect, &generations, reason);
	for (; read && *count < generations.count; ++*count)
		describe(descriptor, folder, generations.items[*count], &entries[*count]);
	close(descriptor);
	return read;
}

static bool read_all(int file, uint8_t *octets, uint64_t size)
{
	for (uint64_t at = 0; at < size;) {
		ssize_t got = pread(file, octets + at, size - at, (off_t)at);

		if (got > 0)
			at += (uint64_t)got;
		else if (got == 0 || errno != EINTR)
			return false;
	}
	return true;
}

static struct image_header *load(int file, const char *path, uint64_t generation, uint64_t size,
				 char reason[REGION_REASON_SIZE])
{
	struct image_header *image = secret_allocate(size);

	if (image == NULL) {
		reason_set(reason, "generation %llu in %s has %llu octets, for which there is no memory",
			   (unsigned long long)generation, path, (unsigned long long)size);
		return NULL;
	}
	/* The header again: what counts is what was read last, and it must still say the size. */
	if (read_all(file, (uint8_t *)image, size) && image->size == size && image->generation == generation)
		return image;
	reason_set(reason, "generation %llu in %s cannot be read: %s", (unsigned long long)generation, path,
		   errno != 0 ? strerror(errno) : "it changes");
	secret_free(image, size);
	return NULL;
}

struct image_header *history_load(const char *folder, uint64_t generation, size_t *size,
				  char reason[REGION_REASON_SIZE])
{
	int descriptor = private_folder_open(folder, false, reason);
	struct image_header *image = NULL;
	struct image_header header;
	struct stat status;
	int file;

	if (descriptor < 0)
		return NULL;
	file = open_image(descriptor, folder, generation, &status, &header, reason);
	if (file >= 0) {
		*size = header.size;
		errno = 0;
		image = load(file, folder, generation, header.size, reason);
		close(file);
	}
	close(descriptor);
	return image;
}

bool history_newest(const char *folder, uint64_t *generation, char reason[REGION_REASON_SIZE])
{
	int descriptor = private_folder_open(folder, false, reason);
	struct generations generations = {.count = 0};
	bool read;

	*generation = 0;
	if (descriptor < 0)
		return errno == ENOENT;
	read = for_each(descriptor, folder, collect, &generations, reason);
	if (generations.count > 0)
		*generation = generations.items[0];
	close(descriptor);
	return read;
}

static bool write_all(int file, const void *octets, uint64_t size)
{
	const uint8_t *next = octets;

	while (size > 0) {
		ssize_t written;

		region_step();
		written = write(file, next, size < WRITE_SIZE ? size : WRITE_SIZE);
		if (written < 0) {
			if (errno != EINTR)
				return false;
			continue;
		}
		next += written;
		size -= (uint64_t)written;
	}
	return true;
}

static bool write_image(int file, const struct image_header *image, uint64_t size, uint64_t generation)
{
	struct image_header header = *image;

	header.generation = generation;
	if (!write_all(file, &header, sizeof(header)) || !write_all(file, image + 1, size - sizeof(header)))
		return false;
	region_step();
	return fsync(file) == 0;
}

/* Writes the image under a name of its own, and renames it when it is on disk. */
static bool keep_in(int folder, const char *path, const struct image_header *image, uint64_t size, uint64_t generation,
		    char reason[REGION_REASON_SIZE])
{
	char name[NAME_SIZE];
	bool kept;
	int file;

	write_name(name, generation);
	region_step();
	unlinkat(folder, NEW_NAME, 0); /* of a push that was killed; if it stays, the next line tells */
	region_step();
	file = private_file_open(folder, path, NEW_NAME, O_WRONLY | O_CREAT | O_EXCL, reason);
	if (file < 0)
		return false;
	kept = write_image(file, image, size, generation);
	if (kept) {
		region_step();
		kept = renameat(folder, NEW_NAME, folder, name) == 0;
	}
	if (kept) {
		region_step();
		kept = fsync(folder) == 0;
	}
	if (!kept) {
		reason_set(reason, "the image of %llu octets cannot be kept on disk in %s: %s",
			   (unsigned long long)size, path, strerror(errno));
		unlinkat(folder, NEW_NAME, 0);
		unlinkat(folder, name, 0);
	}
	close(file);
	return kept;
}

bool history_keep(const char *folder, const struct image_header *image, uint64_t size, uint64_t generation,
		  char reason[REGION_REASON_SIZE])
{
	int descriptor = private_folder_open(folder, true, reason);
	bool kept;

	if (descriptor < 0)
		return false;
	kept = keep_in(descriptor, folder, image, size, generation, reason);
	close(descriptor);
	return kept;
}

bool history_remove(const char *folder, uint64_t generation, char reason[REGION_REASON_SIZE])
{
	int descriptor = private_folder_open(folder, false, reason);
	char name[NAME_SIZE];
	bool removed;

	if (descriptor < 0)
		return false;
	write_name(name, generation);
	region_step();
	removed = unlinkat(descriptor, name, 0) == 0 && fsync(descriptor) == 0;
	if (!removed)
		reason_set(reason, "%s/%s cannot be removed: %s", folder, name, strerror(errno));
	close(descriptor);
	return removed;
}

struct between {
	uint64_t low, high;
};

static void remove_one(int folder, uint64_t generation)
{
	char name[NAME_SIZE];

	write_name(name, generation);
	region_step();
	unlinkat(folder, name, 0);
}

static void remove_between(int folder, uint64_t generation, void *context)
{
	const struct between *between = context;

	if (generation > between->low && generation <= between->high)
		remove_one(folder, generation);
}

void history_remove_between(const char *folder, uint64_t low, uint64_t high)
{
	char ignored[REGION_REASON_SIZE];
	int descriptor = private_folder_open(folder, false, ignored);
	struct between between = {low, high};

	if (descriptor < 0)
		return;
	for_each(descriptor, folder, remove_between, &between, ignored);
	close(descriptor);
}

static void remove_older(int folder, uint64_t generation, void *context)
{
	const struct generations *generations = context;

	if (generation < generations->items[generations->count - 1])
		remove_one(folder, generation);
}

void history_prune(const char *folder)
{
	char ignored[REGION_REASON_SIZE];
	int descriptor = private_folder_open(folder, false, ignored);
	struct generations generations = {.count = 0};

	if (descriptor < 0)
		return;
	if (for_each(descriptor, folder, collect, &generations, ignored) && generations.count == HISTORY_LENGTH)
		for_each(descriptor, folder, remove_older, &generations, ignored);
	close(descriptor);
}
