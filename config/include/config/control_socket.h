/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CONFIG_CONTROL_SOCKET_H
#define CONFIG_CONTROL_SOCKET_H

/*
 * The control socket of sluiced, as both its ends know it: Unix, SOCK_SEQPACKET. A request is one packet of text; the
 * answer is a packet for each line of JSON, and then the end of the connection.
 */

#include <stdbool.h>
#include <stddef.h>
#include <sys/un.h>

#define CONTROL_SOCKET "/run/sluice/control" /* unless gateway.json says otherwise */
#define CONTROL_LINE_SIZE 32768		     /* octets of the longest line, with its newline */
#define CONTROL_REQUEST_SIZE 256
#define CONTROL_REASON_SIZE 320

/* False with a reason if no socket can have this path. */
bool control_socket_address(const char *path, struct sockaddr_un *address, char reason[CONTROL_REASON_SIZE]);

/* Takes a line of the answer: `length` octets, the last of them a newline. False: that was enough, or wrong. */
typedef bool control_socket_take(void *context, const char *line, size_t length);

/*
 * Sends a request and hands each line of the answer to `take`, until the answer or its patience ends: five seconds for
 * the connection, and for each line. False with a reason if there was no answer, or not all of it; and without one (an
 * empty text) where `take` wanted no more.
 */
bool control_socket_ask(const char *path, const char *request, control_socket_take *take, void *context,
			char reason[CONTROL_REASON_SIZE]);

#endif
