/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef SIM_JUDGE_H
#define SIM_JUDGE_H

/*
 * Watches both stacks of a world from the wire and knows what no TCP may do, whatever the link does to it: broken
 * packets, bytes other than those written, data beyond the window or the MSS, windows that retreat, acknowledgements
 * that go back or run ahead, SACK blocks of nothing, clocks that run backwards, FINs that move.
 */

#include "packet.h"
#include "world.h"

#define JUDGE_FLOWS 16

/* What one side of a flow has sent. */
struct judge_side {
	bool known;	   /* its SYN was seen */
	uint32_t isn, end; /* end: after the highest number sent */
	uint32_t acked;	   /* its highest acknowledgement */
	uint32_t edge;	   /* its highest promise */
	bool has_acked, has_timestamp, has_fin, announced_scale;
	uint32_t timestamp, fin;
	uint8_t scale;
	uint16_t mss;
};

struct judge_flow {
	struct ip_address client;
	uint16_t port; /* of the client */
	struct judge_side sides[2];
	bool ended; /* the tuple may be used again: by its user, or by an old SYN that comes late */
};

struct judge {
	struct judge_flow flows[JUDGE_FLOWS];
	unsigned count;
	const char *objection; /* the first one */
	char text[320];	       /* and the packet that it is about */
};

/* Whether the frame belongs to a connection that is open in both directions, as far as was seen. */
bool judge_is_open(struct judge *judge, unsigned from, const uint8_t *frame, uint32_t length);

/* Judges a frame that host `from` sends; false, and an objection, if it may not do so. */
bool judge_frame(struct judge *judge, unsigned from, const uint8_t *frame, uint32_t length);

#endif
