/* SPDX-License-Identifier: BSD-3-Clause */
#include "link.h"

#include <stdlib.h>
#include <string.h>

#define NANOSECONDS_PER_SECOND 1000000000ULL

/* Each question that is asked about a frame has its own stream of random numbers. */
enum question {
	ASK_LOSS,
	ASK_BURST,
	ASK_TRUNCATE,
	ASK_TRUNCATE_LENGTH,
	ASK_CORRUPT,
	ASK_CORRUPT_BIT,
	ASK_DUPLICATE,
	ASK_REORDER,
	ASK_JITTER,
};

/* Frames in the order in which they leave. */
struct queue {
	struct link_frame *first;
	struct link_frame **end;
};

struct link {
	struct link_config config;
	struct link_counters counters;
	uint64_t begin;	       /* of black holes and MTU */
	uint64_t number;       /* of the next frame */
	uint64_t idle_from;    /* when the last octet before the rate limit is sent */
	uint64_t last_release; /* of the delay line: jitter does not reorder */
	uint32_t burst_left;
	uint64_t burst_end; /* ns; of the burst of which frames are left */
	struct queue delayed;
	struct queue held;
	uint64_t frames_inside;
	uint64_t octets_inside;
};

static const char *const verdict_names[LINK_VERDICTS] = {
    [LINK_ACCEPTED] = "accepted",	[LINK_BLACKHOLED] = "blackholed",
    [LINK_TOO_BIG] = "too_big",		[LINK_LOST] = "lost",
    [LINK_BURST_LOST] = "burst_lost",	[LINK_QUEUE_FULL] = "queue_full",
    [LINK_MEMORY_FULL] = "memory_full", [LINK_INVALID] = "invalid",
};

const char *link_verdict_name(enum link_verdict verdict)
{
	return (unsigned int)verdict < LINK_VERDICTS ? verdict_names[verdict] : "unknown";
}

static void queue_clear(struct queue *queue)
{
	queue->first = NULL;
	queue->end = &queue->first;
}

static void queue_append(struct queue *queue, struct link_frame *frame)
{
	frame->next = NULL;
	*queue->end = frame;
	queue->end = &frame->next;
}

static struct link_frame *queue_take(struct queue *queue)
{
	struct link_frame *frame = queue->first;

	queue->first = frame->next;
	if (!queue->first)
		queue->end = &queue->first;
	return frame;
}

static void queue_free(struct queue *queue)
{
	while (queue->first)
		link_frame_free(queue_take(queue));
}

/* A mixer in the manner of SplitMix64 makes a random number of a counter, so that no answer depends on earlier ones. */
static uint64_t answer(const struct link *link, uint64_t number, enum question question)
{
	uint64_t mixed = link->config.seed * 0x9e3779b97f4a7c15ULL + number * 16 + question;

	for (int round = 0; round < 2; round++) {
		mixed += 0x9e3779b97f4a7c15ULL;
		mixed = (mixed ^ mixed >> 30) * 0xbf58476d1ce4e5b9ULL;
		mixed = (mixed ^ mixed >> 27) * 0x94d049bb133111ebULL;
		mixed ^= mixed >> 31;
	}
	return mixed;
}

static bool happens(const struct link *link, uint64_t number, enum question question, double probability)
{
	if (probability <= 0)
		return false;
	return (double)(answer(link, number, question) >> 11) < probability * (double)(1ULL << 53);
}

/* A whole number from 0 to bound - 1; the bias at the sizes of frames and delays does not matter. */
static uint64_t below(const struct link *link, uint64_t number, enum question question, uint64_t bound)
{
	return answer(link, number, question) % bound;
}

void link_config_default(struct link_config *config)
{
	*config = (struct link_config){
	    .seed = 1,
	    .queue = 256 << 10,
	    .memory = 64 << 20,
	    .hold = 20 * (NANOSECONDS_PER_SECOND / 1000),
	    .burst_length = 10,
	    .reorder_depth = 3,
	};
}

struct link *link_create(const struct link_config *config, uint64_t now)
{
	struct link *link = calloc(1, sizeof(*link));

	if (!link)
		return NULL;
	queue_clear(&link->delayed);
	queue_clear(&link->held);
	link_configure(link, config, now);
	return link;
}

void link_destroy(struct link *link)
{
	if (!link)
		return;
	queue_free(&link->delayed);
	queue_free(&link->held);
	free(link);
}

void link_configure(struct link *link, const struct link_config *config, uint64_t now)
{
	link->config = *config;
	if (link->config.reorder_depth > LINK_REORDER_DEPTH_MAXIMUM)
		link->config.reorder_depth = LINK_REORDER_DEPTH_MAXIMUM;
	if (link->config.jitter > link->config.delay)
		link->config.jitter = link->config.delay;
	link->begin = now;
	link->burst_left = 0;
}

void link_frame_free(struct link_frame *frame)
{
	free(frame);
}

static uint16_t ether_type(const uint8_t *octets, size_t length, size_t *header_length)
{
	size_t offset = 12;

	/* One tag of 802.1Q or 802.1ad is part of the header, as it is for an interface's MTU. */
	if (length >= 18 && ((octets[12] == 0x81 && octets[13] == 0x00) || (octets[12] == 0x88 && octets[13] == 0xa8)))
		offset = 16;
	*header_length = offset + 2;
	return (uint16_t)(octets[offset] << 8 | octets[offset + 1]);
}

static bool blackholed(const struct link *link, uint64_t now)
{
	const struct link_config *config = &link->config;
	uint64_t age = now - link->begin;

	if (config->blackhole == 0 || age < config->blackhole_from)
		return false;
	age -= config->blackhole_from;
	if (config->blackhole_every > 0)
		age %= config->blackhole_every;
	return age < config->blackhole;
}

static enum link_verdict judge(struct link *link, uint64_t now, uint64_t number, const uint8_t *octets, size_t length)
{
	const struct link_config *config = &link->config;
	size_t header_length;

	if (length < LINK_FRAME_MINIMUM || length > LINK_FRAME_MAXIMUM)
		return LINK_INVALID;
	if (blackholed(link, now))
		return LINK_BLACKHOLED;
	(void)ether_type(octets, length, &header_length);
	if (config->mtu > 0 && length - header_length > config->mtu && now - link->begin >= config->mtu_from)
		return LINK_TOO_BIG;
	if (happens(link, number, ASK_LOSS, config->loss))
		return LINK_LOST;
	if (now >= link->burst_end)
		link->burst_left = 0;
	if (link->burst_left == 0 && happens(link, number, ASK_BURST, config->burst)) {
		link->burst_left = config->burst_length;
		link->burst_end = now + LINK_BURST_TIME;
	}
	if (link->burst_left > 0) {
		link->burst_left--;
		return LINK_BURST_LOST;
	}
	return LINK_ACCEPTED;
}

static void corrupt_one_bit(struct link *link, uint64_t number, struct link_frame *frame)
{
	size_t header_length;
	uint16_t type = ether_type(frame->octets, frame->length, &header_length);
	uint64_t bit;

	if (type == 0x0806 || frame->length <= header_length)
		return;
	bit = below(link, number, ASK_CORRUPT_BIT, (frame->length - header_length) * 8);
	frame->octets[header_length + bit / 8] ^= (uint8_t)(1 << bit % 8);
	link->counters.corrupted++;
}

static struct link_frame *frame_copy(const uint8_t *octets, size_t length)
{
	struct link_frame *frame = malloc(sizeof(*frame) + length);

	if (!frame)
		return NULL;
	memcpy(frame->octets, octets, length);
	frame->length = (uint32_t)length;
	frame->reorder = false;
	return frame;
}

static void damage(struct link *link, uint64_t number, struct link_frame *frame)
{
	const struct link_config *config = &link->config;

	if (frame->length > LINK_FRAME_MINIMUM && happens(link, number, ASK_TRUNCATE, config->truncate)) {
		frame->length = LINK_FRAME_MINIMUM +
				(uint32_t)below(link, number, ASK_TRUNCATE_LENGTH, frame->length - LINK_FRAME_MINIMUM);
		link->counters.truncated++;
	}
	if (happens(link, number, ASK_CORRUPT, config->corrupt))
		corrupt_one_bit(link, number, frame);
}

/*
 * Give a frame its way through rate limit and delay line. The queue before the rate limit is not a list: what waits
 * there is the time until the link is idle, and a full queue is a longest such time.
 */
static enum link_verdict enqueue(struct link *link, uint64_t now, uint64_t number, struct link_frame *frame)
{
	const struct link_config *config = &link->config;
	uint64_t departure = now;
	uint64_t release;

	if (link->octets_inside + frame->length > config->memory)
		return LINK_MEMORY_FULL;
	if (config->rate > 0) {
		uint64_t duration = frame->length * 8 * NANOSECONDS_PER_SECOND / config->rate;
		double longest_wait = (double)config->queue * 8 * NANOSECONDS_PER_SECOND / (double)config->rate;

		if (link->idle_from > now && (double)(link->idle_from - now + duration) > longest_wait)
			return LINK_QUEUE_FULL;
		departure = (link->idle_from > now ? link->idle_from : now) + duration;
		link->idle_from = departure;
	}
	release = departure + config->delay;
	if (config->jitter > 0)
		release += below(link, number, ASK_JITTER, 2 * config->jitter + 1) - config->jitter;
	if (release < link->last_release)
		release = link->last_release;
	link->last_release = release;
	frame->release = release;
	queue_append(&link->delayed, frame);
	link->frames_inside++;
	link->octets_inside += frame->length;
	return LINK_ACCEPTED;
}

static enum link_verdict accept(struct link *link, uint64_t now, uint64_t number, const uint8_t *octets, size_t length)
{
	struct link_frame *frame = frame_copy(octets, length);
	enum link_verdict verdict;
	struct link_frame *twin;

	if (!frame)
		return LINK_MEMORY_FULL;
	damage(link, number, frame);
	frame->reorder = happens(link, number, ASK_REORDER, link->config.reorder);
	verdict = enqueue(link, now, number, frame);
	if (verdict != LINK_ACCEPTED) {
		link_frame_free(frame);
		return verdict;
	}
	link->counters.octets_accepted += length;
	if (!happens(link, number, ASK_DUPLICATE, link->config.duplicate))
		return LINK_ACCEPTED;
	twin = frame_copy(frame->octets, frame->length);
	if (twin && enqueue(link, now, number, twin) == LINK_ACCEPTED)
		link->counters.duplicated++;
	else
		link_frame_free(twin);
	return LINK_ACCEPTED;
}

enum link_verdict link_send(struct link *link, uint64_t now, const uint8_t *octets, size_t length)
{
	uint64_t number = link->number++;
	enum link_verdict verdict = judge(link, now, number, octets, length);

	if (verdict == LINK_ACCEPTED)
		verdict = accept(link, now, number, octets, length);
	link->counters.verdicts[verdict]++;
	return verdict;
}

static struct link_frame *deliver(struct link *link, struct link_frame *frame)
{
	link->frames_inside--;
	link->octets_inside -= frame->length;
	link->counters.delivered++;
	link->counters.octets_delivered += frame->length;
	return frame;
}

/* The first held frame has been held longest: depth and holding time are the same for all, so it is the first to go. */
static uint64_t held_deadline(const struct link *link)
{
	const struct link_frame *frame = link->held.first;

	if (!frame)
		return LINK_NO_DEADLINE;
	return frame->overtakers == 0 ? 0 : frame->release;
}

static uint64_t delayed_deadline(const struct link *link)
{
	return link->delayed.first ? link->delayed.first->release : LINK_NO_DEADLINE;
}

uint64_t link_deadline(const struct link *link)
{
	uint64_t held = held_deadline(link);
	uint64_t delayed = delayed_deadline(link);

	return held < delayed ? held : delayed;
}

static void hold(struct link *link, struct link_frame *frame)
{
	frame->release += link->config.hold;
	frame->overtakers = link->config.reorder_depth;
	frame->reorder = false;
	queue_append(&link->held, frame);
	link->counters.reordered++;
}

struct link_frame *link_receive(struct link *link, uint64_t now)
{
	while (link_deadline(link) <= now) {
		struct link_frame *frame;

		if (held_deadline(link) <= delayed_deadline(link))
			return deliver(link, queue_take(&link->held));
		frame = queue_take(&link->delayed);
		if (frame->reorder) {
			hold(link, frame);
			continue;
		}
		for (struct link_frame *held = link->held.first; held; held = held->next)
			held->overtakers -= held->overtakers > 0;
		return deliver(link, frame);
	}
	return NULL;
}

uint64_t link_frames_inside(const struct link *link)
{
	return link->frames_inside;
}

uint64_t link_octets_inside(const struct link *link)
{
	return link->octets_inside;
}

const struct link_counters *link_counters(const struct link *link)
{
	return &link->counters;
}
