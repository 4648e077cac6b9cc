/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef DATAPLANE_LINE_WRITER_H
#define DATAPLANE_LINE_WRITER_H

/*
 * Writes whole lines to a file, a FIFO or a device, and never waits for who reads there: what the target does not take
 * stays in a buffer of fixed size. No line is ever cut in two by a target that is full: of a pipe's lines each goes at
 * once, and what a full disk took of a line is taken back from the file.
 *
 * A regular file can still make its writer wait, for its disk; nothing in Linux's write(2) prevents that.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "fault.h"

#define LINE_WRITER_LINE 4096  /* the longest line, its newline included: PIPE_BUF */
#define LINE_WRITER_RETRY 1000 /* milliseconds between two trials of a target that failed */

struct line_writer;

/*
 * Opens `path` to append; a file is made if it is not there, with these permissions. A FIFO that nobody reads yet is
 * no error: it is tried again later. `room`: octets that may wait, at least LINE_WRITER_LINE. NULL with a reason.
 */
struct line_writer *line_writer_open(const char *path, mode_t mode, size_t room, struct fault *fault);

/* Closes it; what still waits is lost. NULL is nothing. */
void line_writer_close(struct line_writer *writer);

/* Takes a line of 1 to LINE_WRITER_LINE octets, its newline at the end, to be written by line_writer_flush; false if
 * the buffer has no room for it. */
bool line_writer_put(struct line_writer *writer, const char *line, size_t length);

/* Writes what the target takes now. `now`: milliseconds from any origin. Returns the octets written. */
size_t line_writer_flush(struct line_writer *writer, uint64_t now);

/*
 * Opens the path anew, as after the file was renamed; what waits goes to the new one. If that fails, the old one is
 * kept: false with a reason. `now` as above.
 */
bool line_writer_reopen(struct line_writer *writer, uint64_t now, struct fault *fault);

/* Octets that wait. */
size_t line_writer_waiting(const struct line_writer *writer);

/* Why octets wait, as an errno; 0: nothing is in the way. EAGAIN: the reader is too slow. ENXIO: a FIFO without a
 * reader. */
int line_writer_trouble(const struct line_writer *writer);

#endif
