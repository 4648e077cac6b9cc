/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef TESTS_WIRE_LINK_H
#define TESTS_WIRE_LINK_H

/*
 * The model of one direction of a bad link: frames and a virtual time go in, frames come out. It reads no clock and
 * does no I/O, so a test drives it with any time that it likes and a program drives it with the real one.
 *
 * What happens to a frame depends on the seed and on the number of the frame in this direction alone, never on the time
 * at which it came or on what happened to the frames before it (bursts excepted, which begin by the same rule and then
 * last for a number of frames or LINK_BURST_TIME, whichever is over first). A frame passes, in this order: black hole,
 * MTU, loss, bursts, cutting, corruption, duplication, the queue before the rate limit, the delay line, reordering.
 *
 * Times are nanoseconds of one clock that never goes back. One thread at a time may use a link.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The largest frame that a link takes, and the shortest that it leaves when it cuts: an Ethernet header. */
#define LINK_FRAME_MAXIMUM 65550
#define LINK_FRAME_MINIMUM 14

/* The deadline of a link in which nothing is under way. */
#define LINK_NO_DEADLINE UINT64_MAX

/* ns. A sender that is alone on the link and backs off after each loss would meet one burst for minutes. */
#define LINK_BURST_TIME 100000000

/* The longest way a frame can be overtaken by, and so the bound of the frames that are held back for it. */
#define LINK_REORDER_DEPTH_MAXIMUM 1024

struct link_config {
	uint64_t seed;
	uint64_t rate;	 /* bits a second of whole frames without FCS; 0: no limit */
	uint64_t queue;	 /* bytes that may wait for the rate limit; a frame that comes to an idle link always fits */
	uint64_t memory; /* bytes of frames that may be inside the link in all */
	uint64_t delay;	 /* ns */
	uint64_t jitter; /* ns, at most delay: uniform between delay - jitter and delay + jitter, never reordering */
	uint64_t hold;	 /* ns, how long a frame to be overtaken waits for frames that do it */
	double loss;	 /* the following are probabilities, 0 to 1 */
	double burst;	 /* that a burst of losses begins with this frame */
	double duplicate;
	double reorder;
	double corrupt;		  /* one bit behind the Ethernet header, never in ARP, which has no checksum */
	double truncate;	  /* cut to any length from an Ethernet header to one octet less than it had */
	uint32_t burst_length;	  /* frames lost in a burst, at most */
	uint32_t reorder_depth;	  /* frames that overtake a held one */
	uint32_t mtu;		  /* octets behind the Ethernet header (and VLAN tag); 0: no limit */
	uint64_t mtu_from;	  /* ns after link_configure() from which the MTU holds */
	bool too_big_reply;	  /* what the MTU refuses is to be answered by ICMP; the caller does it */
	uint64_t blackhole;	  /* ns that everything is lost for; 0: never */
	uint64_t blackhole_from;  /* ns after link_configure() */
	uint64_t blackhole_every; /* ns from one black hole's beginning to the next one's; 0: one alone */
};

/* What became of a frame at the entry of the link; also the index of the counter that moved. */
enum link_verdict {
	LINK_ACCEPTED,
	LINK_BLACKHOLED,
	LINK_TOO_BIG,
	LINK_LOST,
	LINK_BURST_LOST,
	LINK_QUEUE_FULL,  /* more than link_config.queue before the rate limit */
	LINK_MEMORY_FULL, /* more than link_config.memory inside */
	LINK_INVALID,	  /* shorter or longer than a frame may be */
	LINK_VERDICTS
};

struct link_counters {
	uint64_t verdicts[LINK_VERDICTS]; /* frames, each counted under one */
	uint64_t octets_accepted;
	uint64_t duplicated;
	uint64_t reordered; /* frames that were held back */
	uint64_t corrupted;
	uint64_t truncated;
	uint64_t delivered; /* frames that came out, duplicates included */
	uint64_t octets_delivered;
};

struct link_frame {
	struct link_frame *next;
	uint64_t release; /* ns */
	uint32_t overtakers;
	uint32_t length; /* octets */
	bool reorder;
	uint8_t octets[];
};

struct link;

/* The configuration of a perfect link: nothing lost, no delay, 64 MiB of memory, seed 1. */
void link_config_default(struct link_config *config);

/*
 * Make a link whose time begins now. NULL without memory. The caller frees it by link_destroy(), and the frames inside
 * go with it.
 */
struct link *link_create(const struct link_config *config, uint64_t now);
void link_destroy(struct link *link);

/*
 * Change what the link does from now on, also the beginning from which black holes and the MTU are counted. Frames
 * inside keep the times that they have; numbers of frames and counters go on.
 */
void link_configure(struct link *link, const struct link_config *config, uint64_t now);

/* Put one frame in; its octets are copied. Bounds are checked here: any length may be given. */
enum link_verdict link_send(struct link *link, uint64_t now, const uint8_t *octets, size_t length);

/* When link_receive() will have a frame, LINK_NO_DEADLINE if nothing is inside. */
uint64_t link_deadline(const struct link *link);

/* Take the next frame that is due, NULL if there is none yet. The caller owns it and frees it by link_frame_free(). */
struct link_frame *link_receive(struct link *link, uint64_t now);
void link_frame_free(struct link_frame *frame);

/* Frames and octets inside. */
uint64_t link_frames_inside(const struct link *link);
uint64_t link_octets_inside(const struct link *link);

/* Owned by the link, valid as long as it. */
const struct link_counters *link_counters(const struct link *link);

/* The name of a verdict as counters show it, such as "queue_full". */
const char *link_verdict_name(enum link_verdict verdict);

#endif
