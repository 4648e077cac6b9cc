/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef TESTS_WIRE_ENDPOINT_H
#define TESTS_WIRE_ENDPOINT_H

/*
 * One end of a wire: an interface of the network namespace that the program runs in, read and written frame by frame by
 * a packet socket, or a TAP of our own ("tap:NAME"), which may be moved to another namespace afterwards. Frames carry
 * their VLAN tag and no FCS. One thread uses an endpoint.
 */

#include <net/if.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "link.h"

#define ENDPOINT_BURST 32

struct endpoint_counters {
	uint64_t received;
	uint64_t sent;
	uint64_t missed;	       /* by the kernel's queue, or longer than a frame may be */
	uint64_t send_failures;	       /* frames that the interface did not take; they are lost */
	uint64_t unfinished_checksums; /* came without their checksum: an offload is still on behind the interface */
};

struct endpoint {
	int descriptor; /* to be polled for reading */
	bool tap;
	char name[IF_NAMESIZE];
	unsigned int index;
	struct endpoint_counters counters;
	struct link_frame *waiting[ENDPOINT_BURST]; /* to be sent */
	unsigned int waiting_count;
	uint8_t *buffers;
};

/* A frame that came in; the octets are the endpoint's and valid until the call returns. */
typedef void (*endpoint_receive_t)(void *context, const uint8_t *octets, size_t length);

/* Open NAME or tap:NAME. Returns 0, or -1 with a sentence on standard error. The caller closes it. */
int endpoint_open(struct endpoint *endpoint, const char *name);
void endpoint_close(struct endpoint *endpoint);

/* Receive what is there, up to a few bursts. Returns 0, or -1 when the interface is gone. */
int endpoint_receive(struct endpoint *endpoint, endpoint_receive_t receive, void *context);

/* Queue a frame, which is the endpoint's from then on; a full burst is sent at once, the rest by endpoint_flush(). */
void endpoint_send(struct endpoint *endpoint, struct link_frame *frame);
void endpoint_flush(struct endpoint *endpoint);

/* Send a frame without a queue; what the interface does not take is lost. */
void endpoint_send_now(struct endpoint *endpoint, const uint8_t *octets, size_t length);

/* The counters, with the kernel's own added. */
const struct endpoint_counters *endpoint_counters(struct endpoint *endpoint);

#endif
