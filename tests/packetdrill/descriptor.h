/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef PACKETDRILL_DESCRIPTOR_H
#define PACKETDRILL_DESCRIPTOR_H

/*
 * What a file descriptor of the adapter stands for: a socket, an end of a pipe, an epoll instance. Operations never
 * block and answer with a negative errno; -EAGAIN asks the caller (call.c) to wait for the descriptor's activity and
 * try again. An operation that a kind lacks is NULL.
 */

#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include <tcpstack/address.h>

struct adapter;
struct descriptor;

#define DESCRIPTORS 1024
#define DESCRIPTOR_FIRST                                                                                               \
	1000 /* away from the numbers of the process's own, that no call may take one for the other                    \
	      */

/* An address and port as the socket calls have them. */
struct endpoint {
	struct ip_address address;
	uint16_t port;
};

/* What a receiving or sending call is about. */
struct transfer {
	const struct iovec *parts;
	size_t count;
	size_t length; /* of all parts */
	int flags;     /* MSG_... */
	const struct endpoint *to;
	struct endpoint from; /* receiving fills it in, if there is something to say */
	bool has_from;
	bool truncated; /* the datagram was longer */
	size_t done;	/* sending: bytes taken by earlier tries */
};

struct descriptor_operations {
	/* POLLIN and so on: what holds now. */
	unsigned (*ready)(struct adapter *adapter, struct descriptor *descriptor);
	ssize_t (*receive)(struct adapter *adapter, struct descriptor *descriptor, struct transfer *transfer);
	/* Takes what it can of what is left after transfer->done, and adds it there; 0 when all is done. */
	int (*send)(struct adapter *adapter, struct descriptor *descriptor, struct transfer *transfer);
	int (*bind)(struct adapter *adapter, struct descriptor *descriptor, const struct endpoint *endpoint);
	int (*listen)(struct adapter *adapter, struct descriptor *descriptor, int backlog);
	/* The number of a new descriptor. */
	int (*accept)(struct adapter *adapter, struct descriptor *descriptor, struct endpoint *peer);
	/* NULL endpoint: undo. -EINPROGRESS if it has begun. */
	int (*connect)(struct adapter *adapter, struct descriptor *descriptor, const struct endpoint *endpoint);
	/* -EINPROGRESS for as long as it lasts, then its result, once. */
	int (*connect_result)(struct adapter *adapter, struct descriptor *descriptor);
	int (*shutdown)(struct adapter *adapter, struct descriptor *descriptor, int how);
	/* Of the levels that are not common to all sockets; the value as option.h's tables say. */
	int (*set_option)(struct adapter *adapter, struct descriptor *descriptor, int level, int option,
			  const void *value, socklen_t length);
	int (*get_option)(struct adapter *adapter, struct descriptor *descriptor, int level, int option, void *value,
			  socklen_t *length);
	/* What FIONREAD and SIOCOUTQ tell: bytes to be read, bytes sent and not acknowledged. */
	int (*queued)(struct adapter *adapter, struct descriptor *descriptor, bool output);
	/* Microseconds that close may wait until `queued` output is gone. */
	uint64_t (*linger)(const struct descriptor *descriptor);
	/* Ends it and frees its memory. */
	void (*destroy)(struct adapter *adapter, struct descriptor *descriptor);
};

struct descriptor {
	const struct descriptor_operations *operations;
	int number;	/* -1: none (yet) */
	int domain;	/* AF_INET, AF_INET6; 0: no socket */
	unsigned users; /* calls that sleep on it, which freeing waits for */
	bool closed;	/* has no number any more */
	bool nonblocking;
	uint64_t activity;	  /* changes at every event that may make an operation succeed */
	uint64_t receive_timeout; /* microseconds; 0: none */
	uint64_t send_timeout;
};

/* Gives the descriptor the lowest free number: that, or -EMFILE. */
int descriptor_open(struct adapter *adapter, struct descriptor *descriptor);

/* NULL if the number stands for nothing. */
struct descriptor *descriptor_find(const struct adapter *adapter, int number);

/* Takes the number away, and destroys the descriptor as soon as nobody sleeps on it. */
void descriptor_close(struct adapter *adapter, struct descriptor *descriptor);

/* Something has happened to it. */
void descriptor_touch(struct adapter *adapter, struct descriptor *descriptor);

/* Touches all on which a call sleeps: a packet has come in, and may have changed what no event tells. */
void descriptor_touch_used(struct adapter *adapter);

/* Sleeps until it is touched (0); -EAGAIN at the deadline, -EBADF if it was closed meanwhile: it is gone then. */
int descriptor_wait(struct adapter *adapter, struct descriptor *descriptor, uint64_t deadline);

/* The same, for the touch of any descriptor. */
int descriptor_wait_any(struct adapter *adapter, struct descriptor *descriptor, uint64_t deadline);

#endif
