/* SPDX-License-Identifier: BSD-3-Clause */
#include "text_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fault.h"

/* Reads until the end or until `room` is full; -1 with errno on failure. */
static ssize_t read_all(int descriptor, char *text, size_t room)
{
	size_t used = 0;

	while (used < room) {
		ssize_t got = read(descriptor, text + used, room - used);

		if (got == 0)
			break;
		if (got > 0)
			used += (size_t)got;
		else if (errno != EINTR)
			return -1;
	}
	return (ssize_t)used;
}

/* Reads to the end into memory that begins with `room` octets and may grow to `most`; it is full if *size is that. */
static bool read_growing(int descriptor, size_t room, size_t most, char **text, size_t *size,
			 struct config_error *error)
{
	char *memory = NULL;
	char *larger;
	ssize_t got;

	for (*size = 0;; room = room < most / 2 ? 2 * room : most) {
		larger = realloc(memory, room);
		if (larger == NULL) {
			fault_add(error, 0, 0, "", "out of memory");
			break;
		}
		memory = larger;
		got = read_all(descriptor, memory + *size, room - *size);
		if (got < 0) {
			fault_add(error, 0, 0, "", "cannot be read: %s", strerror(errno));
			break;
		}
		*size += (size_t)got;
		if (*size < room || room == most) {
			*text = memory;
			return true;
		}
	}
	free(memory);
	return false;
}

static bool read_descriptor(int descriptor, size_t limit, char **text, size_t *size, struct config_error *error)
{
	struct stat status;
	size_t expected;

	if (fstat(descriptor, &status) != 0) {
		fault_add(error, 0, 0, "", "cannot be examined: %s", strerror(errno));
		return false;
	}
	if (!S_ISREG(status.st_mode)) {
		fault_add(error, 0, 0, "", "is not a regular file; name a file");
		return false;
	}
	/* One octet more than there should be: its presence tells of files that are, or just became, larger. */
	expected = (uintmax_t)status.st_size < limit ? (size_t)status.st_size : limit;
	if (!read_growing(descriptor, expected + 1, limit + 1, text, size, error))
		return false;
	if (*size <= limit)
		return true;
	fault_add(error, 0, 0, "", "is larger than %zu octets, which is more than such a file may have", limit);
	free(*text);
	return false;
}

bool text_file_read(const char *path, size_t limit, char **text, size_t *size, struct config_error *error)
{
	/* O_NONBLOCK: the opening of a pipe would wait for its other end. */
	int descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	bool good;

	if (descriptor < 0) {
		fault_add(error, 0, 0, "", "cannot be opened: %s", strerror(errno));
		return false;
	}
	good = read_descriptor(descriptor, limit, text, size, error);
	close(descriptor);
	return good;
}
