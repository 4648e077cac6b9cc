/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef PACKETDRILL_EPOLL_H
#define PACKETDRILL_EPOLL_H

/* poll, and epoll instances, over the adapter's descriptors. Level- and edge-triggered, and one-shot. */

#include <poll.h>
#include <sys/epoll.h>

#include "descriptor.h"

/* The number of a new instance, or a negative errno. */
int epoll_open(struct adapter *adapter);

int epoll_change(struct adapter *adapter, struct descriptor *descriptor, int operation, int number,
		 const struct epoll_event *event);

/* Up to `room` events that hold now; their count, or a negative errno. */
int epoll_collect(struct adapter *adapter, struct descriptor *descriptor, struct epoll_event *events, int room);

/* Fills in what holds now. Returns how many descriptors have something to tell. */
int poll_collect(struct adapter *adapter, struct pollfd *descriptors, nfds_t count);

/* A descriptor loses its number: no instance watches it any more. */
void epoll_forget(struct adapter *adapter, const struct descriptor *descriptor);

#endif
