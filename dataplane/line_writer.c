/* SPDX-License-Identifier: BSD-3-Clause */
#include "line_writer.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define CHUNK 262144 /* the most octets of one write */

_Static_assert(LINE_WRITER_LINE <= PIPE_BUF, "a pipe takes a line whole or not at all");

enum kind {
	KIND_FILE,
	KIND_PIPE,
	KIND_DEVICE,
};

struct line_writer {
	char *path;
	mode_t mode;
	int target; /* -1: a FIFO without a reader */
	enum kind kind;
	int trouble;
	uint64_t retry; /* milliseconds: not before, if the trouble is an error */
	size_t room;
	size_t first; /* where the oldest line begins */
	size_t sent;  /* octets of it that the target has already */
	size_t end;
	char lines[]; /* twice the room, so that each octet is moved at most once */
};

/* Whether the last line of a file that is open for writing has an end. */
static bool ends_in_line(int target, off_t size)
{
	char link[40];
	char last = '\n';
	bool whole;
	int file;

	snprintf(link, sizeof(link), "/proc/self/fd/%d", target);
	file = open(link, O_RDONLY | O_CLOEXEC);
	if (file < 0)
		return true;
	whole = pread(file, &last, 1, size - 1) != 1 || last == '\n';
	close(file);
	return whole;
}

/* Returns the target, or -1 with errno; ENXIO then means a FIFO without a reader. */
static int open_target(const char *path, mode_t mode, enum kind *kind)
{
	mode_t mask = umask(0);
	int target = open(path, O_WRONLY | O_APPEND | O_CREAT | O_NONBLOCK | O_NOCTTY | O_CLOEXEC, mode);
	int error = errno;
	struct stat state;

	umask(mask);
	if (target < 0) {
		if (error == ENXIO && (stat(path, &state) != 0 || !S_ISFIFO(state.st_mode)))
			error = ENOTSUP;
		errno = error;
		return -1;
	}
	if (fstat(target, &state) != 0)
		memset(&state, 0, sizeof(state));
	if (S_ISREG(state.st_mode)) {
		*kind = KIND_FILE;
		/* A crash may have left half a line: what follows is not to be its other half. */
		if (state.st_size == 0 || ends_in_line(target, state.st_size) || write(target, "\n", 1) == 1)
			return target;
		error = errno;
	} else if (S_ISFIFO(state.st_mode) || S_ISCHR(state.st_mode)) {
		*kind = S_ISFIFO(state.st_mode) ? KIND_PIPE : KIND_DEVICE;
		return target;
	} else {
		error = ENOTSUP;
	}
	close(target);
	errno = error;
	return -1;
}

static bool fail_to_open(const char *path, int error, struct fault *fault)
{
	switch (error) {
	case ENOENT:
		return fault_set(
		    fault, "%.300s cannot be opened: its folder is not there; make it, or choose another path", path);
	case ENOTSUP:
	case EISDIR:
		return fault_set(fault, "%.300s is no file, FIFO or character device; choose another path", path);
	default:
		return fault_set(fault, "%.300s cannot be opened: %s", path, strerror(error));
	}
}

struct line_writer *line_writer_open(const char *path, mode_t mode, size_t room, struct fault *fault)
{
	struct line_writer *writer = calloc(1, sizeof(*writer) + 2 * room);

	if (writer == NULL || (writer->path = strdup(path)) == NULL) {
		fault_set(fault, "no memory for %zu octets that wait for %.300s", room, path);
		free(writer);
		return NULL;
	}
	writer->mode = mode;
	writer->room = room;
	writer->target = open_target(path, mode, &writer->kind);
	if (writer->target < 0) {
		writer->trouble = errno;
		if (errno != ENXIO) {
			fail_to_open(path, errno, fault);
			line_writer_close(writer);
			return NULL;
		}
	}
	return writer;
}

void line_writer_close(struct line_writer *writer)
{
	if (writer == NULL)
		return;
	if (writer->target >= 0)
		close(writer->target);
	free(writer->path);
	free(writer);
}

bool line_writer_put(struct line_writer *writer, const char *line, size_t length)
{
	size_t waiting = writer->end - writer->first;

	if (length > writer->room - waiting)
		return false;
	if (length > 2 * writer->room - writer->end) {
		memmove(writer->lines, writer->lines + writer->first, waiting);
		writer->first = 0;
		writer->end = waiting;
	}
	memcpy(writer->lines + writer->end, line, length);
	writer->end += length;
	return true;
}

/* How much to write at once: to a pipe whole lines, of which it takes all or none. */
static size_t chunk(const struct line_writer *writer)
{
	const char *from = writer->lines + writer->first + writer->sent;
	size_t left = writer->end - writer->first - writer->sent;

	if (writer->kind != KIND_PIPE)
		return left < CHUNK ? left : CHUNK;
	if (left <= PIPE_BUF)
		return left;
	return (size_t)((const char *)memrchr(from, '\n', PIPE_BUF) - from) + 1;
}

/* A full disk took the beginning of a line: takes it back from the file. False if somebody else wrote behind it. */
static bool take_back(const struct line_writer *writer)
{
	off_t end = lseek(writer->target, 0, SEEK_CUR);
	struct stat state;

	return end >= (off_t)writer->sent && fstat(writer->target, &state) == 0 && state.st_size == end &&
	       ftruncate(writer->target, end - (off_t)writer->sent) == 0;
}

static void settle(struct line_writer *writer, size_t written)
{
	const char *from = writer->lines + writer->first;
	const char *last;

	writer->sent += written;
	last = memrchr(from, '\n', writer->sent);
	if (last != NULL) {
		size_t whole = (size_t)(last - from) + 1;

		writer->first += whole;
		writer->sent -= whole;
	}
}

/* Nobody reads any more: what is in a pipe goes with its last end, so the begun line is begun again. */
static void let_go(struct line_writer *writer)
{
	close(writer->target);
	writer->target = -1;
	writer->sent = 0;
}

static bool attach(struct line_writer *writer)
{
	if (writer->target < 0)
		writer->target = open_target(writer->path, writer->mode, &writer->kind);
	return writer->target >= 0;
}

size_t line_writer_flush(struct line_writer *writer, uint64_t now)
{
	size_t total = 0;

	if (writer->first == writer->end)
		return 0;
	if (writer->trouble != 0 && writer->trouble != EAGAIN && now < writer->retry)
		return 0;
	errno = 0;
	while (writer->first < writer->end && attach(writer)) {
		ssize_t written = write(writer->target, writer->lines + writer->first + writer->sent, chunk(writer));

		if (written <= 0)
			break;
		settle(writer, (size_t)written);
		total += (size_t)written;
		errno = 0;
	}
	writer->trouble = errno == EINTR ? EAGAIN : errno;
	if (writer->sent > 0 && writer->kind == KIND_FILE && take_back(writer))
		writer->sent = 0;
	if (writer->trouble != 0 && writer->trouble != EAGAIN)
		writer->retry = now + LINE_WRITER_RETRY;
	if (writer->trouble == EPIPE)
		let_go(writer);
	return total;
}

bool line_writer_reopen(struct line_writer *writer, uint64_t now, struct fault *fault)
{
	enum kind kind = KIND_PIPE;
	int target;

	line_writer_flush(writer, now);
	target = open_target(writer->path, writer->mode, &kind);
	if (target < 0 && errno != ENXIO)
		return fail_to_open(writer->path, errno, fault);
	if (writer->target >= 0)
		close(writer->target);
	writer->target = target;
	writer->kind = kind;
	writer->sent = 0;
	writer->trouble = 0;
	return true;
}

size_t line_writer_waiting(const struct line_writer *writer)
{
	return writer->end - writer->first;
}

int line_writer_trouble(const struct line_writer *writer)
{
	return writer->trouble;
}
