/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef PACKETDRILL_PIPE_H
#define PACKETDRILL_PIPE_H

/* Pipes hold segment lists, so that splice moves mbufs from a connection to another without a copy. */

#include <stddef.h>

#include "descriptor.h"

#define PIPE_SIZE 65536 /* bytes that wait in a pipe */

/* A pipe: 0 with the numbers of its reading and writing end, or a negative errno. */
int pipe_create(struct adapter *adapter, int numbers[2]);

/* Moves up to `length` bytes from one to the other, of which at least one is a pipe's end; their count, 0 at the end of
 * what can come, or a negative errno: -EAGAIN with *wait the descriptor whose activity is to be waited for. */
ssize_t pipe_splice(struct adapter *adapter, struct descriptor *from, struct descriptor *to, size_t length,
		    struct descriptor **wait);

#endif
