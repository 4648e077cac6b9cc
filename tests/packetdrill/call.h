/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef PACKETDRILL_CALL_H
#define PACKETDRILL_CALL_H

/* The calls of the table: each takes the lock, does what an operation of the descriptor does not do, blocks where it
 * has to, and turns a negative errno into -1 and errno. */

#include "interface.h"

struct adapter;

/* Lets a call in, and out again with its result. The stack has run, and who was woken by it is done, on return. */
struct adapter *call_enter(void *userdata);
ssize_t call_leave(struct adapter *adapter, ssize_t result);

/* Fills in the functions that make, name and close descriptors, or wait for several (call.c). */
void call_fill(struct packetdrill_interface *table);

/* Fills in those that read and write (call_data.c). */
void call_fill_data(struct packetdrill_interface *table);

/* The sockaddr as an endpoint: 0, or a negative errno if the domain has no such addresses. */
struct descriptor;
struct endpoint;
int call_read_address(const struct descriptor *descriptor, const struct sockaddr *address, socklen_t length,
		      struct endpoint *endpoint);

/* Writes the endpoint as an address of the descriptor's domain; as much as fits in *length, then its full length. */
void call_write_address(const struct descriptor *descriptor, const struct endpoint *endpoint, struct sockaddr *address,
			socklen_t *length);

#endif
