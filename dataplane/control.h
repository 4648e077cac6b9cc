/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef DATAPLANE_CONTROL_H
#define DATAPLANE_CONTROL_H

/*
 * The control socket: Unix, SOCK_SEQPACKET, mode 0600, served by the main lcore. A request is one packet of text; the
 * answer is a packet for each line of JSON, and the end of the connection. Only root and the user that sluiced runs as
 * are answered. A client that does not read its answer in time is cut off; nobody waits for it. The other end is
 * config/control_socket.h.
 */

#include <limits.h>
#include <poll.h>
#include <stdbool.h>
#include <stddef.h>

#include "fault.h"
#include "report.h"

#define CONTROL_CLIENTS 8
#define CONTROL_POLLS (1 + CONTROL_CLIENTS)
#define CONTROL_PATIENCE 5 /* seconds that a connection may take */

struct control;

/* Makes the socket. A socket that is left over from a dead process is replaced; one that answers is not. */
struct control *control_open(const char *path, const struct report_source *source, struct fault *fault);

/* Fills what poll(2) is to wait for and returns how many entries. */
unsigned control_prepare(const struct control *control, struct pollfd polls[CONTROL_POLLS]);

/* Serves what poll(2) found, and cuts off who took too long. */
void control_serve(struct control *control, const struct pollfd *polls, unsigned count);

/* Milliseconds until control_serve is to be called although nothing was found; CONTROL_IDLE: it need not be. */
#define CONTROL_IDLE UINT_MAX
unsigned control_interval(const struct control *control);

/* Closes and removes the socket. */
void control_close(struct control *control);

#endif
